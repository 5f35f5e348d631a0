/* untyped_test.c - values without a type mean what the reference takes them for. */

#include "master/load/untyped.h"
#include "test/lib/expect.h"

static struct value read(struct arena *arena, const char *text)
{
	const struct yaml *yaml;
	struct value value;

	assert_int_equal(yaml_read(slice_of(text), "test", arena, &yaml, NULL), 0);
	untyped_read(yaml, arena, &value);
	return value;
}

static void scalars_have_types_of_their_own(void **state)
{
	static const struct {
		const char *yaml;
		enum value_kind kind;
		const char *text;
	} rows[] = {
		{ "abc", VALUE_TEXT, "abc" },
		{ "yes", VALUE_TEXT, "yes" },
		{ "'1'", VALUE_TEXT, "1" },
		{ "!!str 1", VALUE_TEXT, "1" },
		{ "!!binary aGkg dGhlcmU=", VALUE_TEXT, "hi there" },
		{ "~", VALUE_NULL, NULL },
		{ "True", VALUE_FLAG, NULL },
		{ "1", VALUE_NUMBER, "1" },
		{ "-0x10", VALUE_NUMBER, "-16" },
		{ "017", VALUE_NUMBER, "15" },
		{ "09", VALUE_NUMBER, "9" },
		{ "1_000", VALUE_NUMBER, "1000" },
		{ "+1.50", VALUE_NUMBER, "1.50" },
		{ "-.5", VALUE_NUMBER, "-0.5" },
		{ "5.", VALUE_NUMBER, "5" },
		{ "00.5", VALUE_NUMBER, "0.5" },
		{ "1.e3", VALUE_NUMBER, "1e3" },
		{ "9007199254740993", VALUE_NUMBER, "9007199254740993" },
		{ "18446744073709551616", VALUE_NUMBER, "18446744073709551616" },
		{ "0xffffffffffffffffff", VALUE_NEVER, "0xffffffffffffffffff" },
		{ ".inf", VALUE_NEVER, ".inf" },
		{ "-.INF", VALUE_NEVER, "-.INF" },
		{ "'.inf'", VALUE_TEXT, ".inf" },
		{ "!!unknown x", VALUE_NEVER, "x" },
	};
	struct arena *arena = arena_new("test", 4096);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct value value = read(arena, rows[i].yaml);

		if (value.kind != rows[i].kind) {
			fail_msg("%s is of kind %d", rows[i].yaml, value.kind);
		}
		if (rows[i].text != NULL) {
			expect_slice(value.text, slice_of(rows[i].text));
		}
	}
	arena_free(&arena);
}

static void moments_are_nothing_that_JSON_has(void **state)
{
	static const char *const moments[] = { "2024-01-31", "2024-1-1", "2024-01-01 10:20:30",
		"2024-01-01T10:20:30Z", "2024-1-1t1:2:3.5+02:00" };
	static const char *const texts[] = { "2024-13-01", "2024-01", "2024-01-01x", "24-01-01",
		"2024-01-01 10:20", "2024-01-01T10:20:30", "2024-01-32", "'2024-01-31'" };
	struct arena *arena = arena_new("test", 4096);

	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		assert_int_equal(read(arena, moments[i]).kind, VALUE_NEVER);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(read(arena, texts[i]).kind, VALUE_TEXT);
	}
	arena_free(&arena);
}

static void keys_are_words_at_the_top_only(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	const struct yaml *yaml;
	struct value value;

	(void)state;
	assert_int_equal(read(arena, "{1: x}").kind, VALUE_NEVER);
	assert_int_equal(read(arena, "[{true: x}]").kind, VALUE_LIST);
	assert_int_equal(yaml_read(SLICE("{1: {2: x}, a: {b: c}}"), "test", arena, &yaml, NULL), 0);
	untyped_read_map(yaml, arena, &value);
	assert_int_equal(value_find(&value, SLICE("1"))->kind, VALUE_NEVER);
	expect_text(value_find(value_find(&value, SLICE("a")), SLICE("b"))->text, "c");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_have_types_of_their_own),
		cmocka_unit_test(moments_are_nothing_that_JSON_has),
		cmocka_unit_test(keys_are_words_at_the_top_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
