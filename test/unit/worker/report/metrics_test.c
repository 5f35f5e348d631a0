/* metrics_test.c - each request counts once, for its integration, as what it came to. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/request.h"
#include "worker/route.h"

#define SLACK "{integration=\"slack\""

static struct integration integrations[] = {
	{ .name = SLICE("slack"), .destination = SLICE("http://127.0.0.1:1"), .series = 1 },
};

static struct {
	struct worker_fixture fixture;
	struct request *req;
} stage;

static int stage_open(void **state)
{
	struct worker *worker = &stage.fixture.worker;

	(void)state;
	worker_fixture_open(&stage.fixture, LIST_OF(integrations));
	assert_int_equal(scoreboard_series(worker->board, SLICE("slack")), 1);
	stage.req = request_new(worker);
	stage.req->route = routes_find(worker->routes, SLICE("slack"));
	stage.req->started_ns = uv_hrtime();
	return 0;
}

static int stage_close(void **state)
{
	(void)state;
	request_drop(stage.req);
	worker_fixture_close(&stage.fixture);
	return 0;
}

/* The value of "authtranslator_" `name`; 0 when it is not told. */
static double value(const char *name)
{
	size_t len;
	char *text = scoreboard_text(stage.fixture.worker.board, &len), line[256];
	const char *found;
	double value = 0;

	(void)snprintf(line, sizeof(line), "\nauthtranslator_%s} ", name);
	found = strstr(text, line);
	if (found != NULL) {
		value = strtod(found + strlen(line), NULL);
	}
	free(text);
	return value;
}

/* cmocka of this age compares no floats; all of these are whole. */
#define expect_total(name, wanted) assert_int_equal((int64_t)value(name), (wanted))

static void what_an_upstream_answered_counts_by_its_status(void **state)
{
	static const int statuses[] = { 200, 404, 404, 503 };

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		stage.req->out.status = statuses[i];
		stage.req->handed_ns = stage.req->answered_ns = stage.req->started_ns + 1;
		assert_int_equal(step_metrics(stage.req), GO_ON);
	}
	expect_total("requests_total" SLACK, 4);
	expect_total("upstream_responses_total" SLACK ",code=\"200\"", 1);
	expect_total("upstream_responses_total" SLACK ",code=\"404\"", 2);
	expect_total("upstream_responses_total" SLACK ",code=\"503\"", 1);
	expect_total("auth_failures_total" SLACK, 0);
}

static void what_we_answered_counts_by_its_reason(void **state)
{
	(void)state;
	answer_with(stage.req, ANSWER_denied);
	(void)step_metrics(stage.req);
	answer_with(stage.req, ANSWER_upstream_timeout);
	(void)step_metrics(stage.req);
	expect_total("requests_total" SLACK, 2);
	expect_total("internal_responses_total" SLACK ",code=\"403\",reason=\"denylist_match\"", 1);
	expect_total(
		"internal_responses_total" SLACK ",code=\"504\",reason=\"upstream_timeout\"", 1);
	expect_total("upstream_responses_total" SLACK ",code=\"403\"", 0);
}

/* Whose credential it was makes no difference for the one counter, and all for the other. */
static void a_credential_that_failed_counts_twice(void **state)
{
	(void)state;
	answer_about(stage.req, ANSWER_incoming_auth_failed, SLICE("slack"));
	(void)step_metrics(stage.req);
	answer_about(stage.req, ANSWER_outgoing_auth_failed, SLICE("slack"));
	(void)step_metrics(stage.req);
	expect_total("auth_failures_total" SLACK, 2);
	expect_total("internal_responses_total" SLACK
		     ",code=\"401\",reason=\"incoming_auth_failure\"",
		1);
	expect_total("internal_responses_total" SLACK
		     ",code=\"502\",reason=\"outgoing_auth_failure\"",
		1);
}

/* Else a caller could make up as many series as there are hosts. */
static void who_asks_for_nobody_counts_as_unknown(void **state)
{
	(void)state;
	stage.req->route = NULL;
	answer_about(stage.req, ANSWER_integration_not_found, SLICE("made-up.example.com"));
	(void)step_metrics(stage.req);
	expect_total("requests_total{integration=\"unknown\"", 1);
	expect_total("requests_total" SLACK, 0);
}

static void our_own_pages_do_not_count(void **state)
{
	(void)state;
	answer_with(stage.req, ANSWER_health);
	assert_int_equal(step_metrics(stage.req), GO_ON);
	stage.req->route = NULL;
	answer_with(stage.req, ANSWER_metrics);
	assert_int_equal(step_metrics(stage.req), GO_ON);
	expect_total("requests_total" SLACK, 0);
	expect_total("requests_total{integration=\"unknown\"", 0);
}

static void each_stretch_of_the_way_has_its_duration(void **state)
{
	const uint64_t second = 1000000000;
	uint64_t now = uv_hrtime();

	(void)state;
	stage.req->out.status = 200;
	stage.req->started_ns = now - 8 * second;
	stage.req->handed_ns = now - 7 * second;
	stage.req->answered_ns = now - 4 * second;
	stage.req->processed_ns = now - 3 * second;
	(void)step_metrics(stage.req);
	expect_total("end_to_end_duration_seconds_sum" SLACK, 8);
	expect_total("pre_proxy_duration_seconds_sum" SLACK, 1);
	expect_total("upstream_roundtrip_duration_seconds_sum" SLACK, 3);
	expect_total("response_processing_duration_seconds_sum" SLACK, 1);
}

/* Nobody has been asked: only how long we thought about it is known. */
static void a_refusal_has_no_round_trip(void **state)
{
	(void)state;
	answer_with(stage.req, ANSWER_not_allowed);
	(void)step_metrics(stage.req);
	expect_total("upstream_roundtrip_duration_seconds_count" SLACK, 0);
	expect_total("response_processing_duration_seconds_count" SLACK, 0);
	expect_total("pre_proxy_duration_seconds_count" SLACK, 1);
	expect_total("end_to_end_duration_seconds_count" SLACK, 1);
}

/* Broken off after the answer began, before anything of it was passed on. */
static void no_duration_is_negative(void **state)
{
	(void)state;
	stage.req->handed_ns = stage.req->started_ns + 1;
	stage.req->answered_ns = stage.req->started_ns + 2;
	stage.req->processed_ns = 0;
	stage.req->out.status = 200;
	(void)step_metrics(stage.req);
	expect_total("response_processing_duration_seconds_count" SLACK, 1);
	expect_total("response_processing_duration_seconds_sum" SLACK, 0);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(what_an_upstream_answered_counts_by_its_status),
		STORY(what_we_answered_counts_by_its_reason),
		STORY(a_credential_that_failed_counts_twice),
		STORY(who_asks_for_nobody_counts_as_unknown),
		STORY(our_own_pages_do_not_count),
		STORY(each_stretch_of_the_way_has_its_duration),
		STORY(a_refusal_has_no_round_trip),
		STORY(no_duration_is_negative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
