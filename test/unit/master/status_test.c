/* status_test.c - an operator sees who is where, what came of the last reload, and who died. */

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "master/status.h"
#include "test/lib/fake_service.h"

static json_t *status_of(const struct fake_service *service)
{
	return status_make(&service->reload, &service->listener, time(NULL) - 5);
}

static json_t *worker(const json_t *status, size_t at)
{
	return json_array_get(json_object_get(status, "workers"), at);
}

static int64_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static const char *text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_string(value));
	return json_string_value(value);
}

static bool is_null(const json_t *object, const char *key)
{
	return json_is_null(json_object_get(object, key)); /* a key that is missing is none */
}

static void everybody_is_told_with_slot_and_phase(void **state)
{
	struct fake_service *service = fake_open("plain");
	json_t *status = status_of(service);

	(void)state;
	assert_string_equal(text(status, "version"), VERSION);
	assert_int_equal(number(status, "pid"), getpid());
	assert_int_equal(number(status, "uptime_s"), 5);
	assert_int_equal(number(status, "generation"), 1);
	assert_string_equal(text(status, "reload"), "idle");
	assert_int_equal(number(status, "lost_connections"), 0);
	assert_int_equal(json_array_size(json_object_get(status, "listeners")), 1);
	assert_int_equal(json_array_size(json_object_get(status, "workers")), FAKE_SLOTS);
	for (unsigned slot = 0; slot < FAKE_SLOTS; slot++) {
		const json_t *row = worker(status, slot);

		assert_int_equal(number(row, "slot"), slot);
		assert_int_equal(number(row, "pid"), fake_pid(service, slot));
		assert_string_equal(text(row, "phase"), "serving");
		assert_int_equal(number(row, "generation"), 1);
		assert_int_equal(number(row, "restarts"), 0);
		assert_in_range(number(row, "started"), time(NULL) - 60, time(NULL));
		assert_true(is_null(row, "stand_in"));
	}
	assert_true(is_null(status, "last_crash"));
	json_decref(status);
	fake_close(service);
}

static void the_last_reload_is_told_with_its_error(void **state)
{
	struct fake_service *service = fake_open("plain");
	struct fake_asker asker;
	json_t *status;

	(void)state;
	(void)fake_reload(service, NULL);
	status = status_of(service);
	assert_true(json_is_false(json_object_get(json_object_get(status, "last_reload"), "ok")));
	/* The note ends in a byte that is no UTF-8, which does no harm. */
	assert_string_equal(text(json_object_get(status, "last_reload"), "error"),
		"config.yaml:1:1: ? is no mapping");
	json_decref(status);
	asker = fake_reload(service, "plain");
	status = status_of(service);
	assert_true(json_is_true(json_object_get(json_object_get(status, "last_reload"), "ok")));
	assert_int_equal(
		number(json_object_get(status, "last_reload"), "generation"), asker.generation);
	assert_true(is_null(json_object_get(status, "last_reload"), "error"));
	json_decref(status);
	fake_close(service);
}

static bool is_stood_in_for(struct fake_service *service, void *slot)
{
	const struct post *post = &service->supervise.serving->posts[*(unsigned *)slot];

	return post->worker == NULL && post->stand_in != NULL;
}

/* Its replacement died, too, so the next one has to wait; a sibling accepts for both. */
static void a_slot_that_waits_is_told_with_its_stand_in(void **state)
{
	struct fake_service *service = fake_open("crash-from:2-4");
	unsigned slot = 1;
	json_t *status;

	(void)state;
	assert_int_equal(kill(fake_pid(service, 1), SIGKILL), 0);
	fake_run_until(service, is_stood_in_for, &slot);
	status = status_of(service);
	assert_true(is_null(worker(status, 1), "pid"));
	assert_true(is_null(worker(status, 1), "started"));
	assert_string_equal(text(worker(status, 1), "phase"), "waiting");
	assert_int_equal(number(worker(status, 1), "stand_in"), fake_pid(service, 0));
	assert_true(is_null(worker(status, 0), "stand_in"));
	json_decref(status);
	fake_run_until(service, fake_is_complete, NULL);
	fake_close(service);
}

static bool has_crash(struct fake_service *service, void *arg)
{
	(void)arg;
	return service->supervise.last_crash.at != 0;
}

static void who_died_last_is_told_with_the_reason(void **state)
{
	struct fake_service *service = fake_open("plain");
	pid_t dead = fake_pid(service, 0);
	const json_t *crash;
	json_t *status;

	(void)state;
	assert_int_equal(kill(dead, SIGKILL), 0);
	fake_run_until(service, has_crash, NULL);
	fake_run_until(service, fake_is_complete, NULL);
	status = status_of(service);
	crash = json_object_get(status, "last_crash");
	assert_int_equal(number(crash, "pid"), dead);
	assert_int_equal(number(crash, "slot"), 0);
	assert_int_equal(number(crash, "generation"), 1);
	assert_string_equal(text(crash, "why"), "ended by signal 9");
	assert_int_equal(number(worker(status, 0), "restarts"), 1);
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
	status = status_of(service);
	assert_string_equal(text(status, "reload"), "stopping");
	assert_true(is_null(status, "generation"));
	assert_int_equal(json_array_size(json_object_get(status, "listeners")), 0);
	assert_int_equal(json_array_size(json_object_get(status, "workers")), FAKE_SLOTS);
	json_decref(status);
	fake_close(service);
}

static void any_bytes_become_a_string(void **state)
{
	static const struct {
		const char *given, *told; /* NULL: null */
	} rows[] = { { "plain", "plain" }, { "", NULL }, { "na\xc3\xafve", "na\xc3\xafve" },
		{ "na\xefve \xc3\xaf", "na?ve ??" }, { "\xff", "?" }, { "\"\n", "\"\n" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *told = status_text(rows[i].given);

		if (rows[i].told == NULL) {
			assert_true(json_is_null(told));
		} else {
			assert_string_equal(json_string_value(told), rows[i].told);
		}
		json_decref(told);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_is_told_with_slot_and_phase),
		cmocka_unit_test(the_last_reload_is_told_with_its_error),
		cmocka_unit_test(a_slot_that_waits_is_told_with_its_stand_in),
		cmocka_unit_test(who_died_last_is_told_with_the_reason),
		cmocka_unit_test(status_still_tells_when_the_service_stops),
		cmocka_unit_test(any_bytes_become_a_string),
	};

	(void)argc;
	fake_worker_if_started_as_one(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
