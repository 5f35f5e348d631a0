/* deadline_test.c - when waits end, in a time that moves as the test wants it. */

#include <stdlib.h>

#include "test/lib/clock.h"
#include "test/lib/expect.h"
#include "worker/deadline.h"

/* A wheel on a loop of its own, which a handle keeps alive. */
struct wheel {
	uv_loop_t loop;
	uv_async_t keeper;
	struct deadlines *all;
};

/* A wait of the test's. */
struct wait {
	struct deadline deadline;
	struct wheel *wheel;
	unsigned fired;
	uint64_t fired_ms;
	void (*also)(struct wait *wait); /* what `late` does beside taking note */
	struct wait **other;
};

static void wheel_open(struct wheel *wheel)
{
	assert_int_equal(uv_loop_init(&wheel->loop), 0);
	assert_int_equal(uv_async_init(&wheel->loop, &wheel->keeper, NULL), 0);
	wheel->all = deadlines_new(&wheel->loop);
}

static void wheel_close(struct wheel *wheel)
{
	deadlines_close(wheel->all);
	uv_close((uv_handle_t *)&wheel->keeper, NULL);
	assert_int_equal(uv_run(&wheel->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&wheel->loop), 0);
}

static void pass(struct wheel *wheel, uint64_t ms)
{
	clock_move(ms);
	(void)uv_run(&wheel->loop, UV_RUN_NOWAIT);
}

/* Many small steps, as a busy loop takes them. */
static void pass_slowly(struct wheel *wheel, uint64_t ms)
{
	for (; ms > 0; ms--) {
		pass(wheel, 1);
	}
}

static void on_late(struct deadline *deadline)
{
	struct wait *wait = (struct wait *)deadline;

	wait->fired++;
	wait->fired_ms = uv_now(&wait->wheel->loop);
	if (wait->also != NULL) {
		wait->also(wait);
	}
}

static void wait_for(struct wait *wait, uint64_t ms)
{
	deadline_set(wait->wheel->all, &wait->deadline, ms, on_late);
}

static void it_is_never_early_and_at_most_a_tick_late(void **state)
{
	static const unsigned waits_ms[] = { 0, 1, 49, 50, 51, 99, 100, 120 };
	struct wheel wheel;

	(void)state;
	for (unsigned at = 0; at < DEADLINE_TICK_MS; at += 7) {
		for (size_t i = 0; i < sizeof(waits_ms) / sizeof(*waits_ms); i++) {
			struct wait earlier = { .wheel = &wheel }, wait = { .wheel = &wheel };
			uint64_t due;

			wheel_open(&wheel);
			pass(&wheel, DEADLINE_TICK_MS - uv_now(&wheel.loop) % DEADLINE_TICK_MS);
			pass(&wheel, 49); /* another set the wheel turning, at an odd moment */
			wait_for(&earlier, 1000);
			pass_slowly(&wheel, 1 + at);
			wait_for(&wait, waits_ms[i]);
			due = uv_now(&wheel.loop) + waits_ms[i];
			pass_slowly(&wheel, waits_ms[i] + DEADLINE_TICK_MS);
			assert_int_equal(wait.fired, 1);
			assert_in_range(wait.fired_ms, due, due + DEADLINE_TICK_MS);
			deadline_fini(&earlier.deadline);
			wheel_close(&wheel);
		}
	}
}

static void a_long_one_goes_round_the_wheel(void **state)
{
	struct wheel wheel;
	struct wait wait = { .wheel = &wheel };
	uint64_t due;

	(void)state;
	wheel_open(&wheel);
	wait_for(&wait, 180 * 1000);
	due = uv_now(&wheel.loop) + 180 * 1000;
	while (uv_now(&wheel.loop) + 10 < due) {
		pass(&wheel, 10);
		assert_int_equal(wait.fired, 0);
	}
	pass_slowly(&wheel, 10 + DEADLINE_TICK_MS);
	assert_int_equal(wait.fired, 1);
	wheel_close(&wheel);
}

/* As every request does to its connection's. */
static void moved_later_again_and_again_it_fires_once_at_the_end(void **state)
{
	struct wheel wheel;
	struct wait wait = { .wheel = &wheel };
	uint64_t due;

	(void)state;
	wheel_open(&wheel);
	for (int i = 0; i < 500; i++) {
		wait_for(&wait, 300);
		pass(&wheel, 3);
	}
	wait_for(&wait, 300);
	due = uv_now(&wheel.loop) + 300;
	pass_slowly(&wheel, 299);
	assert_int_equal(wait.fired, 0);
	pass_slowly(&wheel, 1 + DEADLINE_TICK_MS);
	assert_int_equal(wait.fired, 1);
	assert_in_range(wait.fired_ms, due, due + DEADLINE_TICK_MS);
	pass(&wheel, 60 * 1000);
	assert_int_equal(wait.fired, 1);
	wheel_close(&wheel);
}

static void moved_earlier_it_is_in_time(void **state)
{
	static const unsigned before_ms[] = { 160, 200, 1000, 60 * 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(before_ms) / sizeof(*before_ms); i++) {
		struct wheel wheel;
		struct wait wait = { .wheel = &wheel };

		wheel_open(&wheel);
		wait_for(&wait, before_ms[i]);
		pass(&wheel, 50);
		wait_for(&wait, 100);
		pass_slowly(&wheel, 99);
		assert_int_equal(wait.fired, 0);
		pass_slowly(&wheel, 1 + DEADLINE_TICK_MS);
		assert_int_equal(wait.fired, 1);
		wheel_close(&wheel);
	}
}

static void a_cleared_one_is_silent_until_it_is_set_again(void **state)
{
	struct wheel wheel;
	struct wait wait = { .wheel = &wheel };

	(void)state;
	wheel_open(&wheel);
	wait_for(&wait, 100);
	deadline_clear(&wait.deadline);
	pass_slowly(&wheel, 500);
	assert_int_equal(wait.fired, 0);
	wait_for(&wait, 100);
	deadline_clear(&wait.deadline);
	wait_for(&wait, 200);
	pass_slowly(&wheel, 199);
	assert_int_equal(wait.fired, 0);
	pass_slowly(&wheel, 1 + DEADLINE_TICK_MS);
	assert_int_equal(wait.fired, 1);
	wheel_close(&wheel);
}

static void set_again(struct wait *wait)
{
	wait_for(wait, 100);
}

static void late_may_set_it_again(void **state)
{
	struct wheel wheel;
	struct wait wait = { .wheel = &wheel, .also = set_again };

	(void)state;
	wheel_open(&wheel);
	wait_for(&wait, 100);
	pass_slowly(&wheel, 1000);
	assert_in_range(wait.fired, 1000 / (100 + DEADLINE_TICK_MS), 1000 / 100);
	deadline_fini(&wait.deadline);
	wheel_close(&wheel);
}

static void set_other(struct wait *wait)
{
	wait_for(*wait->other, 0);
}

static void clear_other(struct wait *wait)
{
	deadline_clear(&(*wait->other)->deadline);
}

static void free_other(struct wait *wait)
{
	deadline_fini(&(*wait->other)->deadline);
	free(*wait->other);
	*wait->other = NULL;
}

static void late_may_set_another(void **state)
{
	struct wheel wheel;
	struct wait other = { .wheel = &wheel }, *others = &other;
	struct wait wait = { .wheel = &wheel, .also = set_other, .other = &others };

	(void)state;
	wheel_open(&wheel);
	wait_for(&other, 60 * 1000);
	wait_for(&wait, 10);
	pass_slowly(&wheel, 10 + 2 * DEADLINE_TICK_MS);
	assert_int_equal(wait.fired, 1);
	assert_int_equal(other.fired, 1);
	wheel_close(&wheel);
}

/* Whichever of the two comes first does it to the other, which is due in the same tick. */
static void late_may_clear_or_free_another_that_is_due(void **state)
{
	void (*const deeds[])(struct wait * wait) = { clear_other, free_other };
	struct wheel wheel;

	(void)state;
	wheel_open(&wheel);
	for (int i = 0; i < 2; i++) {
		struct wait *pair[2];
		unsigned fired = 0;

		for (int k = 0; k < 2; k++) {
			pair[k] = malloc(sizeof(struct wait));
			assert_non_null(pair[k]);
			*pair[k] = (struct wait){ .wheel = &wheel, .also = deeds[i] };
			pair[k]->other = &pair[1 - k];
			wait_for(pair[k], 10);
		}
		pass(&wheel, 500);
		for (int k = 0; k < 2; k++) {
			fired += pair[k] == NULL ? 0 : pair[k]->fired;
			free(pair[k]);
		}
		assert_int_equal(fired, 1);
	}
	wheel_close(&wheel);
}

enum { MANY = 5000 };

static void each_of_many_fires_once_and_in_time(void **state)
{
	static struct wait waits[MANY];
	struct wheel wheel;
	uint64_t begin;

	(void)state;
	wheel_open(&wheel);
	begin = uv_now(&wheel.loop);
	for (unsigned i = 0; i < MANY; i++) {
		waits[i] = (struct wait){ .wheel = &wheel };
		wait_for(&waits[i], i * 7919 % 70001);
	}
	while (uv_now(&wheel.loop) < begin + 70001 + DEADLINE_TICK_MS) {
		pass(&wheel, 5);
	}
	for (unsigned i = 0; i < MANY; i++) {
		uint64_t due = begin + i * 7919 % 70001;

		assert_int_equal(waits[i].fired, 1);
		/* The test moves time by 5 ms. */
		assert_in_range(waits[i].fired_ms, due, due + DEADLINE_TICK_MS + 4);
	}
	wheel_close(&wheel);
}

/* A machine that was suspended. */
static void after_a_leap_in_time_all_that_is_due_fires_at_once(void **state)
{
	struct wheel wheel;
	struct wait waits[3] = { { .wheel = &wheel }, { .wheel = &wheel }, { .wheel = &wheel } };

	(void)state;
	wheel_open(&wheel);
	wait_for(&waits[0], 1000);
	wait_for(&waits[1], 100 * 1000);
	wait_for(&waits[2], 3600 * 1000);
	pass(&wheel, 1800 * 1000);
	assert_int_equal(waits[0].fired, 1);
	assert_int_equal(waits[1].fired, 1);
	assert_int_equal(waits[2].fired, 0);
	pass(&wheel, 1800 * 1000 + DEADLINE_TICK_MS);
	assert_int_equal(waits[2].fired, 1);
	wheel_close(&wheel);
}

static void count_timers(uv_handle_t *handle, void *arg)
{
	if (uv_handle_get_type(handle) == UV_TIMER && uv_is_active(handle)) {
		++*(unsigned *)arg;
	}
}

static unsigned active_timers(struct wheel *wheel)
{
	unsigned count = 0;

	uv_walk(&wheel->loop, count_timers, &count);
	return count;
}

static void a_wheel_on_which_nothing_hangs_stops_turning(void **state)
{
	struct wheel wheel;
	struct wait wait = { .wheel = &wheel };

	(void)state;
	wheel_open(&wheel);
	assert_int_equal(active_timers(&wheel), 0);
	wait_for(&wait, 100);
	assert_int_equal(active_timers(&wheel), 1);
	for (int i = 0; i < 120 * 1000 / DEADLINE_TICK_MS; i++) {
		pass(&wheel, DEADLINE_TICK_MS);
	}
	assert_int_equal(wait.fired, 1);
	assert_int_equal(active_timers(&wheel), 0);
	pass(&wheel, 3600 * 1000);
	wait_for(&wait, 100);
	pass_slowly(&wheel, 100 + DEADLINE_TICK_MS);
	assert_int_equal(wait.fired, 2);
	wheel_close(&wheel);
}

static void it_keeps_the_loop_running_only_when_told_to(void **state)
{
	struct wheel wheel;
	struct wait wait = { .wheel = &wheel };

	(void)state;
	wheel_open(&wheel);
	uv_unref((uv_handle_t *)&wheel.keeper);
	wait_for(&wait, 100);
	assert_false(uv_loop_alive(&wheel.loop));
	deadlines_keep_loop(wheel.all, true);
	assert_true(uv_loop_alive(&wheel.loop));
	deadlines_keep_loop(wheel.all, false);
	assert_false(uv_loop_alive(&wheel.loop));
	wheel_close(&wheel);
}

/* A worker ends with deadlines in its hands. */
static void one_that_outlives_the_wheel_hangs_nowhere(void **state)
{
	struct wheel wheel;
	struct wait waits[2] = { { .wheel = &wheel }, { .wheel = &wheel } };

	(void)state;
	wheel_open(&wheel);
	wait_for(&waits[0], 100);
	wait_for(&waits[1], 100);
	wheel_close(&wheel);
	deadline_fini(&waits[0].deadline);
	deadline_fini(&waits[1].deadline);
	assert_int_equal(waits[0].fired + waits[1].fired, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_never_early_and_at_most_a_tick_late),
		cmocka_unit_test(a_long_one_goes_round_the_wheel),
		cmocka_unit_test(moved_later_again_and_again_it_fires_once_at_the_end),
		cmocka_unit_test(moved_earlier_it_is_in_time),
		cmocka_unit_test(a_cleared_one_is_silent_until_it_is_set_again),
		cmocka_unit_test(late_may_set_it_again),
		cmocka_unit_test(late_may_set_another),
		cmocka_unit_test(late_may_clear_or_free_another_that_is_due),
		cmocka_unit_test(each_of_many_fires_once_and_in_time),
		cmocka_unit_test(after_a_leap_in_time_all_that_is_due_fires_at_once),
		cmocka_unit_test(a_wheel_on_which_nothing_hangs_stops_turning),
		cmocka_unit_test(it_keeps_the_loop_running_only_when_told_to),
		cmocka_unit_test(one_that_outlives_the_wheel_hangs_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
