/* credential_test.c - STEP_credential: our credentials go on last, all of them or none at all. */

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/request.h"
#include "worker/route.h"

/* A plugin of this test puts `value` on; NULL is that it has none. */
struct credential {
	const char *header, *value;
};

static enum verdict apply(const struct use *use, struct call *call)
{
	const struct credential *my = use->params;

	if (my->value == NULL) {
		call->reason = "no credential";
		return VERDICT_REFUSE;
	}
	return use_set_header(call, slice_of(my->header), slice_of(my->value));
}

/* Forgot to say that it went well. */
static enum verdict say_nothing(const struct use *use, struct call *call)
{
	(void)use;
	(void)call;
	return VERDICT_NONE;
}

static const struct outgoing plain = { .plugin.name = "plain", .apply = apply };
static const struct outgoing mute = { .plugin.name = "mute", .apply = say_nothing };

static struct integration integration = { .name = SLICE("slack") };

static struct {
	struct worker_fixture fixture;
	struct request *req;
	struct outgoing_use outgoing[2];
	struct credential credentials[2];
	struct route route;
} stage;

static int stage_open(void **state)
{
	(void)state;
	worker_fixture_open(&stage.fixture, (struct list){ NULL, 0 });
	stage.credentials[0] = (struct credential){ "Authorization", "Bearer ours" };
	stage.credentials[1] = (struct credential){ "X-Key", "ours too" };
	for (size_t i = 0; i < 2; i++) {
		stage.outgoing[i] =
			(struct outgoing_use){ &plain, { .params = &stage.credentials[i] } };
	}
	stage.route = (struct route){
		.integration = &integration,
		.outgoing = stage.outgoing,
		.outgoing_count = 2,
	};
	stage.req = request_new(&stage.fixture.worker);
	stage.req->route = &stage.route;
	return 0;
}

static int stage_close(void **state)
{
	(void)state;
	request_drop(stage.req);
	worker_fixture_close(&stage.fixture);
	return 0;
}

static void without_a_plugin_nothing_is_put_on(void **state)
{
	(void)state;
	stage.route.outgoing_count = 0;
	assert_int_equal(step_credential(stage.req), GO_ON);
	assert_int_equal(stage.req->in.header_count, 0);
}

static void every_credential_goes_on(void **state)
{
	(void)state;
	assert_int_equal(step_credential(stage.req), GO_ON);
	expect_text(message_header(&stage.req->in, SLICE("Authorization")), "Bearer ours");
	expect_text(message_header(&stage.req->in, SLICE("X-Key")), "ours too");
	assert_int_equal(stage.req->answer.kind, ANSWER_NONE);
}

/* There are upstreams that take the first of two, and such that take "x_key" for "X-Key". */
static void what_the_caller_sent_under_that_name_goes(void **state)
{
	struct message *in = &stage.req->in;

	(void)state;
	message_add_header(in, SLICE("x-key"), SLICE("theirs"));
	message_add_header(in, SLICE("X_Key"), SLICE("theirs"));
	message_add_header(in, SLICE("Other"), SLICE("stays"));
	assert_int_equal(step_credential(stage.req), GO_ON);
	assert_int_equal(message_count_header(in, SLICE("X-Key")), 1);
	assert_int_equal(message_count_header(in, SLICE("X_Key")), 0);
	expect_text(message_header(in, SLICE("X-Key")), "ours too");
	expect_text(message_header(in, SLICE("Other")), "stays");
}

static void of_two_for_the_same_header_the_last_stays(void **state)
{
	(void)state;
	stage.credentials[1].header = "Authorization";
	assert_int_equal(step_credential(stage.req), GO_ON);
	assert_int_equal(message_count_header(&stage.req->in, SLICE("Authorization")), 1);
	expect_text(message_header(&stage.req->in, SLICE("Authorization")), "ours too");
}

static void one_that_fails_is_our_failure_and_not_the_callers(void **state)
{
	struct answer *answer = &stage.req->answer;

	(void)state;
	stage.credentials[1].value = NULL;
	assert_int_equal(step_credential(stage.req), GO_ANSWER);
	assert_int_equal(answer->status, 502);
	expect_slice(answer->reason, SLICE("outgoing authentication failed"));
	expect_text(
		answer->text, "Bad Gateway: outgoing authentication failed for integration slack");
	expect_text(answer->detail, "no credential");
}

static void callers_of_the_looser_reading_are_told_401(void **state)
{
	struct answer *answer = &stage.req->answer;

	(void)state;
	stage.fixture.snapshot.settings.compat = true;
	stage.credentials[0].value = NULL;
	assert_int_equal(step_credential(stage.req), GO_ANSWER);
	assert_int_equal(answer->status, 401);
	expect_slice(answer->reason, SLICE("authentication failed"));
	expect_text(answer->text, "Unauthorized: authentication failed for integration slack");
	assert_int_equal(answer->refusal, REFUSAL_outgoing_auth_failure);
}

/* A line break in it would be a header that nobody wanted. */
static void a_secret_that_is_no_header_value_is_not_sent(void **state)
{
	(void)state;
	stage.credentials[0].value = "ours\r\nX-Evil: 1";
	assert_int_equal(step_credential(stage.req), GO_ANSWER);
	assert_int_equal(stage.req->answer.status, 502);
	expect_text(stage.req->answer.detail, "credential is not a header value");
	assert_null(message_header(&stage.req->in, SLICE("Authorization")).at);
}

static void no_verdict_is_a_failure(void **state)
{
	(void)state;
	stage.outgoing[1].plugin = &mute;
	assert_int_equal(step_credential(stage.req), GO_ANSWER);
	assert_int_equal(stage.req->answer.kind, ANSWER_outgoing_auth_failed);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(without_a_plugin_nothing_is_put_on),
		STORY(every_credential_goes_on),
		STORY(what_the_caller_sent_under_that_name_goes),
		STORY(of_two_for_the_same_header_the_last_stays),
		STORY(one_that_fails_is_our_failure_and_not_the_callers),
		STORY(callers_of_the_looser_reading_are_told_401),
		STORY(a_secret_that_is_no_header_value_is_not_sent),
		STORY(no_verdict_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
