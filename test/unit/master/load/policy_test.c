/* policy_test.c - allowlist and denylist: who gets which rules, and what is refused. */

#include "master/load/plan.h"
#include "test/lib/expect.h"

static int read(struct plan *plan, const char *text, const char *name,
	int (*add)(struct plan *plan, struct document *document, struct note *why),
	struct note *why)
{
	struct document document;
	int err = document_open(&document, slice_of(text), name, plan->arena, plan->slots, why);

	return err < 0 ? err : add(plan, &document, why);
}

static int open_plan(void **state)
{
	struct arena *arena = arena_new("test", 64 * 1024);
	struct plan *plan = arena_make(arena, struct plan);
	struct note why;

	plan_init(plan, arena);
	assert_int_equal(read(plan,
				 "integrations:\n- &a {name: Slack, destination: http://a}\n"
				 "- {<<: *a, name: github}\n",
				 "config.yaml", plan_config, &why),
		0);
	*state = plan;
	return 0;
}

static int close_plan(void **state)
{
	struct arena *arena = ((struct plan *)*state)->arena;

	arena_free(&arena);
	return 0;
}

static void expect_allowed(struct plan *plan, const char *text)
{
	struct note why = { "" };

	if (read(plan, text, "allowlist.yaml", plan_allowlist, &why) != 0) {
		fail_msg("%s", why.text);
	}
}

static void expect_denied(struct plan *plan, const char *text)
{
	struct note why = { "" };

	if (read(plan, text, "denylist.yaml", plan_denylist, &why) != 0) {
		fail_msg("%s", why.text);
	}
}

static void expect_no_allowlist(const char *text, const char *wanted)
{
	struct note why = { "" };
	void *plan;

	(void)open_plan(&plan);
	assert_true(read(plan, text, "allowlist.yaml", plan_allowlist, &why) < 0);
	assert_string_equal(why.text, wanted);
	(void)close_plan(&plan);
}

static void expect_no_denylist(const char *text, const char *wanted)
{
	struct note why = { "" };
	void *plan;

	(void)open_plan(&plan);
	assert_true(read(plan, text, "denylist.yaml", plan_denylist, &why) < 0);
	assert_string_equal(why.text, wanted);
	(void)close_plan(&plan);
}

static const struct integration *slack(const struct plan *plan)
{
	return LIST_AT(plan->integrations, struct integration, 0);
}

/* "path METHOD METHOD; path METHOD" of a caller. */
static void expect_rules(
	struct plan *plan, const struct policy_caller *caller, const char *id, const char *wanted)
{
	struct slice all = { NULL, 0 };

	expect_slice(caller->id, slice_of(id));
	for (size_t i = 0; i < caller->rules.count; i++) {
		const struct policy_rule *rule = LIST_AT(caller->rules, struct policy_rule, i);

		all = arena_join(plan->arena, all, i == 0 ? SLICE("") : SLICE("; "));
		all = arena_join(plan->arena, all, rule->path);
		for (size_t m = 0; m < rule->methods.count; m++) {
			all = arena_join(plan->arena, all, SLICE(" "));
			all = arena_join(
				plan->arena, all, *LIST_AT(rule->methods, struct slice, m));
		}
	}
	expect_slice(all, slice_of(wanted));
}

static void callers_get_their_rules(void **state)
{
	struct plan *plan = *state;
	const struct policy_caller *callers;

	expect_allowed(plan,
		"- integration: SLACK\n"
		"  callers:\n"
		"  - id: alice\n"
		"    rules:\n"
		"    - path: ' /api/* '\n"
		"      methods: {' get ': {}, Post: }\n"
		"    - {path: x/, methods: {FOO: {query: {}, headers: null, body: {}}}}\n"
		"  - rules: [{path: '**', methods: {GET: }}]\n"
		"    capabilities: [{name: dangerously_allow_full_access, params: {}}]\n"
		"  - {id: 5, capabilities: [{name: dangerously_allow_full_access}]}\n"
		"- integration: github\n");
	assert_true(slack(plan)->allow_listed);
	assert_int_equal(slack(plan)->allow.count, 3);
	callers = slack(plan)->allow.items;
	expect_rules(plan, &callers[0], "alice", "/api/* GET POST; x/ FOO");
	expect_rules(plan, &callers[1], "*", "** GET; /** DELETE GET HEAD OPTIONS PATCH POST PUT");
	expect_rules(plan, &callers[2], "5", "/** DELETE GET HEAD OPTIONS PATCH POST PUT");
	assert_false(LIST_AT(plan->integrations, struct integration, 1)->allow_listed);
}

static void denied_callers_need_no_rules(void **state)
{
	struct plan *plan = *state;
	const struct policy_caller *callers;

	expect_denied(plan, "[{integration: slack, callers: [{id: a}, {rules: [{path: /x, methods: "
			    "{get: }}, {path: x/, methods: {GET: }}]}]}]");
	assert_int_equal(slack(plan)->deny.count, 2);
	assert_false(slack(plan)->allow_listed);
	callers = slack(plan)->deny.items;
	expect_rules(plan, &callers[0], "a", "");
	expect_rules(plan, &callers[1], "*", "/x GET; x/ GET");
}

/* Without its constraints an allow rule would allow more, and a deny rule deny more; neither is
 * what is written there. */
static void a_rule_that_would_not_be_enforced_is_refused(void **state)
{
	static const char *const constraints[] = { "headers: {A: [b]}", "query: {a: [1, true]}",
		"body: {a: 1}", "query: {a: []}" };
	struct arena *arena = arena_new("test", 1024);

	(void)state;
	for (size_t i = 0; i < sizeof(constraints) / sizeof(*constraints); i++) {
		struct slice text = arena_printf(arena,
			"- integration: slack\n"
			"  callers:\n"
			"  - {id: c, rules: [{path: /x, methods: {GET: , PUT: {%s}}}]}\n",
			constraints[i]);

		expect_no_allowlist(text.at,
			"allowlist.yaml:3:49: integration slack: caller \"c\" rule 0 has constraints "
			"on headers, query or body; they are not enforced by this version, so the rule "
			"is refused rather than loosened");
		expect_no_denylist(text.at,
			"denylist.yaml:3:49: integration slack: caller c rule 0 has constraints on "
			"headers, query or body; they are not enforced by this version, so the rule is "
			"refused rather than loosened");
	}
	arena_free(&arena);
}

static void capabilities_of_a_later_version_are_refused(void **state)
{
	(void)state;
	expect_no_allowlist("[{integration: slack, callers: [{capabilities: [{name: post_as}]}]}]",
		"allowlist.yaml:1:56: integration slack: unknown capability post_as (this version "
		"has dangerously_allow_full_access only)");
	expect_no_allowlist("[{integration: slack, callers: [{capabilities: [{name: "
			    "dangerously_allow_full_access, params: {x: 1}}]}]}]",
		"allowlist.yaml:1:96: integration slack: unknown param x for capability "
		"dangerously_allow_full_access");
}

static void an_entry_without_its_integration_is_refused(void **state)
{
	(void)state;
	expect_no_allowlist("[{integration: slak, callers: []}]",
		"allowlist.yaml:1:16: integration slak is not in the configuration");
	expect_no_denylist("[{integration: slack}, {integration: b}]",
		"denylist.yaml:1:38: integration b is not in the configuration");
}

static void what_is_wrong_has_its_place(void **state)
{
	(void)state;
	expect_no_allowlist("- {integration: a, integratoin: b}\n- {caller: []}",
		"allowlist.yaml:1:20: unknown field \"integratoin\", did you mean \"integration\"? "
		"(allowed here: integration, callers); "
		"allowlist.yaml:2:4: unknown field \"caller\", did you mean \"callers\"?");
	expect_no_denylist("[{integration: slack, callers: [{capabilities: []}]}]",
		"denylist.yaml:1:34: unknown field \"capabilities\" (allowed here: id, rules)");
	expect_no_allowlist("[{integration: slack, callers: [{rules: [{path: /, methods: {GET: "
			    "{query: {a: 1}}}}]}]}]",
		"allowlist.yaml:1:79: this is a number, a list of text is wanted");
	expect_no_allowlist("[{integration: slack, callers: [{rules: [{path: /, methods: {\"G T\": "
			    "}}]}]}]",
		"allowlist.yaml:1:62: integration slack: caller \"*\" rule 0 invalid method \"G T\"");
	expect_no_denylist("[{integration: slack, callers: [{id: c, rules: [{path: /x, methods: "
			   "{GET: }},\n {path: ' /x ', methods: {get: }}]}]}]",
		"denylist.yaml:2:27: integration slack: duplicate rule for caller c path \"/x\" "
		"method GET (rule 1)");
	expect_no_allowlist("[{integration: slack, callers: [{id: c, rules: [{path: /x, methods: "
			    "{GET: }},\n {path: //x/./, methods: {get: }}]}]}]",
		"allowlist.yaml:2:27: integration slack: duplicate rule for caller \"c\" path "
		"\"//x/./\" method GET");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_plan, close_plan)
	const struct CMUnitTest tests[] = {
		TEST(callers_get_their_rules),
		TEST(denied_callers_need_no_rules),
		cmocka_unit_test(a_rule_that_would_not_be_enforced_is_refused),
		cmocka_unit_test(capabilities_of_a_later_version_are_refused),
		cmocka_unit_test(an_entry_without_its_integration_is_refused),
		cmocka_unit_test(what_is_wrong_has_its_place),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
