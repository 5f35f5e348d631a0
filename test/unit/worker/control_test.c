/* control_test.c - a worker believes its master what the rules allow and what makes sense. Anything
 * else, and the master's leaving, ends the conversation, and then the worker. */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "test/lib/descriptors.h"
#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/control.h"
#include "worker/vault.h"

/* For slot 0. */
static const struct slice hush = { "\0\0\0\0\4\0\0\0hush", 12 };

static char buffer[LIMIT_CONTROL_BYTES];
static struct worker_fixture fixture;

/* A worker in this phase, with nothing to do. */
static void open_in(enum control_phase phase)
{
	static const enum control_type said[] = { CONTROL_READY, CONTROL_START, CONTROL_DRAIN,
		CONTROL_DRAINING };

	if (phase < CONTROL_SERVING) {
		worker_fixture_start(&fixture);
	} else {
		worker_fixture_open(&fixture, (struct list){ NULL, 0 });
	}
	while (fixture.worker.phase < phase) {
		control_advance(&fixture.worker.phase, said[fixture.worker.phase]);
	}
}

/* As a master that keeps no rules: any type, any bytes, up to two descriptors. */
static void tell_raw(unsigned type, struct slice payload, int fd, int fds)
{
	uint8_t tag = (uint8_t)type;
	struct iovec parts[] = { { &tag, 1 }, { (void *)payload.at, payload.len } };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} room = { 0 };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	if (fds > 0) {
		int both[2] = { fd, fd };
		size_t len = (size_t)fds * sizeof(int);

		message.msg_control = &room;
		message.msg_controllen = CMSG_SPACE(len);
		room.header.cmsg_level = SOL_SOCKET;
		room.header.cmsg_type = SCM_RIGHTS;
		room.header.cmsg_len = CMSG_LEN(len);
		memcpy(CMSG_DATA(&room.header), both, len);
	}
	check(sendmsg(fixture.master, &message, MSG_NOSIGNAL) >= 0);
	worker_fixture_turn(&fixture);
}

/* Takes the descriptor. */
static void tell(enum control_type type, struct slice payload, int fd)
{
	tell_raw(type, payload, fd, fd >= 0);
	if (fd >= 0) {
		check(close(fd) == 0);
	}
}

static void tell_scoreboard(void)
{
	struct scoreboard *board;
	int fd;

	check(scoreboard_create(2, &board, &fd, NULL) == 0);
	scoreboard_close(&board);
	tell(CONTROL_SCOREBOARD, SLICE(""), fd);
}

/* These bytes, which it says are so many more. */
static void tell_bytes(struct slice bytes, uint64_t more)
{
	struct wire_writer w = { 0 };
	int fd = memfd_create("snapshot", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len);
	wire_put_u64(&w, bytes.len + more);
	tell(CONTROL_SNAPSHOT, wire_written(&w), fd);
	wire_writer_fini(&w);
}

/* One integration with one plugin of this type, and one secret. */
static void tell_snapshot(struct slice type)
{
	struct plugin_use use = { .type = type };
	struct integration integration = { .name = SLICE("slack"),
		.destination = SLICE("http://127.0.0.1:1"),
		.incoming_auth = { &use, 1 } };
	struct slice secret = SLICE("env:TOKEN");
	struct snapshot snapshot = { .generation = 7,
		.settings = { .workers = 2, .log_level = LOG_INFO },
		.integrations = { &integration, 1 },
		.secrets = { &secret, 1 } };
	struct wire_writer w = { 0 };

	snapshot_encode(&snapshot, &w);
	tell_bytes(wire_written(&w), 0);
	wire_writer_fini(&w);
}

static int open_listener(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	check(fd >= 0 && bind(fd, (struct sockaddr *)address, len) == 0 && listen(fd, 8) == 0);
	check(getsockname(fd, (struct sockaddr *)address, &len) == 0);
	return fd;
}

/* Hands a connection to the worker; returns its caller's end. */
static int adopt(void)
{
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	tell(CONTROL_ADOPT, SLICE("\0\0\0\0"), ends[1]);
	return ends[0];
}

/* Within a second, with or without handing over. */
static const struct slice drain = { "\xe8\3\0\0\0", 5 },
			  drain_and_hand_over = { "\xe8\3\0\0\1", 5 };

/* What the worker says next, judged as the master would in this phase; CONTROL_NONE: nothing. */
static enum control_type hear(enum control_phase phase, struct control_message *message)
{
	struct note why = { "" };
	int err =
		control_receive(fixture.master, control_from_worker, phase, buffer, message, &why);

	if (err == -EAGAIN) {
		return CONTROL_NONE;
	}
	assert_int_equal(err, 0);
	return message->type;
}

static void expect_said(enum control_type type, enum control_phase phase)
{
	struct control_message message;

	assert_string_equal(control_names[hear(phase, &message)], control_names[type]);
}

static void expect_failed(const char *why)
{
	struct control_message message;

	assert_int_equal(hear(CONTROL_SPAWNED, &message), CONTROL_FAILED);
	expect_slice(wire_get_slice(&message.payload, SIZE_MAX), slice_of(why));
}

/* Nothing can be said any more. */
static bool is_lost(void)
{
	return control_resolve(fixture.worker.control, 1, SLICE("a"), 1) == -EPIPE;
}

static bool has_ended(int caller)
{
	char byte;

	return recv(caller, &byte, 1, 0) == 0;
}

static void a_worker_is_told_everything_and_serves(void **state)
{
	struct sockaddr_in address;
	int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	open_in(CONTROL_SPAWNED);
	tell(CONTROL_HELLO, SLICE("\1\0\0\0\7\0\0\0\1\0\0\0"), -1);
	tell_scoreboard();
	tell(CONTROL_LISTEN, SLICE("\1\0\0\0"), open_listener(&address));
	tell(CONTROL_SECRET, hush, -1);
	assert_int_equal(connect(caller, (struct sockaddr *)&address, sizeof(address)), 0);
	tell_snapshot(SLICE("passthrough"));
	expect_said(CONTROL_READY, CONTROL_SPAWNED);
	assert_int_equal(fixture.worker.phase, CONTROL_STANDBY);
	assert_int_equal(fixture.worker.generation, 7);
	assert_int_equal(fixture.worker.number, 1);
	assert_int_equal(fixture.worker.connection_count, 0);
	tell(CONTROL_START, SLICE(""), -1);
	assert_int_equal(fixture.worker.phase, CONTROL_SERVING);
	worker_fixture_until(&fixture, fixture.worker.connection_count == 1);
	tell(CONTROL_SECRET, SLICE("\0\0\0\0\7\0\0\0another"), -1);
	expect_text(secret_reveal(vault_slots(fixture.worker.vault)[0]), "another");
	tell(CONTROL_DRAIN, drain, -1);
	expect_said(CONTROL_DRAINING, CONTROL_ENDING);
	worker_fixture_until(&fixture, has_ended(caller));
	worker_fixture_until(&fixture, is_lost());
	expect_said(CONTROL_DRAINED, CONTROL_LEAVING);
	close(caller);
	worker_fixture_close(&fixture);
}

/* One message that is not believed: it has no effect, and no descriptor stays behind. */
static void expect_end(
	enum control_phase phase, unsigned type, struct slice payload, int fd, int fds)
{
	int before = descriptors_count();
	struct control_message message;

	open_in(phase);
	tell_raw(type, payload, fd, fds);
	if (!is_lost()) {
		fail_msg("%s, %zu bytes, %d descriptors: taken when %s",
			type < CONTROL_TYPES ? control_names[type] : "nonsense", payload.len, fds,
			control_phase_names[phase]);
	}
	assert_int_equal(hear(phase, &message), CONTROL_NONE);
	assert_false(vault_has(fixture.worker.vault, 0));
	assert_int_equal(fixture.worker.connection_count, 0);
	worker_fixture_close(&fixture);
	assert_int_equal(descriptors_count(), before);
}

static void what_has_no_rule_ends_the_conversation(void **state)
{
	static const char zeros[LIMIT_CONTROL_BYTES + 1];
	static const struct control_rule none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	for (unsigned type = 0; type <= CONTROL_TYPES; type++) {
		const struct control_rule *rule =
			type < CONTROL_TYPES ? &control_from_master[type] : &none;
		struct slice least = { zeros, rule->min }, too_long = { zeros, rule->max + 1 };

		for (enum control_phase phase = 0; phase < CONTROL_PHASES; phase++) {
			if (!(rule->phases & CONTROL_IN(phase))) {
				expect_end(phase, type, least, null, rule->fds);
				continue;
			}
			expect_end(phase, type, too_long, null, rule->fds);
			expect_end(phase, type, least, null, 1 - rule->fds);
			expect_end(phase, type, least, null, 2);
			if (least.len > 0) {
				least.len--;
				expect_end(phase, type, least, null, rule->fds);
				least.len++;
			}
		}
	}
	close(null);
}

static void what_makes_no_sense_ends_the_conversation(void **state)
{
	static const struct {
		enum control_phase phase;
		enum control_type type;
		struct slice payload;
	} rows[] = {
		/* Another version; a number that no worker has. */
		{ CONTROL_SPAWNED, CONTROL_HELLO, SLICE("\2\0\0\0\7\0\0\0\1\0\0\0") },
		{ CONTROL_SPAWNED, CONTROL_HELLO, SLICE("\1\0\0\0\7\0\0\0\x40\0\0\0") },
		/* A descriptor that is no scoreboard, or no socket; a slot that nobody has. */
		{ CONTROL_SPAWNED, CONTROL_SCOREBOARD, SLICE("") },
		{ CONTROL_SERVING, CONTROL_LISTEN, SLICE("\0\0\0\0") },
		{ CONTROL_SERVING, CONTROL_RELEASE, SLICE("\x40\0\0\0") },
		{ CONTROL_SPAWNED, CONTROL_SECRET, SLICE("\0\0\1\0\4\0\0\0hush") },
		/* What breaks off, or has bytes left over. */
		{ CONTROL_SPAWNED, CONTROL_SECRET, SLICE("\0\0\0\0\5\0\0\0hush") },
		{ CONTROL_LEAVING, CONTROL_SECRET, SLICE("\0\0\0\0\3\0\0\0hush") },
		{ CONTROL_SERVING, CONTROL_ADDRESSES, SLICE("\1\0\0\0\2\0\0\0\1\0\0\0x") },
		{ CONTROL_SERVING, CONTROL_ADDRESSES, SLICE("\1\0\0\0\0\0\0\0x") },
		{ CONTROL_SERVING, CONTROL_ADOPT, SLICE("\1\0\0\0") },
		{ CONTROL_SERVING, CONTROL_ADOPT, SLICE("\0\0\0\0x") },
		/* More than there may be. */
		{ CONTROL_ENDING, CONTROL_ADDRESSES, SLICE("\1\0\0\0\xff\xff\xff\xff") },
		{ CONTROL_SERVING, CONTROL_DRAIN, SLICE("\0\0\0\0\2") },
	};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_end(rows[i].phase, rows[i].type, rows[i].payload, null,
			control_from_master[rows[i].type].fds);
	}
	close(null);
}

static void nobody_listens_in_a_slot_that_no_worker_has(void **state)
{
	struct sockaddr_in address;
	int listener = open_listener(&address);

	(void)state;
	expect_end(CONTROL_SPAWNED, CONTROL_LISTEN, SLICE("\x40\0\0\0"), listener, 1);
	close(listener);
}

static void there_is_one_scoreboard(void **state)
{
	(void)state;
	open_in(CONTROL_SPAWNED);
	tell_scoreboard();
	assert_false(is_lost());
	tell_scoreboard();
	assert_true(is_lost());
	worker_fixture_close(&fixture);
}

/* The master is told why, and then the worker ends. */
static void a_snapshot_that_can_not_be_served_is_told(void **state)
{
	static const struct {
		struct slice bytes, type; /* the first, or a snapshot with this plugin */
		uint64_t more;            /* than there are, it says */
		bool has_board, has_secret;
		const char *why;
	} rows[] = {
		{ .type = SLICE("passthrough"), .has_secret = true, .why = "snapshot: malformed" },
		{ .bytes = SLICE("nonsense"), .has_board = true, .why = "this is not a snapshot" },
		{ .bytes = SLICE("nonsense"),
			.more = 1,
			.has_board = true,
			.why = "snapshot: malformed" },
		{ .bytes = SLICE("nonsense"),
			.more = LIMIT_SNAPSHOT_BYTES,
			.has_board = true,
			.why = "snapshot: malformed" },
		{ .bytes = { "", 0 }, .has_board = true, .why = "snapshot: malformed" },
		{ .type = SLICE("passthrough"),
			.has_board = true,
			.why = "secret slot 0 was not filled" },
		{ .type = SLICE("nonsense"),
			.has_board = true,
			.has_secret = true,
			.why = "integration slack: unknown plugin nonsense" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int before = descriptors_count();

		open_in(CONTROL_SPAWNED);
		if (rows[i].has_board) {
			tell_scoreboard();
		}
		if (rows[i].has_secret) {
			tell(CONTROL_SECRET, hush, -1);
		}
		if (rows[i].type.len > 0) {
			tell_snapshot(rows[i].type);
		} else {
			tell_bytes(rows[i].bytes, rows[i].more);
		}
		expect_failed(rows[i].why);
		assert_true(is_lost());
		worker_fixture_close(&fixture);
		assert_int_equal(descriptors_count(), before);
	}
}

static int ask(void)
{
	return control_resolve(fixture.worker.control, 1, SLICE("name"), 80);
}

/* Fills the socket, and then the queue, but for so many messages. */
static void fill(unsigned room)
{
	while (!control_is_busy(fixture.worker.control)) {
		assert_int_equal(ask(), 0);
	}
	for (unsigned i = 1; i < LIMIT_CONTROL_QUEUE - room; i++) {
		assert_int_equal(ask(), 0);
	}
}

/* Reads what comes, up to a message of this type; returns its descriptor. */
static int hear_until(enum control_type type, enum control_phase phase)
{
	struct control_message message;

	while (hear(phase, &message) != type) {
		worker_fixture_turn(&fixture);
	}
	return message.fd;
}

static void what_does_not_fit_is_said_later(void **state)
{
	struct control_message message;
	struct pollfd loop = { .events = POLLIN };
	unsigned heard = 0;

	(void)state;
	open_in(CONTROL_SERVING);
	loop.fd = uv_backend_fd(&fixture.worker.loop);
	fill(0);
	assert_false(control_has_room(fixture.worker.control));
	assert_int_equal(ask(), -ENOBUFS);
	while (control_is_busy(fixture.worker.control)) {
		heard += hear(CONTROL_SERVING, &message) == CONTROL_RESOLVE;
		worker_fixture_turn(&fixture);
	}
	while (hear(CONTROL_SERVING, &message) == CONTROL_RESOLVE) {
		heard++;
	}
	assert_true(heard > LIMIT_CONTROL_QUEUE);
	assert_true(control_has_room(fixture.worker.control));
	worker_fixture_turn(&fixture);
	assert_int_equal(poll(&loop, 1, 0), 0); /* or it would spin */
	worker_fixture_close(&fixture);
}

/* A connection that can't be handed over now waits until it can. */
static void a_connection_waits_until_it_can_be_handed_over(void **state)
{
	int callers[2];

	(void)state;
	open_in(CONTROL_SERVING);
	callers[0] = adopt();
	callers[1] = adopt();
	fill(2);
	tell(CONTROL_DRAIN, drain_and_hand_over,
		-1); /* DRAINING takes a place, and one of the connections */
	assert_int_equal(fixture.worker.connection_count, 1);
	(void)hear_until(CONTROL_DRAINING, CONTROL_ENDING);
	close(hear_until(CONTROL_HANDOVER, CONTROL_LEAVING));
	close(hear_until(CONTROL_HANDOVER, CONTROL_LEAVING));
	(void)hear_until(CONTROL_DRAINED, CONTROL_LEAVING);
	for (int i = 0; i < 2; i++) {
		assert_true(has_ended(callers[i])); /* the last copy was ours */
		close(callers[i]);
	}
	worker_fixture_close(&fixture);
}

static void without_a_master_a_worker_ends(void **state)
{
	(void)state;
	for (enum control_phase phase = 0; phase < CONTROL_PHASES; phase++) {
		open_in(phase);
		check(shutdown(fixture.master, SHUT_RDWR) == 0);
		(void)uv_run(&fixture.worker.loop, UV_RUN_DEFAULT); /* comes back */
		assert_true(is_lost());
		worker_fixture_close(&fixture);
	}
}

static void without_a_master_connections_are_closed(void **state)
{
	(void)state;
	for (int drained = 0; drained < 2; drained++) {
		int caller;

		open_in(CONTROL_SERVING);
		caller = adopt();
		if (drained) {
			fill(1);
			tell(CONTROL_DRAIN, drain_and_hand_over, -1); /* it waits for room */
		}
		assert_false(has_ended(caller));
		check(shutdown(fixture.master, SHUT_RDWR) == 0);
		worker_fixture_until(&fixture, has_ended(caller));
		worker_fixture_until(&fixture, uv_loop_alive(&fixture.worker.loop) == 0);
		close(caller);
		worker_fixture_close(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_is_told_everything_and_serves),
		cmocka_unit_test(what_has_no_rule_ends_the_conversation),
		cmocka_unit_test(what_makes_no_sense_ends_the_conversation),
		cmocka_unit_test(nobody_listens_in_a_slot_that_no_worker_has),
		cmocka_unit_test(there_is_one_scoreboard),
		cmocka_unit_test(a_snapshot_that_can_not_be_served_is_told),
		cmocka_unit_test(what_does_not_fit_is_said_later),
		cmocka_unit_test(a_connection_waits_until_it_can_be_handed_over),
		cmocka_unit_test(without_a_master_a_worker_ends),
		cmocka_unit_test(without_a_master_connections_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
