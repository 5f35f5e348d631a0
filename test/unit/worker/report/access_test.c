/* access_test.c - what the log says of a request: who called for what, and how it ended. */

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/url.h"
#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/report/access.h"
#include "worker/request.h"
#include "worker/route.h"

static struct integration integrations[] = {
	{ .name = SLICE("slack"), .destination = SLICE("http://api.example.com") },
};

static struct {
	struct worker_fixture fixture;
	struct request *req;
	struct log *quiet; /* the fixture's */
	int fd;
	off_t heard;
} stage;

static int stage_open(void **state)
{
	struct worker *worker = &stage.fixture.worker;

	(void)state;
	worker_fixture_open(&stage.fixture, LIST_OF(integrations));
	stage.fd = memfd_create("log", MFD_CLOEXEC);
	stage.heard = 0;
	stage.quiet = worker->log;
	worker->log = log_new(stage.fd, LOG_INFO, false);
	stage.req = request_new(worker);
	stage.req->route = routes_find(worker->routes, SLICE("slack"));
	stage.req->target = &stage.req->route->destination;
	stage.req->in.method = SLICE("GET");
	stage.req->in.path = stage.req->in.decoded_path = SLICE("/messages");
	stage.req->sent_as = SLICE("slack.local");
	stage.req->caller_id = SLICE("alice");
	stage.req->peer = SLICE("192.0.2.7");
	stage.req->peer_port = 4711;
	return 0;
}

static int stage_close(void **state)
{
	(void)state;
	request_drop(stage.req);
	log_free(&stage.fixture.worker.log);
	stage.fixture.worker.log = stage.quiet;
	worker_fixture_close(&stage.fixture);
	return close(stage.fd);
}

/* The lines since the last time, without their times; a NUL follows. */
static struct slice heard(void)
{
	static char text[4096], kept[4096];
	struct slice rest = { text, 0 }, line;
	size_t len = 0;

	log_flush(stage.fixture.worker.log);
	rest.len = (size_t)pread(stage.fd, text, sizeof(text), stage.heard);
	stage.heard += (off_t)rest.len;
	while (rest.len > 0 && slice_next(&rest, '\n', &line)) {
		line = slice_sub(line, slice_find(line, ' ', 0) + 1, line.len);
		memcpy(kept + len, line.at, line.len);
		len += line.len;
		kept[len++] = '\n';
	}
	kept[len] = '\0';
	return (struct slice){ kept, len };
}

#define expect_heard(wanted) expect_text(heard(), wanted)

static void a_caller_that_proved_itself_is_named(void **state)
{
	(void)state;
	access_arrived(stage.req);
	expect_heard("level=INFO msg=\"incoming request\" method=GET integration=slack "
		     "path=/messages caller_id=alice\n");
}

/* Callers put tokens into queries. */
static void no_query_is_told(void **state)
{
	(void)state;
	stage.req->in.query = SLICE("token=hush");
	access_arrived(stage.req);
	expect_heard("level=INFO msg=\"incoming request\" method=GET integration=slack "
		     "path=/messages caller_id=alice\n");
}

static void an_upstreams_answer_is_told_with_its_status(void **state)
{
	(void)state;
	stage.req->out.status = 204;
	assert_int_equal(step_access(stage.req), GO_ON);
	expect_heard("level=INFO msg=\"upstream response\" host=slack.local status=204\n");
}

static void a_refusal_is_told_with_who_and_why(void **state)
{
	static const struct {
		enum answer_kind kind;
		const char *detail, *line;
	} rows[] = {
		{ ANSWER_ambiguous_path, "",
			"level=WARN msg=\"bad request\" remote=192.0.2.7:4711 status=400 "
			"reason=\"Bad Request: what\"\n" },
		{ ANSWER_integration_not_found, "",
			"level=WARN msg=\"no integration configured\" host=slack.local\n" },
		{ ANSWER_incoming_auth_failed, "token missing or wrong",
			"level=WARN msg=\"authentication failed\" host=slack.local "
			"remote=192.0.2.7:4711 reason=\"token missing or wrong\"\n" },
		{ ANSWER_denied, "denylist matched caller * GET /messages",
			"level=WARN msg=\"request denied by denylist\" integration=slack "
			"caller_id=alice reason=\"denylist matched caller * GET /messages\"\n" },
		{ ANSWER_not_allowed, "",
			"level=WARN msg=\"request blocked\" integration=slack caller_id=alice "
			"reason=\"no allowlist match\"\n" },
		{ ANSWER_invalid_destination, "",
			"level=WARN msg=\"invalid destination header\" integration=slack "
			"error=\"Bad Request: what\"\n" },
		{ ANSWER_outgoing_auth_failed, "no credential",
			"level=WARN msg=\"outgoing auth failed\" integration=slack "
			"error=\"no credential\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer_about(stage.req, rows[i].kind, SLICE("what"));
		stage.req->answer.detail = slice_of(rows[i].detail);
		assert_int_equal(step_access(stage.req), GO_ON);
		expect_slice(heard(), slice_of(rows[i].line));
	}
}

static void an_upstream_that_failed_is_named(void **state)
{
	(void)state;
	answer_with(stage.req, ANSWER_upstream_unreachable);
	(void)step_access(stage.req);
	expect_heard(
		"level=WARN msg=\"upstream failed\" integration=slack upstream=api.example.com "
		"reason=\"upstream not reachable\"\n"
		"level=INFO msg=\"upstream response\" host=slack.local status=502\n");
}

static void a_request_that_was_broken_off_is_told_with_how_far_it_came(void **state)
{
	(void)state;
	stage.req->state = REQUEST_BROKEN;
	stage.req->down.passed = 17;
	(void)step_access(stage.req);
	stage.req->state = REQUEST_SERVED;
	expect_heard("level=WARN msg=\"request broken off\" host=slack.local remote=192.0.2.7:4711 "
		     "sent=17\n");
}

static void an_address_of_ipv6_stands_in_brackets(void **state)
{
	(void)state;
	stage.req->peer = SLICE("2001:db8::7");
	answer_about(stage.req, ANSWER_malformed, SLICE("400 Bad Request: malformed request"));
	(void)step_access(stage.req);
	assert_non_null(strstr(heard().at, " remote=[2001:db8::7]:4711 "));
}

/* A monitor asks for them every few seconds. */
static void our_own_pages_are_not_worth_a_line(void **state)
{
	static const enum answer_kind pages[] = { ANSWER_health, ANSWER_metrics, ANSWER_options };

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		answer_with(stage.req, pages[i]);
		assert_int_equal(step_access(stage.req), GO_ON);
	}
	expect_heard("");
}

static void the_level_decides_what_is_told(void **state)
{
	(void)state;
	log_set(stage.fixture.worker.log, LOG_WARN, false);
	access_arrived(stage.req);
	(void)step_access(stage.req);
	expect_heard("");
	answer_with(stage.req, ANSWER_denied);
	(void)step_access(stage.req);
	assert_true(heard().len > 0);
	log_set(stage.fixture.worker.log, LOG_ERROR, false);
	(void)step_access(stage.req);
	expect_heard("");
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_caller_that_proved_itself_is_named),
		STORY(no_query_is_told),
		STORY(an_upstreams_answer_is_told_with_its_status),
		STORY(a_refusal_is_told_with_who_and_why),
		STORY(an_upstream_that_failed_is_named),
		STORY(a_request_that_was_broken_off_is_told_with_how_far_it_came),
		STORY(an_address_of_ipv6_stands_in_brackets),
		STORY(our_own_pages_are_not_worth_a_line),
		STORY(the_level_decides_what_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
