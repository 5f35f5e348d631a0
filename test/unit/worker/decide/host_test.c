/* host_test.c - STEP_host: the table of spec/request.md section 3, and where we are stricter. */

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/request.h"
#include "worker/route.h"

/* The integrations of the table. */
static const char *const names[] = { "slack", "127.0.0.1", "header", "plain", "host", "a",
	"allowed", "other", "named.example.com" };

static int stage_open(void **state)
{
	static struct integration all[sizeof(names) / sizeof(*names)];
	static struct worker_fixture fixture;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		all[i] = (struct integration){ .name = slice_of(names[i]),
			.destination = SLICE("http://127.0.0.1:1") };
	}
	worker_fixture_open(&fixture, LIST_OF(all));
	*state = &fixture;
	return 0;
}

static int stage_close(void **state)
{
	worker_fixture_close(*state);
	return 0;
}

static struct request *request_to(struct worker_fixture *fixture, const char *host)
{
	struct request *req = request_new(&fixture->worker);

	req->in.authority = slice_of(host);
	return req;
}

static void the_host_or_x_at_int_names_the_integration(void **state)
{
	static const struct {
		const char *host, *x_at_int; /* NULL: no such header */
		bool disabled;
		const char *only_host;
		const char *found; /* NULL: nobody */
	} rows[] = {
		{ "slack", NULL, false, NULL, "slack" },
		{ "SLACK", NULL, false, NULL, "slack" },
		{ "slack:8080", NULL, false, NULL, "slack" }, /* the reference: nobody */
		{ "slack:", NULL, false, NULL, "slack" },
		{ "slack.auth.example.com", NULL, false, NULL, NULL },
		{ "named.example.com:80", NULL, false, NULL, "named.example.com" },
		{ "127.0.0.1", NULL, false, NULL, "127.0.0.1" },
		{ "", NULL, false, NULL, NULL },
		{ ":8080", NULL, false, NULL, NULL },
		{ "[::1]:80", NULL, false, NULL, NULL },
		{ "host", "header", false, NULL, "header" },
		{ "x", "PLAIN", false, NULL, "plain" },
		{ "host", "", false, NULL, "host" },
		{ "host", "nosuch", false, NULL, NULL },
		{ "host", "header", true, NULL, "host" },
		{ "allowed", "header", false, "allowed", "header" },
		{ "Allowed", "header", false, "allowed", "header" },
		{ "allowed:80", "header", false, "allowed", "allowed" },
		{ "allowed:80", "header", false, "allowed:80", "header" },
		{ "other", "header", false, "allowed", "other" },
		{ "allowed", "header", true, "allowed", "allowed" },
	};
	struct worker_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct request *req = request_to(fixture, rows[i].host);

		fixture->snapshot.settings.disable_x_at_int = rows[i].disabled;
		fixture->snapshot.settings.x_at_int_host = slice_of(rows[i].only_host);
		if (rows[i].x_at_int != NULL) {
			message_add_header(&req->in, SLICE("x-at-int"), slice_of(rows[i].x_at_int));
		}
		if (rows[i].found == NULL) {
			assert_int_equal(step_host(req), GO_ANSWER);
			assert_int_equal(req->answer.kind, ANSWER_integration_not_found);
			assert_null(req->route);
		} else {
			assert_int_equal(step_host(req), GO_ON);
			expect_slice(req->route->integration->name, slice_of(rows[i].found));
		}
		request_drop(req);
	}
}

static void who_asks_for_nobody_is_told_the_name_as_it_was_sent(void **state)
{
	struct request *req = request_to(*state, "Host");

	message_add_header(&req->in, SLICE("X-AT-Int"), SLICE("NoSuch"));
	assert_int_equal(step_host(req), GO_ANSWER);
	expect_text(req->answer.text, "integration for host NoSuch not found");
	assert_int_equal(req->answer.status, 404);
	request_drop(req);
}

/* P3, F38: nor does what a CGI server would read as it. */
static void x_at_int_does_not_travel_on(void **state)
{
	struct worker_fixture *fixture = *state;

	for (int disabled = 0; disabled < 2; disabled++) {
		struct request *req = request_to(fixture, "host");

		fixture->snapshot.settings.disable_x_at_int = disabled;
		message_add_header(&req->in, SLICE("X-AT-Int"), SLICE("header"));
		message_add_header(&req->in, SLICE("X_AT_Int"), SLICE("evil"));
		message_add_header(&req->in, SLICE("X-Other"), SLICE("stays"));
		assert_int_equal(step_host(req), GO_ON);
		assert_int_equal(req->in.header_count, 1);
		expect_text(req->in.headers[0].value, "stays");
		request_drop(req);
	}
}

static void two_routing_headers_are_one_too_many(void **state)
{
	static const char *const twice[] = { "X-AT-Int", "X-AT-Destination" };

	for (size_t i = 0; i < 2; i++) {
		struct request *req = request_to(*state, "host");

		message_add_header(&req->in, slice_of(twice[i]), SLICE("a"));
		message_add_header(&req->in, slice_of(twice[i]), SLICE("a"));
		assert_int_equal(step_host(req), GO_ANSWER);
		assert_int_equal(req->answer.kind, ANSWER_ambiguous_routing);
		assert_int_equal(req->answer.status, 400);
		request_drop(req);
	}
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(the_host_or_x_at_int_names_the_integration),
		STORY(who_asks_for_nobody_is_told_the_name_as_it_was_sent),
		STORY(x_at_int_does_not_travel_on),
		STORY(two_routing_headers_are_one_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
