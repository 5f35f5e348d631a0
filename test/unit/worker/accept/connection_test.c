/* connection_test.c - the life of a caller's connection, with the test as its caller and as the
 * protocol that it speaks. */

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "test/lib/conversation.h"
#include "test/lib/expect.h"
#include "worker/accept/connection.h"
#include "worker/control.h"
#include "worker/drain.h"

struct stage {
	struct conversation talk;
	struct connection *connection;
	char heard[256]; /* by the protocol */
	size_t heard_len;
	bool wants;  /* what it hears is a request */
	bool served; /* which can't be forgotten any more */
	unsigned ended, drained;
	int end;
};

static struct stage stage;

static void on_bytes(struct connection *c, struct slice bytes)
{
	assert_true(stage.heard_len + bytes.len <= sizeof(stage.heard));
	memcpy(stage.heard + stage.heard_len, bytes.at, bytes.len);
	stage.heard_len += bytes.len;
	if (stage.wants && c->state == CONNECTION_IDLE) {
		connection_busy(c);
	}
}

static void on_ended(struct connection *c, int err)
{
	assert_ptr_equal(c, stage.connection);
	stage.ended++;
	stage.end = err;
}

static void on_drained(struct connection *c)
{
	assert_ptr_equal(c, stage.connection);
	stage.drained++;
}

static bool unwind(struct connection *c)
{
	assert_ptr_equal(c, stage.connection);
	return !stage.served;
}

static const struct connection_protocol protocol = { on_bytes, on_ended, on_drained, unwind };

static void call(struct slice unread)
{
	struct worker *worker = &stage.talk.fixture.worker;
	struct sockaddr_storage peer = { 0 };
	int ends[2];

	conversation_pair(ends);
	stage.talk.caller = ends[1];
	connection_open(worker, &protocol, ends[0], &peer, unread);
	stage.connection = container_of(worker->connections.first, struct connection, place);
}

static int stage_open(void **state)
{
	(void)state;
	stage = (struct stage){ .wants = true, .served = true };
	conversation_open(&stage.talk);
	call((struct slice){ NULL, 0 });
	return 0;
}

/* What is still busy then was never a request's. */
static int stage_close(void **state)
{
	(void)state;
	if (stage.talk.fixture.worker.connection_count > 0) {
		connection_close(stage.connection);
	}
	conversation_close(&stage.talk);
	return 0;
}

static void say(const char *text)
{
	conversation_say(&stage.talk, stage.talk.caller, text);
}

static struct slice heard(void)
{
	return (struct slice){ stage.heard, stage.heard_len };
}

static void expect_state(enum connection_state state)
{
	assert_int_equal(stage.connection->state, state);
}

static void expect_gone(void)
{
	conversation_until_gone(&stage.talk);
}

/* A request is here. */
static void begin(void)
{
	say("ask");
	expect_text(heard(), "ask");
	expect_state(CONNECTION_BUSY);
}

/* Writes until the socket takes no more; returns how much there was. */
static size_t write_until_full(void)
{
	static const char bytes[100 * 1000];
	const struct slice piece = { bytes, sizeof(bytes) };
	size_t total = 0;

	while (stage.connection->stream.unsent == 0) {
		assert_true(stream_write(&stage.connection->stream, &piece, 1) >= 0);
		total += piece.len;
	}
	return total;
}

/* Reads what is there; true when nothing is left. */
static bool read_some(size_t *left)
{
	static char bytes[100 * 1000];
	ssize_t got =
		recv(stage.talk.caller, bytes, *left < sizeof(bytes) ? *left : sizeof(bytes), 0);

	*left -= got > 0 ? (size_t)got : 0;
	return *left == 0;
}

static void read_all(size_t total)
{
	worker_fixture_until(&stage.talk.fixture, read_some(&total));
}

static void what_another_worker_has_read_comes_first(void **state)
{
	(void)state;
	connection_close(stage.connection);
	(void)close(stage.talk.caller);
	call(SLICE("a"));
	expect_text(heard(), "a");
	say("sk");
	expect_text(heard(), "ask");
	expect_state(CONNECTION_BUSY);
}

static void idle_it_is_closed_in_time(void **state)
{
	(void)state;
	stage.wants = false; /* empty lines */
	conversation_wait(&stage.talk, LIMIT_KEEPALIVE_IDLE_MS - 1000);
	say("\r\n");
	expect_state(CONNECTION_IDLE);
	conversation_wait(&stage.talk, 1000);
	expect_gone();
	assert_int_equal(conversation_end(&stage.talk, stage.talk.caller), 0);
}

static void the_read_timeout_is_for_idling_too(void **state)
{
	(void)state;
	stage.talk.fixture.snapshot.settings.read_timeout_ns = 5 * 1000000000ll;
	begin();
	connection_next(stage.connection);
	conversation_wait(&stage.talk, 4000);
	expect_state(CONNECTION_IDLE);
	conversation_wait(&stage.talk, 1000);
	expect_gone();
}

static void busy_it_leaves_time_to_its_protocol(void **state)
{
	(void)state;
	begin();
	conversation_wait(&stage.talk, 24ull * 3600 * 1000);
	expect_state(CONNECTION_BUSY);
	connection_next(stage.connection);
	expect_state(CONNECTION_IDLE);
	conversation_wait(&stage.talk, LIMIT_KEEPALIVE_IDLE_MS);
	expect_gone();
}

static void what_came_before_its_turn_comes_with_its_turn(void **state)
{
	(void)state;
	begin();
	assert_true(connection_keep(stage.connection, SLICE(" ag")));
	assert_true(connection_keep(stage.connection, SLICE("ain")));
	connection_next(stage.connection);
	expect_text(heard(), "ask again");
	expect_state(CONNECTION_BUSY);
	assert_int_equal(stage.connection->ahead_len, 0);
}

static void only_so_much_is_kept(void **state)
{
	static const char bytes[LIMIT_PIPELINED_BYTES + LIMIT_READ_BYTES];
	struct slice most = { bytes, sizeof(bytes) };

	(void)state;
	begin();
	assert_true(connection_keep(stage.connection, most));
	assert_false(connection_keep(stage.connection, SLICE("x")));
	connection_forget_kept(stage.connection);
	assert_true(connection_keep(stage.connection, SLICE("x")));
}

static void the_answer_is_read_before_the_next_request(void **state)
{
	size_t total;

	(void)state;
	begin();
	total = write_until_full();
	connection_next(stage.connection);
	expect_state(CONNECTION_SENDING);
	say(" again");
	expect_text(heard(), "ask");
	read_all(total);
	worker_fixture_until(&stage.talk.fixture, stage.heard_len > 3);
	expect_text(heard(), "ask again");
	assert_int_equal(stage.drained, 0);
}

static void who_does_not_read_the_answer_is_closed(void **state)
{
	(void)state;
	begin();
	(void)write_until_full();
	connection_next(stage.connection);
	conversation_wait(&stage.talk, LIMIT_BODY_PAUSE_MS - 1000);
	expect_state(CONNECTION_SENDING);
	conversation_wait(&stage.talk, 1000);
	expect_gone();
}

static void a_caller_may_be_lost_while_it_should_read(void **state)
{
	(void)state;
	begin();
	(void)write_until_full();
	connection_next(stage.connection);
	conversation_reset(&stage.talk.caller);
	expect_gone();
	assert_int_equal(stage.ended, 0);
}

static void busy_its_protocol_is_told_how_it_goes(void **state)
{
	size_t total;

	(void)state;
	begin();
	total = write_until_full();
	read_all(total);
	worker_fixture_until(&stage.talk.fixture, stage.drained == 1);
	assert_int_equal(shutdown(stage.talk.caller, SHUT_WR), 0);
	worker_fixture_until(&stage.talk.fixture, stage.ended == 1);
	assert_int_equal(stage.end, 0);
	expect_state(CONNECTION_BUSY); /* the answer may still go out, ... */
	connection_next(stage.connection);
	expect_gone(); /* ... but there is no next */
}

static void idle_it_ends_with_its_caller(void **state)
{
	(void)state;
	conversation_leave(&stage.talk.caller);
	expect_gone();
	assert_int_equal(stage.ended, 0);
}

/* RFC 9112 section 9.6. */
static void it_says_goodbye_and_hears_its_caller_out(void **state)
{
	(void)state;
	begin();
	connection_end(stage.connection, false);
	expect_state(CONNECTION_LINGERING);
	assert_int_equal(conversation_end(&stage.talk, stage.talk.caller), 0);
	say(" more");
	expect_text(heard(), "ask");
	expect_state(CONNECTION_LINGERING);
	conversation_leave(&stage.talk.caller);
	expect_gone();
}

static void but_not_for_long(void **state)
{
	(void)state;
	begin();
	connection_end(stage.connection, false);
	conversation_wait(&stage.talk, LIMIT_LINGER_MS - 1000);
	expect_state(CONNECTION_LINGERING);
	conversation_wait(&stage.talk, 1000);
	expect_gone();
}

/* Its time to hear it begins when it has read all before. */
static void the_goodbye_stands_behind_the_answer(void **state)
{
	size_t total;

	(void)state;
	begin();
	total = write_until_full();
	connection_end(stage.connection, true);
	conversation_wait(&stage.talk, 2 * LIMIT_LINGER_MS);
	expect_state(CONNECTION_LINGERING);
	read_all(total);
	assert_int_equal(conversation_end(&stage.talk, stage.talk.caller), 0);
	conversation_wait(&stage.talk, LIMIT_LINGER_MS);
	expect_gone();
}

static void nobody_is_waited_for_who_has_said_all(void **state)
{
	(void)state;
	begin();
	connection_end(stage.connection, true);
	expect_gone();
	assert_int_equal(conversation_end(&stage.talk, stage.talk.caller), 0);
}

static void a_reset_is_seen(void **state)
{
	(void)state;
	begin();
	connection_reset(stage.connection);
	assert_true(conversation_end(&stage.talk, stage.talk.caller) < 0);
	expect_gone();
}

static void what_is_served_stays_and_the_rest_moves_on(void **state)
{
	(void)state;
	assert_true(connection_unwind(stage.connection));
	begin();
	assert_false(connection_unwind(stage.connection));
	expect_state(CONNECTION_BUSY);
	stage.served = false;
	assert_true(connection_unwind(stage.connection));
	expect_state(CONNECTION_IDLE);
}

/* The next message from the worker that is of this type; -1, or the descriptor that came with it.
 */
static int hear_master(enum control_type type)
{
	static char buffer[LIMIT_CONTROL_BYTES];
	struct control_message m = { .type = CONTROL_HELLO };
	struct note why;

	worker_fixture_until(
		&stage.talk.fixture, control_receive(stage.talk.fixture.master, control_from_worker,
					     CONTROL_LEAVING, buffer, &m, &why) == 0 &&
					     m.type == type);
	return m.fd;
}

/* A request ends behind the begin of the drain, when the channel to the master is full. */
static void come_to_leaving(void)
{
	struct control *control = stage.talk.fixture.worker.control;

	begin();
	conversation_drain(&stage.talk, 60 * 1000, true);
	expect_state(CONNECTION_BUSY);
	while (control_has_room(control)) {
		(void)control_resolve(control, 1, SLICE("name.example"), 80);
	}
	connection_next(stage.connection);
	expect_state(CONNECTION_LEAVING);
}

static void it_leaves_when_the_channel_has_room(void **state)
{
	int fd;

	(void)state;
	come_to_leaving();
	say(" again"); /* which the next worker will read */
	fd = hear_master(CONTROL_HANDOVER);
	assert_true(fd >= 0);
	expect_gone();
	(void)conversation_hear(&stage.talk, fd, " again");
	(void)close(fd);
	expect_text(heard(), "ask");
}

static void it_may_run_out_of_time_before(void **state)
{
	(void)state;
	come_to_leaving();
	conversation_wait(&stage.talk, 60 * 1000);
	expect_gone();
}

static void when_time_is_up_its_protocol_breaks_off(void **state)
{
	(void)state;
	begin();
	connection_cut(stage.connection);
	expect_state(CONNECTION_BUSY);
	assert_int_equal(stage.end, UV_ECANCELED);
	connection_reset(stage.connection);
	expect_gone();
}

static void when_time_is_up_nothing_else_is_waited_for(void **state)
{
	(void)state;
	begin();
	connection_end(stage.connection, false);
	connection_cut(stage.connection);
	connection_cut(stage.connection);
	expect_gone();
	assert_int_equal(stage.ended, 0);
}

static void move_as_no_connection_does(void *arg)
{
	(void)arg;
	connection_next(stage.connection); /* which has no request */
}

static void only_what_is_busy_can_be_done(void **state)
{
	(void)state;
	expect_abort(move_as_no_connection_does, NULL);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(what_another_worker_has_read_comes_first),
		STORY(idle_it_is_closed_in_time),
		STORY(the_read_timeout_is_for_idling_too),
		STORY(busy_it_leaves_time_to_its_protocol),
		STORY(what_came_before_its_turn_comes_with_its_turn),
		STORY(only_so_much_is_kept),
		STORY(the_answer_is_read_before_the_next_request),
		STORY(who_does_not_read_the_answer_is_closed),
		STORY(a_caller_may_be_lost_while_it_should_read),
		STORY(busy_its_protocol_is_told_how_it_goes),
		STORY(idle_it_ends_with_its_caller),
		STORY(it_says_goodbye_and_hears_its_caller_out),
		STORY(but_not_for_long),
		STORY(the_goodbye_stands_behind_the_answer),
		STORY(nobody_is_waited_for_who_has_said_all),
		STORY(a_reset_is_seen),
		STORY(what_is_served_stays_and_the_rest_moves_on),
		STORY(it_leaves_when_the_channel_has_room),
		STORY(it_may_run_out_of_time_before),
		STORY(when_time_is_up_its_protocol_breaks_off),
		STORY(when_time_is_up_nothing_else_is_waited_for),
		STORY(only_what_is_busy_can_be_done),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as main.c does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
