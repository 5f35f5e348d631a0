/* emit_test.c - values are written as the reference writes them, and can be read again. */

#include "master/edit/emit.h"
#include "master/load/untyped.h"
#include "test/lib/expect.h"

static struct value value_of(struct arena *arena, struct slice text)
{
	const struct yaml *yaml;
	struct value value;

	assert_int_equal(yaml_read(text, "test", arena, &yaml, NULL), 0);
	untyped_read(yaml, arena, &value);
	return value;
}

static void blocks_stand_in_the_columns_of_the_reference(void **state)
{
	static const char wanted[] = "- integration: slack\n"
				     "  callers:\n"
				     "    - id: bot\n"
				     "      capabilities:\n"
				     "        - name: post_as\n"
				     "          params:\n"
				     "            username: bot\n"
				     "            channels:\n"
				     "                - C1\n"
				     "        - name: other\n"
				     "          params: null\n"
				     "    - id: '*'\n"
				     "      rules: []\n"
				     "      more: {}\n";
	struct arena *arena = arena_new("test", 4096);
	struct value value = value_of(arena, SLICE(wanted));

	(void)state;
	expect_slice(emit_block(&value, 0, EMIT_STEP, arena), SLICE(wanted));
	arena_free(&arena);
}

/* Every text comes back as the same text, with the quotes of the reference. */
static void texts_are_quoted_where_they_must_be(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "plain text", "plain text" },
		{ "https://x.com/a?b=c", "https://x.com/a?b=c" },
		{ "env:TOKEN", "env:TOKEN" },
		{ "Token token=", "Token token=" },
		{ "Bearer ", "'Bearer '" },
		{ " x", "' x'" },
		{ "*", "'*'" },
		{ "a: b", "'a: b'" },
		{ "a:", "'a:'" },
		{ "a #b", "'a #b'" },
		{ "#b", "'#b'" },
		{ "it's", "it's" },
		{ "'it's'", "'''it''s'''" },
		{ "- x", "'- x'" },
		{ "-x", "-x" },
		{ "-", "'-'" },
		{ "", "\"\"" },
		{ "1", "\"1\"" },
		{ "1.5e3", "\"1.5e3\"" },
		{ "0x10", "\"0x10\"" },
		{ "1:20", "\"1:20\"" },
		{ "true", "\"true\"" },
		{ "n", "\"n\"" },
		{ "Off", "\"Off\"" },
		{ "null", "\"null\"" },
		{ "~", "\"~\"" },
		{ "2024-01-31", "\"2024-01-31\"" },
		{ ".inf", "\".inf\"" },
		{ "a\nb", "\"a\\nb\"" },
		{ "\xc3\xa9", "\xc3\xa9" },
		{ "---", "'---'" },
		{ "<<", "\"<<\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *arena = arena_new("test", 4096);
		struct value value = { .kind = VALUE_TEXT, .text = slice_of(rows[i].text) };
		struct slice flow = emit_flow(&value, false, arena);
		struct value again = value_of(arena, flow);

		expect_slice(flow, slice_of(rows[i].wanted));
		assert_true(value_equal(&value, &again));
		flow = arena_printf(
			arena, "{k: [" SLICE_FMT "]}", SLICE_ARG(emit_flow(&value, true, arena)));
		again = value_of(arena, flow);
		assert_true(value_equal(
			&value, LIST_AT(value_find(&again, SLICE("k"))->items, struct value, 0)));
		arena_free(&arena);
	}
}

static void flow_is_one_line(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	struct value value = value_of(
		arena, SLICE("{a: [1, 2.50, -3], b: {c: null, 'd, e': 'x, y'}, f: [], g: true}"));

	(void)state;
	expect_text(emit_flow(&value, false, arena),
		"{a: [1, 2.50, -3], b: {c: null, 'd, e': 'x, y'}, f: [], g: true}");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_stand_in_the_columns_of_the_reference),
		cmocka_unit_test(texts_are_quoted_where_they_must_be),
		cmocka_unit_test(flow_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
