/* query_test.c - pairs are read in one way, and what has several is a fault. */

#include "common/query.h"
#include "test/lib/expect.h"

enum { MAX = 8 };

static struct query read_all(const char *raw, struct arena *arena)
{
	struct query query;

	query_read(slice_of(raw), MAX, arena, &query);
	return query;
}

/* As "name=value|name=value". */
static struct slice told(const struct query *query, struct arena *arena)
{
	struct slice sum = SLICE("");

	for (size_t i = 0; i < query->count; i++) {
		sum = arena_join(arena, sum,
			arena_printf(arena, "%s" SLICE_FMT "=" SLICE_FMT, i == 0 ? "" : "|",
				SLICE_ARG(query->pairs[i].name), SLICE_ARG(query->pairs[i].value)));
	}
	return sum;
}

static void pairs_are_decoded(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "a=1", "a=1" },
		{ "a", "a=" },
		{ "a=", "a=" },
		{ "=1", "=1" },
		{ "a=1=2", "a=1=2" },
		{ "&&a=1&", "a=1" },
		{ "a=x+y&b=x%20y", "a=x y|b=x y" },
		{ "%61%5B%5D=%31", "a[]=1" },
		{ "a%3D=%26%2B", "a==&+" },
		{ "a=%253B", "a=%3B" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new("test", 256);
		struct query query = read_all(rows[i][0], arena);

		assert_null(query.fault);
		expect_slice(told(&query, arena), slice_of(rows[i][1]));
		arena_free(&arena);
	}
}

static void what_has_two_readings_is_left_out_and_told(void **state)
{
	static const char *const rows[][3] = {
		{ "a=1;b=2&c=3", "c=3", "a semicolon" },
		{ "a=%zz&c=3", "c=3", "an invalid escape" },
		{ "c=3&a%", "c=3", "an invalid escape" },
		{ "a=1%00&c=3", "c=3", "a NUL" },
		{ "c=3&a=1#b", "c=3", "a number sign" },
		{ "&&&&&&&&", "", "too many parameters" },
		{ "a=1&&&&&&&&", "", "too many parameters" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new("test", 256);
		struct query query = read_all(rows[i][0], arena);

		expect_slice(told(&query, arena), slice_of(rows[i][1]));
		expect_slice(slice_of(query.fault), slice_of(rows[i][2]));
		arena_free(&arena);
	}
}

static void there_are_many_spellings_of_a_name(void **state)
{
	static const char *const alike[][2] = {
		{ "Channel", "channel" },
		{ "CHANNEL", "channel" },
		{ "channel[]", "channel" },
		{ "channel[0]", "channel" },
		{ "Channel[id]", "channel" },
		{ "channel[", "channel" },
		{ " channel", "channel" },
		{ "channel ", "channel" },
		{ "channel", "channel[]" },
		{ "channel[1]", "channel[]" },
		{ "user.id", "user_id" },
		{ "user id", "user_id" },
		{ "user_id", "user.id" },
		{ "Filter[status]", "filter[status]" },
		{ "to\xe2\x84\xaa\x65n", "token" },
		{ "u\xc5\xbf\x65r", "user" },
	};
	static const char *const other[][2] = {
		{ "channel", "channel" },
		{ "channels", "channel" },
		{ "chan", "channel" },
		{ "", "channel" },
		{ "filter[type]", "filter[status]" },
		{ "filter", "filter[status]" },
		{ "user-id", "user_id" },
		{ "xchannel[]", "channel" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		if (!query_name_resembles(slice_of(alike[i][0]), slice_of(alike[i][1]))) {
			fail_msg("\"%s\" is not taken for %s", alike[i][0], alike[i][1]);
		}
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (query_name_resembles(slice_of(other[i][0]), slice_of(other[i][1]))) {
			fail_msg("\"%s\" is taken for %s", other[i][0], other[i][1]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_decoded),
		cmocka_unit_test(what_has_two_readings_is_left_out_and_told),
		cmocka_unit_test(there_are_many_spellings_of_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
