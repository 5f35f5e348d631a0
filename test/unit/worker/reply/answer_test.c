/* answer_test.c - our own answers, as spec/request.md section 2.1 wants them. */

#include <string.h>

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/request.h"

static struct request *stage_request;

static int stage_open(void **state)
{
	static struct worker_fixture fixture;

	worker_fixture_open(&fixture, (struct list){ NULL, 0 });
	stage_request = request_new(&fixture.worker);
	*state = &fixture;
	return 0;
}

static int stage_close(void **state)
{
	request_drop(stage_request);
	worker_fixture_close(*state);
	return 0;
}

static struct slice header(const char *name)
{
	assert_in_range(message_count_header(&stage_request->out, slice_of(name)), 0, 1);
	return message_header(&stage_request->out, slice_of(name));
}

static struct slice body(void)
{
	const struct flow *down = &stage_request->down;

	assert_int_equal(stage_request->out.body, BODY_LENGTH);
	assert_int_equal(stage_request->out.body_length, down->waiting_len);
	return (struct slice){ down->waiting, down->waiting_len };
}

static void a_refusal_says_what_and_why(void **state)
{
	struct request *req = stage_request;

	(void)state;
	answer_about(req, ANSWER_incoming_auth_failed, SLICE("slack"));
	answer_write(req);
	assert_int_equal(req->out.status, 401);
	expect_text(header("X-AT-Upstream-Error"), "false");
	expect_text(header("X-AT-Error-Reason"), "authentication failed");
	expect_text(header("Content-Type"), "text/plain; charset=utf-8");
	expect_text(header("X-Content-Type-Options"), "nosniff");
	assert_int_equal(header("Date").len, strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
	expect_text(body(), "Unauthorized: authentication failed for integration slack\n");
	assert_true(req->down.ended);
	assert_int_equal(req->answer.refusal, REFUSAL_incoming_auth_failure);
}

static void what_the_upstream_did_is_called_its_error(void **state)
{
	static const struct {
		enum answer_kind kind;
		int status;
		const char *upstream_error;
	} rows[] = {
		{ ANSWER_malformed, 400, "false" },
		{ ANSWER_integration_not_found, 404, "false" },
		{ ANSWER_denied, 403, "false" },
		{ ANSWER_denied_compat, 403, "false" },
		{ ANSWER_not_allowed, 403, "false" },
		{ ANSWER_invalid_destination, 400, "false" },
		{ ANSWER_outgoing_auth_failed, 502, "false" },
		{ ANSWER_outgoing_auth_failed_compat, 401, "false" },
		{ ANSWER_upstream_unresolved, 502, "true" },
		{ ANSWER_upstream_unreachable, 502, "true" },
		{ ANSWER_upstream_unconnected, 504, "true" },
		{ ANSWER_upstream_failed, 502, "true" },
		{ ANSWER_upstream_malformed, 502, "true" },
		{ ANSWER_upstream_timeout, 504, "true" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer_with(stage_request, rows[i].kind);
		answer_write(stage_request);
		assert_int_equal(stage_request->out.status, rows[i].status);
		expect_slice(header("X-AT-Upstream-Error"), slice_of(rows[i].upstream_error));
		assert_true(header("X-AT-Error-Reason").len > 0);
	}
}

/* In the words of the reference, which callers may have learned to look for. */
static void what_varies_stands_in_its_place(void **state)
{
	static const struct {
		enum answer_kind kind;
		const char *what, *text;
	} rows[] = {
		{ ANSWER_malformed, "431 Request Header Fields Too Large: header too large",
			"431 Request Header Fields Too Large: header too large\n" },
		{ ANSWER_ambiguous_path, "a dot segment", "Bad Request: a dot segment\n" },
		{ ANSWER_integration_not_found, "a.example",
			"integration for host a.example not found\n" },
		{ ANSWER_integration_not_found, "", "integration for host  not found\n" },
		{ ANSWER_integration_not_found, "100%d", "integration for host 100%d not found\n" },
		{ ANSWER_denied_compat, "denylist matched caller * GET /",
			"Forbidden: denylist matched caller * GET /\n" },
		{ ANSWER_outgoing_auth_failed, "slack",
			"Bad Gateway: outgoing authentication failed for integration slack\n" },
		{ ANSWER_outgoing_auth_failed_compat, "slack",
			"Unauthorized: authentication failed for integration slack\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer_about(stage_request, rows[i].kind, slice_of(rows[i].what));
		answer_write(stage_request);
		expect_slice(body(), slice_of(rows[i].text));
	}
}

static void our_own_pages_carry_none_of_that(void **state)
{
	struct request *req = stage_request;

	(void)state;
	answer_with(req, ANSWER_health);
	message_add_header(&req->out, SLICE("X-Last-Reload"), SLICE("then"));
	answer_write(req);
	assert_int_equal(req->out.status, 200);
	assert_null(header("X-AT-Upstream-Error").at);
	assert_null(header("X-AT-Error-Reason").at);
	assert_null(header("Content-Type").at);
	expect_text(header("X-Last-Reload"), "then");
	assert_int_equal(body().len, 0);
}

/* The upstream's head may have been half read when it failed. */
static void nothing_of_an_earlier_head_is_left(void **state)
{
	struct request *req = stage_request;

	(void)state;
	req->out.status = 200;
	message_add_header(&req->out, SLICE("Set-Cookie"), SLICE("theirs"));
	flow_push(&req->down, SLICE("theirs"));
	answer_with(req, ANSWER_upstream_failed);
	answer_write(req);
	assert_null(header("Set-Cookie").at);
	expect_text(body(), "Bad Gateway: upstream failed\n");
}

/* A host may hold bytes that a terminal, or another parser, would take for more than text. */
static void a_reason_is_one_header_whatever_is_in_it(void **state)
{
	struct request *req = stage_request;

	(void)state;
	answer_with(req, ANSWER_denied);
	req->answer.reason = SLICE("a\r\nX-Evil: 1\x7f\tb");
	answer_write(req);
	expect_text(header("X-AT-Error-Reason"), "a??X-Evil: 1??b");
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_refusal_says_what_and_why),
		STORY(what_the_upstream_did_is_called_its_error),
		STORY(what_varies_stands_in_its_place),
		STORY(our_own_pages_carry_none_of_that),
		STORY(nothing_of_an_earlier_head_is_left),
		STORY(a_reason_is_one_header_whatever_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
