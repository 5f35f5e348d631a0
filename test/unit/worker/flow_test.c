/* flow_test.c - a body on its way between two sides that do what the test wants of them. */

#include "common/limits.h"
#include "test/lib/expect.h"
#include "worker/flow.h"
#include "worker/request.h"
#include "worker/worker.h"

enum { JOIN_BYTES = 16 };

/* A side that writes down what it is told, and answers as it was set to. */
struct actor {
	struct side side;
	int answer; /* of the next sends: 0, 1 (full) or an error */
	bool held;
	unsigned holds, gos;
	char heard[256]; /* "H" head, "." end, "{n}" trailers, else the bytes */
	size_t heard_len;
	size_t bytes;
	unsigned bodies; /* times that it was sent some */
};

static struct actor *actor_of(struct side *side)
{
	return (struct actor *)side;
}

static void hear(struct actor *actor, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len && actor->heard_len < sizeof(actor->heard); i++) {
		actor->heard[actor->heard_len++] = bytes.at[i];
	}
}

static int send_body(struct side *side, struct slice piece, const struct trailers *end)
{
	static const char digits[] = "0123456789";
	struct actor *actor = actor_of(side);

	if (actor->answer < 0) {
		return actor->answer;
	}
	hear(actor, piece);
	actor->bytes += piece.len;
	actor->bodies++;
	if (end != NULL && end->count > 0) {
		hear(actor, SLICE("{"));
		hear(actor, (struct slice){ &digits[end->count % 10], 1 });
		hear(actor, SLICE("}"));
	}
	if (end != NULL) {
		hear(actor, SLICE("."));
	}
	return actor->answer;
}

static int send_head(struct side *side, const struct message *m, bool last)
{
	struct actor *actor = actor_of(side);

	(void)m;
	if (actor->answer < 0) {
		return actor->answer;
	}
	hear(actor, last ? SLICE("H.") : SLICE("H"));
	return 0;
}

static void hold(struct side *side, bool held)
{
	struct actor *actor = actor_of(side);

	assert_true(actor->held != held); /* nobody is told twice */
	actor->held = held;
	actor->holds += held;
	actor->gos += !held;
}

static const struct side_ops ops = {
	.send_head = send_head,
	.send_body = send_body,
	.hold = hold,
};

static const struct message head;

/* The flow under test, from `source` to `receiver`. */
struct stage {
	struct actor source, receiver;
	struct arena *arena;
	struct worker worker;
	struct request req; /* the receiver's */
	char join_buffer[JOIN_BYTES];
	struct flow flow;
};

static int stage_open(void **state)
{
	static struct stage stage;

	stage = (struct stage){
		.source.side.ops = &ops, .receiver.side.ops = &ops, .arena = arena_new("flow", 1024)
	};
	stage.worker.join_buffer = (struct slice){ stage.join_buffer, JOIN_BYTES };
	stage.req.worker = &stage.worker;
	stage.receiver.side.req = &stage.req;
	stage.flow = (struct flow){ .from = &stage.source.side, .arena = stage.arena };
	*state = &stage;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *stage = *state;

	arena_free(&stage->arena);
	return 0;
}

static void open_flow(struct stage *stage)
{
	flow_open(&stage->flow, &stage->receiver.side, &head);
}

static struct slice heard(const struct actor *actor)
{
	return (struct slice){ actor->heard, actor->heard_len };
}

static void bytes_wait_until_it_is_opened(void **state)
{
	struct stage *stage = *state;

	flow_push(&stage->flow, SLICE("one "));
	flow_push(&stage->flow, SLICE("two "));
	assert_int_equal(stage->receiver.heard_len, 0);
	open_flow(stage);
	expect_text(heard(&stage->receiver), "Hone two ");
	flow_push(&stage->flow, SLICE("three"));
	flow_flush(&stage->flow);
	expect_text(heard(&stage->receiver), "Hone two three");
	assert_false(stage->flow.finished);
	flow_end(&stage->flow, (struct trailers){ 0 });
	expect_text(heard(&stage->receiver), "Hone two three.");
	assert_true(stage->flow.finished);
	assert_int_equal(stage->flow.passed, 13);
	assert_int_equal(stage->source.holds, 0);
}

/* Else each would cost a system call, and room of its own once the receiver is full. */
static void the_pieces_of_one_read_go_out_as_one(void **state)
{
	struct stage *stage = *state;
	char read[] = "a-b-c-";

	open_flow(stage);
	assert_int_equal(stage->receiver.bodies, 1); /* which sent the head */
	stage->receiver.answer = 1;
	for (size_t i = 0; i < 3; i++) {
		flow_push(&stage->flow, (struct slice){ read + 2 * i, 1 });
	}
	assert_int_equal(stage->receiver.bodies, 1);
	flow_flush(&stage->flow);
	flow_flush(&stage->flow);
	assert_int_equal(stage->receiver.bodies, 2);
	memset(read, 'x', sizeof(read));
	flow_push(&stage->flow, SLICE("d"));
	flow_push(&stage->flow, SLICE("e"));
	flow_end(&stage->flow, (struct trailers){ 0 });
	assert_int_equal(stage->receiver.bodies, 3);
	expect_text(heard(&stage->receiver), "Habcde.");
}

static void what_is_too_long_to_be_joined_goes_out_alone(void **state)
{
	static const char long_piece[] = "0123456789abcdefghij";
	struct stage *stage = *state;

	open_flow(stage);
	for (size_t i = 0; i < 2; i++) {
		flow_push(&stage->flow, SLICE("<"));
		flow_push(&stage->flow, slice_of(long_piece));
		flow_push(&stage->flow, SLICE("01234567"));
		flow_push(&stage->flow, SLICE("89abcdef"));
		flow_push(&stage->flow, SLICE(">"));
	}
	flow_flush(&stage->flow);
	expect_text(heard(&stage->receiver), "H<0123456789abcdefghij0123456789abcdef>"
					     "<0123456789abcdefghij0123456789abcdef>");
	assert_int_equal(stage->receiver.bodies, 1 + 7);
}

static void without_a_body_the_head_is_the_end(void **state)
{
	struct stage *stage = *state;

	flow_end(&stage->flow, (struct trailers){ 0 });
	assert_false(stage->flow.finished);
	open_flow(stage);
	expect_text(heard(&stage->receiver), "H.");
	assert_true(stage->flow.finished);
}

static void what_has_ended_before_goes_out_at_once(void **state)
{
	static const struct header trailers[2];
	struct stage *stage = *state;

	flow_push(&stage->flow, SLICE("all"));
	flow_end(&stage->flow, (struct trailers){ trailers, 2 });
	open_flow(stage);
	expect_text(heard(&stage->receiver), "Hall{2}.");
	assert_true(stage->flow.finished);
}

static void trailers_stand_behind_a_body_that_is_empty(void **state)
{
	static const struct header trailers[1];
	struct stage *stage = *state;

	flow_end(&stage->flow, (struct trailers){ trailers, 1 });
	open_flow(stage);
	expect_text(heard(&stage->receiver), "H{1}.");
	assert_true(stage->flow.finished);
}

static void trailers_stand_before_the_end(void **state)
{
	static const struct header trailers[3];
	struct stage *stage = *state;

	open_flow(stage);
	flow_push(&stage->flow, SLICE("body"));
	flow_end(&stage->flow, (struct trailers){ trailers, 3 });
	expect_text(heard(&stage->receiver), "Hbody{3}.");
	assert_true(stage->flow.finished);
}

static void beyond_the_bound_the_source_is_held_until_it_opens(void **state)
{
	static const char piece[1000];
	struct stage *stage = *state;
	size_t sent = 0;

	while (!stage->source.held) {
		flow_push(&stage->flow, (struct slice){ piece, sizeof(piece) });
		sent += sizeof(piece);
		assert_true(sent <= LIMIT_WAITING_BYTES + sizeof(piece));
	}
	assert_true(sent > LIMIT_WAITING_BYTES);
	/* What was on its way already must not be lost, nor hold again. */
	flow_push(&stage->flow, (struct slice){ piece, sizeof(piece) });
	open_flow(stage);
	assert_false(stage->source.held);
	assert_int_equal(stage->receiver.bytes, sent + sizeof(piece));
	assert_int_equal(stage->source.holds, 1);
}

static void a_full_receiver_holds_the_source_until_it_is_drained(void **state)
{
	struct stage *stage = *state;

	open_flow(stage);
	stage->receiver.answer = 1;
	flow_push(&stage->flow, SLICE("a"));
	flow_flush(&stage->flow);
	assert_true(stage->source.held);
	flow_push(&stage->flow, SLICE("b")); /* read before the hold was heard */
	flow_flush(&stage->flow);
	stage->receiver.answer = 0;
	flow_drained(&stage->flow);
	assert_false(stage->source.held);
	flow_drained(&stage->flow);
	assert_int_equal(stage->source.gos, 1);
	expect_text(heard(&stage->receiver), "Hab");
}

static void a_receiver_that_is_full_at_the_opening_holds_the_source(void **state)
{
	struct stage *stage = *state;

	flow_push(&stage->flow, SLICE("waiting"));
	stage->receiver.answer = 1;
	open_flow(stage);
	assert_true(stage->source.held);
	stage->receiver.answer = 0;
	flow_drained(&stage->flow);
	assert_false(stage->source.held);
}

/* Held for too much waiting, and full once it opens: held it stays. */
static void a_source_that_is_held_already_stays_so(void **state)
{
	static const char piece[LIMIT_WAITING_BYTES + 1];
	struct stage *stage = *state;

	flow_push(&stage->flow, (struct slice){ piece, sizeof(piece) });
	stage->receiver.answer = 1;
	open_flow(stage);
	assert_true(stage->source.held);
	assert_int_equal(stage->source.gos, 0);
	flow_drained(&stage->flow);
	assert_false(stage->source.held);
}

/* The last piece is taken, though it has not left yet: for the flow that is all. */
static void it_is_finished_though_the_receiver_is_full(void **state)
{
	struct stage *stage = *state;

	open_flow(stage);
	stage->receiver.answer = 1;
	flow_push(&stage->flow, SLICE("a"));
	flow_end(&stage->flow, (struct trailers){ 0 });
	assert_true(stage->flow.finished);
	expect_text(heard(&stage->receiver), "Ha.");
}

static void a_lost_receiver_breaks_it(void **state)
{
	struct stage *stage = *state;

	open_flow(stage);
	stage->receiver.answer = -1;
	flow_push(&stage->flow, SLICE("a"));
	flow_flush(&stage->flow);
	assert_true(stage->flow.broken);
	stage->receiver.answer = 0;
	flow_push(&stage->flow, SLICE("b"));
	flow_flush(&stage->flow);
	flow_end(&stage->flow, (struct trailers){ 0 });
	flow_drained(&stage->flow);
	expect_text(heard(&stage->receiver), "H");
	assert_false(stage->flow.finished);
	assert_true(stage->flow.ended);
	assert_int_equal(stage->source.holds + stage->source.gos, 0);
}

static void a_receiver_that_is_lost_at_the_opening_breaks_it(void **state)
{
	struct stage *stage = *state;

	stage->receiver.answer = -1;
	flow_push(&stage->flow, SLICE("a"));
	flow_end(&stage->flow, (struct trailers){ 0 });
	open_flow(stage);
	assert_true(stage->flow.broken);
	assert_false(stage->flow.finished);
}

/* A pooled connection was dead: the same body goes to another receiver. */
static void what_waited_whole_can_be_sent_once_more(void **state)
{
	struct stage *stage = *state;
	struct actor other = { .side.ops = &ops };

	flow_push(&stage->flow, SLICE("whole"));
	flow_end(&stage->flow, (struct trailers){ 0 });
	open_flow(stage);
	assert_true(stage->flow.finished);
	assert_true(flow_can_replay(&stage->flow));
	flow_rewind(&stage->flow);
	assert_false(stage->flow.finished);
	flow_open(&stage->flow, &other.side, &head);
	expect_text(heard(&other), "Hwhole.");
	assert_true(stage->flow.finished);
}

static void what_broke_before_can_be_sent_once_more(void **state)
{
	struct stage *stage = *state;
	struct actor other = { .side.ops = &ops };

	flow_end(&stage->flow, (struct trailers){ 0 });
	stage->receiver.answer = -1;
	open_flow(stage);
	assert_true(stage->flow.broken);
	assert_true(flow_can_replay(&stage->flow));
	flow_rewind(&stage->flow);
	flow_open(&stage->flow, &other.side, &head);
	expect_text(heard(&other), "H.");
	assert_true(stage->flow.finished);
}

static void what_passed_through_cannot_be_sent_once_more(void **state)
{
	struct stage *stage = *state;

	flow_push(&stage->flow, SLICE("a"));
	assert_false(flow_can_replay(&stage->flow)); /* more is to come */
	open_flow(stage);
	flow_push(&stage->flow, SLICE("b"));
	flow_end(&stage->flow, (struct trailers){ 0 });
	assert_false(flow_can_replay(&stage->flow));
}

static void our_own_answer_has_no_source_to_hold(void **state)
{
	struct stage *stage = *state;
	char text[] = "sorry";

	stage->flow = (struct flow){ .arena = stage->arena,
		.waiting = text,
		.waiting_len = 5,
		.waiting_room = 5,
		.ended = true };
	stage->receiver.answer = 1;
	open_flow(stage);
	expect_text(heard(&stage->receiver), "Hsorry.");
	flow_drained(&stage->flow);
	assert_true(stage->flow.finished);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(bytes_wait_until_it_is_opened),
		STORY(the_pieces_of_one_read_go_out_as_one),
		STORY(what_is_too_long_to_be_joined_goes_out_alone),
		STORY(without_a_body_the_head_is_the_end),
		STORY(what_has_ended_before_goes_out_at_once),
		STORY(trailers_stand_behind_a_body_that_is_empty),
		STORY(trailers_stand_before_the_end),
		STORY(beyond_the_bound_the_source_is_held_until_it_opens),
		STORY(a_full_receiver_holds_the_source_until_it_is_drained),
		STORY(a_receiver_that_is_full_at_the_opening_holds_the_source),
		STORY(a_source_that_is_held_already_stays_so),
		STORY(it_is_finished_though_the_receiver_is_full),
		STORY(a_lost_receiver_breaks_it),
		STORY(a_receiver_that_is_lost_at_the_opening_breaks_it),
		STORY(what_waited_whole_can_be_sent_once_more),
		STORY(what_broke_before_can_be_sent_once_more),
		STORY(what_passed_through_cannot_be_sent_once_more),
		STORY(our_own_answer_has_no_source_to_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
