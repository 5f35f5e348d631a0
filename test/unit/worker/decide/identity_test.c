/* identity_test.c - STEP_identity: every proof is asked for, in order, and none travels on. */

#include <string.h>

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/request.h"
#include "worker/route.h"

/* A proof is a header; a plugin of this test wants it, and writes down what it was asked. */
struct proof {
	const char *header, *id; /* NULL: it names nobody */
	enum verdict verdict;
};

static char diary[64]; /* 'v'erified, 'i'dentified, 's'tripped, with the number of the proof */

static void write_down(char what, const struct proof *proof)
{
	size_t len = strlen(diary);

	diary[len] = what;
	diary[len + 1] = proof->header[strlen(proof->header) - 1];
	diary[len + 2] = '\0';
}

static enum verdict verify(const struct use *use, struct call *call)
{
	const struct proof *proof = use->params;

	write_down('v', proof);
	call->reason = "told by the plugin";
	return message_header(call->message, slice_of(proof->header)).at == NULL ? VERDICT_REFUSE
										 : proof->verdict;
}

static bool identify(const struct use *use, const struct call *call, struct slice *caller)
{
	const struct proof *proof = use->params;

	(void)call;
	write_down('i', proof);
	*caller = slice_of(proof->id);
	return proof->id != NULL;
}

static void strip(const struct use *use, struct message *message)
{
	write_down('s', use->params);
	message_drop_header(message, slice_of(((const struct proof *)use->params)->header));
}

static const struct incoming whole = {
	.plugin.name = "whole",
	.verify = verify,
	.identify = identify,
	.strip = strip,
};
static const struct incoming bare = { .plugin.name = "bare", .verify = verify };

static struct integration integration = { .name = SLICE("slack") };

static struct {
	struct worker_fixture fixture;
	struct request *req;
	struct incoming_use incoming[2];
	struct proof proofs[2];
	struct route route;
} stage;

/* Both proofs are asked for, and the request has both. */
static int stage_open(void **state)
{
	(void)state;
	worker_fixture_open(&stage.fixture, (struct list){ NULL, 0 });
	stage.proofs[0] = (struct proof){ "Proof-1", "alice", VERDICT_PASS };
	stage.proofs[1] = (struct proof){ "Proof-2", "bob", VERDICT_PASS };
	for (size_t i = 0; i < 2; i++) {
		stage.incoming[i] = (struct incoming_use){ &whole, { .params = &stage.proofs[i] } };
	}
	stage.route = (struct route){
		.integration = &integration,
		.incoming = stage.incoming,
		.incoming_count = 2,
	};
	stage.req = request_new(&stage.fixture.worker);
	stage.req->route = &stage.route;
	message_add_header(&stage.req->in, SLICE("Proof-1"), SLICE("x"));
	message_add_header(&stage.req->in, SLICE("Proof-2"), SLICE("y"));
	diary[0] = '\0';
	return 0;
}

static int stage_close(void **state)
{
	(void)state;
	request_drop(stage.req);
	worker_fixture_close(&stage.fixture);
	return 0;
}

static void without_a_plugin_nobody_is_asked(void **state)
{
	(void)state;
	stage.route.incoming_count = 0;
	assert_int_equal(step_identity(stage.req), GO_ON);
	expect_text(stage.req->caller_id, "*");
	assert_string_equal(diary, "");
}

static void every_proof_is_asked_for_in_order_and_taken_off(void **state)
{
	(void)state;
	assert_int_equal(step_identity(stage.req), GO_ON);
	assert_string_equal(diary, "v1i1s1v2i2s2");
	assert_int_equal(stage.req->in.header_count, 0);
}

static void the_last_plugin_that_names_the_caller_decides(void **state)
{
	(void)state;
	(void)step_identity(stage.req);
	expect_text(stage.req->caller_id, "bob");
	stage.req->proof = 0;
	stage.proofs[1].id = NULL;
	message_add_header(&stage.req->in, SLICE("Proof-1"), SLICE("x"));
	message_add_header(&stage.req->in, SLICE("Proof-2"), SLICE("y"));
	(void)step_identity(stage.req);
	expect_text(stage.req->caller_id, "alice");
}

/* One that only says yes or no. */
static void a_plugin_need_not_name_or_strip(void **state)
{
	(void)state;
	stage.incoming[0].plugin = stage.incoming[1].plugin = &bare;
	assert_int_equal(step_identity(stage.req), GO_ON);
	assert_string_equal(diary, "v1v2");
	expect_text(stage.req->caller_id, "*");
	assert_int_equal(stage.req->in.header_count, 2);
}

static void a_proof_that_fails_ends_the_matter(void **state)
{
	(void)state;
	stage.proofs[0].verdict = VERDICT_REFUSE;
	assert_int_equal(step_identity(stage.req), GO_ANSWER);
	assert_string_equal(diary, "v1");
	assert_int_equal(stage.req->answer.kind, ANSWER_incoming_auth_failed);
	assert_int_equal(stage.req->answer.status, 401);
	expect_text(stage.req->caller_id, "*");
}

static void the_second_proof_is_as_good_a_reason_as_the_first(void **state)
{
	(void)state;
	message_drop_header(&stage.req->in, SLICE("Proof-2"));
	assert_int_equal(step_identity(stage.req), GO_ANSWER);
	assert_string_equal(diary, "v1i1s1v2");
	assert_int_equal(stage.req->answer.status, 401);
}

/* A plugin that forgot to say anything. */
static void no_verdict_is_a_refusal(void **state)
{
	(void)state;
	stage.proofs[1].verdict = VERDICT_NONE;
	assert_int_equal(step_identity(stage.req), GO_ANSWER);
	assert_int_equal(stage.req->answer.status, 401);
}

static void the_caller_learns_that_it_failed_and_the_log_why(void **state)
{
	(void)state;
	stage.proofs[0].verdict = VERDICT_REFUSE;
	(void)step_identity(stage.req);
	expect_text(stage.req->answer.text,
		"Unauthorized: authentication failed for integration slack");
	expect_slice(stage.req->answer.reason, SLICE("authentication failed"));
	expect_text(stage.req->answer.detail, "told by the plugin");
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(without_a_plugin_nobody_is_asked),
		STORY(every_proof_is_asked_for_in_order_and_taken_off),
		STORY(the_last_plugin_that_names_the_caller_decides),
		STORY(a_plugin_need_not_name_or_strip),
		STORY(a_proof_that_fails_ends_the_matter),
		STORY(the_second_proof_is_as_good_a_reason_as_the_first),
		STORY(no_verdict_is_a_refusal),
		STORY(the_caller_learns_that_it_failed_and_the_log_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
