/* reload_test.c - generations come and go around a fake worker that fails in every way: what serves
 * goes on serving, and no connection is lost. */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/lib/fake_service.h"

enum { LONG_MS = 60 * 1000 }; /* nothing ends by itself within a test */

static bool is_switching(struct fake_service *service, void *arg)
{
	(void)arg;
	return service->reload.state == RELOAD_SWITCHING;
}

/* Is the generation of this number gone? */
static bool is_gone(struct fake_service *service, void *arg)
{
	struct generation *generation = service->supervise.generations;

	while (generation != NULL && generation->number != *(unsigned *)arg) {
		generation = generation->next;
	}
	return generation == NULL;
}

static void the_first_generation_serves(void **state)
{
	struct fake_service *service = fake_open("plain");
	int caller = fake_call(service);

	(void)state;
	fake_expect_line(service, caller, "g1 s");
	close(caller);
	fake_close(service);
}

static void a_reload_keeps_every_connection(void **state)
{
	struct fake_service *service = fake_open("plain");
	int callers[20], late;
	struct fake_asker asker;

	(void)state;
	for (int i = 0; i < 20; i++) {
		callers[i] = fake_call(service);
		fake_expect_line(service, callers[i], "g1 s");
	}
	fake_ask(service, &asker, "plain");
	late = fake_call(service);
	fake_run_until(service, fake_has_answer, &asker);
	assert_int_equal(asker.err, 0);
	assert_int_equal(asker.generation, 2);
	for (int i = 0; i < 20; i++) {
		fake_expect_line(service, callers[i], "adopted by g2 4\n");
		close(callers[i]);
	}
	fake_expect_line(service, late, "g");
	close(late);
	late = fake_call(service);
	fake_expect_line(service, late, "g2 s");
	close(late);
	fake_run_until(service, fake_is_quiet, NULL);
	assert_int_equal(service->reload.lost, 0);
	fake_close(service);
}

/* 200 connections with 100 KB of unread bytes each: 20 MB through sockets that hold 200 KB. */
static void a_slow_new_generation_holds_the_old_one_back(void **state)
{
	struct fake_service *service = fake_open("unread:100000");
	struct fake_asker asker;
	int callers[200];

	(void)state;
	for (int i = 0; i < 200; i++) {
		callers[i] = fake_call(service);
		fake_expect_line(service, callers[i], "g1 s");
	}
	asker = fake_reload(service, "plain");
	assert_int_equal(asker.err, 0);
	for (int i = 0; i < 200; i++) {
		fake_expect_line(service, callers[i], "adopted by g2 100000\n");
		close(callers[i]);
	}
	assert_int_equal(service->reload.lost, 0);
	assert_true(service->most_queued <= 2);
	fake_close(service);
}

static void expect_failed_reload(const char *text, const char *why)
{
	struct fake_service *service = fake_open("plain");
	pid_t pids[FAKE_SLOTS] = { fake_pid(service, 0), fake_pid(service, 1) };
	int caller = fake_call(service);
	struct fake_asker asker;

	fake_expect_line(service, caller, "g1 s");
	asker = fake_reload(service, text);
	assert_true(asker.err < 0);
	assert_string_equal(asker.why, why);
	assert_int_equal(service->reload.last.err, asker.err);
	assert_string_equal(service->reload.last.why.text, why);
	assert_int_equal(fake_pid(service, 0), pids[0]);
	assert_int_equal(fake_pid(service, 1), pids[1]);
	close(caller);
	caller = fake_call(service);
	fake_expect_line(service, caller, "g1 s");
	close(caller);
	asker = fake_reload(service, "plain");
	assert_int_equal(asker.err, 0);
	assert_int_equal(asker.generation, 3);
	fake_close(service);
}

static void a_worker_that_crashes_fails_the_reload(void **state)
{
	(void)state;
	expect_failed_reload("crash@1", "worker 1: ended with status 3");
}

static void a_worker_that_says_failed_fails_the_reload(void **state)
{
	(void)state;
	expect_failed_reload("fail@0", "worker 0: no such plugin?");
}

static void a_worker_that_is_silent_fails_the_reload(void **state)
{
	(void)state;
	expect_failed_reload("silent@1", "worker 1: was not ready in time");
}

static void a_worker_that_breaks_a_rule_fails_the_reload(void **state)
{
	(void)state;
	expect_failed_reload("garbage@1", "worker 1: message 200 is not for this side");
}

static void documents_that_do_not_load_fail_the_reload(void **state)
{
	(void)state;
	expect_failed_reload("not-loaded", "config.yaml:1:1: \xff is no mapping");
}

static void a_loader_that_dies_fails_the_reload(void **state)
{
	(void)state;
	expect_failed_reload("no-loader", "the loader was ended by signal 9");
}

static void half_a_result_fails_the_reload(void **state)
{
	(void)state;
	expect_failed_reload("half", "the result of the load is malformed");
}

static void a_loader_that_is_late_is_ended(void **state)
{
	struct fake_service *service = fake_open("plain");
	struct fake_asker asker;

	(void)state;
	service->reload.load_ms = 50;
	asker = fake_reload(service, "slow");
	assert_int_equal(asker.err, -ETIMEDOUT);
	assert_string_equal(asker.why, "loading took too long");
	service->reload.load_ms = LONG_MS;
	asker = fake_reload(service, "plain");
	assert_int_equal(asker.err, 0);
	fake_close(service);
}

static void a_worker_that_does_not_acknowledge_is_killed(void **state)
{
	struct fake_service *service = fake_open("stubborn@0");
	struct fake_asker asker = fake_reload(service, "plain");
	int caller = fake_call(service);

	(void)state;
	assert_int_equal(asker.err, 0);
	fake_expect_line(service, caller, "g2 s");
	close(caller);
	fake_close(service);
}

static void a_reload_does_not_wait_for_requests_of_the_one_before(void **state)
{
	struct fake_service *service = fake_open("lingers");
	unsigned first = 1;
	struct fake_asker asker;

	(void)state;
	service->reload.drain_ms = LONG_MS;
	for (unsigned number = 2; number < 5; number++) {
		fake_ask(service, &asker, "plain");
		fake_run_until(service, fake_has_answer, &asker);
		assert_int_equal(asker.err, 0);
		assert_int_equal(asker.generation, number);
		assert_int_equal(service->reload.state, RELOAD_IDLE);
	}
	assert_false(is_gone(service, &first));
	supervise_kill_all(&service->supervise, "the test is over");
	fake_close(service);
}

static void reloads_that_are_asked_for_during_another_become_one(void **state)
{
	struct fake_service *service = fake_open("plain");
	struct fake_asker one, two, three;

	(void)state;
	fake_ask(service, &one, "plain");
	fake_ask(service, &two, "plain");
	fake_ask(service, &three, "plain");
	fake_run_until(service, fake_has_answer, &one);
	assert_false(two.answered);
	fake_run_until(service, fake_has_answer, &two);
	fake_run_until(service, fake_has_answer, &three);
	assert_int_equal(two.generation, 3);
	assert_int_equal(three.generation, 3);
	assert_int_equal(service->reload.attempts, 3);
	fake_close(service);
}

/* The second generation is slow to say DRAINING; just then a request of the first one ends. */
static void what_an_older_generation_hands_over_waits_for_the_switch(void **state)
{
	struct fake_service *service = fake_open("busy");
	int callers[8];
	struct fake_asker asker;

	(void)state;
	for (int i = 0; i < 8; i++) {
		callers[i] = fake_call(service);
		fake_expect_line(service, callers[i], "g1 s");
	}
	service->reload.drain_ms = LONG_MS;
	fake_ask(service, &asker, "stubborn");
	fake_run_until(service, fake_has_answer, &asker);
	fake_ask(service, &asker, "plain");
	fake_run_until(service, is_switching, NULL);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(send(callers[i], "!", 1, 0), 1);
	}
	for (int i = 0; i < 8; i++) {
		fake_expect_line(service, callers[i], "adopted by g3 4\n");
		close(callers[i]);
	}
	assert_int_equal(service->reload.lost, 0);
	fake_run_until(service, fake_is_quiet, NULL);
	fake_close(service);
}

static void requests_that_outlive_too_many_reloads_are_ended(void **state)
{
	struct fake_service *service = fake_open("lingers");
	unsigned first = 1, second = 2;
	struct fake_asker asker;

	(void)state;
	service->reload.drain_ms = LONG_MS;
	for (unsigned leaving = 1; leaving <= LIMIT_GENERATIONS; leaving++) {
		fake_ask(service, &asker, "lingers");
		fake_run_until(service, fake_has_answer, &asker);
		assert_int_equal(asker.err, 0);
		assert_false(is_gone(service, &first));
	}
	fake_ask(service, &asker, "fail");
	fake_run_until(service, fake_has_answer, &asker);
	assert_true(asker.err < 0);
	assert_false(service->supervise.generations->next->discarded);
	assert_false(is_gone(service, &first)); /* a reload that fails changes nothing */
	fake_ask(service, &asker, "lingers");
	fake_run_until(service, fake_has_answer, &asker);
	assert_int_equal(asker.err, 0);
	fake_run_until(service, is_gone, &first);
	assert_false(is_gone(service, &second));
	supervise_kill_all(&service->supervise, "the test is over");
	fake_close(service);
}

static void more_secrets_than_a_queue_holds_arrive(void **state)
{
	struct fake_service *service = fake_open("plain");
	struct fake_asker asker;

	(void)state;
	asker = fake_reload(service, "secrets:3072");
	assert_string_equal(asker.why, "");
	assert_int_equal(asker.err, 0);
	fake_close(service);
}

static void the_end_waits_for_requests_but_not_for_ever(void **state)
{
	struct fake_service *service = fake_open("lingers@0 stubborn@1");

	(void)state;
	fake_close(service);
}

static void the_end_may_come_while_a_generation_forms(void **state)
{
	struct fake_service *service = fake_open("plain");
	struct fake_asker asker, late;

	(void)state;
	fake_ask(service, &asker, "silent");
	fake_ask(service, &late, "plain");
	reload_stop(&service->reload);
	assert_true(asker.answered && asker.err < 0);
	assert_true(late.answered && late.err < 0);
	assert_string_equal(asker.why, "the service is stopping");
	fake_ask(service, &late, "plain");
	assert_true(late.answered && late.err < 0);
	fake_close(service);
}

static void the_end_may_come_while_documents_are_loaded(void **state)
{
	struct fake_service *service = fake_open("plain");
	struct fake_asker asker, late;

	(void)state;
	fake_ask(service, &asker, "slow");
	fake_ask(service, &late, "slow");
	assert_int_equal(service->reload.state, RELOAD_LOADING);
	reload_stop(&service->reload);
	assert_true(asker.answered && late.answered);
	assert_int_equal(asker.err, -ESHUTDOWN);
	fake_close(service);
}

static void the_end_may_come_while_connections_wait_for_adoption(void **state)
{
	struct fake_service *service = fake_open("lingers@0 stubborn@1");
	struct fake_asker asker;
	int callers[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		callers[i] = fake_call(service);
		fake_expect_line(service, callers[i], "g1 s");
	}
	fake_ask(service, &asker, "plain");
	fake_run_until(service, is_switching, NULL);
	fake_close(service);
	for (int i = 0; i < 8; i++) {
		close(callers[i]);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_generation_serves),
		cmocka_unit_test(a_reload_keeps_every_connection),
		cmocka_unit_test(a_slow_new_generation_holds_the_old_one_back),
		cmocka_unit_test(a_worker_that_crashes_fails_the_reload),
		cmocka_unit_test(a_worker_that_says_failed_fails_the_reload),
		cmocka_unit_test(a_worker_that_is_silent_fails_the_reload),
		cmocka_unit_test(a_worker_that_breaks_a_rule_fails_the_reload),
		cmocka_unit_test(documents_that_do_not_load_fail_the_reload),
		cmocka_unit_test(a_loader_that_dies_fails_the_reload),
		cmocka_unit_test(half_a_result_fails_the_reload),
		cmocka_unit_test(a_loader_that_is_late_is_ended),
		cmocka_unit_test(a_worker_that_does_not_acknowledge_is_killed),
		cmocka_unit_test(a_reload_does_not_wait_for_requests_of_the_one_before),
		cmocka_unit_test(reloads_that_are_asked_for_during_another_become_one),
		cmocka_unit_test(what_an_older_generation_hands_over_waits_for_the_switch),
		cmocka_unit_test(requests_that_outlive_too_many_reloads_are_ended),
		cmocka_unit_test(more_secrets_than_a_queue_holds_arrive),
		cmocka_unit_test(the_end_waits_for_requests_but_not_for_ever),
		cmocka_unit_test(the_end_may_come_while_a_generation_forms),
		cmocka_unit_test(the_end_may_come_while_documents_are_loaded),
		cmocka_unit_test(the_end_may_come_while_connections_wait_for_adoption),
	};

	(void)argc;
	fake_begin(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
