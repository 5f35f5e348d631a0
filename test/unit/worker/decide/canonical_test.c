/* canonical_test.c - STEP_canonical: which headers a request travels on with, and what it may
 * expect. */

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/request.h"

static int stage_open(void **state)
{
	static struct integration none[1] = { { .name = SLICE("slack"),
		.destination = SLICE("http://127.0.0.1:1") } };
	static struct worker_fixture fixture;

	worker_fixture_open(&fixture, LIST_OF(none));
	*state = &fixture;
	return 0;
}

static int stage_close(void **state)
{
	worker_fixture_close(*state);
	return 0;
}

/* A POST that has a body and up to three headers of this name. */
static struct request *request_with(
	struct worker_fixture *fixture, const char *name, const char *const values[3])
{
	struct request *req = request_new(&fixture->worker);

	req->in.method = SLICE("POST");
	req->in.path = SLICE("/");
	req->in.body = BODY_CHUNKED;
	for (size_t i = 0; i < 3 && values[i] != NULL; i++) {
		message_add_header(&req->in, slice_of(name), slice_of(values[i]));
	}
	return req;
}

static void that_the_caller_takes_trailers_is_passed_on_and_no_more_of_te(void **state)
{
	static const struct {
		const char *values[3];
		bool passed;
	} rows[] = {
		{ { "trailers" }, true },
		{ { "Trailers" }, true },
		{ { "gzip;q=0.5,\ttrailers , deflate" }, true },
		{ { "gzip", "", "trailers" }, true },
		{ { "gzip" }, false },
		{ { "trailersx" }, false },
		{ { "trailers;q=0" }, false },
		{ { "" }, false },
		{ { NULL }, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct request *req = request_with(*state, "te", rows[i].values);

		assert_int_equal(step_canonical(req), GO_ON);
		assert_int_equal(req->in.header_count, rows[i].passed);
		if (rows[i].passed) {
			expect_text(message_header(&req->in, SLICE("TE")), "trailers");
		}
		request_drop(req);
	}
}

static void one_odd_expectation_among_others_is_enough_to_fail(void **state)
{
	static const struct {
		const char *values[3];
		bool fails, continues;
	} rows[] = {
		{ { NULL }, false, false },
		{ { "100-continue" }, false, true },
		{ { "100-Continue", "100-continue" }, false, true },
		{ { "200-ok" }, true, false },
		{ { "" }, true, false },
		{ { "100-continue", "200-ok" }, true, false },
		{ { "100-continue", "100-continue", "x" }, true, false },
		{ { "200-ok", "100-continue" }, true, false },
		{ { "100-continue, 200-ok" }, true, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct request *req = request_with(*state, "expect", rows[i].values);

		assert_int_equal(step_canonical(req), rows[i].fails ? GO_ANSWER : GO_ON);
		assert_int_equal(
			req->answer.kind, rows[i].fails ? ANSWER_expectation_failed : ANSWER_NONE);
		assert_int_equal(req->expects_continue, rows[i].continues);
		request_drop(req);
	}
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(that_the_caller_takes_trailers_is_passed_on_and_no_more_of_te),
		STORY(one_odd_expectation_among_others_is_enough_to_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
