/* route_test.c - integrations are opened from the snapshot, and found by name. */

#include <stdio.h>
#include <string.h>

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/route.h"

enum { MANY = 500 };

static struct integration integration_of(struct slice name)
{
	return (struct integration){ .name = name, .destination = SLICE("http://127.0.0.1:1") };
}

static struct slice found(const struct worker_fixture *fixture, struct slice name)
{
	const struct route *route = routes_find(fixture->worker.routes, name);

	return route == NULL ? (struct slice){ NULL, 0 } : route->integration->name;
}

static void a_name_is_found_in_any_letter_case(void **state)
{
	struct integration all[] = { integration_of(SLICE("slack")),
		integration_of(SLICE("git-hub.example_1")), integration_of(SLICE("127.0.0.1")) };
	struct worker_fixture fixture;

	(void)state;
	worker_fixture_open(&fixture, LIST_OF(all));
	expect_text(found(&fixture, SLICE("slack")), "slack");
	expect_text(found(&fixture, SLICE("SlAcK")), "slack");
	expect_text(found(&fixture, SLICE("GIT-HUB.EXAMPLE_1")), "git-hub.example_1");
	expect_text(found(&fixture, SLICE("127.0.0.1")), "127.0.0.1");
	worker_fixture_close(&fixture);
}

static void what_is_no_name_is_not_found(void **state)
{
	static const struct slice names[] = { { NULL, 0 }, SLICE(""), SLICE("slac"),
		SLICE("slack "), SLICE("slackk"), SLICE("slack."), SLICE("*"), SLICE("[lack"),
		SLICE("slack\0") };
	struct integration all[] = { integration_of(SLICE("slack")) };
	struct worker_fixture fixture;

	(void)state;
	worker_fixture_open(&fixture, LIST_OF(all));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_null(routes_find(fixture.worker.routes, names[i]));
	}
	worker_fixture_close(&fixture);
	worker_fixture_open(&fixture, (struct list){ NULL, 0 });
	assert_null(routes_find(fixture.worker.routes, SLICE("slack")));
	worker_fixture_close(&fixture);
}

static void a_name_may_be_long_but_not_longer_than_any_can_be(void **state)
{
	char lower[LIMIT_NAME_BYTES], upper[LIMIT_NAME_BYTES + 1];
	struct integration all[1];
	struct worker_fixture fixture;

	(void)state;
	memset(lower, 'a', sizeof(lower));
	memset(upper, 'A', sizeof(upper));
	all[0] = integration_of((struct slice){ lower, sizeof(lower) });
	worker_fixture_open(&fixture, LIST_OF(all));
	assert_non_null(routes_find(fixture.worker.routes, (struct slice){ upper, sizeof(lower) }));
	assert_null(routes_find(fixture.worker.routes, (struct slice){ upper, sizeof(upper) }));
	assert_null(routes_find(fixture.worker.routes, (struct slice){ upper, sizeof(lower) - 1 }));
	worker_fixture_close(&fixture);
}

static void each_of_many_is_found(void **state)
{
	static struct integration all[MANY];
	static char names[MANY][16];
	struct worker_fixture fixture;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "name-%u", i);
		all[i] = integration_of(slice_of(names[i]));
	}
	worker_fixture_open(&fixture, LIST_OF(all));
	for (unsigned i = 0; i < MANY; i++) {
		expect_slice(found(&fixture, slice_of(names[i])), slice_of(names[i]));
	}
	assert_null(routes_find(fixture.worker.routes, SLICE("name-500")));
	worker_fixture_close(&fixture);
}

static void a_destination_is_taken_apart_once(void **state)
{
	struct integration all[] = { integration_of(SLICE("plain")),
		integration_of(SLICE("wild")) };
	struct worker_fixture fixture;
	const struct route *route;

	(void)state;
	all[0].destination = SLICE("http://up.example:81/base");
	all[1].destination = SLICE("http://*.example");
	worker_fixture_open(&fixture, LIST_OF(all));
	route = routes_find(fixture.worker.routes, SLICE("plain"));
	assert_false(route->wildcard);
	expect_text(route->destination.host, "up.example:81");
	assert_true(routes_find(fixture.worker.routes, SLICE("wild"))->wildcard);
	worker_fixture_close(&fixture);
}

/* Says why the worker does not become ready. */
static void expect_refused(struct integration integration, const char *why_wanted)
{
	struct worker_fixture fixture;
	struct note why = { "" };

	worker_fixture_open(&fixture, (struct list){ NULL, 0 });
	fixture.snapshot.integrations = (struct list){ &integration, 1 };
	assert_true(routes_open(&fixture.worker, &why) < 0);
	assert_string_equal(why.text, why_wanted);
	worker_fixture_close(&fixture);
}

static void what_the_master_should_have_refused_is_refused_here_too(void **state)
{
	struct plugin_use nobody[] = { { .type = SLICE("nosuch") } };
	struct plugin_use halved[] = { { .type = SLICE("token"), .params = SLICE("\1\0\0") } };
	struct integration integration = integration_of(SLICE("slack"));

	(void)state;
	integration.destination = SLICE("nowhere");
	expect_refused(integration, "integration slack: has invalid destination");

	integration = integration_of(SLICE("slack"));
	integration.incoming_auth = LIST_OF(nobody);
	expect_refused(integration, "integration slack: unknown incoming plugin");

	integration = integration_of(SLICE("slack"));
	integration.outgoing_auth = LIST_OF(nobody);
	expect_refused(integration, "integration slack: unknown outgoing plugin");

	integration = integration_of(SLICE("slack"));
	integration.outgoing_auth = LIST_OF(halved);
	expect_refused(integration, "integration slack: plugin token: malformed parameters");

	integration = integration_of(SLICE("slack"));
	integration.series = LIMIT_SERIES;
	expect_refused(integration, "integration slack: series out of range");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_found_in_any_letter_case),
		cmocka_unit_test(what_is_no_name_is_not_found),
		cmocka_unit_test(a_name_may_be_long_but_not_longer_than_any_can_be),
		cmocka_unit_test(each_of_many_is_found),
		cmocka_unit_test(a_destination_is_taken_apart_once),
		cmocka_unit_test(what_the_master_should_have_refused_is_refused_here_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
