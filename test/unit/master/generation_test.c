/* generation_test.c - a serving generation stays complete: the dead are replaced, siblings stand
 * in, names are looked up, and an operator sees it all. */

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "master/status.h"
#include "test/lib/fake_service.h"

static bool has_text(struct fake_service *service, void *arg)
{
	size_t len;
	char *text = scoreboard_text(service->board, &len);
	bool found = strstr(text, arg) != NULL;

	free(text);
	return found;
}

static void a_dead_worker_is_replaced_at_once(void **state)
{
	struct fake_service *service = fake_open("plain");
	pid_t dead = fake_pid(service, 0), other = fake_pid(service, 1);
	int callers[20];

	(void)state;
	assert_int_equal(kill(dead, SIGKILL), 0);
	for (int i = 0; i < 20; i++) {
		callers[i] = fake_call(service);
	}
	for (int i = 0; i < 20; i++) {
		/* Nobody had accepted when the worker died: somebody else does. */
		fake_expect_line(service, callers[i], "g1 s");
		close(callers[i]);
	}
	fake_run_until(service, fake_is_complete, NULL);
	assert_int_not_equal(fake_pid(service, 0), dead);
	assert_int_equal(fake_pid(service, 1), other);
	assert_int_equal(service->supervise.restarts[0], 1);
	assert_int_equal(service->supervise.restarts[1], 0);
	assert_int_equal(service->supervise.last_crash.pid, dead);
	assert_string_equal(service->supervise.last_crash.why.text, "ended by signal 9");
	fake_close(service);
}

/* Four replacements in a row die before READY: 200, 400, 800 and 1600 ms pass, a sibling accepts.
 */
static void deaths_before_ready_are_throttled_and_covered(void **state)
{
	struct fake_service *service = fake_open("crash-from:2-4");
	uint64_t before;

	(void)state;
	assert_int_equal(kill(fake_pid(service, 1), SIGKILL), 0);
	before = uv_hrtime();
	for (int i = 0; i < 10; i++) {
		int caller = fake_call(service);

		fake_expect_line(service, caller, "g1 s0\n");
		close(caller);
	}
	fake_run_until(service, fake_is_complete, NULL);
	assert_true(uv_hrtime() - before >= UINT64_C(1400000000));
	assert_int_equal(service->supervise.restarts[1], 4);
	assert_int_equal(service->supervise.serving->posts[1].failures, 0);
	assert_string_equal(service->supervise.last_crash.why.text, "ended with status 4");
	fake_close(service);
}

/* The dead worker's replacement is on its way when the whole generation is exchanged. */
static void a_reload_may_come_in_the_middle_of_a_replacement(void **state)
{
	struct fake_service *service = fake_open("crash-from:2-99");
	struct fake_asker asker;

	(void)state;
	assert_int_equal(kill(fake_pid(service, 0), SIGKILL), 0);
	asker = fake_reload(service, "plain");
	assert_int_equal(asker.err, 0);
	fake_run_until(service, fake_is_complete, NULL);
	fake_close(service);
}

static void a_name_is_resolved_for_a_worker(void **state)
{
	struct fake_service *service = fake_open("resolve@0");

	(void)state;
	fake_run_until(service, has_text,
		(void *)"authtranslator_auth_failures_total{integration=\"unknown\"} 1\n");
	assert_int_equal(service->supervise.workers->question_count, 0);
	fake_close(service);
}

/* An operator sees who is where; text that is no UTF-8 does no harm. */
static void status_tells_where_everybody_is(void **state)
{
	struct fake_service *service = fake_open("plain");
	json_t *status, *workers;

	(void)state;
	(void)fake_reload(service, "not-loaded");
	status = status_make(&service->reload, &service->listener, time(NULL) - 5);
	workers = json_object_get(status, "workers");
	assert_int_equal(json_integer_value(json_object_get(status, "generation")), 1);
	assert_int_equal(json_integer_value(json_object_get(status, "uptime_s")), 5);
	assert_string_equal(json_string_value(json_object_get(status, "reload")), "idle");
	assert_int_equal(json_array_size(workers), FAKE_SLOTS);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(workers, 0), "phase")), "serving");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(workers, 1), "pid")),
		fake_pid(service, 1));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(status, "last_reload"), "error")),
		"config.yaml:1:1: ? is no mapping");
	assert_true(json_is_null(json_object_get(status, "last_crash")));
	json_decref(status);
	fake_close(service);
}

static void status_still_tells_when_the_service_stops(void **state)
{
	struct fake_service *service = fake_open("lingers");
	json_t *status;

	(void)state;
	reload_stop(&service->reload);
	listener_close(&service->listener);
	status = status_make(&service->reload, &service->listener, time(NULL));
	assert_string_equal(json_string_value(json_object_get(status, "reload")), "stopping");
	assert_true(json_is_null(json_object_get(status, "generation")));
	assert_int_equal(json_array_size(json_object_get(status, "listeners")), 0);
	assert_int_equal(json_array_size(json_object_get(status, "workers")), FAKE_SLOTS);
	json_decref(status);
	fake_close(service);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dead_worker_is_replaced_at_once),
		cmocka_unit_test(deaths_before_ready_are_throttled_and_covered),
		cmocka_unit_test(a_reload_may_come_in_the_middle_of_a_replacement),
		cmocka_unit_test(a_name_is_resolved_for_a_worker),
		cmocka_unit_test(status_tells_where_everybody_is),
		cmocka_unit_test(status_still_tells_when_the_service_stops),
	};

	(void)argc;
	fake_begin(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
