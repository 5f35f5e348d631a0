/* target_test.c - STEP_target: what the upstream is told of the way that a request came. */

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/request.h"
#include "worker/route.h"

static int stage_open(void **state)
{
	static struct integration all[1] = { { .name = SLICE("slack"),
		.destination = SLICE("http://127.0.0.1:1/base") } };
	static struct worker_fixture fixture;

	worker_fixture_open(&fixture, LIST_OF(all));
	*state = &fixture;
	return 0;
}

static int stage_close(void **state)
{
	worker_fixture_close(*state);
	return 0;
}

static struct request *request_from(struct worker_fixture *fixture, struct slice peer)
{
	struct request *req = request_new(&fixture->worker);

	req->route = routes_find(fixture->worker.routes, SLICE("slack"));
	req->peer = peer;
	req->in.path = SLICE("/x");
	return req;
}

static void the_peer_stands_behind_those_that_were_told_of(void **state)
{
	static const struct {
		const char *told[3], *all;
	} rows[] = {
		{ { NULL }, "10.0.0.1" },
		{ { "1.1.1.1" }, "1.1.1.1, 10.0.0.1" },
		{ { "1.1.1.1, 2.2.2.2", "3.3.3.3" }, "1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.1" },
		{ { "" }, ", 10.0.0.1" },
		{ { "a", "", "b" }, "a, , b, 10.0.0.1" },
	};
	static const struct slice name = SLICE("X-Forwarded-For");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct request *req = request_from(*state, SLICE("10.0.0.1"));

		message_add_header(&req->in, SLICE("X_Forwarded_For"), SLICE("a twin"));
		for (size_t k = 0; k < 3 && rows[i].told[k] != NULL; k++) {
			message_add_header(
				&req->in, SLICE("x-forwarded-for"), slice_of(rows[i].told[k]));
		}
		assert_int_equal(step_target(req), GO_ON);
		assert_int_equal(req->in.header_count, 1);
		expect_slice(message_header(&req->in, name), slice_of(rows[i].all));
		request_drop(req);
	}
}

static void many_of_them_are_joined_as_few_are(void **state)
{
	enum { MANY = 250, LONG = 240 };
	static char address[LONG];
	struct request *req = request_from(*state, SLICE("10.0.0.1"));
	struct slice all;

	memset(address, '1', sizeof(address));
	for (size_t i = 0; i < MANY; i++) {
		message_add_header(&req->in, SLICE("X-Forwarded-For"),
			(struct slice){ address, sizeof(address) });
	}
	assert_int_equal(step_target(req), GO_ON);
	all = message_header(&req->in, SLICE("X-Forwarded-For"));
	assert_int_equal(all.len, MANY * (LONG + 2) + 8);
	assert_true(slice_ends_with(all, SLICE("111, 10.0.0.1")));
	request_drop(req);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(the_peer_stands_behind_those_that_were_told_of),
		STORY(many_of_them_are_joined_as_few_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
