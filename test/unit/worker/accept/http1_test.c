/* http1_test.c - a caller in HTTP/1, however the network cuts what it says. */

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "test/lib/expect.h"
#include "test/lib/talk.h"
#include "worker/accept/connection.h"

static struct worker *worker(void)
{
	return &talk.fixture.worker;
}

static struct connection *connection(void)
{
	return container_of(worker()->connections.first, struct connection, place);
}

static enum connection_state state_of_connection(void)
{
	return connection()->state;
}

static void say(struct slice bytes)
{
	assert_int_equal(send(talk.caller, bytes.at, bytes.len, MSG_NOSIGNAL), bytes.len);
	worker_fixture_turn(&talk.fixture);
}

static void expect_answer(const char *status)
{
	struct slice heard = conversation_hear(&talk, talk.caller, "\r\n\r\n");

	assert_true(slice_starts_with(heard, slice_of(status)));
}

#define OPTIONS "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"
#define TRACE   "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"

/* One behind the other, and answered in that order. */
static void two_requests_in_any_two_pieces(void **state)
{
	static const struct slice both =
		SLICE("\r\n" OPTIONS "GET /_at_internal/healthz HTTP/1.1\r\n"
		      "Host: a\r\n\r\n");

	for (size_t cut = 0; cut <= both.len; cut++) {
		if (cut > 0) {
			(void)talk_open(state);
		}
		say(slice_sub(both, 0, cut));
		say(slice_sub(both, cut, both.len));
		expect_answer("HTTP/1.1 200 OK\r\n");
		expect_answer("HTTP/1.1 200 OK\r\n");
		assert_int_equal(state_of_connection(), CONNECTION_IDLE);
		if (cut < both.len) {
			(void)talk_close(state);
		}
	}
}

static void empty_lines_are_no_request(void **state)
{
	(void)state;
	say(SLICE("\r\n\r\n"));
	assert_int_equal(state_of_connection(), CONNECTION_IDLE);
	assert_int_equal(worker()->spare_count, 1);
	say(SLICE("\r"));
	assert_int_equal(state_of_connection(), CONNECTION_BUSY); /* which may become one */
	say(SLICE("\n"));
	conversation_wait(&talk, LIMIT_HEAD_READ_MS);
	assert_int_equal(state_of_connection(), CONNECTION_IDLE);
	assert_int_equal(connection()->ahead_len, 0);
}

/* Neither whole ones nor halves. */
static void empty_lines_buy_no_time(void **state)
{
	unsigned waited = 0;

	(void)state;
	while (worker()->connection_count > 0) {
		(void)send(talk.caller, waited % 2 == 0 ? "\r" : "\n\r\n", waited % 2 == 0 ? 1 : 3,
			MSG_NOSIGNAL);
		worker_fixture_turn(&talk.fixture);
		conversation_wait(&talk, 1000);
		assert_true(++waited <= LIMIT_KEEPALIVE_IDLE_MS / 1000 + 1);
	}
	assert_true(waited > LIMIT_HEAD_READ_MS / 1000); /* which is for heads */
}

static void a_head_that_does_not_end_is_refused(void **state)
{
	static char filler[LIMIT_HEAD_BYTES + 1];

	(void)state;
	memset(filler, 'x', sizeof(filler));
	say(SLICE("GET / HTTP/1.1\r\nHost: a\r\nX: "));
	assert_int_equal(state_of_connection(), CONNECTION_BUSY);
	say((struct slice){ filler, sizeof(filler) });
	expect_answer("HTTP/1.1 431 ");
}

/* The next in line is not even read. */
static void what_is_refused_ends_the_connection(void **state)
{
	(void)state;
	say(SLICE(TRACE OPTIONS));
	(void)conversation_hear(&talk, talk.caller, "HTTP/1.1 405 ");
	(void)conversation_hear(&talk, talk.caller, "\r\nConnection: close\r\n\r\n");
	(void)conversation_hear(&talk, talk.caller, "Method Not Allowed\n");
	assert_int_equal(conversation_end(&talk, talk.caller), 0);
	conversation_until_gone(&talk);
}

static void half_a_head_moves_on(void **state)
{
	static char buffer[LIMIT_CONTROL_BYTES];
	struct control_message m = { .type = CONTROL_NONE };
	struct note why;

	(void)state;
	say(SLICE(OPTIONS "GET / HT"));
	expect_answer("HTTP/1.1 200 OK\r\n");
	assert_int_equal(state_of_connection(), CONNECTION_BUSY);
	conversation_drain(&talk, 1000, true);
	worker_fixture_until(
		&talk.fixture, control_receive(talk.fixture.master, control_from_worker,
				       CONTROL_LEAVING, buffer, &m, &why) == 0 &&
				       m.type == CONTROL_HANDOVER);
	expect_text(wire_get_slice(&m.payload, LIMIT_CONTROL_BYTES), "GET / HT");
	(void)close(m.fd);
	conversation_until_gone(&talk);
}

static void ask_upstream(const char *head)
{
	say(slice_of(head));
	conversation_answer(&talk);
	(void)conversation_hear(&talk, talk.upstream, "\r\n\r\n");
}

static void reply(const char *text)
{
	conversation_say(&talk, talk.upstream, text);
}

#define CHUNKED                                                                                    \
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n"

static void trailers_stand_behind_the_chunks(void **state)
{
	(void)state;
	ask_upstream("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	reply(CHUNKED);
	expect_text(conversation_hear(&talk, talk.caller, "X-Sum: 1\r\n\r\n"), CHUNKED);
	assert_int_equal(state_of_connection(), CONNECTION_IDLE);
}

/* There the end of the connection is the end of the body, and nothing comes before the head. */
static void http_1_0_knows_neither_chunks_nor_interim_answers(void **state)
{
	(void)state;
	ask_upstream("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
	reply("HTTP/1.1 103 Early Hints\r\n\r\n" CHUNKED);
	expect_text(conversation_hear(&talk, talk.caller, "body"),
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody");
	assert_int_equal(conversation_end(&talk, talk.caller), 0);
}

static void http_1_0_may_keep_its_connection(void **state)
{
	(void)state;
	ask_upstream("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
	reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
	expect_text(conversation_hear(&talk, talk.caller, "body"),
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nbody");
	assert_int_equal(state_of_connection(), CONNECTION_IDLE);
}

static void the_answer_to_head_has_no_body(void **state)
{
	(void)state;
	ask_upstream("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
	expect_text(conversation_hear(&talk, talk.caller, "\r\n\r\n"),
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
	say(SLICE("HEAD / HTTP/1.1\r\nHost: nowhere\r\n\r\n"));
	expect_answer("HTTP/1.1 404 ");
	say(SLICE(OPTIONS));
	expect_answer("HTTP/1.1 200 OK\r\n"); /* which is all that came behind the 404's head */
}

/* An answer before the request's end: what is left of it must not be taken for the next. */
static void an_early_answer_ends_the_connection(void **state)
{
	(void)state;
	ask_upstream("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
	reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
	expect_text(conversation_hear(&talk, talk.caller, "body"),
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
	assert_int_equal(conversation_end(&talk, talk.caller), 0);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, talk_open, talk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(two_requests_in_any_two_pieces),
		STORY(empty_lines_are_no_request),
		STORY(empty_lines_buy_no_time),
		STORY(a_head_that_does_not_end_is_refused),
		STORY(what_is_refused_ends_the_connection),
		STORY(half_a_head_moves_on),
		STORY(trailers_stand_behind_the_chunks),
		STORY(http_1_0_knows_neither_chunks_nor_interim_answers),
		STORY(http_1_0_may_keep_its_connection),
		STORY(the_answer_to_head_has_no_body),
		STORY(an_early_answer_ends_the_connection),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as main.c does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
