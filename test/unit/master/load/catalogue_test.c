/* catalogue_test.c - every capability comes to the rules of the reference, or is refused in its
 * words; and what an operator adds is checked. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "master/load/catalogue.h"
#include "master/load/untyped.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

/* A folder of the operator's own, for one test. */
struct fixture {
	struct arena *arena;
	struct catalogue catalogue;
	char folder[64];
	struct note why;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->arena = arena_new("test", 64 * 1024);
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/catalogue.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	*state = f;
	return 0;
}

static void write_own(const struct fixture *f, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int teardown(void **state)
{
	static const char *const names[] = { "one.yaml", "two.yaml", ".hidden.yaml", "text.txt" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/%s", f->folder, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(f->folder), 0);
	arena_free(&f->arena);
	free(f);
	return 0;
}

static struct value value_of(struct arena *arena, const char *text)
{
	const struct yaml *yaml;
	struct note why;
	struct value value;

	assert_int_equal(yaml_read(slice_of(text), "test", arena, &yaml, &why), 0);
	untyped_read(yaml, arena, &value);
	return value;
}

static int expand(struct fixture *f, const char *integration, const char *capability,
	const char *params, bool compat, struct list *rules)
{
	struct value given = value_of(f->arena, params);

	return catalogue_expand(&f->catalogue, slice_of(integration), slice_of(capability), &given,
		compat, f->arena, rules, &f->why);
}

/* What the reference is given before it looks for parameters that it does not know. */
static json_t *declared_params(const json_t *row)
{
	json_t *params = json_object(), *given = json_object_get(row, "params");
	const json_t *declared = json_object_get(row, "declared_params");

	for (size_t i = 0; i < json_array_size(declared); i++) {
		const char *name = json_string_value(json_array_get(declared, i));

		if (json_object_get(given, name) != NULL) {
			(void)json_object_set(params, name, json_object_get(given, name));
		}
	}
	return params;
}

/* One method of the reference's rules against one rule of ours. */
static void expect_rule(struct vectors *rows, struct arena *arena, const json_t *wanted,
	const json_t *method, const struct policy_rule *rule)
{
	json_t *body = json_object_get(method, "body");
	char *text = body == NULL ? NULL : json_dumps(body, JSON_ENCODE_ANY);

	vectors_expect_slice(
		rows, rule->path, slice_of(json_string_value(json_object_get(wanted, "path"))));
	vectors_expect_slice(
		rows, rule->method, slice_of(json_string_value(json_object_get(method, "method"))));
	vectors_expect(rows, rule->headers.count == 0 && rule->query.count == 0);
	vectors_expect(rows, rule->has_body == (text != NULL));
	if (text != NULL) {
		struct value value = value_of(arena, text);

		vectors_expect(rows, value_equal(&rule->body, &value));
		free(text);
	}
}

static void expect_rules(struct vectors *rows, struct arena *arena, const struct list *rules)
{
	const json_t *wanted = json_object_get(rows->row, "rules");
	size_t at = 0;

	for (size_t i = 0; i < json_array_size(wanted); i++) {
		const json_t *rule = json_array_get(wanted, i);
		const json_t *methods = json_object_get(rule, "methods");

		for (size_t m = 0; m < json_array_size(methods); m++) {
			vectors_expect(rows, at < rules->count);
			expect_rule(rows, arena, rule, json_array_get(methods, m),
				LIST_AT(*rules, struct policy_rule, at++));
		}
	}
	vectors_expect(rows, at == rules->count);
}

static void capabilities_come_to_the_rules_of_the_reference(void **state)
{
	struct arena *arena = arena_new("test", 64 * 1024);
	struct catalogue catalogue;
	struct vectors rows;
	struct note why;

	assert_int_equal(catalogue_read(NULL, arena, &catalogue, &why), 0);
	vectors_open(&rows, *state, "capabilities");
	while (vectors_next(&rows)) {
		struct slice error = vectors_text(&rows, "error");
		json_t *declared = declared_params(rows.row);
		char *text = json_dumps(declared, 0);
		struct value params = value_of(arena, text);
		struct list rules = { NULL, 0 };
		int err = catalogue_expand(&catalogue, vectors_text(&rows, "integration"),
			vectors_text(&rows, "capability"), &params, true, arena, &rules, &why);

		vectors_expect(&rows, (err < 0) == (error.at != NULL));
		if (err < 0) {
			vectors_expect(&rows, slice_ends_with(slice_of(why.text), error));
		} else {
			expect_rules(&rows, arena, &rules);
		}
		free(text);
		json_decref(declared);
	}
	assert_int_equal(rows.count, 167);
	arena_free(&arena);
}

static void names_are_looked_up_in_their_order(void **state)
{
	struct fixture *f = *state;
	struct list rules;

	assert_int_equal(catalogue_read("", f->arena, &f->catalogue, &f->why), 0);
	assert_int_equal(expand(f, "slack2", "post_as", "{username: bot}", false, &rules), -ENOENT);
	assert_string_equal(f->why.text, "unknown capability post_as");
	assert_int_equal(
		expand(f, "slack2", "dangerously_allow_full_access", "", false, &rules), 0);
	assert_int_equal(rules.count, 7);
	assert_int_equal(expand(f, "slack", "Post_As", "{username: bot}", false, &rules), -ENOENT);
	assert_int_equal(
		expand(f, "slack", "post_as", "{username: bot, x: 1}", false, &rules), -EINVAL);
	assert_string_equal(f->why.text, "unknown param x for capability post_as");
	assert_int_equal(expand(f, "github", "comment", "{repo: 7}", false, &rules), -EINVAL);
	assert_string_equal(
		f->why.text, "invalid params for capability comment: repo parameter required");
}

/* What is part of a path is what it seems, unless somebody migrates. */
static void a_parameter_opens_no_other_path(void **state)
{
	static const char *const odd[] = { "*/r", "o/**", "/o/r/", "o//r", "..", "../x", "o/.",
		"/" };
	struct fixture *f = *state;
	struct list rules;

	assert_int_equal(catalogue_read(NULL, f->arena, &f->catalogue, &f->why), 0);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		char params[64];

		(void)snprintf(params, sizeof(params), "{repo: \"%s\"}", odd[i]);
		assert_int_equal(expand(f, "github", "comment", params, false, &rules), -EINVAL);
		assert_non_null(strstr(f->why.text, "invalid params for capability comment: repo"));
		assert_int_equal(expand(f, "github", "comment", params, true, &rules), 0);
	}
	assert_int_equal(expand(f, "github", "comment", "{repo: o/r.*}", false, &rules), 0);
	expect_text(LIST_AT(rules, struct policy_rule, 0)->path, "/repos/o/r.*/issues/*/comments");
}

static void an_operator_adds_and_replaces(void **state)
{
	struct fixture *f = *state;
	const struct catalogue_integration *in;
	struct list rules;

	write_own(f, "one.yaml",
		"integration: Slack\n"
		"capabilities:\n"
		"  - name: react\n"
		"    params: [{name: emoji, kind: list}]\n"
		"    rules:\n"
		"      - path: /api/reactions.<emoji>\n"
		"        methods: {post: {headers: {X-Emoji: [<emoji>, b]}, query: {e: [e-<emoji>]}}}\n"
		"  - name: post_as\n"
		"    rules: [{path: /other, methods: {PUT: {}}}]\n");
	write_own(f, "two.yaml", "integration: wiki\ndestination: https://wiki.internal\n");
	write_own(f, ".hidden.yaml", "nonsense");
	write_own(f, "text.txt", "nonsense");
	assert_int_equal(catalogue_read(f->folder, f->arena, &f->catalogue, &f->why), 0);
	in = catalogue_find(&f->catalogue, SLICE("slack"));
	assert_non_null(in);
	expect_text(in->destination, "https://slack.com/");
	assert_int_equal(in->capabilities.count, 4);
	assert_int_equal(expand(f, "slack", "react", "{emoji: [up, down]}", false, &rules), 0);
	assert_int_equal(rules.count, 2);
	expect_text(LIST_AT(rules, struct policy_rule, 1)->path, "/api/reactions.down");
	expect_text(LIST_AT(rules, struct policy_rule, 1)->method, "POST");
	in = catalogue_find(&f->catalogue, SLICE("wiki"));
	assert_non_null(in);
	assert_int_equal(in->in_rate_limit, 100);
	assert_int_equal(expand(f, "slack", "react", "{emoji: [1]}", false, &rules), -EINVAL);
	assert_string_equal(
		f->why.text, "invalid params for capability react: emoji parameter required");
	assert_int_equal(expand(f, "slack", "post_as", "", false, &rules), 0);
	expect_text(LIST_AT(rules, struct policy_rule, 0)->path, "/other");
}

static void what_an_operator_adds_is_checked(void **state)
{
	static const struct {
		const char *text, *note;
	} rows[] = {
		{ "destination: http://x\n", "one.yaml:1:1: missing integration" },
		{ "integration: a b\n", "one.yaml:1:14: integration a b has invalid name" },
		{ "integration: a\ndestnation: x\n", "one.yaml:2:1: unknown field \"destnation\"" },
		{ "integration: a\nflags: [{name: token}]\n", "missing destination" },
		{ "integration: a\ndestination: http://<host>\n",
			"one.yaml:2:14: nothing stands for <host>: there is no flag" },
		{ "integration: a\ndestination: http://x\n"
		  "outgoing_auth: [{type: token, params: {secrets: [<t>]}}]\n",
			"one.yaml:3:39: nothing stands for <t>" },
		{ "integration: a\ndestination: http://x\noutgoing_auth: [{params: {}}]\n",
			"an auth plugin needs a type" },
		{ "integration: a\ndestination: http://x\nflags: [{name: name}]\n",
			"one.yaml:3:16: flag \"name\" has invalid name" },
		{ "integration: a\ndestination: http://x\nflags: [{name: t}, {name: t}]\n",
			"one.yaml:3:27: duplicate flag t" },
		{ "integration: a\ndestination: http://x\noptions: {max_idle: 1}\n",
			"\"max_idle\" is no option of an integration" },
		{ "integration: a\ncapabilities: [{name: c}]\n",
			"one.yaml:2:23: capability \"c\" needs a name and rules" },
		{ "integration: a\ncapabilities: [&c {name: c, rules: [{path: /, methods: {GET: }}]}, "
		  "*c]\n",
			"duplicate capability c" },
		{ "integration: a\ncapabilities: [{name: c, rules: [{path: /, methods: {}}]}]\n",
			"one.yaml:2:41: a rule needs a path and methods" },
		{ "integration: a\ncapabilities: [{name: c, rules: [{path: /<x>, methods: {GET: }}]}]\n",
			"one.yaml:2:41: nothing stands for <x>: there is no parameter" },
		{ "integration: a\ncapabilities: [{name: c, params: [{name: x, optional: true}], "
		  "rules: [{path: /<x>, methods: {GET: }}]}]\n",
			"an optional parameter can stand in a body only" },
		{ "integration: a\ncapabilities: [{name: c, params: [{name: x, kind: set}], "
		  "rules: [{path: /, methods: {GET: }}]}]\n",
			"one.yaml:2:51: kind \"set\" is unknown" },
		{ "integration: a\ncapabilities: [{name: c, rules: [{path: /, methods: {G T: }}]}]\n",
			"invalid method \"G T\"" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		write_own(f, "one.yaml", rows[i].text);
		assert_true(catalogue_read(f->folder, f->arena, &f->catalogue, &f->why) < 0);
		if (strstr(f->why.text, rows[i].note) == NULL) {
			fail_msg("%s\nnot: %s", f->why.text, rows[i].note);
		}
	}
	write_own(f, "one.yaml", "integration: a\n");
	write_own(f, "two.yaml", "integration: A\n");
	assert_true(catalogue_read(f->folder, f->arena, &f->catalogue, &f->why) < 0);
	assert_non_null(strstr(f->why.text, "two.yaml: integration a stands in another file"));
	assert_int_equal(catalogue_read("/nowhere", f->arena, &f->catalogue, &f->why), -ENOENT);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(
			capabilities_come_to_the_rules_of_the_reference, argv[argc - 1]),
		cmocka_unit_test_setup_teardown(
			names_are_looked_up_in_their_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_parameter_opens_no_other_path, setup, teardown),
		cmocka_unit_test_setup_teardown(an_operator_adds_and_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(what_an_operator_adds_is_checked, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
