/* channel_test.c - a control socket on the loop keeps order, bounds and phases, whatever the other
 * side does. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "master/channel.h"
#include "test/lib/descriptors.h"
#include "test/lib/expect.h"

/* The master's end, and what it was told. */
struct rig {
	uv_loop_t loop;
	struct channel channel;
	int worker; /* the other end */
	unsigned messages, eased, ended;
	enum control_type last;
	int err;
	struct note why;
	bool close_on_message;
	char *buffer; /* the other end's */
};

static struct rig *rig_of(struct channel *channel)
{
	return container_of(channel, struct rig, channel);
}

static void on_message(struct channel *channel, struct control_message *message)
{
	struct rig *rig = rig_of(channel);

	rig->messages++;
	rig->last = message->type;
	if (message->fd >= 0) {
		close(message->fd);
	}
	if (rig->close_on_message) {
		channel_close(channel, NULL);
	}
}

static void on_eased(struct channel *channel)
{
	rig_of(channel)->eased++;
}

static void on_ended(struct channel *channel, int err, const struct note *why)
{
	rig_of(channel)->ended++;
	rig_of(channel)->err = err;
	rig_of(channel)->why = *why;
}

static const struct channel_events events = { on_message, on_eased, on_ended };

static struct rig *rig_open(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	int ends[2];

	check(rig != NULL && uv_loop_init(&rig->loop) == 0);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
	check(channel_open(&rig->channel, &rig->loop, ends[0], &events, NULL) == 0);
	rig->worker = ends[1];
	rig->buffer = malloc(LIMIT_CONTROL_BYTES);
	check(rig->buffer != NULL);
	return rig;
}

static void rig_close(struct rig *rig)
{
	if (!uv_is_closing((uv_handle_t *)&rig->channel.poll)) {
		channel_close(&rig->channel, NULL);
	}
	check(uv_run(&rig->loop, UV_RUN_DEFAULT) == 0);
	assert_int_equal(uv_loop_close(&rig->loop), 0);
	close(rig->worker);
	free(rig->buffer);
	free(rig);
}

static void turn(struct rig *rig)
{
	for (int i = 0; i < 4; i++) {
		(void)uv_run(&rig->loop, UV_RUN_NOWAIT);
	}
}

static void worker_says(struct rig *rig, enum control_type type)
{
	assert_int_equal(control_send(rig->worker, type, SLICE(""), -1), 0);
	turn(rig);
}

static void expect_phase(const struct rig *rig, enum control_phase phase)
{
	assert_string_equal(control_phase_names[rig->channel.phase], control_phase_names[phase]);
}

static int send_nothing(struct rig *rig, enum control_type type)
{
	return channel_send(&rig->channel, type, SLICE(""), -1);
}

static int send_secret(struct rig *rig, uint32_t slot, size_t len)
{
	static const char bytes[LIMIT_SECRET_BYTES + 1];
	struct wire_writer w = { 0 };
	int err;

	wire_put_u32(&w, slot);
	wire_put_slice(&w, (struct slice){ bytes, len });
	err = channel_send(&rig->channel, CONTROL_SECRET, wire_written(&w), -1);
	wire_writer_fini(&w);
	return err;
}

static void a_worker_goes_through_its_phases(void **state)
{
	struct rig *rig = rig_open();

	(void)state;
	expect_phase(rig, CONTROL_SPAWNED);
	assert_int_equal(send_nothing(rig, CONTROL_START), -EPROTO);
	worker_says(rig, CONTROL_READY);
	expect_phase(rig, CONTROL_STANDBY);
	assert_int_equal(send_nothing(rig, CONTROL_START), 0);
	expect_phase(rig, CONTROL_SERVING);
	assert_int_equal(send_nothing(rig, CONTROL_START), -EPROTO);
	assert_int_equal(channel_send(&rig->channel, CONTROL_DRAIN, SLICE("12345"), -1), 0);
	expect_phase(rig, CONTROL_ENDING);
	worker_says(rig, CONTROL_DRAINING);
	expect_phase(rig, CONTROL_LEAVING);
	worker_says(rig, CONTROL_DRAINED);
	assert_int_equal(rig->messages, 3);
	assert_int_equal(rig->ended, 0);
	rig_close(rig);
}

static void what_is_not_to_be_said_is_not_sent(void **state)
{
	struct rig *rig = rig_open();

	(void)state;
	assert_int_equal(send_nothing(rig, CONTROL_HELLO), -EPROTO);
	assert_int_equal(send_nothing(rig, CONTROL_READY), -EPROTO);
	assert_int_equal(send_nothing(rig, CONTROL_SCOREBOARD), -EPROTO);
	assert_int_equal(send_secret(rig, 0, LIMIT_SECRET_BYTES + 1), -EPROTO);
	assert_int_equal(send_secret(rig, 0, LIMIT_SECRET_BYTES), 0);
	rig_close(rig);
}

static void a_broken_rule_is_the_end(void **state)
{
	struct rig *rig = rig_open();

	(void)state;
	assert_int_equal(control_send(rig->worker, CONTROL_DRAINED, SLICE(""), -1), 0);
	assert_int_equal(control_send(rig->worker, CONTROL_READY, SLICE(""), -1), 0);
	turn(rig);
	assert_int_equal(rig->messages, 0);
	assert_int_equal(rig->ended, 1);
	assert_int_equal(rig->err, -EPROTO);
	assert_string_equal(rig->why.text, "drained out of turn");
	assert_int_equal(send_nothing(rig, CONTROL_START), -EPIPE);
	rig_close(rig);
}

/* Else it could put off its deadline for ever; and what it hands over it might still judge. */
static void a_worker_says_once_that_it_leaves_and_before_it_hands_over(void **state)
{
	static const enum control_type said[][2] = { { CONTROL_DRAINING, CONTROL_DRAINING },
		{ CONTROL_HANDOVER, CONTROL_DRAINING } };
	static const char *const why[] = { "draining out of turn", "handover out of turn" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *rig = rig_open();

		rig->channel.phase = CONTROL_ENDING;
		worker_says(rig, said[i][0]);
		(void)control_send(rig->worker, said[i][1], SLICE(""), -1);
		turn(rig);
		assert_int_equal(rig->messages, 1 - i);
		assert_int_equal(rig->ended, 1);
		assert_string_equal(rig->why.text, why[i]);
		rig_close(rig);
	}
}

static void the_other_side_may_leave(void **state)
{
	struct rig *rig = rig_open();

	(void)state;
	assert_int_equal(send_secret(rig, 0, 4), 0); /* stays unread, which makes an error of it */
	worker_says(rig, CONTROL_READY);
	assert_int_equal(control_send(rig->worker, CONTROL_RESOLVE, SLICE("123456789012"), -1), 0);
	rig->channel.phase = CONTROL_SERVING;
	close(rig->worker);
	turn(rig);
	assert_int_equal(rig->messages, 2);
	assert_int_equal(rig->last, CONTROL_RESOLVE);
	assert_int_equal(rig->ended, 1);
	assert_int_equal(rig->err, -EPIPE);
	rig->worker = -1;
	rig_close(rig);
}

/* Reads everything, and checks that it came in order. */
static uint32_t read_secrets(struct rig *rig, uint32_t next)
{
	struct control_message message;
	struct note why;

	while (control_receive(rig->worker, control_from_master, CONTROL_SPAWNED, rig->buffer,
		       &message, &why) == 0) {
		assert_int_equal(wire_get_u32(&message.payload, UINT32_MAX), next);
		next++;
	}
	return next;
}

static void what_does_not_fit_waits_in_order_and_within_a_bound(void **state)
{
	struct rig *rig = rig_open();
	uint32_t sent = 0, read = 0;
	int err;

	(void)state;
	assert_true(channel_clear(&rig->channel));
	while ((err = send_secret(rig, sent, 10000)) == 0) {
		sent++;
	}
	assert_int_equal(err, -ENOBUFS);
	assert_int_equal(rig->channel.queue.count, LIMIT_CONTROL_QUEUE);
	assert_true(sent > LIMIT_CONTROL_QUEUE);
	assert_false(channel_clear(&rig->channel));
	read = read_secrets(rig, read);
	assert_int_equal(send_secret(rig, sent, 1), -ENOBUFS); /* there is room, but not its turn */
	while (rig->eased == 0) {
		read = read_secrets(rig, read);
		turn(rig);
	}
	assert_int_equal(read_secrets(rig, read), sent);
	assert_int_equal(rig->eased, 1);
	assert_true(channel_clear(&rig->channel));
	assert_int_equal(send_secret(rig, 0, 1), 0);
	rig_close(rig);
}

/* A descriptor that waits is a copy: the sender's own may be closed meanwhile. */
static void a_descriptor_waits_as_a_copy(void **state)
{
	struct rig *rig = rig_open();
	struct control_message message;
	struct note why;
	uint32_t count = 0;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), copy = -1;

	(void)state;
	while (channel_clear(&rig->channel)) {
		assert_int_equal(send_secret(rig, count++, 10000), 0);
	}
	assert_int_equal(channel_send(&rig->channel, CONTROL_LISTEN, SLICE("slot"), fd), 0);
	close(fd);
	while (copy < 0) {
		if (control_receive(rig->worker, control_from_master, CONTROL_SPAWNED, rig->buffer,
			    &message, &why) == 0) {
			copy = message.fd;
		}
		turn(rig);
	}
	assert_int_equal(message.type, CONTROL_LISTEN);
	assert_true(fcntl(copy, F_GETFD) >= 0);
	close(copy);
	rig_close(rig);
}

static void what_waits_ends_with_the_channel(void **state)
{
	int before = descriptors_count();
	struct rig *rig = rig_open();

	(void)state;
	while (channel_clear(&rig->channel)) {
		assert_int_equal(send_secret(rig, 0, 10000), 0);
	}
	assert_int_equal(
		channel_send(&rig->channel, CONTROL_LISTEN, SLICE("slot"), rig->worker), 0);
	rig_close(rig);
	assert_int_equal(descriptors_count(), before);
}

static void a_held_channel_hears_nothing_until_it_is_let_go(void **state)
{
	struct rig *rig = rig_open();

	(void)state;
	channel_hold(&rig->channel, true);
	assert_false(uv_is_active((uv_handle_t *)&rig->channel.poll)); /* or it would spin */
	worker_says(rig, CONTROL_READY);
	assert_int_equal(rig->messages, 0);
	channel_hear(&rig->channel);
	assert_int_equal(rig->messages, 0);
	channel_hold(&rig->channel, false);
	turn(rig);
	assert_int_equal(rig->messages, 1);
	rig_close(rig);
}

static void a_handler_may_close_the_channel(void **state)
{
	struct rig *rig = rig_open();

	(void)state;
	rig->close_on_message = true;
	rig->channel.phase = CONTROL_ENDING;
	assert_int_equal(control_send(rig->worker, CONTROL_DRAINING, SLICE(""), -1), 0);
	assert_int_equal(control_send(rig->worker, CONTROL_DRAINED, SLICE(""), -1), 0);
	turn(rig);
	assert_int_equal(rig->messages, 1);
	assert_int_equal(rig->ended, 0);
	rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_goes_through_its_phases),
		cmocka_unit_test(what_is_not_to_be_said_is_not_sent),
		cmocka_unit_test(a_broken_rule_is_the_end),
		cmocka_unit_test(a_worker_says_once_that_it_leaves_and_before_it_hands_over),
		cmocka_unit_test(the_other_side_may_leave),
		cmocka_unit_test(what_does_not_fit_waits_in_order_and_within_a_bound),
		cmocka_unit_test(a_descriptor_waits_as_a_copy),
		cmocka_unit_test(what_waits_ends_with_the_channel),
		cmocka_unit_test(a_held_channel_hears_nothing_until_it_is_let_go),
		cmocka_unit_test(a_handler_may_close_the_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
