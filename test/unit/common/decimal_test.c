/* decimal_test.c - numbers are compared as they were written, to the last digit. */

#include <stdlib.h>

#include "common/decimal.h"
#include "test/lib/expect.h"

static void numbers_are_written_as_in_json(void **state)
{
	static const char *const valid[] = { "0", "-0", "1", "-1", "10", "1.5", "0.10", "1e3",
		"1E+3", "1.5e-3", "1e000000000000001", "123456789012345678901234567890",
		"1e999999999" };
	static const char *const invalid[] = { "", "-", "+1", "01", "-01", ".5", "5.", "1.e3", "1e",
		"1e+", "1e1.0", "0x10", "1_000", " 1", "1 ", "1a", "NaN", "Infinity", "--1",
		"1e1000000000" };

	(void)state;
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		if (!decimal_is_valid(slice_of(valid[i]))) {
			fail_msg("%s is not taken", valid[i]);
		}
	}
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		if (decimal_is_valid(slice_of(invalid[i]))) {
			fail_msg("%s is taken", invalid[i]);
		}
	}
}

static void the_same_number_has_many_texts(void **state)
{
	static const char *const same[][2] = {
		{ "1", "1.0" },
		{ "1", "1e0" },
		{ "10", "1e1" },
		{ "10", "0.1E2" },
		{ "1200", "12.00e2" },
		{ "0", "-0.000e7" },
		{ "1.5", "15e-1" },
		{ "100", "100.00" },
		{ "0.001", "1e-3" },
		{ "102.030", "10203e-2" },
		{ "1e00000000000001", "10" },
	};
	static const char *const different[][2] = {
		{ "1", "-1" },
		{ "1", "10" },
		{ "1", "0.1" },
		{ "12", "21" },
		{ "12", "1.2" },
		{ "123", "12" },
		{ "0", "1" },
		{ "9007199254740992", "9007199254740993" },
		{ "1", "1.00000000000000000000000000001" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if (!decimal_equal(slice_of(same[i][0]), slice_of(same[i][1])) ||
			!decimal_equal(slice_of(same[i][1]), slice_of(same[i][0]))) {
			fail_msg("%s and %s are not the same", same[i][0], same[i][1]);
		}
	}
	for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++) {
		if (decimal_equal(slice_of(different[i][0]), slice_of(different[i][1])) ||
			decimal_equal(slice_of(different[i][1]), slice_of(different[i][0]))) {
			fail_msg("%s and %s are the same", different[i][0], different[i][1]);
		}
	}
}

static void the_nearest_double_is_the_c_librarys(void **state)
{
	static const char *const texts[] = { "0", "1", "-1", "0.1", "1.5e-3", "12.00e2",
		"9007199254740993", "1.7976931348623157e308", "1e400", "-1e400", "4.9e-324",
		"1e-400", "123456789012345678901234567890.5", "1e999999999", "1e-999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(decimal_nearest(slice_of(texts[i])) == strtod(texts[i], NULL));
	}
}

/* Halfway between two doubles, and a little more, which only the last of very many digits says. */
static void no_digit_is_too_far_behind_to_count(void **state)
{
	char text[2000];
	struct slice number = { text, sizeof(text) };
	static const char half[] = "9007199254740993.";

	(void)state;
	memset(text, '0', sizeof(text));
	memcpy(text, half, sizeof(half) - 1);
	assert_true(decimal_nearest(number) == 9007199254740992.0);
	text[sizeof(text) - 1] = '1';
	assert_true(decimal_nearest(number) == 9007199254740994.0);
	assert_false(decimal_equal(number, SLICE("9007199254740993")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_as_in_json),
		cmocka_unit_test(the_same_number_has_many_texts),
		cmocka_unit_test(the_nearest_double_is_the_c_librarys),
		cmocka_unit_test(no_digit_is_too_far_behind_to_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
