/* request_test.c - a request on its journey, and broken off wherever it may be. */

#include <signal.h>
#include <sys/socket.h>

#include "common/limits.h"
#include "test/lib/conversation.h"
#include "test/lib/expect.h"
#include "worker/request.h"

static void open_talk(struct conversation *talk)
{
	conversation_open(talk);
	conversation_call(talk);
}

static void ask(struct conversation *talk, const char *text)
{
	conversation_say(talk, talk->caller, text);
}

static void reply(struct conversation *talk, const char *text)
{
	conversation_say(talk, talk->upstream, text);
}

#define GET  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

/* Each takes a request to where it can be broken off. */

static void to_half_a_head(struct conversation *talk)
{
	ask(talk, "GET / HTTP/1.1\r\nHost: a\r\n");
}

static void to_its_name(struct conversation *talk)
{
	ask(talk, "GET / HTTP/1.1\r\nHost: named\r\n\r\n");
}

static void to_connecting(struct conversation *talk)
{
	conversation_crowd(talk);
	ask(talk, GET);
}

static void to_the_upstream(struct conversation *talk)
{
	ask(talk, GET);
	conversation_answer(talk);
	(void)conversation_hear(talk, talk->upstream, "\r\n\r\n");
}

static void to_half_a_body(struct conversation *talk)
{
	ask(talk, POST "3\r\none\r\n");
	conversation_answer(talk);
	(void)conversation_hear(talk, talk->upstream, "one\r\n");
}

static void to_an_interim_answer(struct conversation *talk)
{
	to_the_upstream(talk);
	reply(talk, "HTTP/1.1 103 Early Hints\r\n\r\n");
	(void)conversation_hear(talk, talk->caller, "103 Early Hints\r\n\r\n");
}

static void to_half_an_answers_head(struct conversation *talk)
{
	to_the_upstream(talk);
	reply(talk, "HTTP/1.1 200 OK\r\n");
}

static void to_half_an_answers_body(struct conversation *talk)
{
	to_the_upstream(talk);
	reply(talk, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
	(void)conversation_hear(talk, talk->caller, "half");
}

static void to_an_early_answer(struct conversation *talk)
{
	to_half_a_body(talk);
	reply(talk, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
	(void)conversation_hear(talk, talk->caller, "half");
}

/* The caller does not read, so that the answer waits in the worker. */
static void to_an_answer_that_nobody_reads(struct conversation *talk)
{
	static char piece[64 * 1024];

	to_the_upstream(talk);
	reply(talk, "HTTP/1.1 200 OK\r\n\r\n");
	for (int i = 0; i < 200; i++) {
		(void)send(talk->upstream, piece, sizeof(piece), MSG_NOSIGNAL | MSG_DONTWAIT);
		worker_fixture_turn(&talk->fixture);
	}
}

static const struct {
	void (*come)(struct conversation *talk);
	uint64_t late_ms; /* after which whoever has to speak is late */
} points[] = {
	{ to_half_a_head, LIMIT_HEAD_READ_MS },
	{ to_its_name, LIMIT_DIAL_MS },
	{ to_connecting, LIMIT_DIAL_MS },
	{ to_the_upstream, LIMIT_RESPONSE_HEAD_MS },
	{ to_half_a_body, LIMIT_BODY_PAUSE_MS },
	{ to_an_interim_answer, LIMIT_RESPONSE_HEAD_MS },
	{ to_half_an_answers_head, LIMIT_RESPONSE_HEAD_MS },
	{ to_half_an_answers_body, LIMIT_UPSTREAM_SILENCE_MS },
	{ to_an_early_answer, LIMIT_BODY_PAUSE_MS },
	{ to_an_answer_that_nobody_reads, LIMIT_BODY_PAUSE_MS },
};

enum { POINTS = sizeof(points) / sizeof(*points) };

static struct worker *worker_of(struct conversation *talk)
{
	return &talk->fixture.worker;
}

/* No request is left, and none is still to run. */
static bool is_over(struct conversation *talk)
{
	return worker_of(talk)->spare_count == 1 && turn_is_empty(worker_of(talk)->turn);
}

static void expect_gone(struct conversation *talk)
{
	conversation_until_gone(talk);
	assert_true(is_over(talk));
}

static void its_caller_may_be_lost_at_any_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		struct conversation talk;

		open_talk(&talk);
		points[i].come(&talk);
		assert_false(is_over(&talk));
		conversation_reset(&talk.caller);
		expect_gone(&talk);
		conversation_close(&talk);
	}
}

static void its_upstream_may_be_lost_at_any_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		struct conversation talk;

		open_talk(&talk);
		points[i].come(&talk);
		if (talk.upstream >= 0) {
			conversation_reset(&talk.upstream);
			if (points[i].come == to_an_answer_that_nobody_reads) { /* it is held */
				conversation_wait(&talk, points[i].late_ms);
			}
			worker_fixture_until(&talk.fixture, is_over(&talk));
			conversation_reset(&talk.caller);
			expect_gone(&talk);
		}
		conversation_close(&talk);
	}
}

static void whoever_has_to_speak_may_be_late_at_any_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		struct conversation talk;

		open_talk(&talk);
		points[i].come(&talk);
		conversation_wait(&talk, points[i].late_ms);
		worker_fixture_until(&talk.fixture, is_over(&talk));
		conversation_reset(&talk.caller);
		expect_gone(&talk);
		conversation_close(&talk);
	}
}

static void the_worker_may_run_out_of_time_at_any_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		struct conversation talk;

		open_talk(&talk);
		points[i].come(&talk);
		conversation_drain(&talk, 1000, false);
		conversation_wait(&talk, 1000);
		if (points[i].come == to_half_a_head) { /* which was not begun: said goodbye to */
			conversation_reset(&talk.caller);
		}
		expect_gone(&talk);
		conversation_close(&talk);
	}
}

/* As long as nothing of an answer is out, the caller is told what is wrong with its body. */
static void a_body_that_makes_no_sense_is_refused(void **state)
{
	struct conversation talk;

	(void)state;
	open_talk(&talk);
	to_half_a_body(&talk);
	ask(&talk, "nonsense\r\n");
	(void)conversation_hear(&talk, talk.caller, "HTTP/1.1 400 Bad Request\r\n");
	(void)conversation_hear(&talk, talk.caller, "400 Bad Request: malformed request\n");
	assert_int_equal(conversation_end(&talk, talk.caller), 0);
	assert_int_equal(conversation_end(&talk, talk.upstream), 0);
	conversation_leave(&talk.caller);
	expect_gone(&talk);
	conversation_close(&talk);
}

static void one_that_makes_no_sense_behind_an_answer_breaks_it_off(void **state)
{
	struct conversation talk;

	(void)state;
	open_talk(&talk);
	to_an_early_answer(&talk);
	ask(&talk, "nonsense\r\n");
	assert_true(conversation_end(&talk, talk.caller) < 0);
	expect_gone(&talk);
	conversation_close(&talk);
}

/* The caller may say that it is done, and still wants its answer. */
static void a_caller_that_has_said_all_gets_its_answer(void **state)
{
	struct conversation talk;

	(void)state;
	open_talk(&talk);
	to_the_upstream(&talk);
	assert_int_equal(shutdown(talk.caller, SHUT_WR), 0);
	worker_fixture_turn(&talk.fixture);
	reply(&talk, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere");
	(void)conversation_hear(&talk, talk.caller, "\r\n\r\nhere");
	assert_int_equal(conversation_end(&talk, talk.caller), 0);
	worker_fixture_until(&talk.fixture, is_over(&talk));
	conversation_close(&talk);
}

/* With what may still hang on the wheel from the request before. */
static void its_memory_serves_the_next_request(void **state)
{
	struct conversation talk;
	struct request *first;

	(void)state;
	open_talk(&talk);
	to_half_a_body(&talk);
	ask(&talk, "0\r\n\r\n");
	(void)conversation_hear(&talk, talk.upstream, "0\r\n\r\n");
	reply(&talk, "HTTP/1.1 204 No Content\r\n\r\n");
	(void)conversation_hear(&talk, talk.caller, "\r\n\r\n");
	worker_fixture_until(&talk.fixture, is_over(&talk));
	first = worker_of(&talk)->spare;

	ask(&talk, GET);
	(void)conversation_hear(&talk, talk.upstream, "\r\n\r\n");
	assert_null(worker_of(&talk)->spare);
	conversation_wait(&talk, 2 * LIMIT_BODY_PAUSE_MS);
	reply(&talk, "HTTP/1.1 204 No Content\r\n\r\n");
	(void)conversation_hear(&talk, talk.caller, "\r\n\r\n");
	worker_fixture_until(&talk.fixture, is_over(&talk));
	assert_ptr_equal(worker_of(&talk)->spare, first);
	conversation_close(&talk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_caller_may_be_lost_at_any_point),
		cmocka_unit_test(its_upstream_may_be_lost_at_any_point),
		cmocka_unit_test(whoever_has_to_speak_may_be_late_at_any_point),
		cmocka_unit_test(the_worker_may_run_out_of_time_at_any_point),
		cmocka_unit_test(a_body_that_makes_no_sense_is_refused),
		cmocka_unit_test(one_that_makes_no_sense_behind_an_answer_breaks_it_off),
		cmocka_unit_test(a_caller_that_has_said_all_gets_its_answer),
		cmocka_unit_test(its_memory_serves_the_next_request),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as main.c does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
