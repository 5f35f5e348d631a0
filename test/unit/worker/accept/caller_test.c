/* caller_test.c - the rules of a caller's side, with the test as the protocol that reports to it.
 */

#include "common/check.h"
#include "common/limits.h"
#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/accept/caller.h"
#include "worker/request.h"

/* A protocol that writes down what is asked of it. */
struct stage {
	struct worker_fixture fixture;
	struct request *req;
	struct caller *caller;
	bool held;
	unsigned holds, gos, interims, releases, ready;
	bool moving; /* the caller reads */
	int answer;  /* of the next send: 0, 1 (full) or an error */
};

static struct stage stage;

static int send_interim(struct caller *caller, const struct message *m)
{
	assert_ptr_equal(caller, stage.caller);
	assert_true(m->status < 200);
	stage.interims++;
	return caller_sent(caller, stage.answer);
}

static int send_body(struct side *side, struct slice piece, const struct trailers *end)
{
	(void)piece;
	(void)end;
	return caller_sent(container_of(side, struct caller, side), stage.answer);
}

static int send_head(struct side *side, const struct message *m, bool last)
{
	(void)m;
	return last ? send_body(side, (struct slice){ NULL, 0 }, NULL) : 0;
}

static bool moves(struct side *side)
{
	(void)side;
	return stage.moving;
}

static void hold(struct side *side, bool held)
{
	caller_held(container_of(side, struct caller, side), held);
	stage.held = held;
	stage.holds += held;
	stage.gos += !held;
}

static void release(struct side *side, bool whole)
{
	(void)side;
	(void)whole;
	stage.releases++;
}

static const struct caller_ops ops = {
	.side = { send_head, send_body, moves, hold, release },
	.send_interim = send_interim,
};

/* Instead of the journey. */
static void on_ready(struct turn_entry *entry)
{
	assert_ptr_equal(container_of(entry, struct request, turn), stage.req);
	stage.ready++;
}

static void begin_request(void)
{
	stage.req = request_new(&stage.fixture.worker);
	stage.req->turn.run = on_ready;
	stage.caller = arena_make(stage.req->arena, struct caller);
	caller_init(stage.caller, &ops, stage.req);
	assert_ptr_equal(stage.req->caller, stage.caller);
}

static int stage_open(void **state)
{
	(void)state;
	stage = (struct stage){ .moving = false };
	worker_fixture_open(&stage.fixture, (struct list){ NULL, 0 });
	begin_request();
	return 0;
}

static int stage_close(void **state)
{
	(void)state;
	caller_release(stage.caller, false);
	assert_int_equal(stage.releases, 1);
	request_drop(stage.req);
	worker_fixture_close(&stage.fixture);
	return 0;
}

static void pass(uint64_t ms)
{
	worker_fixture_pass(&stage.fixture, ms);
}

/* Its head is whole, and a body is to follow. */
static void take_head(void)
{
	stage.req->in.body = BODY_CHUNKED;
	caller_head(stage.caller);
	pass(0);
	assert_int_equal(stage.ready, 1);
}

static void expect_late_after(uint64_t ms, enum request_state fate)
{
	pass(ms - 1);
	assert_int_equal(stage.req->state, REQUEST_SERVED);
	pass(1 + DEADLINE_TICK_MS);
	assert_int_equal(stage.req->state, fate);
}

static void expect_never_late(void)
{
	pass(24 * 3600 * 1000);
	assert_int_equal(stage.req->state, REQUEST_SERVED);
}

static void a_head_that_does_not_come_is_refused(void **state)
{
	(void)state;
	caller_begun(stage.caller);
	expect_late_after(LIMIT_HEAD_READ_MS, REQUEST_REFUSED);
	assert_int_equal(stage.req->refusal.kind, ANSWER_request_timeout);
	assert_int_equal(stage.req->refusal.status, 408);
	assert_true(stage.held); /* nothing more of it is wanted */
}

static void without_a_body_nothing_is_waited_for(void **state)
{
	(void)state;
	caller_begun(stage.caller);
	caller_head(stage.caller);
	expect_never_late();
}

static void a_body_that_pauses_breaks_off(void **state)
{
	(void)state;
	take_head();
	expect_late_after(LIMIT_BODY_PAUSE_MS, REQUEST_BROKEN);
}

static void a_body_may_be_slow_as_long_as_it_comes(void **state)
{
	(void)state;
	take_head();
	for (int i = 0; i < 10; i++) {
		pass(LIMIT_BODY_PAUSE_MS - 1);
		caller_body(stage.caller, SLICE("x"));
	}
	assert_int_equal(stage.req->up.passed, 10);
	caller_end(stage.caller);
	caller_end(stage.caller);
	assert_true(stage.req->up.ended);
	expect_never_late();
}

static void whoever_is_held_is_not_late(void **state)
{
	(void)state;
	take_head();
	stage.req->up.from->ops->hold(stage.req->up.from, true);
	expect_never_late();
	stage.req->up.from->ops->hold(stage.req->up.from, false);
	expect_late_after(LIMIT_BODY_PAUSE_MS, REQUEST_BROKEN);
}

static void whoever_has_said_all_is_not_waited_for_after_a_hold(void **state)
{
	(void)state;
	take_head();
	stage.req->up.from->ops->hold(stage.req->up.from, true);
	caller_end(stage.caller);
	stage.req->up.from->ops->hold(stage.req->up.from, false);
	expect_never_late();
}

/* -read-timeout is for all of a request, however steadily it comes. */
static void all_of_a_request_may_have_its_time(void **state)
{
	(void)state;
	stage.fixture.snapshot.settings.read_timeout_ns = 90 * 1000000000ll;
	(void)caller_unwind(stage.caller);
	begin_request();
	take_head();
	pass(50 * 1000);
	caller_body(stage.caller, SLICE("x"));
	expect_late_after(40 * 1000, REQUEST_REFUSED);
	assert_int_equal(stage.req->refusal.status, 408);
}

static void a_request_that_is_whole_is_in_time(void **state)
{
	(void)state;
	stage.fixture.snapshot.settings.read_timeout_ns = 1000000000ll;
	(void)caller_unwind(stage.caller);
	begin_request();
	take_head();
	caller_end(stage.caller);
	expect_never_late();
}

/* -write-timeout is counted from the head on. */
static void an_answer_may_have_its_time(void **state)
{
	(void)state;
	stage.fixture.snapshot.settings.write_timeout_ns = 90 * 1000000000ll;
	pass(80 * 1000);
	take_head();
	caller_end(stage.caller);
	expect_late_after(90 * 1000, REQUEST_BROKEN);
}

static void a_caller_that_does_not_read_is_broken_off(void **state)
{
	(void)state;
	take_head();
	caller_end(stage.caller);
	stage.answer = 1;
	caller_send_interim(stage.caller, &(struct message){ .status = 103 });
	expect_late_after(LIMIT_BODY_PAUSE_MS, REQUEST_BROKEN);
}

static void slow_is_fine_as_long_as_it_moves(void **state)
{
	(void)state;
	take_head();
	caller_end(stage.caller);
	stage.answer = 1;
	stage.moving = true;
	caller_send_interim(stage.caller, &(struct message){ .status = 103 });
	for (int i = 0; i < 10; i++) {
		pass(LIMIT_BODY_PAUSE_MS + DEADLINE_TICK_MS);
		assert_int_equal(stage.req->state, REQUEST_SERVED);
	}
	caller_drained(stage.caller);
	stage.moving = false;
	expect_never_late();
}

/* The upstream is held while its answer waits for the caller. */
static void what_has_been_read_lets_the_answer_go_on(void **state)
{
	static const struct message head;

	(void)state;
	take_head();
	stage.req->down.from = &stage.caller->side; /* any side will do */
	stage.answer = 1;
	flow_open(&stage.req->down, &stage.caller->side, &head);
	assert_int_equal(stage.holds, 1);
	stage.answer = 0;
	caller_drained(stage.caller);
	assert_int_equal(stage.gos, 1);
}

static void a_caller_that_leaves_in_the_middle_breaks_off(void **state)
{
	(void)state;
	take_head();
	caller_left(stage.caller, 0);
	assert_int_equal(stage.req->state, REQUEST_BROKEN);
	pass(0);
	assert_int_equal(stage.ready, 2);
}

/* A half-close. */
static void one_that_has_said_all_still_gets_its_answer(void **state)
{
	(void)state;
	take_head();
	caller_end(stage.caller);
	caller_left(stage.caller, 0);
	assert_int_equal(stage.req->state, REQUEST_SERVED);
	caller_left(stage.caller, UV_ECONNRESET);
	assert_int_equal(stage.req->state, REQUEST_BROKEN);
}

static void only_the_first_refusal_counts(void **state)
{
	(void)state;
	caller_refuse(stage.caller, ANSWER_malformed, 431, "header too large");
	caller_refuse(stage.caller, ANSWER_malformed, 400, "malformed request");
	assert_int_equal(stage.req->refusal.status, 431);
	assert_string_equal(stage.req->refusal.reason, "header too large");
	assert_int_equal(stage.req->state, REQUEST_REFUSED);
}

/* Wherever a refused request was, its caller may be gone before that is heeded. */
static void a_refused_caller_may_be_lost(void **state)
{
	(void)state;
	caller_refuse(stage.caller, ANSWER_malformed, 400, "malformed request");
	caller_left(stage.caller, UV_ECONNRESET);
	assert_int_equal(stage.req->state, REQUEST_BROKEN);
	caller_refuse(stage.caller, ANSWER_malformed, 400, "malformed request");
	assert_int_equal(stage.req->state, REQUEST_BROKEN);
}

static void whoever_sends_its_body_does_not_wait_for_a_100(void **state)
{
	(void)state;
	take_head();
	stage.req->expects_continue = true;
	caller_body(stage.caller, SLICE("x"));
	assert_false(stage.req->expects_continue);
}

static void what_has_not_been_judged_can_be_forgotten(void **state)
{
	struct worker *worker = &stage.fixture.worker;

	(void)state;
	caller_begun(stage.caller);
	assert_int_equal(worker->spare_count, 0);
	assert_true(caller_unwind(stage.caller));
	assert_int_equal(worker->spare_count, 1);
	begin_request();
	expect_never_late(); /* which holds for what hung there from the one before, too */
	take_head();
	assert_false(caller_unwind(stage.caller));
}

static void what_has_been_refused_is_served_here(void **state)
{
	(void)state;
	caller_refuse(stage.caller, ANSWER_malformed, 400, "malformed request");
	assert_false(caller_unwind(stage.caller));
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_head_that_does_not_come_is_refused),
		STORY(without_a_body_nothing_is_waited_for),
		STORY(a_body_that_pauses_breaks_off),
		STORY(a_body_may_be_slow_as_long_as_it_comes),
		STORY(whoever_is_held_is_not_late),
		STORY(whoever_has_said_all_is_not_waited_for_after_a_hold),
		STORY(all_of_a_request_may_have_its_time),
		STORY(a_request_that_is_whole_is_in_time),
		STORY(an_answer_may_have_its_time),
		STORY(a_caller_that_does_not_read_is_broken_off),
		STORY(slow_is_fine_as_long_as_it_moves),
		STORY(what_has_been_read_lets_the_answer_go_on),
		STORY(a_caller_that_leaves_in_the_middle_breaks_off),
		STORY(one_that_has_said_all_still_gets_its_answer),
		STORY(only_the_first_refusal_counts),
		STORY(a_refused_caller_may_be_lost),
		STORY(whoever_sends_its_body_does_not_wait_for_a_100),
		STORY(what_has_not_been_judged_can_be_forgotten),
		STORY(what_has_been_refused_is_served_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
