/* value_test.c - untyped values cross to another process whole, and malformed ones do not. */

#include "common/json.h"
#include "common/limits.h"
#include "common/value.h"
#include "test/lib/expect.h"

static struct value value_of(const char *json, struct arena *arena)
{
	struct value value;

	assert_int_equal(json_read(slice_of(json), arena, &value), JSON_READ);
	return value;
}

static const char *const samples[] = { "null", "true", "false", "0", "-1.50e3",
	"18446744073709551616", "\"\"", "\"text\"", "[]", "{}", "[1,[2,[]],{\"a\":null}]",
	"{\"a\":{\"b\":[true,\"x\"]},\"c\":1}" };

enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static void what_is_encoded_is_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct arena *arena = arena_new("test", 4096);
		struct value value = value_of(samples[i], arena), again;
		struct wire_writer w = { 0 };
		struct wire_reader r;

		value_encode(&value, &w);
		r = wire_reader_of(wire_written(&w));
		value_decode(arena, &r, &again);
		assert_true(wire_finished(&r));
		assert_true(value_equal(&value, &again));
		wire_writer_fini(&w);
		arena_free(&arena);
	}
}

static void every_cut_of_the_bytes_is_noticed(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	struct value value = value_of(samples[SAMPLES - 1], arena), again;
	struct wire_writer w = { 0 };

	(void)state;
	value_encode(&value, &w);
	for (size_t len = 0; len < w.len; len++) {
		struct wire_reader r = wire_reader_of(slice_sub(wire_written(&w), 0, len));

		value_decode(arena, &r, &again);
		assert_true(r.bad);
	}
	wire_writer_fini(&w);
	arena_free(&arena);
}

static void samples_differ_from_each_other(void **state)
{
	struct arena *arena = arena_new("test", 4096);

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		for (size_t j = 0; j < SAMPLES; j++) {
			struct value a = value_of(samples[i], arena);
			struct value b = value_of(samples[j], arena);

			assert_int_equal(value_equal(&a, &b), i == j);
		}
	}
	arena_free(&arena);
}

static void maps_are_equal_in_any_order_and_lists_are_not(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	struct value_entry ab[] = { { SLICE("a"), { .kind = VALUE_NULL } },
		{ SLICE("b"), { .kind = VALUE_FLAG } } };
	struct value_entry ba[] = { ab[1], ab[0] };
	struct value a = { .kind = VALUE_MAP, .items = { ab, 2 } };
	struct value b = { .kind = VALUE_MAP, .items = { ba, 2 } };

	(void)state;
	assert_true(value_equal(&a, &b));
	b.items.count = 1;
	assert_false(value_equal(&a, &b));
	a = value_of("[1,2]", arena);
	b = value_of("[2,1]", arena);
	assert_false(value_equal(&a, &b));
	arena_free(&arena);
}

static void what_never_matches_is_told_apart_all_the_same(void **state)
{
	struct value day = { .kind = VALUE_NEVER, .text = SLICE("2024-01-01") };
	struct value other = { .kind = VALUE_NEVER, .text = SLICE("2024-01-02") };
	struct value text = { .kind = VALUE_TEXT, .text = SLICE("2024-01-01") };

	(void)state;
	assert_true(value_equal(&day, &day));
	assert_false(value_equal(&day, &other));
	assert_false(value_equal(&day, &text));
}

static bool is_bad(struct slice bytes)
{
	struct arena *arena = arena_new("test", 4096);
	struct wire_reader r = wire_reader_of(bytes);
	struct value value;
	bool bad;

	value_decode(arena, &r, &value);
	bad = r.bad;
	arena_free(&arena);
	return bad;
}

static void bytes_from_elsewhere_are_not_trusted(void **state)
{
	char deep[5 * (LIMIT_YAML_DEPTH + 1) + 1];

	(void)state;
	assert_true(is_bad(SLICE("\x07")));     /* no such kind */
	assert_true(is_bad(SLICE("\x02\x02"))); /* no flag */
	assert_true(is_bad(SLICE("\x03\x02\0\0\0"
				 "1x"))); /* no number */
	assert_true(is_bad(SLICE("\x03\x05\0\0\0"
				 "1e400")));                /* no double */
	assert_true(is_bad(SLICE("\x05\xff\xff\xff\xff"))); /* a list of 4 G */
	assert_true(is_bad(SLICE("\x06\xff\xff\xff\xff")));

	for (size_t i = 0; i <= LIMIT_YAML_DEPTH; i++) {
		memcpy(deep + 5 * i, "\x05\x01\0\0\0", 5);
	}
	deep[sizeof(deep) - 1] = VALUE_NULL;
	assert_true(is_bad((struct slice){ deep, sizeof(deep) }));
	assert_false(is_bad((struct slice){ deep + 5, sizeof(deep) - 5 }));
}

static void members_are_found_by_name(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	struct value map = value_of("{\"a\":1,\"b\":2}", arena), list = value_of("[1]", arena);

	(void)state;
	assert_true(value_find(&map, SLICE("b"))->number == 2);
	assert_null(value_find(&map, SLICE("c")));
	assert_null(value_find(&list, SLICE("a")));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(every_cut_of_the_bytes_is_noticed),
		cmocka_unit_test(samples_differ_from_each_other),
		cmocka_unit_test(maps_are_equal_in_any_order_and_lists_are_not),
		cmocka_unit_test(what_never_matches_is_told_apart_all_the_same),
		cmocka_unit_test(bytes_from_elsewhere_are_not_trusted),
		cmocka_unit_test(members_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
