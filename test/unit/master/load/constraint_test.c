/* constraint_test.c - one constraint against one request, 152 times: -compat allows what the
 * reference allows, and where we are stricter there is a reason. */

#include "common/constraint.h"
#include "common/path.h"
#include "master/load/plan.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

static const char config[] = "integrations: [{name: a, destination: http://a}]";

/* Rows that are refused though the reference lets them pass. */
struct reason {
	const char *text; /* in our note */
	const char *because;
	unsigned expected, seen;
};

static struct document read_yaml(struct plan *plan, struct slice text)
{
	struct document document;
	struct note why = { "" };

	if (document_open(&document, text, "row", plan->arena, plan->slots, &why) < 0) {
		fail_msg("%s", why.text);
	}
	return document;
}

/* The constraint as the snapshot has it. */
static const struct policy_rule *rule_of(struct plan *plan, struct slice yaml)
{
	const struct slice members = slice_equal(yaml, SLICE("{}")) ? SLICE("") : yaml;
	const struct slice text = arena_printf(plan->arena,
		"- {integration: a, callers: [{id: '*', rules: [{path: /x, methods: {POST: "
		"{" SLICE_FMT "}}}]}]}",
		SLICE_ARG(members));
	struct document setting = read_yaml(plan, slice_of(config));
	struct document list = read_yaml(plan, text);
	const struct integration *integration;
	struct note why = { "" };

	if (plan_config(plan, &setting, &why) < 0 || plan_allowlist(plan, &list, &why) < 0) {
		fail_msg("%s", why.text);
	}
	integration = LIST_AT(plan->integrations, struct integration, 0);
	return LIST_AT(
		LIST_AT(integration->allow, struct policy_caller, 0)->rules, struct policy_rule, 0);
}

static struct message *message_of(const struct vectors *rows, struct arena *arena)
{
	struct message *m = arena_make(arena, struct message);
	struct slice type = vectors_text(rows, "content_type"), path;
	json_t *lines, *line;
	const char *name;
	size_t i;

	m->arena = arena;
	m->body = BODY_LENGTH;
	m->body_length = vectors_text(rows, "body").len;
	path_split_target(vectors_text(rows, "target"), &path, &m->query);
	if (type.len > 0) {
		message_add_header(m, SLICE("Content-Type"), type);
	}
	json_object_foreach(json_object_get(rows->row, "headers"), name, lines)
	{
		json_array_foreach(lines, i, line)
		{
			message_add_header(m, slice_of(name), slice_of(json_string_value(line)));
		}
	}
	return m;
}

static void expect_reason(const struct vectors *rows, const char *why, struct reason *reasons)
{
	while (reasons->text != NULL && strstr(why, reasons->text) == NULL) {
		reasons++;
	}
	if (reasons->text == NULL) {
		print_error("refused: %s\n", why);
		vectors_failed(rows, "refused for one of the reasons", __FILE__, __LINE__);
	}
	reasons->seen++;
}

/* Refusing more than the reference is fine if it is for doubt and for one of the reasons; letting
 * more pass never is. */
static void expect_row(const struct vectors *rows, bool loose, bool denies, struct reason *reasons)
{
	struct arena *arena = arena_new("test", 64 * 1024);
	struct reading reading = { .message = message_of(rows, arena),
		.has_body = true,
		.body = vectors_text(rows, "body") };
	struct slice yaml = vectors_text(rows, "constraint_yaml");
	enum judgement judged;
	struct note why = { "" };
	struct plan plan;
	bool refused, wanted;

	plan_init(&plan, arena);
	plan.compat = true; /* or rules that never match would be refused */
	judged = constraint_holds(rule_of(&plan, yaml), &reading, loose, &why);
	refused = denies ? judged != JUDGEMENT_FAILS : judged != JUDGEMENT_HOLDS;
	wanted = denies ? vectors_flag(rows, "deny_matches") : !vectors_flag(rows, "allow");
	vectors_expect(rows, refused || !wanted);
	if (refused && !wanted) {
		vectors_expect(rows, judgement_is_doubt(judged));
		expect_reason(rows, why.text, reasons);
	} else if (loose && judged == JUDGEMENT_FAILS) {
		vectors_expect_slice(rows, slice_of(why.text), vectors_text(rows, "reason"));
	}
	arena_free(&arena);
}

static void expect_all(const char *folder, bool loose, bool denies, struct reason *reasons)
{
	struct vectors rows;

	vectors_open(&rows, folder, "constraints");
	while (vectors_next(&rows)) {
		expect_row(&rows, loose, denies, reasons);
	}
	assert_int_equal(rows.count, 152);
	for (struct reason *r = reasons; r->text != NULL; r++) {
		if (r->seen != r->expected) {
			fail_msg("%s: %u rows", r->text, r->seen);
		}
	}
}

static void compat_allows_what_the_reference_allows(void **state)
{
	struct reason closed[] = {
		{ "a name stands twice", "upstreams differ in which one counts", 1, 0 },
		{ "value mismatch", "equal only when rounded to a double", 1, 0 },
		{ 0 },
	};

	expect_all(*state, true, false, closed);
}

static void strict_allows_no_more(void **state)
{
	struct reason stricter[] = {
		{ "a name stands twice", "upstreams differ in which one counts", 1, 0 },
		{ "value mismatch", "equal only when rounded to a double", 1, 0 },
		{ "has other values, too", "upstreams differ in which one counts", 3, 0 },
		{ "ambiguous query", "upstreams differ in what is a pair", 2, 0 },
		{ "missing content type", "upstreams guess", 2, 0 },
		{ "unsupported content type", "nobody has looked into the body", 10, 0 },
		{ 0 },
	};

	expect_all(*state, false, false, stricter);
}

static void denied_is_what_the_reference_denies_and_what_is_in_doubt(void **state)
{
	struct reason stricter[] = {
		{ "missing header X-A=v", "it is there, in a list", 1, 0 },
		{ "ambiguous query param", "upstreams differ in letter case", 1, 0 },
		{ "ambiguous query: a semicolon", "upstreams differ in what is a pair", 1, 0 },
		{ "ambiguous body field", "upstreams differ in letter case", 1, 0 },
		{ "value mismatch", "it is there, in a list", 1, 0 },
		{ "not array", "it is there, without a list", 1, 0 },
		{ "a name stands twice", "upstreams differ in which one counts", 1, 0 },
		{ "invalid json", "upstreams differ in what they make of it", 9, 0 },
		{ "invalid form", "upstreams differ in what they make of it", 2, 0 },
		{ "invalid rule", "a form has texts only; a number in it may be meant", 5, 0 },
		{ "missing content type", "upstreams guess", 2, 0 },
		{ "unsupported content type", "nobody has looked into the body", 18, 0 },
		{ 0 },
	};

	expect_all(*state, false, true, stricter);
}

int main(int argc, char **argv)
{
	void *folder = argv[argc - 1];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(compat_allows_what_the_reference_allows, folder),
		cmocka_unit_test_prestate(strict_allows_no_more, folder),
		cmocka_unit_test_prestate(
			denied_is_what_the_reference_denies_and_what_is_in_doubt, folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
