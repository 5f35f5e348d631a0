/* policy_test.c - allowlist and denylist: who gets which rules, and what is refused. */

#include "master/load/catalogue.h"
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
	struct catalogue *catalogue = arena_make(arena, struct catalogue);
	struct note why;

	plan_init(plan, arena);
	plan->catalogue = catalogue;
	assert_int_equal(catalogue_read(NULL, arena, catalogue, &why), 0);
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

/* "path METHOD; path METHOD" of a caller. */
static void expect_rules(
	struct plan *plan, const struct policy_caller *caller, const char *id, const char *wanted)
{
	struct slice all = { NULL, 0 };

	expect_slice(caller->id, slice_of(id));
	for (size_t i = 0; i < caller->rules.count; i++) {
		const struct policy_rule *rule = LIST_AT(caller->rules, struct policy_rule, i);

		all = arena_printf(plan->arena, SLICE_FMT "%s" SLICE_FMT " " SLICE_FMT,
			SLICE_ARG(all), i == 0 ? "" : "; ", SLICE_ARG(rule->path),
			SLICE_ARG(rule->method));
	}
	expect_slice(all, slice_of(wanted));
}

#define FULL "/** DELETE; /** GET; /** HEAD; /** OPTIONS; /** PATCH; /** POST; /** PUT"

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
	expect_rules(plan, &callers[0], "alice", "/api/* GET; /api/* POST; x/ FOO");
	expect_rules(plan, &callers[1], "*", "** GET; " FULL);
	expect_rules(plan, &callers[2], "5", FULL);
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

/* One value of what a rule asks for besides. */
static struct slice first_value(const struct list *values)
{
	return *LIST_AT(LIST_AT(*values, struct policy_values, 0)->values, struct slice, 0);
}

static void a_rule_keeps_its_constraints_and_its_place(void **state)
{
	struct plan *plan = *state;
	const struct policy_rule *rules;

	expect_allowed(plan, "- integration: slack\n"
			     "  callers:\n"
			     "  - id: c\n"
			     "    rules:\n"
			     "    - path: /x\n"
			     "      methods:\n"
			     "        GET: {headers: {A: [b]}, query: {q: [1, true], r: []}}\n"
			     "        post: {body: {a: [1.50]}, headers: null}\n"
			     "        PUT: {body: {}}\n");
	rules = LIST_AT(slack(plan)->allow, struct policy_caller, 0)->rules.items;
	expect_text(rules[0].origin, "allowlist.yaml:7:9");
	expect_text(first_value(&rules[0].headers), "b");
	expect_text(first_value(&rules[0].query), "1");
	assert_int_equal(rules[0].query.count, 2);
	assert_false(rules[0].has_body);
	expect_text(rules[1].origin, "allowlist.yaml:8:9");
	assert_true(rules[1].has_body);
	expect_text(LIST_AT(value_find(&rules[1].body, SLICE("a"))->items, struct value, 0)->text,
		"1.50");
	assert_false(rules[2].has_body);
}

/* Rules for the same path and method that ask for something else are alternatives. */
static void what_a_rule_asks_for_makes_it_another_one(void **state)
{
	static const char *const methods[] = {
		"{GET: {body: {a: 1, b: {c: [2, 3], d: x}}}}",
		"{GET: {body: {a: 1, b: {c: [3, 2], d: x}}}}",
		"{GET: {body: {a: \"1\", b: {c: [2, 3], d: x}}}}",
		"{GET: {query: {a: [x], b: [y]}}}",
		"{GET: {headers: {a: [x], b: [y]}}}",
	};
	static const char *const same[] = {
		"{get: {body: {b: {d: x, c: [2, 3]}, a: 1}}}",
		"{GET: {query: {b: [y], a: [x]}}}",
	};
	struct plan *plan = *state;
	struct slice rules = SLICE("[{integration: slack, callers: [{id: c, rules: [");

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		rules = arena_printf(plan->arena, SLICE_FMT "{path: /x, methods: %s}, ",
			SLICE_ARG(rules), methods[i]);
	}
	expect_allowed(plan, arena_printf(plan->arena, SLICE_FMT "]}]}]", SLICE_ARG(rules)).at);
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		struct slice text = arena_printf(plan->arena,
			SLICE_FMT "\n {path: x/, methods: %s}]}]}]", SLICE_ARG(rules), same[i]);

		expect_no_allowlist(text.at,
			"allowlist.yaml:2:23: integration slack: duplicate rule for caller \"c\" "
			"path \"x/\" method GET");
	}
}

/* An allow rule would never allow, a deny rule never deny. */
static void a_body_that_can_never_match_is_refused_but_by_compat(void **state)
{
	static const char *const values[] = { "2024-01-01", "[2024-01-01]", "{b: {1: x}}", ".inf" };
	struct plan *plan = *state;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct slice text = arena_printf(plan->arena,
			"[{integration: slack, callers: [{id: c, rules: [{path: /x, methods: {PUT: "
			"{body: {a: %s}}}}]}]}]",
			values[i]);

		expect_no_allowlist(text.at,
			"allowlist.yaml:1:82: integration slack: caller \"c\" rule 0 has a value in "
			"its body that no JSON can be, such as a date without quotes");
		expect_no_denylist(text.at,
			"denylist.yaml:1:82: integration slack: caller c rule 0 has a value in its "
			"body that no JSON can be, such as a date without quotes");
		plan->compat = true;
		expect_allowed(plan, text.at);
		expect_denied(plan, text.at);
	}
}

static void capabilities_come_behind_the_rules_that_are_written(void **state)
{
	struct plan *plan = *state;
	const struct policy_caller *caller;

	expect_allowed(plan, "- integration: slack\n"
			     "  callers:\n"
			     "  - capabilities: [{name: post_as, params: {username: bot}}]\n"
			     "    rules: [{path: /x, methods: {GET: }}]\n");
	caller = LIST_AT(slack(plan)->allow, struct policy_caller, 0);
	expect_rules(plan, caller, "*", "/x GET; /api/chat.postMessage POST");
	expect_text(LIST_AT(caller->rules, struct policy_rule, 1)->origin,
		"capability post_as at allowlist.yaml:3:27");
}

static void a_capability_that_is_none_or_misused_is_refused(void **state)
{
	(void)state;
	expect_no_allowlist("[{integration: github, callers: [{capabilities: [{name: post_as}]}]}]",
		"allowlist.yaml:1:57: integration github: unknown capability post_as");
	expect_no_allowlist("[{integration: slack, callers: [{capabilities: [{name: post_as}]}]}]",
		"allowlist.yaml:1:56: integration slack: invalid params for capability post_as: "
		"username required");
	expect_no_allowlist("[{integration: slack, callers: [{capabilities: [{name: "
			    "dangerously_allow_full_access, params: {x: 1}}]}]}]",
		"allowlist.yaml:1:56: integration slack: unknown param x for capability "
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
		TEST(a_rule_keeps_its_constraints_and_its_place),
		TEST(what_a_rule_asks_for_makes_it_another_one),
		TEST(a_body_that_can_never_match_is_refused_but_by_compat),
		TEST(capabilities_come_behind_the_rules_that_are_written),
		cmocka_unit_test(a_capability_that_is_none_or_misused_is_refused),
		cmocka_unit_test(an_entry_without_its_integration_is_refused),
		cmocka_unit_test(what_is_wrong_has_its_place),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
