/* stream_test.c - one TCP connection over loopback, with the test at its other end. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "test/lib/expect.h"
#include "worker/stream.h"
#include "worker/turn.h"

enum { SHARED_BYTES = 4096, MOST_TURNS = 5000 };

/* What the stream under test told. */
struct stage {
	uv_loop_t loop;
	uv_async_t keeper;
	struct lifeline line;
	struct turn *turn;
	struct turn_entry *listener; /* made ready when bytes come */
	struct stream stream;
	struct slice shared;
	int peer; /* the test's end; -1: closed */
	size_t received;
	bool in_order; /* what came is the pattern that `fill` writes */
	unsigned drained, ended;
	int end;
	bool gone;
};

static struct stage *stage_of(struct stream *stream)
{
	return container_of(stream, struct stage, stream);
}

/* A pattern in which a byte that is lost or comes twice is seen. */
static char pattern(size_t at)
{
	return (char)(at % 251);
}

static void fill(char *to, size_t from, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		to[i] = pattern(from + i);
	}
}

static void on_bytes(struct stream *stream, struct slice bytes)
{
	struct stage *stage = stage_of(stream);

	for (size_t i = 0; i < bytes.len; i++) {
		stage->in_order &= bytes.at[i] == pattern(stage->received + i);
	}
	stage->received += bytes.len;
	if (stage->listener != NULL) {
		turn_add(stage->turn, stage->listener);
	}
}

static void on_ended(struct stream *stream, int err)
{
	stage_of(stream)->ended++;
	stage_of(stream)->end = err;
}

static void on_drained(struct stream *stream)
{
	stage_of(stream)->drained++;
}

/* Becomes ready with the bytes that come. */
struct listener {
	struct turn_entry entry;
	struct stage *stage;
	uv_check_t check; /* runs before the turn's own, as the last that was started does */
	bool ran, ran_in_time;
};

static void on_listener_turn(struct turn_entry *entry)
{
	container_of(entry, struct listener, entry)->ran = true;
}

static void on_listener_check(uv_check_t *handle)
{
	struct listener *listener = container_of(handle, struct listener, check);

	listener->ran_in_time |= listener->ran && listener->stage->received > 0;
	(void)uv_check_stop(handle);
}

static void on_gone(struct lifeline *line)
{
	container_of(line, struct stage, line)->gone = true;
}

static const struct stream_events events = {
	.bytes = on_bytes,
	.ended = on_ended,
	.drained = on_drained,
};

static void connect_pair(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(ends[0], (struct sockaddr *)&address, len), 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(ends[1] >= 0);
	(void)close(listener);
}

static int stage_open(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	int ends[2];

	assert_non_null(stage);
	assert_int_equal(uv_loop_init(&stage->loop), 0);
	assert_int_equal(uv_async_init(&stage->loop, &stage->keeper, NULL), 0);
	stage->shared = (struct slice){ malloc(SHARED_BYTES), SHARED_BYTES };
	stage->in_order = true;
	stage->line.gone = on_gone;
	stage->turn = turn_new(&stage->loop);
	connect_pair(ends);
	stage->peer = ends[1];
	assert_int_equal(
		stream_init(&stage->stream, stage->turn, &stage->line, &stage->shared, &events), 0);
	assert_int_equal(stream_open(&stage->stream, ends[0]), 0);
	assert_int_equal(stream_start(&stage->stream), 0);
	*state = stage;
	return 0;
}

static void turn(struct stage *stage)
{
	(void)uv_run(&stage->loop, UV_RUN_NOWAIT);
}

/* Turns the loop until the condition holds. */
#define until(stage, condition)                                                                    \
	do {                                                                                       \
		for (unsigned turns = 0; !(condition); turns++) {                                  \
			assert_true(turns < MOST_TURNS);                                           \
			(void)usleep(turns > 0 ? 1000 : 0);                                        \
			turn(stage);                                                               \
		}                                                                                  \
	} while (0)

/* A few turns more, in which nothing is to happen. */
static void wait_a_little(struct stage *stage)
{
	for (int i = 0; i < 20; i++) {
		(void)usleep(1000);
		turn(stage);
	}
}

static int stage_close(void **state)
{
	struct stage *stage = *state;

	stream_close(&stage->stream);
	stream_close(&stage->stream);
	turn_close(stage->turn);
	uv_close((uv_handle_t *)&stage->keeper, NULL);
	assert_int_equal(uv_run(&stage->loop, UV_RUN_DEFAULT), 0);
	assert_true(stage->gone);
	assert_int_equal(uv_loop_close(&stage->loop), 0);
	if (stage->peer >= 0) {
		(void)close(stage->peer);
	}
	free((char *)stage->shared.at);
	free(stage);
	return 0;
}

static int write_slice(struct stage *stage, struct slice bytes)
{
	return stream_write(&stage->stream, &bytes, 1);
}

/* Reads what has come at the test's end, up to `most`, and holds it against the pattern. */
static size_t read_pattern(struct stage *stage, size_t from, size_t most)
{
	char bytes[64 * 1024];
	size_t total = 0;

	while (total < most) {
		size_t room = most - total < sizeof(bytes) ? most - total : sizeof(bytes);
		ssize_t got = recv(stage->peer, bytes, room, 0);

		if (got <= 0) {
			break;
		}
		for (ssize_t i = 0; i < got; i++) {
			assert_int_equal(bytes[i], pattern(from + total + (size_t)i));
		}
		total += (size_t)got;
	}
	return total;
}

/* Writes the pattern until the socket takes no more; returns how much there was of it. */
static size_t write_until_full(struct stage *stage)
{
	static char bytes[100 * 1000];
	size_t total = 0;
	int full;

	do {
		fill(bytes, total, sizeof(bytes));
		full = write_slice(stage, (struct slice){ bytes, sizeof(bytes) });
		assert_true(full >= 0);
		total += sizeof(bytes);
	} while (full == 0);
	return total;
}

static void bytes_and_then_the_end_are_told(void **state)
{
	struct stage *stage = *state;
	char bytes[3 * SHARED_BYTES];

	fill(bytes, 0, sizeof(bytes));
	assert_int_equal(send(stage->peer, bytes, sizeof(bytes), 0), sizeof(bytes));
	assert_int_equal(shutdown(stage->peer, SHUT_WR), 0);
	until(stage, stage->ended > 0);
	assert_int_equal(stage->received, sizeof(bytes));
	assert_true(stage->in_order);
	assert_int_equal(stage->end, 0);
	wait_a_little(stage);
	assert_int_equal(stage->ended, 1);
	/* A half-close: the other direction is as it was. */
	assert_int_equal(write_slice(stage, SLICE("\0\1\2")), 0);
	assert_int_equal(read_pattern(stage, 0, 3), 3);
}

static void pieces_are_written_at_once_and_in_order(void **state)
{
	const struct slice pieces[] = { SLICE("\0\1"), SLICE(""), { NULL, 0 }, SLICE("\2"),
		SLICE("\3\4\5") };
	static char large[10 * 1000];
	struct slice others[3];
	struct stage *stage = *state;

	assert_int_equal(stream_write(&stage->stream, pieces, 5), 0);
	assert_int_equal(stage->stream.unsent, 0);
	assert_int_equal(read_pattern(stage, 0, 6), 6);
	fill(large, 6, sizeof(large));
	others[0] = (struct slice){ large, 100 };
	others[1] = (struct slice){ large + 100, 9000 };
	others[2] = (struct slice){ large + 9100, 900 };
	assert_int_equal(stream_write(&stage->stream, others, 3), 0);
	assert_int_equal(read_pattern(stage, 6, sizeof(large)), sizeof(large));
	assert_int_equal(stream_write(&stage->stream, pieces + 1, 2), 0);
}

static void what_the_socket_does_not_take_is_kept_until_it_does(void **state)
{
	struct stage *stage = *state;
	size_t total = write_until_full(stage), read = 0;
	char more[2];

	assert_true(stage->stream.unsent > 0);
	/* What is written now comes behind what waits. */
	fill(more, total, sizeof(more));
	assert_int_equal(write_slice(stage, (struct slice){ more, sizeof(more) }), 1);
	total += sizeof(more);
	assert_int_equal(write_slice(stage, SLICE("")), 1);
	turn(stage);
	assert_int_equal(stage->drained, 0);
	until(stage, (read += read_pattern(stage, read, total - read)) == total);
	until(stage, stage->drained > 0);
	assert_int_equal(stage->drained, 1);
	assert_int_equal(stage->stream.unsent, 0);
	assert_int_equal(write_slice(stage, SLICE("")), 0);
}

static void held_it_takes_nothing_and_later_everything(void **state)
{
	struct stage *stage = *state;
	char bytes[5 * SHARED_BYTES];

	fill(bytes, 0, sizeof(bytes));
	stream_hold(&stage->stream, true);
	assert_int_equal(send(stage->peer, bytes, sizeof(bytes), 0), sizeof(bytes));
	assert_int_equal(shutdown(stage->peer, SHUT_WR), 0);
	wait_a_little(stage);
	assert_int_equal(stage->received, 0);
	assert_int_equal(stage->ended, 0);
	stream_hold(&stage->stream, false);
	until(stage, stage->ended > 0);
	assert_int_equal(stage->received, sizeof(bytes));
	assert_true(stage->in_order);
	assert_int_equal(stage->end, 0);
}

/* Most holds end before a byte has come. */
static void a_short_hold_changes_nothing(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i < 3; i++) {
		stream_hold(&stage->stream, true);
		stream_hold(&stage->stream, true);
		turn(stage);
		stream_hold(&stage->stream, false);
		stream_hold(&stage->stream, false);
		assert_true(stage->stream.reading);
	}
	assert_int_equal(send(stage->peer, "\0\1", 2, 0), 2);
	until(stage, stage->received == 2);
	assert_true(stage->in_order);
}

/* In the middle of what has come: what was not read yet stays in the kernel. */
static void hold_at_once(struct stream *stream, struct slice bytes)
{
	on_bytes(stream, bytes);
	stream_hold(stream, true);
}

static void held_from_its_own_report_it_stops_there(void **state)
{
	static const struct stream_events holding = { hold_at_once, on_ended, on_drained };
	struct stage *stage = *state;
	char bytes[4 * SHARED_BYTES];

	stage->stream.events = &holding;
	fill(bytes, 0, sizeof(bytes));
	assert_int_equal(send(stage->peer, bytes, sizeof(bytes), 0), sizeof(bytes));
	for (size_t reads = 1; reads <= 4; reads++) {
		until(stage, stage->received == reads * SHARED_BYTES);
		wait_a_little(stage);
		assert_int_equal(stage->received, reads * SHARED_BYTES);
		stream_hold(&stage->stream, false);
	}
	assert_true(stage->in_order);
}

static void reset_peer(struct stage *stage)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	assert_int_equal(
		setsockopt(stage->peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	(void)close(stage->peer);
	stage->peer = -1;
}

static void a_peer_that_resets_is_lost(void **state)
{
	struct stage *stage = *state;

	reset_peer(stage);
	until(stage, stage->ended > 0);
	assert_int_equal(stage->end, UV_ECONNRESET);
	assert_true(write_slice(stage, SLICE("x")) < 0);
}

static void a_peer_that_resets_while_bytes_wait_is_lost(void **state)
{
	struct stage *stage = *state;

	(void)write_until_full(stage);
	stream_hold(&stage->stream, true); /* so that only writing can notice */
	reset_peer(stage);
	until(stage, stage->ended > 0);
	assert_true(stage->end < 0);
	assert_int_equal(stage->drained, 0);
}

static void finishing_says_so_behind_the_last_byte(void **state)
{
	struct stage *stage = *state;
	size_t total = write_until_full(stage), read = 0;
	char end;

	assert_int_equal(stream_finish(&stage->stream), 0);
	until(stage, (read += read_pattern(stage, read, total - read)) == total);
	until(stage, recv(stage->peer, &end, 1, 0) == 0);
	/* What the peer still has to say is heard. */
	assert_int_equal(send(stage->peer, "\0", 1, 0), 1);
	until(stage, stage->received == 1);
}

static void closing_drops_what_waits_and_tells_nobody(void **state)
{
	struct stage *stage = *state;

	(void)write_until_full(stage);
	stream_close(&stage->stream);
	wait_a_little(stage);
	assert_true(stage->gone);
	assert_int_equal(stage->drained + stage->ended, 0);
	assert_int_equal(stage->stream.unsent, 0);
}

static void a_reset_is_seen_by_the_peer(void **state)
{
	struct stage *stage = *state;
	char byte;

	stream_reset(&stage->stream);
	until(stage, recv(stage->peer, &byte, 1, 0) < 0 && errno == ECONNRESET);
}

static void what_came_is_acted_on_before_the_loop_goes_on(void **state)
{
	struct stage *stage = *state;
	struct listener listener = { .entry.run = on_listener_turn, .stage = stage };
	char bytes[8];

	fill(bytes, 0, sizeof(bytes));
	stage->listener = &listener.entry;
	assert_int_equal(uv_check_init(&stage->loop, &listener.check), 0);
	assert_int_equal(uv_check_start(&listener.check, on_listener_check), 0);
	assert_int_equal(send(stage->peer, bytes, sizeof(bytes), 0), sizeof(bytes));
	turn(stage);
	assert_true(listener.ran_in_time);
	uv_close((uv_handle_t *)&listener.check, NULL);
	turn(stage);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(bytes_and_then_the_end_are_told),
		STORY(pieces_are_written_at_once_and_in_order),
		STORY(what_the_socket_does_not_take_is_kept_until_it_does),
		STORY(held_it_takes_nothing_and_later_everything),
		STORY(a_short_hold_changes_nothing),
		STORY(held_from_its_own_report_it_stops_there),
		STORY(a_peer_that_resets_is_lost),
		STORY(a_peer_that_resets_while_bytes_wait_is_lost),
		STORY(finishing_says_so_behind_the_last_byte),
		STORY(closing_drops_what_waits_and_tells_nobody),
		STORY(a_reset_is_seen_by_the_peer),
		STORY(what_came_is_acted_on_before_the_loop_goes_on),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as main.c does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
