/* control_queue_test.c - what a socket does not take waits in order, within a bound, and leaves
 * nothing behind. */

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/control_queue.h"
#include "common/secret.h"
#include "test/lib/descriptors.h"
#include "test/lib/expect.h"

enum { LARGE = 10000 }; /* bytes of a message; a socket takes some tens of these */

static char buffer[LIMIT_CONTROL_BYTES];

/* Takes the place of the real one, to see what it is given: the last bytes that were wiped. */
static struct {
	char text[64];
	unsigned count;
} wiped;

void secret_wipe(void *bytes, size_t len)
{
	memset(wiped.text, 0, sizeof(wiped.text));
	memcpy(wiped.text, bytes, len < sizeof(wiped.text) ? len : sizeof(wiped.text) - 1);
	wiped.count++;
	memset(bytes, 0, len);
}

/* The queue, and the other end of its socket. */
struct rig {
	struct control_queue queue;
	int other;
	uint32_t put, heard; /* numbers of the messages, in order */
	int open_before;
};

static struct rig rig_open(void)
{
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	wiped.count = 0;
	return (struct rig){
		.queue = { .socket = ends[0] },
		.other = ends[1],
		.open_before = descriptors_count(),
	};
}

static void rig_close(struct rig *rig)
{
	control_queue_clear(&rig->queue);
	assert_true(control_queue_is_empty(&rig->queue));
	assert_int_equal(rig->queue.count, 0);
	assert_int_equal(descriptors_count(), rig->open_before);
	close(rig->queue.socket);
	close(rig->other);
}

/* A message that carries its number. */
static int put(struct rig *rig, size_t len)
{
	static const char bytes[LARGE];
	struct wire_writer w = { 0 };
	int err;

	wire_put_u32(&w, rig->put);
	wire_put_slice(&w, (struct slice){ bytes, len });
	err = control_queue_put(&rig->queue, CONTROL_SECRET, wire_written(&w), -1);
	rig->put += err == 0;
	wire_writer_fini(&w);
	return err;
}

static void fill(struct rig *rig)
{
	while (control_queue_is_empty(&rig->queue)) {
		assert_int_equal(put(rig, LARGE), 0);
	}
}

/* The next message is the one that is due; false when there is none yet. */
static bool hear(struct rig *rig)
{
	struct control_message message;
	struct note why;
	int err = control_receive(
		rig->other, control_from_master, CONTROL_SPAWNED, buffer, &message, &why);

	if (err == -EAGAIN) {
		return false;
	}
	assert_int_equal(err, 0);
	assert_int_equal(wire_get_u32(&message.payload, UINT32_MAX), rig->heard);
	rig->heard++;
	return true;
}

static void what_fits_is_sent_at_once(void **state)
{
	struct rig rig = rig_open();

	(void)state;
	assert_int_equal(put(&rig, 4), 0);
	assert_true(control_queue_is_empty(&rig.queue));
	assert_true(hear(&rig));
	assert_int_equal(control_queue_flush(&rig.queue), 0);
	rig_close(&rig);
}

/* However much the other side reads before the socket is tried again. */
static void order_is_kept_wherever_the_socket_is_full(void **state)
{
	(void)state;
	for (unsigned cut = 1; cut < 40; cut++) {
		struct rig rig = rig_open();
		int err = -EAGAIN;

		fill(&rig);
		for (unsigned i = 0; i < 100; i++) {
			assert_int_equal(put(&rig, i % 3 == 0 ? 1 : LARGE), 0);
		}
		while (err == -EAGAIN) {
			for (unsigned i = 0; i < cut && hear(&rig); i++) {
			}
			err = control_queue_flush(&rig.queue);
			assert_true(control_queue_is_empty(&rig.queue) == (err == 0));
		}
		assert_int_equal(err, 0);
		while (hear(&rig)) {
		}
		assert_int_equal(rig.heard, rig.put);
		rig_close(&rig);
	}
}

/* There may be room in the socket again, but others were first. */
static void nobody_overtakes(void **state)
{
	struct rig rig = rig_open();

	(void)state;
	fill(&rig);
	while (hear(&rig)) {
	}
	assert_int_equal(put(&rig, 1), 0);
	assert_int_equal(rig.queue.count, 2);
	assert_false(hear(&rig));
	assert_int_equal(control_queue_flush(&rig.queue), 0);
	assert_true(hear(&rig) && hear(&rig));
	assert_int_equal(rig.heard, rig.put);
	rig_close(&rig);
}

static void no_more_wait_than_the_bound(void **state)
{
	struct rig rig = rig_open();

	(void)state;
	fill(&rig);
	while (control_queue_has_room(&rig.queue)) {
		assert_int_equal(put(&rig, 1), 0);
	}
	assert_int_equal(rig.queue.count, LIMIT_CONTROL_QUEUE);
	assert_int_equal(put(&rig, 1), -ENOBUFS);
	assert_int_equal(
		control_queue_put(&rig.queue, CONTROL_SNAPSHOT, SLICE("12345678"), rig.other),
		-ENOBUFS);
	assert_int_equal(descriptors_count(), rig.open_before);
	assert_true(hear(&rig));
	assert_int_equal(control_queue_flush(&rig.queue), -EAGAIN);
	assert_true(control_queue_has_room(&rig.queue));
	rig_close(&rig);
}

static void a_message_that_is_too_long_is_refused_and_not_kept(void **state)
{
	static const char longest[LIMIT_CONTROL_BYTES + 1];
	const struct slice too_long = { longest, sizeof(longest) };
	struct rig rig = rig_open();

	(void)state;
	assert_int_equal(control_queue_put(&rig.queue, CONTROL_SECRET, too_long, -1), -EMSGSIZE);
	fill(&rig);
	assert_int_equal(control_queue_put(&rig.queue, CONTROL_SECRET, too_long, -1), -EMSGSIZE);
	assert_int_equal(rig.queue.count, 1);
	rig_close(&rig);
}

static void a_descriptor_waits_as_a_copy_that_is_closed_when_it_is_sent(void **state)
{
	struct rig rig = rig_open();
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct control_message message;
	struct note why;

	(void)state;
	fill(&rig);
	assert_int_equal(control_queue_put(&rig.queue, CONTROL_SNAPSHOT, SLICE("12345678"), fd), 0);
	assert_int_equal(descriptors_count(), rig.open_before + 2);
	close(fd);
	while (hear(&rig)) {
	}
	assert_int_equal(control_queue_flush(&rig.queue), 0);
	assert_int_equal(descriptors_count(), rig.open_before);
	assert_true(hear(&rig));
	assert_int_equal(control_receive(rig.other, control_from_master, CONTROL_SPAWNED, buffer,
				 &message, &why),
		0);
	assert_true(fcntl(message.fd, F_GETFD) >= 0);
	close(message.fd);
	rig_close(&rig);
}

/* Sent or dropped: what waited was perhaps a secret. */
static void what_waited_is_wiped(void **state)
{
	struct rig rig = rig_open();

	(void)state;
	fill(&rig);
	assert_int_equal(
		control_queue_put(&rig.queue, CONTROL_SECRET, SLICE("0123\4\0\0\0hush"), -1), 0);
	while (hear(&rig)) {
	}
	wiped.count = 0;
	assert_int_equal(control_queue_flush(&rig.queue), 0);
	assert_int_equal(wiped.count, 2);
	assert_memory_equal(wiped.text, "0123\4\0\0\0hush", 12);
	while (control_receive(rig.other, control_from_master, CONTROL_SPAWNED, buffer,
		       &(struct control_message){ 0 }, &(struct note){ "" }) == 0) {
	}
	fill(&rig);
	assert_int_equal(
		control_queue_put(&rig.queue, CONTROL_SECRET, SLICE("4567\4\0\0\0HUSH"), -1), 0);
	wiped.count = 0;
	control_queue_clear(&rig.queue);
	assert_int_equal(wiped.count, 2);
	assert_memory_equal(wiped.text, "4567\4\0\0\0HUSH", 12);
	rig_close(&rig);
}

static void when_the_other_side_has_left_nothing_waits_any_more(void **state)
{
	struct rig rig = rig_open();

	(void)state;
	fill(&rig);
	assert_int_equal(control_queue_put(
				 &rig.queue, CONTROL_SNAPSHOT, SLICE("12345678"), rig.queue.socket),
		0);
	close(rig.other);
	assert_int_equal(control_queue_flush(&rig.queue), -EPIPE);
	assert_true(control_queue_is_empty(&rig.queue));
	assert_int_equal(put(&rig, 1), -EPIPE);
	assert_true(control_queue_is_empty(&rig.queue));
	rig.other = dup(rig.queue.socket);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_sent_at_once),
		cmocka_unit_test(order_is_kept_wherever_the_socket_is_full),
		cmocka_unit_test(nobody_overtakes),
		cmocka_unit_test(no_more_wait_than_the_bound),
		cmocka_unit_test(a_message_that_is_too_long_is_refused_and_not_kept),
		cmocka_unit_test(a_descriptor_waits_as_a_copy_that_is_closed_when_it_is_sent),
		cmocka_unit_test(what_waited_is_wiped),
		cmocka_unit_test(when_the_other_side_has_left_nothing_waits_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
