/* rules_test.c - STEP_rules: who may do what, by the tables of spec/request.md 5 and 7.8. */

#include "test/lib/expect.h"
#include "test/lib/worker_fixture.h"
#include "worker/request.h"
#include "worker/route.h"

/* For initialisers of what lives as long as the program. */
#define ALL(array)                                                                                 \
	{                                                                                          \
		(array), sizeof(array) / sizeof(*(array))                                          \
	}

/* clang-format off */
#define RULE(path_, method_) { .path = SLICE(path_), .method = SLICE(method_) }
static struct policy_rule alices[] = {
	RULE("/alice-only", "GET"),
	RULE("/files/**", "GET"), RULE("/files/**", "PUT"),
	RULE("/files/*/name", "DELETE"),
};
static struct slice ops[] = { SLICE("ops") };
static struct policy_values to_ops[] = { { SLICE("team"), ALL(ops) } };
static struct value_entry channel[] = { { SLICE("channel"), { .kind = VALUE_NULL } } };
static struct policy_rule asking[] = {
	{ .path = SLICE("/query"), .method = SLICE("GET"), .query = ALL(to_ops),
	  .origin = SLICE("allowlist.yaml:3:7") },
	{ .path = SLICE("/body"), .method = SLICE("POST"), .has_body = true,
	  .body = { .kind = VALUE_MAP, .items = ALL(channel) } },
};
static struct policy_caller asked[] = { { SLICE("*"), ALL(asking) } };
static struct policy_rule everybodys[] = { RULE("/wild-only", "GET") };
static struct policy_rule denied_bob[] = { RULE("/only", "GET") };
static struct policy_rule denied_all[] = {
	RULE("/blocked", "GET"),
	RULE("/fallback", "POST"),
	RULE("/tree/**", "GET"), RULE("/tree/**", "POST"),
	RULE("/head", "HEAD"),
	RULE("/wild-only/denied", "GET"),
};
#undef RULE
static struct policy_caller allowed_some[] = {
	{ SLICE("alice"), ALL(alices) },
	{ SLICE("*"), ALL(everybodys) },
};
static struct policy_caller allowed_alice[] = { { SLICE("alice"), ALL(alices) } };
static struct policy_caller denied[] = {
	{ SLICE("bob"), ALL(denied_bob) },
	{ SLICE("*"), ALL(denied_all) },
};
#define TO .destination = SLICE("http://127.0.0.1:1")
static struct integration integrations[] = {
	{ .name = SLICE("open"), TO },
	{ .name = SLICE("some"), TO, .allow_listed = true, .allow = ALL(allowed_some) },
	{ .name = SLICE("alice"), TO, .allow_listed = true, .allow = ALL(allowed_alice) },
	{ .name = SLICE("asks"), TO, .allow_listed = true, .allow = ALL(asked) },
	{ .name = SLICE("denied"), TO, .deny = ALL(denied) },
	{ .name = SLICE("both"), TO, .allow_listed = true, .allow = ALL(allowed_some),
	  .deny = ALL(denied) },
};
/* clang-format on */

static int stage_open(void **state)
{
	static struct worker_fixture fixture;

	worker_fixture_open(&fixture, LIST_OF(integrations));
	*state = &fixture;
	return 0;
}

static int stage_close(void **state)
{
	worker_fixture_close(*state);
	return 0;
}

static struct request *request_of(struct worker_fixture *fixture, const char *integration,
	const char *caller, const char *method, const char *path)
{
	struct request *req = request_new(&fixture->worker);

	req->route = routes_find(fixture->worker.routes, slice_of(integration));
	assert_non_null(req->route);
	req->caller_id = slice_of(caller);
	req->in.method = slice_of(method);
	req->in.path = req->in.decoded_path = slice_of(path);
	return req;
}

/* What becomes of it; ANSWER_NONE is that it goes on. */
static enum answer_kind judge(struct worker_fixture *fixture, const char *integration,
	const char *caller, const char *method, const char *path)
{
	struct request *req = request_of(fixture, integration, caller, method, path);
	enum go go = step_rules(req);
	enum answer_kind kind = req->answer.kind;

	assert_int_equal(go, kind == ANSWER_NONE ? GO_ON : GO_ANSWER);
	request_drop(req);
	return kind;
}

struct row {
	const char *integration, *caller, *method, *path;
	enum answer_kind answer;
};

static void judge_all(struct worker_fixture *fixture, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		enum answer_kind answer =
			judge(fixture, row->integration, row->caller, row->method, row->path);

		if (answer != row->answer) {
			fail_msg("%s: %s %s by %s: %d, wanted %d", row->integration, row->method,
				row->path, row->caller, answer, row->answer);
		}
	}
}

#define JUDGE_ALL(fixture, rows) judge_all((fixture), (rows), sizeof(rows) / sizeof(*(rows)))

static void a_listed_caller_has_its_own_rules_only(void **state)
{
	static const struct row rows[] = {
		{ "some", "alice", "GET", "/alice-only", ANSWER_NONE },
		{ "some", "alice", "GET", "/wild-only", ANSWER_not_allowed },
		{ "some", "bob", "GET", "/wild-only", ANSWER_NONE },
		{ "some", "bob", "GET", "/alice-only", ANSWER_not_allowed },
		{ "some", "*", "GET", "/wild-only", ANSWER_NONE },
		{ "some", "*", "GET", "/alice-only", ANSWER_not_allowed },
		{ "some", "Alice", "GET", "/alice-only", ANSWER_not_allowed },
		{ "some", "alic", "GET", "/alice-only", ANSWER_not_allowed },
		{ "alice", "bob", "GET", "/alice-only", ANSWER_not_allowed },
		{ "alice", "*", "GET", "/alice-only", ANSWER_not_allowed },
	};

	JUDGE_ALL(*state, rows);
}

static void path_and_method_must_both_be_right(void **state)
{
	static const struct row rows[] = {
		{ "some", "alice", "POST", "/alice-only", ANSWER_not_allowed },
		{ "some", "alice", "get", "/alice-only", ANSWER_not_allowed },
		{ "some", "alice", "GET", "/alice-only/", ANSWER_NONE },
		{ "some", "alice", "GET", "/alice-only/x", ANSWER_not_allowed },
		{ "some", "alice", "GET", "/Alice-only", ANSWER_not_allowed },
		{ "some", "alice", "GET", "/", ANSWER_not_allowed },
		{ "some", "alice", "PUT", "/files", ANSWER_NONE },
		{ "some", "alice", "PUT", "/files/a/b/c", ANSWER_NONE },
		{ "some", "alice", "DELETE", "/files/a/name", ANSWER_NONE },
		{ "some", "alice", "DELETE", "/files/a/b/name", ANSWER_not_allowed },
	};

	JUDGE_ALL(*state, rows);
}

/* What GET may do tells nothing of HEAD here: nobody has said that it may. */
static void an_allowed_get_allows_no_head(void **state)
{
	assert_int_equal(judge(*state, "some", "alice", "HEAD", "/alice-only"), ANSWER_not_allowed);
}

static void without_a_list_all_is_open_unless_the_default_is_to_deny(void **state)
{
	struct worker_fixture *fixture = *state;

	assert_int_equal(judge(fixture, "open", "*", "GET", "/any"), ANSWER_NONE);
	assert_int_equal(judge(fixture, "denied", "*", "GET", "/any"), ANSWER_NONE);
	fixture->snapshot.settings.default_deny = true;
	assert_int_equal(judge(fixture, "open", "*", "GET", "/any"), ANSWER_not_allowed);
	assert_int_equal(judge(fixture, "denied", "*", "GET", "/any"), ANSWER_not_allowed);
	assert_int_equal(judge(fixture, "denied", "*", "GET", "/blocked"), ANSWER_denied);
	assert_int_equal(judge(fixture, "some", "alice", "GET", "/alice-only"), ANSWER_NONE);
}

static void the_denylist_holds_for_the_caller_and_for_everybody(void **state)
{
	static const struct row rows[] = {
		{ "denied", "bob", "GET", "/only", ANSWER_denied },
		{ "denied", "bob", "POST", "/fallback", ANSWER_denied },
		{ "denied", "bob", "POST", "/only", ANSWER_NONE },
		{ "denied", "ann", "GET", "/only", ANSWER_NONE },
		{ "denied", "ann", "GET", "/blocked", ANSWER_denied },
		{ "denied", "*", "GET", "/blocked", ANSWER_denied },
		{ "denied", "*", "GET", "/only", ANSWER_NONE },
		{ "denied", "*", "POST", "/tree/a/b", ANSWER_denied },
		{ "denied", "*", "DELETE", "/tree/a/b", ANSWER_NONE },
	};

	JUDGE_ALL(*state, rows);
}

/* security.md C2: the head of an answer tells nearly as much as the answer. */
static void a_denied_get_denies_head(void **state)
{
	static const struct row rows[] = {
		{ "denied", "*", "HEAD", "/blocked", ANSWER_denied },
		{ "denied", "bob", "HEAD", "/only", ANSWER_denied },
		{ "denied", "*", "HEAD", "/head", ANSWER_denied },
		{ "denied", "*", "GET", "/head", ANSWER_NONE },
		{ "denied", "*", "HEAD", "/fallback", ANSWER_NONE },
	};

	JUDGE_ALL(*state, rows);
}

static void the_denylist_comes_before_the_allowlist(void **state)
{
	static const struct row rows[] = {
		{ "both", "bob", "GET", "/wild-only", ANSWER_NONE },
		{ "both", "bob", "GET", "/wild-only/denied", ANSWER_denied },
		{ "both", "bob", "GET", "/other", ANSWER_not_allowed },
		{ "both", "bob", "GET", "/only", ANSWER_denied },
	};

	JUDGE_ALL(*state, rows);
}

/* F31: the rule is for the log; the reference tells it to the caller. */
static void who_is_denied_learns_the_rule_in_compat_only(void **state)
{
	struct worker_fixture *fixture = *state;
	struct request *req = request_of(fixture, "denied", "bob", "POST", "/fallback");

	assert_int_equal(step_rules(req), GO_ANSWER);
	assert_int_equal(req->answer.status, 403);
	expect_text(req->answer.reason, "denylist match");
	expect_text(req->answer.text, "Forbidden: denylist match");
	expect_text(req->answer.detail, "denylist matched caller * POST /fallback");
	request_drop(req);

	fixture->snapshot.settings.compat = true;
	req = request_of(fixture, "denied", "bob", "GET", "/only");
	assert_int_equal(step_rules(req), GO_ANSWER);
	expect_text(req->answer.reason, "denylist matched caller bob GET /only");
	expect_text(req->answer.text, "Forbidden: denylist matched caller bob GET /only");
	request_drop(req);
}

/* The answer to a request with this query, in the words that are for the caller and the log. */
static void expect_told(struct worker_fixture *fixture, const char *query, int status,
	const char *reason, const char *text, const char *detail)
{
	struct request *req = request_of(fixture, "asks", "bob", "GET", "/query");

	req->in.arena = req->arena;
	req->in.query = slice_of(query);
	assert_int_equal(step_rules(req), GO_ANSWER);
	assert_int_equal(req->answer.status, status);
	assert_int_equal(req->answer.refusal, REFUSAL_constraint_failure);
	expect_slice(req->answer.reason, slice_of(reason));
	expect_slice(req->answer.text, slice_of(text));
	expect_slice(req->answer.detail, slice_of(detail));
	request_drop(req);
}

static void what_is_asked_for_is_told_in_compat_only(void **state)
{
	struct worker_fixture *fixture = *state;

	expect_told(fixture, "team=dev", 403, "constraint failed", "Forbidden: constraint failed",
		"missing query param team=ops (allowlist.yaml:3:7)");
	expect_told(fixture, "team=ops;x", 400, "ambiguous request",
		"Bad Request: ambiguous request",
		"ambiguous query: a semicolon (allowlist.yaml:3:7)");
	fixture->snapshot.settings.compat = true;
	expect_told(fixture, "team=dev", 403, "missing query param team=ops",
		"Forbidden: missing query param team=ops",
		"missing query param team=ops (allowlist.yaml:3:7)");
}

static void a_body_that_nobody_kept_is_not_let_through(void **state)
{
	struct request *req = request_of(*state, "asks", "bob", "POST", "/body");

	req->in.arena = req->arena;
	req->in.body = BODY_CHUNKED;
	message_add_header(&req->in, SLICE("Content-Type"), SLICE("application/json"));
	assert_int_equal(step_rules(req), GO_ANSWER);
	assert_int_equal(req->answer.status, 403);
	expect_text(req->answer.detail, "error reading body");
	request_drop(req);
}

static void a_path_of_very_many_segments_is_judged_like_any(void **state)
{
	struct worker_fixture *fixture = *state;
	char path[2 * 1000 + 1];

	for (size_t i = 0; i < 1000; i++) {
		memcpy(path + 2 * i, "/a", 2);
	}
	path[2000] = '\0';
	assert_int_equal(judge(fixture, "some", "alice", "PUT", path), ANSWER_not_allowed);
	memcpy(path, "/files", 6);
	assert_int_equal(judge(fixture, "some", "alice", "PUT", path), ANSWER_NONE);
	memcpy(path, "/tree/", 6);
	assert_int_equal(judge(fixture, "denied", "alice", "POST", path), ANSWER_denied);
}

/* security.md F8c: there are servers that route by what stands before the ';'. What is allowed is
 * allowed as it is written. */
static void parameters_hide_no_path_from_a_rule_that_denies(void **state)
{
	static const struct row rows[] = {
		{ "denied", "*", "GET", "/blocked;x=1", ANSWER_denied },
		{ "denied", "*", "GET", "/blocked;", ANSWER_denied },
		{ "denied", "*", "GET", "/blocked;a;b", ANSWER_denied },
		{ "denied", "*", "GET", "/blocked/;x", ANSWER_denied },
		{ "denied", "*", "HEAD", "/blocked;x", ANSWER_denied },
		{ "denied", "bob", "GET", "/only;x", ANSWER_denied },
		{ "denied", "ann", "GET", "/only;x", ANSWER_NONE },
		{ "denied", "*", "GET", "/tree;a/b;c", ANSWER_denied },
		{ "denied", "*", "GET", "/wild-only;a/denied", ANSWER_denied },
		{ "denied", "*", "GET", "/blocked2;x", ANSWER_NONE },
		{ "denied", "*", "GET", "/block;ed", ANSWER_NONE },
		{ "denied", "*", "GET", "/;x/blocked", ANSWER_NONE },
		{ "denied", "*", "GET", "/x;/blocked", ANSWER_NONE },
		{ "denied", "*", "GET", "/", ANSWER_NONE },
		{ "some", "alice", "GET", "/alice-only;x", ANSWER_not_allowed },
		{ "some", "alice", "GET", "/alice-only/;x", ANSWER_not_allowed },
		{ "some", "alice", "PUT", "/files/a;x", ANSWER_NONE },
		{ "both", "bob", "GET", "/wild-only/denied;x", ANSWER_denied },
	};

	JUDGE_ALL(*state, rows);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_listed_caller_has_its_own_rules_only),
		STORY(path_and_method_must_both_be_right),
		STORY(an_allowed_get_allows_no_head),
		STORY(without_a_list_all_is_open_unless_the_default_is_to_deny),
		STORY(the_denylist_holds_for_the_caller_and_for_everybody),
		STORY(a_denied_get_denies_head),
		STORY(the_denylist_comes_before_the_allowlist),
		STORY(who_is_denied_learns_the_rule_in_compat_only),
		STORY(what_is_asked_for_is_told_in_compat_only),
		STORY(a_body_that_nobody_kept_is_not_let_through),
		STORY(a_path_of_very_many_segments_is_judged_like_any),
		STORY(parameters_hide_no_path_from_a_rule_that_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
