/* json_test.c - JSON has one meaning, or is refused. */

#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"
#include "common/limits.h"
#include "test/lib/expect.h"

static enum json_fault fault_in(struct slice json)
{
	struct arena *arena = arena_new("test", 4096);
	struct value value;
	enum json_fault fault = json_read(json, arena, &value);

	arena_free(&arena);
	return fault;
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const rows[] = { "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]",
		"[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{1:1}",
		"{'a':1}", "{\"a\" 1}", "[1 2]", "{\"a\":1}x", "{\"a\":1} {}", "nul", "nulll",
		"True", "NaN", "-Infinity", "01", "+1", ".5", "1.", "0x10", "1e400", "-1e400",
		"\xef\xbb\xbf{}", "{}\v", "/**/{}", "\"", "\"a", "\"\\\"", "\"\n\"", "\"\t\"",
		"\"\x1f\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\", "\"\\u" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (fault_in(slice_of(rows[i])) != JSON_INVALID) {
			fail_msg("%s is not refused", rows[i]);
		}
	}
	assert_int_equal(fault_in(SLICE("{}\0")), JSON_INVALID);
	assert_int_equal(fault_in(SLICE("\0{\0}")), JSON_INVALID); /* UTF-16 */
}

static void text_that_some_read_otherwise_is_refused(void **state)
{
	static const char *const rows[] = {
		"\"\xff\"", "\"\xc0\xaf\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"", "\"\xc3\"",
		"\"\xf5\x80\x80\x80\"", "\"\\\xc3\xa9\"", /* not UTF-8, or not its shortest form */
		"\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
		"\"\\udc00\\ud800\"", "\"\\ud800\\ud800\"", /* halves of pairs */
		"\"\\u0000\"", "\"a\\u0000b\"",             /* ends here for who reads C strings */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (fault_in(slice_of(rows[i])) != JSON_INVALID) {
			fail_msg("%s is not refused", rows[i]);
		}
	}
}

static void escapes_are_undone(void **state)
{
	static const char *const rows[][2] = {
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0061\\u00e9\\u20AC\\ud83d\\uDE00\"",
			"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\"\xc3\xa9\xf0\x9f\x98\x80\"", "\xc3\xa9\xf0\x9f\x98\x80" },
		{ "\"a\\u007f\\u0080\\u07ff\\u0800\"", "a\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80" },
		{ "\"\"", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new("test", 4096);
		struct value value;

		assert_int_equal(json_read(slice_of(rows[i][0]), arena, &value), JSON_READ);
		assert_int_equal(value.kind, VALUE_TEXT);
		expect_slice(value.text, slice_of(rows[i][1]));
		arena_free(&arena);
	}
}

static void a_name_stands_once_at_every_depth(void **state)
{
	static const char *const rows[] = { "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"a\":3}",
		"{\"a\":1,\"\\u0061\":2}", "{\"x\":{\"a\":1,\"a\":2}}", "[[{\"a\":1,\"a\":2}]]",
		"{\"\":1,\"\":2}" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fault_in(slice_of(rows[i])), JSON_REPEATED_NAME);
	}
	assert_int_equal(fault_in(SLICE("{\"a\":{\"a\":1},\"b\":{\"a\":1},\"A\":1}")), JSON_READ);
}

static void values_keep_their_kinds_and_digits(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	struct value value;

	(void)state;
	assert_int_equal(json_read(SLICE(" {\"b\":[null,true,false,{}],\r\n\"a\":"
					 "9007199254740993} "),
				 arena, &value),
		JSON_READ);
	assert_int_equal(value.kind, VALUE_MAP);
	assert_int_equal(value.items.count, 2);
	expect_text(value_find(&value, SLICE("a"))->text, "9007199254740993");
	assert_true(value_find(&value, SLICE("a"))->number == 9007199254740992.0);
	value = *value_find(&value, SLICE("b"));
	assert_int_equal(value.kind, VALUE_LIST);
	assert_int_equal(value.items.count, 4);
	assert_int_equal(LIST_AT(value.items, struct value, 0)->kind, VALUE_NULL);
	assert_true(LIST_AT(value.items, struct value, 1)->flag);
	assert_int_equal(LIST_AT(value.items, struct value, 2)->kind, VALUE_FLAG);
	assert_int_equal(LIST_AT(value.items, struct value, 3)->kind, VALUE_MAP);
	arena_free(&arena);
}

static void depth_is_bounded(void **state)
{
	enum { TOO_DEEP = LIMIT_JSON_DEPTH + 1, HUGE_DEPTH = 100 * 1000 };
	char *deep = malloc(HUGE_DEPTH);

	(void)state;
	assert_non_null(deep);
	memset(deep, '[', HUGE_DEPTH);
	memset(deep + TOO_DEEP, ']', TOO_DEEP);
	assert_int_equal(fault_in((struct slice){ deep + 1, 2 * LIMIT_JSON_DEPTH }), JSON_READ);
	assert_int_equal(fault_in((struct slice){ deep, 2 * TOO_DEEP }), JSON_TOO_LARGE);
	assert_int_equal(fault_in((struct slice){ deep, HUGE_DEPTH }), JSON_TOO_LARGE);
	for (size_t i = 1; i < 3 * TOO_DEEP; i++) { /* one beside the other */
		deep[i] = ",[]"[i % 3];
	}
	deep[0] = '[';
	deep[3 * TOO_DEEP] = ']';
	assert_int_equal(fault_in((struct slice){ deep, 3 * TOO_DEEP + 1 }), JSON_READ);
	free(deep);
}

static void the_number_of_values_is_bounded(void **state)
{
	size_t len = 2 * LIMIT_JSON_VALUES + 2;
	char *many = malloc(len);

	(void)state;
	assert_non_null(many);
	for (size_t i = 0; i < len; i++) {
		many[i] = i % 2 == 0 ? ',' : '1';
	}
	many[0] = '[';
	/* The list is a value, too. */
	many[len - 3] = ' ';
	many[len - 4] = ']';
	many[len - 2] = many[len - 1] = ' ';
	assert_int_equal(fault_in((struct slice){ many, len }), JSON_READ);
	many[len - 4] = ',';
	many[len - 3] = '1';
	many[len - 2] = ']';
	assert_int_equal(fault_in((struct slice){ many, len }), JSON_TOO_LARGE);
	free(many);
}

/* Sorting names must not be what an attacker can make slow. */
static void many_names_are_read_quickly(void **state)
{
	enum { NAMES = 60 * 1000 };
	struct arena *arena = arena_new("test", 4096);
	char *json = malloc(NAMES * 12);
	struct value value;
	size_t len = 0;

	(void)state;
	assert_non_null(json);
	json[len++] = '{';
	for (unsigned i = 0; i < NAMES; i++) {
		len += (size_t)sprintf(json + len, "\"%05u\":1,", (i * 7919u) % NAMES);
	}
	json[len - 1] = '}';
	assert_int_equal(json_read((struct slice){ json, len }, arena, &value), JSON_READ);
	assert_int_equal(value.items.count, NAMES);
	free(json);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(text_that_some_read_otherwise_is_refused),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(a_name_stands_once_at_every_depth),
		cmocka_unit_test(values_keep_their_kinds_and_digits),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(the_number_of_values_is_bounded),
		cmocka_unit_test(many_names_are_read_quickly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
