/* http1_test.c - an upstream in HTTP/1: what goes out to it, and whether its connection can be used
 * again. */

#include <signal.h>
#include <sys/socket.h>

#include "test/lib/expect.h"
#include "test/lib/talk.h"

static struct slice ask(const char *text, const char *last)
{
	conversation_say(&talk, talk.caller, text);
	conversation_answer(&talk);
	return conversation_hear(&talk, talk.upstream, last);
}

static void reply(const char *text)
{
	conversation_say(&talk, talk.upstream, text);
}

/* The connections that are left when the request is over. */
static unsigned kept(void)
{
	worker_fixture_until(&talk.fixture, talk.fixture.worker.spare_count == 1);
	for (int i = 0; i < 10; i++) {
		worker_fixture_turn(&talk.fixture);
	}
	return talk.fixture.worker.upstream_count;
}

#define GET    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK     "HTTP/1.1 200 OK\r\n"
#define LENGTH "Content-Length: 4\r\n"
#define END    "\r\n"

static void only_what_is_whole_and_clean_is_used_again(void **state)
{
	static const struct {
		const char *request, *answer;
		bool closes; /* the upstream ends its connection behind it */
		unsigned kept;
	} rows[] = {
		{ GET, OK LENGTH END "body", false, 1 },
		{ GET, OK "Transfer-Encoding: chunked\r\n" END "4\r\nbody\r\n0\r\n\r\n", false, 1 },
		{ GET, "HTTP/1.1 204 No Content\r\n" END, false, 1 },
		{ "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", OK LENGTH END, false, 1 },
		{ GET, OK "Connection: close\r\n" LENGTH END "body", false, 0 },
		{ GET, "HTTP/1.0 200 OK\r\n" LENGTH END "body", false, 0 },
		{ GET, OK LENGTH END "body and more", false, 0 },
		{ GET, OK LENGTH END "body" OK LENGTH END "body", false, 0 },
		{ GET, OK END "body until the end", true, 0 },
		{ GET, OK LENGTH END "body", true, 0 },
		{ GET, OK LENGTH END "bo", true, 0 },
		{ GET, "nonsense\r\n\r\n", false, 0 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n", OK LENGTH END "body",
			false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (i > 0) {
			(void)talk_open(state);
		}
		(void)ask(rows[i].request, "\r\n\r\n");
		reply(rows[i].answer);
		if (rows[i].closes) {
			assert_int_equal(shutdown(talk.upstream, SHUT_WR), 0);
		}
		assert_int_equal(kept(), rows[i].kept);
		if (i + 1 < sizeof(rows) / sizeof(*rows)) {
			(void)talk_close(state);
		}
	}
}

/* Whoever takes half an answer for a whole one may act on it. */
static void an_answer_that_is_too_short_is_broken_off(void **state)
{
	(void)state;
	(void)ask(GET, "\r\n\r\n");
	reply(OK LENGTH END "bo");
	assert_int_equal(shutdown(talk.upstream, SHUT_WR), 0);
	(void)conversation_hear(&talk, talk.caller, "\r\n\r\nbo");
	assert_true(conversation_end(&talk, talk.caller) < 0);
}

static void chunks_that_come_together_go_on_together(void **state)
{
	(void)state;
	(void)ask(GET, "\r\n\r\n");
	reply(OK "Transfer-Encoding: chunked\r\n" END);
	(void)conversation_hear(&talk, talk.caller, "\r\n\r\n");
	reply("1\r\na\r\n1\r\nb\r\n2\r\ncd\r\n1\r\n");
	expect_text(conversation_hear(&talk, talk.caller, "abcd\r\n"), "4\r\nabcd\r\n");
	reply("e\r\n1\r\nf\r\n0\r\n\r\n");
	expect_text(conversation_hear(&talk, talk.caller, "0\r\n\r\n"), "2\r\nef\r\n0\r\n\r\n");
}

/* No rule has seen them. */
static void a_body_keeps_its_framing_and_loses_its_trailers(void **state)
{
	struct slice heard;

	(void)state;
	heard = ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "4\r\nbody\r\n0\r\nX-Rule: none\r\n\r\n",
		"0\r\n\r\n");
	assert_true(slice_ends_with(
		heard, SLICE("\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")));
}

static void without_keep_alives_it_says_so(void **state)
{
	(void)state;
	talk.integrations[0].disable_keep_alives = true;
	(void)ask(GET, "Connection: close\r\n\r\n");
	reply(OK LENGTH END "body");
	assert_int_equal(kept(), 0);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, talk_open, talk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(only_what_is_whole_and_clean_is_used_again),
		STORY(an_answer_that_is_too_short_is_broken_off),
		STORY(chunks_that_come_together_go_on_together),
		STORY(a_body_keeps_its_framing_and_loses_its_trailers),
		STORY(without_keep_alives_it_says_so),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as main.c does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
