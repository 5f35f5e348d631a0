/* policy_test.c - what allowlist and denylist say of a request, and how much has to be known for
 * it. */

#include "common/policy.h"
#include "test/lib/expect.h"

#define ALL(array)                                                                                 \
	{                                                                                          \
		(array), sizeof(array) / sizeof(*(array))                                          \
	}

/* clang-format off */
static struct slice yes[] = { SLICE("yes") };
static struct policy_values x_ok[] = { { SLICE("X-Ok"), ALL(yes) } };
static struct policy_values ok[] = { { SLICE("ok"), ALL(yes) } };
static struct value_entry to_c1[] = {
	{ SLICE("channel"), { .kind = VALUE_TEXT, .text = SLICE("c1") } },
};
static struct value_entry to_c2[] = {
	{ SLICE("channel"), { .kind = VALUE_TEXT, .text = SLICE("c2") } },
};
#define TO(path_, method_) .path = SLICE(path_), .method = SLICE(method_)
#define BODY(map) .has_body = true, .body = { .kind = VALUE_MAP, .items = ALL(map) }
static struct policy_rule allowed[] = {
	{ TO("/plain", "GET") },
	{ TO("/header", "GET"), .headers = ALL(x_ok) },
	{ TO("/query", "GET"), .query = ALL(ok) },
	{ TO("/post", "POST"), BODY(to_c1) },
	{ TO("/post", "POST"), BODY(to_c2) },
	{ TO("/either", "POST"), BODY(to_c1) },
	{ TO("/either", "POST"), .headers = ALL(x_ok) },
	{ TO("/checked/*", "POST") },
	{ TO("/checked", "GET") },
};
static struct policy_rule denied[] = {
	{ TO("/checked/body", "POST"), BODY(to_c1) },
	{ TO("/checked/query", "POST"), .query = ALL(ok) },
	{ TO("/checked/both", "POST"), BODY(to_c1) },
	{ TO("/checked/both", "POST"), .headers = ALL(x_ok) },
	{ TO("/plain", "PUT"), BODY(to_c1) },
	{ TO("/checked", "GET"), },
};
/* clang-format on */
static struct policy_caller allow[] = { { SLICE("*"), ALL(allowed) } };
static struct policy_caller deny[] = { { SLICE("*"), ALL(denied) } };
static const struct integration integration = {
	.name = SLICE("slack"),
	.allow_listed = true,
	.allow = ALL(allow),
	.deny = ALL(deny),
};

/* One request, and what becomes of it. */
struct fixture {
	struct arena *arena;
	struct policy *policy;
	struct message message;
	struct reading reading;
	struct policy_question question;
	struct policy_decision decision;
	struct slice tried; /* what was told of the rules */
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .arena = arena_new("test", 64 * 1024) };
	assert_int_equal(policy_new(&integration, f.arena, &f.policy, NULL), 0);
	f.question.caller = SLICE("bob");
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->arena);
	return 0;
}

static void request(struct fixture *f, const char *method, const char *path, const char *query)
{
	f->message = (struct message){ .arena = f->arena,
		.method = slice_of(method),
		.path = slice_of(path),
		.decoded_path = slice_of(path),
		.query = slice_of(query),
		.body = BODY_NONE };
	f->reading = (struct reading){ .message = &f->message };
	f->question.reading = &f->reading;
}

static void json(struct fixture *f, const char *path, const char *query)
{
	request(f, "POST", path, query);
	message_add_header(&f->message, SLICE("Content-Type"), SLICE("application/json"));
	f->message.body = BODY_CHUNKED;
}

static void body_comes(struct fixture *f, const char *body)
{
	f->reading = (struct reading){
		.message = &f->message, .has_body = true, .body = slice_of(body)
	};
}

static enum policy_verdict decide(struct fixture *f)
{
	f->decision.why = (struct note){ "left from before" };
	policy_decide(f->policy, &f->question, &f->decision);
	return f->decision.verdict;
}

static void expect_refusal(struct fixture *f, enum policy_verdict verdict,
	const struct policy_rule *rule, int status, const char *why)
{
	assert_int_equal(decide(f), verdict);
	assert_ptr_equal(f->decision.rule, rule);
	assert_int_equal(f->decision.status, status);
	assert_string_equal(f->decision.why.text, why);
}

static void who_is_allowed_is_told_by_which_rule(void **state)
{
	struct fixture *f = *state;

	request(f, "GET", "/plain", NULL);
	assert_int_equal(decide(f), POLICY_ALLOWED);
	assert_ptr_equal(f->decision.rule, &allowed[0]);
	expect_text(f->decision.caller, "*");
	request(f, "GET", "/other", NULL);
	expect_refusal(f, POLICY_NOT_ALLOWED, NULL, 403, "");
}

static void a_constraint_that_fails_says_why(void **state)
{
	struct fixture *f = *state;

	request(f, "GET", "/header", NULL);
	expect_refusal(f, POLICY_NOT_ALLOWED, &allowed[1], 403, "missing header X-Ok");
	request(f, "GET", "/query", "ok=no");
	expect_refusal(f, POLICY_NOT_ALLOWED, &allowed[2], 403, "missing query param ok=yes");
	request(f, "GET", "/query", "ok=yes");
	assert_int_equal(decide(f), POLICY_ALLOWED);
}

/* Who allows takes a doubt for a no, and tells its status. */
static void a_doubt_is_no_permission(void **state)
{
	struct fixture *f = *state;

	request(f, "GET", "/query", "ok=yes;x=1");
	assert_int_equal(decide(f), POLICY_NOT_ALLOWED);
	assert_int_equal(f->decision.status, 400);
	assert_ptr_equal(f->decision.rule, &allowed[2]);
}

static void a_doubt_is_a_denial(void **state)
{
	struct fixture *f = *state;

	f->question.compat = true;
	request(f, "POST", "/checked/query", "a;ok=yes");
	assert_int_equal(decide(f), POLICY_DOUBTFUL);
	assert_int_equal(f->decision.status, 400);
	assert_ptr_equal(f->decision.rule, &denied[1]);
	assert_true(f->decision.why.text[0] != '\0');
	request(f, "POST", "/checked/query", "ok=yes");
	expect_refusal(f, POLICY_DENIED, &denied[1], 403, "");
	request(f, "POST", "/checked/query", "ok=no");
	assert_int_equal(decide(f), POLICY_ALLOWED);
}

static void rules_for_one_path_are_alternatives(void **state)
{
	struct fixture *f = *state;

	json(f, "/post", NULL);
	assert_int_equal(decide(f), POLICY_NEEDS_BODY);
	body_comes(f, "{\"channel\": \"c2\"}");
	assert_int_equal(decide(f), POLICY_ALLOWED);
	assert_ptr_equal(f->decision.rule, &allowed[4]);
	body_comes(f, "{\"channel\": \"c3\"}");
	expect_refusal(
		f, POLICY_NOT_ALLOWED, &allowed[3], 403, "body field channel value mismatch");
}

/* Nobody should have to send what does not count. */
static void a_body_is_asked_for_only_where_it_decides(void **state)
{
	struct fixture *f = *state;

	json(f, "/either", NULL);
	assert_int_equal(decide(f), POLICY_NEEDS_BODY);
	message_add_header(&f->message, SLICE("X-Ok"), SLICE("yes"));
	assert_int_equal(decide(f), POLICY_ALLOWED);
	assert_ptr_equal(f->decision.rule, &allowed[6]);

	json(f, "/checked/body", NULL);
	assert_int_equal(decide(f), POLICY_NEEDS_BODY);
	json(f, "/checked/both", NULL);
	assert_int_equal(decide(f), POLICY_NEEDS_BODY);
	message_add_header(&f->message, SLICE("X-Ok"), SLICE("yes"));
	expect_refusal(f, POLICY_DENIED, &denied[3], 403, "");

	json(f, "/plain", NULL);
	f->message.method = SLICE("PUT");
	expect_refusal(f, POLICY_NOT_ALLOWED, NULL, 403, "");
}

static void a_body_that_came_is_judged_by_both_lists(void **state)
{
	struct fixture *f = *state;

	json(f, "/checked/body", NULL);
	body_comes(f, "{\"channel\": \"c1\"}");
	expect_refusal(f, POLICY_DENIED, &denied[0], 403, "");
	body_comes(f, "{\"channel\": \"c2\"}");
	assert_int_equal(decide(f), POLICY_ALLOWED);
	body_comes(f, "{\"channel\": \"c2\", \"channel\": \"c1\"}");
	assert_int_equal(decide(f), POLICY_DOUBTFUL);
	assert_int_equal(f->decision.status, 400);
}

/* There are servers that take "get" for GET; but that it is allowed nobody has said. */
static void a_method_in_small_letters_can_be_denied_only(void **state)
{
	struct fixture *f = *state;

	request(f, "get", "/checked", NULL);
	expect_refusal(f, POLICY_DENIED, &denied[5], 403, "");
	request(f, "head", "/checked", NULL);
	expect_refusal(f, POLICY_DENIED, &denied[5], 403, "");
	request(f, "get", "/plain", NULL);
	expect_refusal(f, POLICY_NOT_ALLOWED, NULL, 403, "");
}

static void a_path_that_was_not_made_clean_is_refused(void **state)
{
	static const char *const paths[] = { "/x/../plain", "/./plain", "/plain/..", "/..;/plain" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		request(f, "GET", paths[i], NULL);
		expect_refusal(f, POLICY_DOUBTFUL, NULL, 400, "dot segment in path");
	}
}

static void an_integration_without_an_entry_is_open_unless_closed(void **state)
{
	const struct integration open = { .name = SLICE("open") };
	struct fixture *f = *state;

	assert_int_equal(policy_new(&open, f->arena, &f->policy, NULL), 0);
	request(f, "GET", "/any", NULL);
	assert_int_equal(decide(f), POLICY_ALLOWED);
	assert_null(f->decision.rule);
	f->question.default_deny = true;
	expect_refusal(f, POLICY_NOT_ALLOWED, NULL, 403, "");
}

static void a_caller_that_stands_twice_is_refused(void **state)
{
	struct policy_caller twice[] = { { .id = SLICE("a") }, { .id = SLICE("a") } };
	const struct integration broken = { .deny = ALL(twice) };
	struct fixture *f = *state;
	struct note why;

	assert_true(policy_new(&broken, f->arena, &f->policy, &why) < 0);
	assert_string_equal(why.text, "a caller stands twice in a list");
}

static void note_trial(void *self, const struct policy_trial *trial)
{
	struct fixture *f = self;

	f->tried = arena_printf(f->arena, SLICE_FMT "%s " SLICE_FMT " " SLICE_FMT " %d %s; ",
		SLICE_ARG(f->tried), trial->denies ? "deny" : "allow", SLICE_ARG(trial->caller),
		SLICE_ARG(trial->rule->path), trial->judgement, trial->why);
}

static void every_rule_that_is_tried_is_told(void **state)
{
	struct fixture *f = *state;

	f->question.tried = note_trial;
	f->question.self = f;
	json(f, "/post", NULL);
	body_comes(f, "{\"channel\": \"c2\"}");
	assert_int_equal(decide(f), POLICY_ALLOWED);
	expect_slice(f->tried,
		arena_printf(f->arena,
			"allow * /post %d body field channel value mismatch; allow * /post %d ; ",
			JUDGEMENT_FAILS, JUDGEMENT_HOLDS));
	f->tried.len = 0;
	request(f, "POST", "/checked/query", NULL);
	assert_int_equal(decide(f), POLICY_ALLOWED);
	expect_slice(f->tried,
		arena_printf(f->arena,
			"deny * /checked/query %d missing query param ok; allow * /checked/* %d ; ",
			JUDGEMENT_FAILS, JUDGEMENT_HOLDS));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(who_is_allowed_is_told_by_which_rule),
		TEST(a_constraint_that_fails_says_why),
		TEST(a_doubt_is_no_permission),
		TEST(a_doubt_is_a_denial),
		TEST(rules_for_one_path_are_alternatives),
		TEST(a_body_is_asked_for_only_where_it_decides),
		TEST(a_body_that_came_is_judged_by_both_lists),
		TEST(a_method_in_small_letters_can_be_denied_only),
		TEST(a_path_that_was_not_made_clean_is_refused),
		TEST(an_integration_without_an_entry_is_open_unless_closed),
		TEST(a_caller_that_stands_twice_is_refused),
		TEST(every_rule_that_is_tried_is_told),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
