/* control_test.c - the conversation accepts what has a rule and nothing else, and leaks nothing. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/control.h"
#include "test/lib/descriptors.h"
#include "test/lib/expect.h"

static char buffer[LIMIT_CONTROL_BYTES];

struct pair {
	int sender, receiver;
	int open_before; /* descriptors of this process */
};

static struct pair pair_open(void)
{
	struct pair pair;
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	pair.sender = ends[0];
	pair.receiver = ends[1];
	pair.open_before = descriptors_count();
	return pair;
}

static void pair_close(struct pair *pair)
{
	assert_int_equal(descriptors_count(), pair->open_before);
	close(pair->sender);
	close(pair->receiver);
}

/* What a stranger could send: any tag, any bytes, any number of descriptors. */
static void send_raw(int socket, const void *bytes, size_t len, int fd, int fds)
{
	struct iovec part = { (void *)bytes, len };
	char room[CMSG_SPACE(16 * sizeof(int))] = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fds > 0) {
		struct cmsghdr *header = (struct cmsghdr *)room;

		message.msg_control = room;
		message.msg_controllen = CMSG_SPACE((size_t)fds * sizeof(int));
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN((size_t)fds * sizeof(int));
		for (int i = 0; i < fds; i++) {
			memcpy(CMSG_DATA(header) + (size_t)i * sizeof(int), &fd, sizeof(int));
		}
	}
	check(sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)len);
}

static int receive(struct pair *pair, enum control_phase phase, struct control_message *message,
	struct note *why)
{
	return control_receive(pair->receiver, control_from_worker, phase, buffer, message, why);
}

static void a_message_arrives_as_it_was_sent(void **state)
{
	struct pair pair = pair_open();
	struct control_message message;
	struct wire_writer w = { 0 };
	struct note why;

	(void)state;
	wire_put_u32(&w, 7);
	wire_put_slice(&w, SLICE("upstream.example"));
	wire_put_u32(&w, 443);
	assert_int_equal(control_send(pair.sender, CONTROL_RESOLVE, wire_written(&w), -1), 0);
	assert_int_equal(receive(&pair, CONTROL_SERVING, &message, &why), 0);
	assert_int_equal(message.type, CONTROL_RESOLVE);
	assert_int_equal(message.fd, -1);
	assert_int_equal(wire_get_u32(&message.payload, UINT32_MAX), 7);
	assert_true(slice_equal(
		wire_get_slice(&message.payload, CONTROL_HOST_BYTES), SLICE("upstream.example")));
	assert_int_equal(wire_get_u32(&message.payload, UINT16_MAX), 443);
	assert_true(wire_finished(&message.payload));
	wire_writer_fini(&w);
	pair_close(&pair);
}

static void a_descriptor_travels_along_and_is_closed_on_exec(void **state)
{
	struct pair pair = pair_open();
	struct control_message message;
	struct wire_writer w = { 0 };
	struct note why;

	(void)state;
	wire_put_slice(&w, SLICE("GET / HTTP/1.1\r\n"));
	assert_int_equal(
		control_send(pair.sender, CONTROL_HANDOVER, wire_written(&w), pair.sender), 0);
	assert_int_equal(receive(&pair, CONTROL_LEAVING, &message, &why), 0);
	assert_true(message.fd > 2);
	assert_true(fcntl(message.fd, F_GETFD) & FD_CLOEXEC);
	close(message.fd);
	wire_writer_fini(&w);
	pair_close(&pair);
}

static void the_longest_message_fits(void **state)
{
	struct pair pair = pair_open();
	struct control_message message;
	struct wire_writer w = { 0 };
	char *unread = calloc(1, LIMIT_CONTROL_BYTES);
	struct note why;

	(void)state;
	wire_put_slice(&w, (struct slice){ unread, LIMIT_CONTROL_BYTES - 4 });
	assert_int_equal(
		control_send(pair.sender, CONTROL_HANDOVER, wire_written(&w), pair.sender), 0);
	assert_int_equal(receive(&pair, CONTROL_LEAVING, &message, &why), 0);
	assert_int_equal(wire_get_slice(&message.payload, SIZE_MAX).len, LIMIT_CONTROL_BYTES - 4);
	close(message.fd);
	wire_put_u8(&w, 0);
	assert_int_equal(
		control_send(pair.sender, CONTROL_HANDOVER, wire_written(&w), -1), -EMSGSIZE);
	wire_writer_fini(&w);
	free(unread);
	pair_close(&pair);
}

static void silence_and_the_end_are_told_apart(void **state)
{
	struct pair pair = pair_open();
	struct control_message message;
	struct note why;

	(void)state;
	assert_int_equal(receive(&pair, CONTROL_SERVING, &message, &why), -EAGAIN);
	assert_int_equal(shutdown(pair.sender, SHUT_WR), 0);
	assert_int_equal(receive(&pair, CONTROL_SERVING, &message, &why), -EPIPE);
	pair_close(&pair);
}

/* The last words of a worker that was killed while the master was still talking to it. */
static void what_was_said_before_the_end_is_heard(void **state)
{
	struct pair pair = pair_open();
	struct control_message message;
	struct note why;

	(void)state;
	assert_int_equal(control_send(pair.receiver, CONTROL_START, SLICE(""), -1), 0);
	assert_int_equal(control_send(pair.sender, CONTROL_DRAINED, SLICE(""), -1), 0);
	close(pair.sender); /* with START unread */
	assert_int_equal(receive(&pair, CONTROL_LEAVING, &message, &why), 0);
	assert_int_equal(message.type, CONTROL_DRAINED);
	assert_int_equal(receive(&pair, CONTROL_LEAVING, &message, &why), -EPIPE);
	pair.sender = dup(pair.receiver);
	pair_close(&pair);
}

static void a_full_socket_says_so(void **state)
{
	struct pair pair = pair_open();
	int err = 0;

	(void)state;
	for (int i = 0; i < 100000 && err == 0; i++) {
		err = control_send(pair.sender, CONTROL_READY, SLICE(""), -1);
	}
	assert_int_equal(err, -EAGAIN);
	pair_close(&pair);
}

/* One violation: nothing reaches the caller, and no descriptor stays behind. */
static void expect_refused(enum control_phase phase, const void *bytes, size_t len, int fds)
{
	struct pair pair = pair_open();
	struct control_message message = { .fd = -77 };
	struct note why = { "" };

	send_raw(pair.sender, bytes, len, pair.sender, fds);
	assert_int_equal(receive(&pair, phase, &message, &why), -EPROTO);
	assert_int_equal(message.fd, -77);
	assert_true(why.text[0] != '\0');
	pair_close(&pair);
}

static void what_has_no_rule_is_refused(void **state)
{
	static char long_one[1 + LIMIT_CONTROL_BYTES + 1] = { CONTROL_HANDOVER };

	(void)state;
	/* A type that is unknown, or not for this side. */
	expect_refused(CONTROL_SPAWNED, (char[]){ 0 }, 1, 0);
	expect_refused(CONTROL_SPAWNED, (char[]){ (char)255 }, 1, 0);
	expect_refused(CONTROL_SPAWNED, (char[]){ CONTROL_TYPES }, 1, 0);
	expect_refused(CONTROL_STANDBY, (char[]){ CONTROL_START }, 1, 0);
	/* Out of turn. */
	expect_refused(CONTROL_SERVING, (char[]){ CONTROL_READY }, 1, 0);
	expect_refused(CONTROL_SERVING, (char[]){ CONTROL_DRAINED }, 1, 0);
	expect_refused(CONTROL_ENDING, (char[5]){ CONTROL_HANDOVER }, 5, 1);
	expect_refused(CONTROL_LEAVING, (char[]){ CONTROL_DRAINING }, 1, 0);
	/* Of the wrong size. */
	expect_refused(CONTROL_SPAWNED, (char[]){ CONTROL_READY, 0 }, 2, 0);
	expect_refused(CONTROL_SERVING, (char[12]){ CONTROL_RESOLVE }, 12, 0);
	expect_refused(CONTROL_LEAVING, long_one, sizeof(long_one), 1);
	/* With descriptors that it has no use for, too few, too many, far too many. */
	expect_refused(CONTROL_SPAWNED, (char[]){ CONTROL_READY }, 1, 1);
	expect_refused(CONTROL_LEAVING, (char[5]){ CONTROL_HANDOVER }, 5, 0);
	expect_refused(CONTROL_LEAVING, (char[5]){ CONTROL_HANDOVER }, 5, 2);
	expect_refused(CONTROL_LEAVING, (char[5]){ CONTROL_HANDOVER }, 5, 16);
}

/* The other side did nothing wrong: its message is lost, and the next one is heard. */
static void running_out_of_descriptors_is_no_violation(void **state)
{
	struct pair pair = pair_open();
	struct control_message message;
	struct rlimit before, none;
	struct note why;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	send_raw(pair.sender, (char[5]){ CONTROL_HANDOVER }, 5, pair.sender, 1);
	send_raw(pair.sender, (char[]){ CONTROL_DRAINED }, 1, -1, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(receive(&pair, CONTROL_LEAVING, &message, &why), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(receive(&pair, CONTROL_LEAVING, &message, &why), 0);
	assert_int_equal(message.type, CONTROL_DRAINED);
	pair_close(&pair);
}

/* Whoever left without having read all of it is gone, and that is all. */
static void speaking_to_nobody_is_the_end(void **state)
{
	struct pair pair = pair_open();

	(void)state;
	assert_int_equal(control_send(pair.sender, CONTROL_READY, SLICE(""), -1), 0);
	close(pair.receiver); /* with READY unread */
	assert_int_equal(control_send(pair.sender, CONTROL_DRAINED, SLICE(""), -1), -EPIPE);
	assert_int_equal(control_send(pair.sender, CONTROL_DRAINED, SLICE(""), -1), -EPIPE);
	pair.receiver = dup(pair.sender);
	pair_close(&pair);
}

/* Both sides keep the same account, so a message that moves the phase may come in one only. */
static void a_worker_is_moved_on_by_what_is_said(void **state)
{
	static const enum control_type life[] = { CONTROL_READY, CONTROL_START, CONTROL_DRAIN,
		CONTROL_DRAINING };
	enum control_phase phase = CONTROL_SPAWNED;

	(void)state;
	control_advance(&phase, CONTROL_SECRET);
	control_advance(&phase, CONTROL_HANDOVER);
	assert_int_equal(phase, CONTROL_SPAWNED);
	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		const struct control_rule *rule = control_from_master[life[i]].phases != 0
							  ? &control_from_master[life[i]]
							  : &control_from_worker[life[i]];

		assert_int_equal(rule->phases, CONTROL_IN(phase));
		control_advance(&phase, life[i]);
		assert_int_equal(phase, CONTROL_SPAWNED + 1 + (int)i);
	}
	assert_int_equal(phase, CONTROL_PHASES - 1);
}

static void advance_twice(void *arg)
{
	enum control_phase phase = CONTROL_SPAWNED;

	control_advance(&phase, *(enum control_type *)arg);
	control_advance(&phase, *(enum control_type *)arg);
}

static void nobody_is_moved_twice(void **state)
{
	enum control_type ready = CONTROL_READY;

	(void)state;
	expect_abort(advance_twice, &ready);
}

static void each_message_has_one_direction_and_a_name(void **state)
{
	(void)state;
	for (int type = CONTROL_NONE + 1; type < CONTROL_TYPES; type++) {
		assert_true((control_from_master[type].phases != 0) !=
			    (control_from_worker[type].phases != 0));
		assert_non_null(control_names[type]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_as_it_was_sent),
		cmocka_unit_test(a_descriptor_travels_along_and_is_closed_on_exec),
		cmocka_unit_test(the_longest_message_fits),
		cmocka_unit_test(silence_and_the_end_are_told_apart),
		cmocka_unit_test(what_was_said_before_the_end_is_heard),
		cmocka_unit_test(a_full_socket_says_so),
		cmocka_unit_test(what_has_no_rule_is_refused),
		cmocka_unit_test(running_out_of_descriptors_is_no_violation),
		cmocka_unit_test(speaking_to_nobody_is_the_end),
		cmocka_unit_test(a_worker_is_moved_on_by_what_is_said),
		cmocka_unit_test(nobody_is_moved_twice),
		cmocka_unit_test(each_message_has_one_direction_and_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
