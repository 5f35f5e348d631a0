/* exchange_test.c - the rules of an upstream's side, with the test as the protocol that reports to
 * it. */

#include <uv.h>

#include "common/check.h"
#include "common/limits.h"
#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/accept/caller.h"
#include "worker/forward/exchange.h"
#include "worker/forward/pool.h"
#include "worker/request.h"
#include "worker/route.h"

/* A protocol that writes down what is asked of it, between a request that was made by hand and a
 * caller that takes everything. */
struct stage {
	struct worker_fixture fixture;
	struct integration integration;
	struct route route;
	struct upstream upstream;
	struct caller caller;
	struct request *req;
	struct exchange *exchange;
	unsigned heads, ends, begun, released, ready;
	bool moving, whole;
	int answer; /* of the next send: 0, 1 (full) or an error */
	int interims[LIMIT_INTERIMS + 2];
	unsigned interim_count;
};

static struct stage stage;

static int send_body(struct side *side, struct slice piece, const struct trailers *end)
{
	(void)side;
	(void)piece;
	stage.ends += end != NULL;
	return exchange_sent(stage.exchange, stage.answer, end != NULL);
}

static int send_head(struct side *side, const struct message *m, bool last)
{
	static const struct trailers none = { NULL, 0 };

	assert_ptr_equal(m, &stage.req->in);
	stage.heads++;
	return last ? send_body(side, (struct slice){ NULL, 0 }, &none) : 0;
}

static bool moves(struct side *side)
{
	(void)side;
	return stage.moving;
}

static void hold(struct side *side, bool held)
{
	(void)side;
	exchange_held(stage.exchange, held);
}

static void release(struct side *side, bool whole)
{
	assert_ptr_equal(side, &stage.exchange->side);
	stage.released++;
	stage.whole = whole;
}

static const struct side_ops ops = { send_head, send_body, moves, hold, release };

static void begin(struct upstream *up, struct request *req)
{
	assert_ptr_equal(up, &stage.upstream);
	stage.exchange = arena_make(req->arena, struct exchange);
	exchange_init(stage.exchange, &ops, req);
	stage.begun++;
}

static const struct upstream_protocol protocol = { .begin = begin };

static int send_interim(struct caller *caller, const struct message *m)
{
	(void)caller;
	stage.interims[stage.interim_count++] = m->status;
	return 0;
}

static void hold_caller(struct side *side, bool held)
{
	caller_held(container_of(side, struct caller, side), held);
}

static const struct caller_ops caller_ops = {
	.side = { .hold = hold_caller },
	.send_interim = send_interim,
};

/* Instead of the journey. */
static void on_ready(struct turn_entry *entry)
{
	assert_ptr_equal(container_of(entry, struct request, turn), stage.req);
	stage.ready++;
}

static int stage_open(void **state)
{
	struct request *req;

	(void)state;
	stage = (struct stage){ .upstream = { .protocol = &protocol, .state = UPSTREAM_OPEN } };
	stage.route.integration = &stage.integration;
	worker_fixture_open(&stage.fixture, (struct list){ NULL, 0 });
	req = stage.req = request_new(&stage.fixture.worker);
	caller_init(&stage.caller, &caller_ops, req);
	req->turn.run = on_ready;
	req->in.method = SLICE("GET");
	req->route = &stage.route;
	req->upstream = &stage.upstream;
	return 0;
}

static int stage_close(void **state)
{
	(void)state;
	if (stage.req->exchange != NULL) {
		exchange_release(stage.req->exchange, false);
	}
	assert_int_equal(stage.released, stage.begun);
	request_drop(stage.req);
	worker_fixture_close(&stage.fixture);
	return 0;
}

static void pass(uint64_t ms)
{
	worker_fixture_pass(&stage.fixture, ms);
}

/* A request without a body is out. */
static void ask(void)
{
	flow_end(&stage.req->up, (struct trailers){ NULL, 0 });
	assert_int_equal(step_exchange(stage.req), GO_WAIT);
	assert_int_equal(stage.heads, 1);
	assert_int_equal(stage.ends, 1);
	assert_true(stage.req->handed_ns > 0);
}

/* The head of one that has a body. */
static void ask_with_body(void)
{
	stage.req->in.body = BODY_CHUNKED;
	assert_int_equal(step_exchange(stage.req), GO_WAIT);
	assert_int_equal(stage.ends, 0);
}

static bool hear_head(int status)
{
	assert_true(exchange_hears(stage.exchange));
	stage.req->out.status = status;
	return exchange_head(stage.exchange);
}

/* ... of the answer, in time. */
static void hear_answer(void)
{
	assert_true(hear_head(200));
	assert_int_equal(step_exchange(stage.req), GO_ON);
	assert_true(stage.req->answered_ns > 0);
}

static void expect_state_after(uint64_t ms, enum exchange_state wanted)
{
	enum exchange_state before = stage.exchange->state;

	pass(ms - 1);
	assert_int_equal(stage.exchange->state, before);
	pass(1 + DEADLINE_TICK_MS);
	assert_int_equal(stage.exchange->state, wanted);
}

static void expect_answer(enum answer_kind kind)
{
	assert_int_equal(step_exchange(stage.req), GO_ANSWER);
	assert_int_equal(stage.req->answer.kind, kind);
	assert_null(stage.req->exchange);
	assert_null(stage.req->upstream);
	assert_int_equal(stage.released, 1);
	assert_false(stage.whole);
}

static void the_answer_is_whole(void **state)
{
	struct header trailers[] = { { SLICE("X-Sum"), SLICE("1") },
		{ SLICE("Content-Length"), SLICE("7") },
		{ SLICE("x-at-upstream-error"), SLICE("no") }, { SLICE("Digest"), SLICE("2") } };

	(void)state;
	ask();
	hear_answer();
	exchange_body(stage.exchange, SLICE("body"));
	exchange_end(stage.exchange, trailers, 4);
	assert_int_equal(stage.req->down.passed, 4);
	assert_true(stage.req->down.ended);
	/* What only we may say, and framing, does not come back. */
	assert_int_equal(stage.req->down.trailers.count, 2);
	expect_text(stage.req->down.trailers.at[1].name, "Digest");
	assert_int_equal(stage.req->state, REQUEST_SERVED);
}

static void an_upstream_that_does_not_answer_is_too_late(void **state)
{
	(void)state;
	stage.integration.response_header_timeout_ns = 7 * 1000000000ll;
	ask();
	expect_state_after(7000, EXCHANGE_FAILED);
	expect_answer(ANSWER_upstream_timeout);
}

static void without_a_timeout_there_is_the_limit(void **state)
{
	(void)state;
	ask();
	assert_true(exchange_hears(stage.exchange)); /* half a head is none */
	expect_state_after(LIMIT_RESPONSE_HEAD_MS, EXCHANGE_FAILED);
	expect_answer(ANSWER_upstream_timeout);
}

/* It can't answer what it has not been told. */
static void its_time_begins_when_all_is_said(void **state)
{
	(void)state;
	ask_with_body();
	pass(2ull * LIMIT_RESPONSE_HEAD_MS);
	assert_int_equal(stage.exchange->state, EXCHANGE_SILENT);
	stage.answer = 1;
	stage.moving = true;
	flow_end(&stage.req->up, (struct trailers){ NULL, 0 });
	pass(2ull * LIMIT_RESPONSE_HEAD_MS);
	assert_int_equal(stage.exchange->state, EXCHANGE_SILENT);
	exchange_drained(stage.exchange);
	expect_state_after(LIMIT_RESPONSE_HEAD_MS, EXCHANGE_FAILED);
}

static void one_that_does_not_read_is_too_late(void **state)
{
	(void)state;
	ask_with_body();
	stage.answer = 1;
	flow_push(&stage.req->up, SLICE("x"));
	flow_flush(&stage.req->up);
	expect_state_after(LIMIT_BODY_PAUSE_MS, EXCHANGE_FAILED);
	expect_answer(ANSWER_upstream_timeout);
}

/* It may have answered and left; what it said decides. */
static void one_that_cannot_be_written_to_may_still_answer(void **state)
{
	(void)state;
	ask_with_body();
	stage.answer = UV_EPIPE;
	flow_push(&stage.req->up, SLICE("x"));
	flow_flush(&stage.req->up);
	assert_int_equal(step_exchange(stage.req), GO_WAIT);
	hear_answer();
}

static void one_that_says_nonsense_is_refused(void **state)
{
	(void)state;
	ask();
	assert_true(exchange_hears(stage.exchange));
	exchange_failed(stage.exchange, UV_EPROTO);
	exchange_failed(stage.exchange, UV_EOF); /* the first reason counts */
	assert_false(exchange_hears(stage.exchange));
	expect_answer(ANSWER_upstream_malformed);
}

static void one_that_leaves_has_failed(void **state)
{
	(void)state;
	ask();
	exchange_failed(stage.exchange, UV_EOF);
	expect_answer(ANSWER_upstream_failed);
}

/* RFC 9110 section 9.2.2. */
static void only_what_does_no_harm_is_sent_once_more(void **state)
{
	static const struct {
		const char *method;
		bool reused, heard, late, keyed, retried;
		enum go go;
	} rows[] = {
		{ "GET", true, false, false, false, false, GO_RETRY },
		{ "HEAD", true, false, false, false, false, GO_RETRY },
		{ "OPTIONS", true, false, false, false, false, GO_RETRY },
		{ "POST", true, false, false, true, false, GO_RETRY },
		{ "POST", true, false, false, false, false, GO_ANSWER },
		{ "DELETE", true, false, false, false, false, GO_ANSWER },
		{ "GET", false, false, false, false, false, GO_ANSWER },
		{ "GET", true, true, false, false, false, GO_ANSWER },
		{ "GET", true, false, true, false, false, GO_ANSWER },
		{ "GET", true, false, false, false, true, GO_ANSWER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (i > 0) {
			(void)stage_open(state);
		}
		stage.req->in.method = slice_of(rows[i].method);
		stage.upstream.reused = rows[i].reused;
		stage.req->retried = rows[i].retried;
		if (rows[i].keyed) {
			message_add_header(&stage.req->in, SLICE("idempotency-key"), SLICE("k"));
		}
		ask();
		if (rows[i].heard) {
			assert_true(exchange_hears(stage.exchange));
		}
		if (rows[i].late) {
			pass(LIMIT_RESPONSE_HEAD_MS + DEADLINE_TICK_MS);
		} else {
			exchange_failed(stage.exchange, UV_ECONNRESET);
		}
		assert_int_equal(step_exchange(stage.req), rows[i].go);
		assert_null(stage.req->upstream);
		if (i + 1 < sizeof(rows) / sizeof(*rows)) {
			(void)stage_close(state);
		}
	}
}

static void what_it_says_beforehand_is_passed_on_at_once(void **state)
{
	(void)state;
	ask();
	assert_false(hear_head(103));
	assert_false(hear_head(100));
	assert_int_equal(stage.interim_count, 2);
	assert_int_equal(stage.interims[0], 103);
	assert_int_equal(stage.interims[1], 100);
	assert_int_equal(stage.req->out.status, 0); /* there is room for the next head */
	assert_int_equal(step_exchange(stage.req), GO_WAIT);
	hear_answer();
}

static void but_only_so_often(void **state)
{
	(void)state;
	ask();
	for (int i = 0; i < LIMIT_INTERIMS; i++) {
		assert_false(hear_head(102));
	}
	assert_int_equal(stage.exchange->state, EXCHANGE_HEARD);
	assert_false(hear_head(102));
	assert_int_equal(stage.interim_count, LIMIT_INTERIMS);
	expect_answer(ANSWER_upstream_malformed);
}

/* We never ask for one. */
static void another_protocol_is_refused(void **state)
{
	(void)state;
	ask();
	assert_false(hear_head(101));
	assert_int_equal(stage.interim_count, 0);
	expect_answer(ANSWER_upstream_malformed);
}

static void a_caller_that_waits_for_a_100_gets_ours_in_time(void **state)
{
	(void)state;
	stage.req->expects_continue = true;
	ask_with_body();
	pass(LIMIT_CONTINUE_MS - 1);
	assert_int_equal(stage.interim_count, 0);
	pass(1 + DEADLINE_TICK_MS);
	assert_int_equal(stage.interim_count, 1);
	assert_int_equal(stage.interims[0], 100);
	pass(LIMIT_CONTINUE_MS + DEADLINE_TICK_MS);
	assert_int_equal(stage.interim_count, 1);
}

static void the_upstreams_100_is_as_good(void **state)
{
	(void)state;
	stage.req->expects_continue = true;
	ask_with_body();
	assert_false(hear_head(100));
	pass(LIMIT_CONTINUE_MS + DEADLINE_TICK_MS);
	assert_int_equal(stage.interim_count, 1);
}

static void whoever_sends_at_once_or_has_its_answer_needs_none(void **state)
{
	(void)state;
	stage.req->expects_continue = true;
	ask_with_body();
	caller_body(&stage.caller, SLICE("x"));
	caller_pause(&stage.caller);
	pass(LIMIT_CONTINUE_MS + DEADLINE_TICK_MS);
	stage.req->expects_continue = true;
	hear_answer();
	assert_false(stage.req->expects_continue);
	assert_int_equal(stage.interim_count, 0);
}

static void an_answer_that_pauses_is_broken_off(void **state)
{
	(void)state;
	ask();
	hear_answer();
	pass(LIMIT_UPSTREAM_SILENCE_MS - 1);
	exchange_body(stage.exchange, SLICE("x"));
	pass(LIMIT_UPSTREAM_SILENCE_MS - 1);
	assert_int_equal(stage.req->state, REQUEST_SERVED);
	pass(1 + DEADLINE_TICK_MS);
	assert_int_equal(stage.req->state, REQUEST_BROKEN);
	assert_false(exchange_hears(stage.exchange));
}

static void whoever_is_held_is_not_late(void **state)
{
	(void)state;
	ask();
	hear_answer();
	stage.exchange->side.ops->hold(&stage.exchange->side, true);
	pass(2ull * LIMIT_UPSTREAM_SILENCE_MS);
	assert_int_equal(stage.req->state, REQUEST_SERVED);
	stage.exchange->side.ops->hold(&stage.exchange->side, false);
	pass(LIMIT_UPSTREAM_SILENCE_MS + DEADLINE_TICK_MS);
	assert_int_equal(stage.req->state, REQUEST_BROKEN);
}

static void one_that_leaves_in_the_middle_breaks_off(void **state)
{
	(void)state;
	ask();
	hear_answer();
	exchange_body(stage.exchange, SLICE("x"));
	exchange_failed(stage.exchange, UV_EOF);
	assert_int_equal(stage.req->state, REQUEST_BROKEN);
	assert_int_equal(stage.exchange->state, EXCHANGE_ANSWERED); /* which is what is counted */
}

static void behind_the_end_nothing_can_go_wrong(void **state)
{
	(void)state;
	ask();
	hear_answer();
	exchange_end(stage.exchange, NULL, 0);
	exchange_end(stage.exchange, NULL, 0);
	exchange_failed(stage.exchange, UV_ECONNRESET);
	pass(2ull * LIMIT_UPSTREAM_SILENCE_MS);
	assert_int_equal(stage.req->state, REQUEST_SERVED);
}

static void nothing_more_is_heard_for_a_request_that_is_broken(void **state)
{
	(void)state;
	ask();
	assert_true(exchange_hears(stage.exchange));
	request_abort(stage.req);
	assert_false(exchange_hears(stage.exchange));
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(the_answer_is_whole),
		STORY(an_upstream_that_does_not_answer_is_too_late),
		STORY(without_a_timeout_there_is_the_limit),
		STORY(its_time_begins_when_all_is_said),
		STORY(one_that_does_not_read_is_too_late),
		STORY(one_that_cannot_be_written_to_may_still_answer),
		STORY(one_that_says_nonsense_is_refused),
		STORY(one_that_leaves_has_failed),
		STORY(only_what_does_no_harm_is_sent_once_more),
		STORY(what_it_says_beforehand_is_passed_on_at_once),
		STORY(but_only_so_often),
		STORY(another_protocol_is_refused),
		STORY(a_caller_that_waits_for_a_100_gets_ours_in_time),
		STORY(the_upstreams_100_is_as_good),
		STORY(whoever_sends_at_once_or_has_its_answer_needs_none),
		STORY(an_answer_that_pauses_is_broken_off),
		STORY(whoever_is_held_is_not_late),
		STORY(one_that_leaves_in_the_middle_breaks_off),
		STORY(behind_the_end_nothing_can_go_wrong),
		STORY(nothing_more_is_heard_for_a_request_that_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
