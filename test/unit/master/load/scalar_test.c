/* scalar_test.c - numbers, flags and null as the reference's YAML library reads them. */

#include "master/load/scalar.h"
#include "test/lib/expect.h"

static struct yaml plain_scalar(const char *text)
{
	return (struct yaml){ .plain = true, .text = slice_of(text) };
}

static void numbers_come_in_many_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t number;
	} rows[] = {
		{ "0", 0 },
		{ "5", 5 },
		{ "-5", -5 },
		{ "+5", 5 },
		{ "0x10", 16 },
		{ "-0X1f", -31 },
		{ "0o17", 15 },
		{ "017", 15 },
		{ "0b101", 5 },
		{ "1_000", 1000 },
		{ "1__0_", 10 },
		{ "1.5", 1 },
		{ "-1.9", -1 },
		{ ".5", 0 },
		{ "5.", 5 },
		{ "1e3", 1000 },
		{ "1.5E+2", 150 },
		{ "08", 8 }, /* no octal number, so a decimal one with a fraction that is not there
			      */
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
		{ "0x7fffffffffffffff", INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct yaml scalar = plain_scalar(rows[i].text);
		int64_t number = 4711;

		if (!scalar_to_number(&scalar, &number) || number != rows[i].number) {
			fail_msg("%s is %lld", rows[i].text, (long long)number);
		}
	}
}

static void what_is_no_number_stays_text(void **state)
{
	static const char *const texts[] = { "abc", "1a", "0x", "0xg", "0o8", "1e", "1e+", ".", "-",
		"+", "--1", "1.2.3", "_1", "1 0", "2024-01-01", "12:30", "e5", ".e5", "1h" };
	static const char *const huge[] = { "9223372036854775808", "-9223372036854775809", "1e300",
		"9.3e18", "-1e19", "99999999999999999999", "0xffffffffffffffff" };
	int64_t number = 4711;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct yaml scalar = plain_scalar(texts[i]);

		if (scalar_to_number(&scalar, &number) || scalar_type(&scalar) != SCALAR_TEXT) {
			fail_msg("%s", texts[i]);
		}
	}
	for (size_t i = 0; i < sizeof(huge) / sizeof(*huge); i++) {
		struct yaml scalar = plain_scalar(huge[i]);

		assert_int_equal(scalar_type(&scalar), SCALAR_FLOAT);
		assert_false(scalar_to_number(&scalar, &number));
	}
	assert_int_equal(number, 4711);
}

static void flags_have_the_forms_of_yaml_1_1(void **state)
{
	static const char *const truths = "true True TRUE y Y yes Yes YES on On ON";
	static const char *const lies = "false False FALSE n N no No NO off Off OFF";
	static const char *const others = "1 0 tRue yEs oN null ~ t";
	const char *const sets[] = { truths, lies, others };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct slice rest = slice_of(sets[i]), word;

		while (slice_next(&rest, ' ', &word)) {
			const struct yaml scalar = { .plain = true, .text = word };
			bool flag = i != 0;

			assert_int_equal(scalar_to_flag(&scalar, &flag), i < 2);
			assert_int_equal(flag, i == 2 || i == 0);
		}
	}
}

static void quotes_and_tags_make_text(void **state)
{
	static const char *const texts[] = { "1", "true", "null", "yes", "~", "" };
	struct slice str = SLICE("tag:yaml.org,2002:str"), mine = SLICE("!mine");
	int64_t number;
	bool flag;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct yaml quoted = { .text = slice_of(texts[i]) };
		const struct yaml tagged = {
			.plain = true, .text = slice_of(texts[i]), .tag = str
		};
		const struct yaml odd = { .plain = true, .text = slice_of(texts[i]), .tag = mine };

		assert_int_equal(scalar_type(&quoted), SCALAR_TEXT);
		assert_int_equal(scalar_type(&tagged), SCALAR_TEXT);
		assert_int_equal(scalar_type(&odd), SCALAR_OTHER);
		assert_false(scalar_to_number(&quoted, &number));
		assert_false(scalar_to_number(&tagged, &number));
		assert_false(scalar_to_flag(&quoted, &flag));
		assert_false(scalar_to_flag(&tagged, &flag));
		assert_false(scalar_is_null(&quoted));
	}
}

static void null_has_five_forms(void **state)
{
	static const char *const texts[] = { "", "~", "null", "Null", "NULL" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct yaml scalar = plain_scalar(texts[i]);

		assert_true(scalar_is_null(&scalar));
	}
	assert_false(scalar_is_null(&(struct yaml){ .kind = YAML_LIST, .plain = true }));
	assert_false(scalar_is_null(&(struct yaml){ .plain = true, .text = SLICE("nULL") }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_in_many_forms),
		cmocka_unit_test(what_is_no_number_stays_text),
		cmocka_unit_test(flags_have_the_forms_of_yaml_1_1),
		cmocka_unit_test(quotes_and_tags_make_text),
		cmocka_unit_test(null_has_five_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
