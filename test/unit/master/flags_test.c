/* flags_test.c - words on the command line are read as Go's flag package reads them. */

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "master/flags.h"
#include "master/load/load.h"
#include "test/lib/expect.h"

#define USAGE "Usage: thing [options]"

struct thing {
	bool brave;
	int64_t count, pause_ns;
	struct load_source file;
	const char *name;
};

static const struct flag flags[] = {
	{ "brave", FLAG_BOOL, offsetof(struct thing, brave), NULL, "to be brave" },
	{ "count", FLAG_NUMBER, offsetof(struct thing, count), "10", "how many" },
	{ "file", FLAG_SOURCE, offsetof(struct thing, file), "a.yaml", "a file" },
	{ "name", FLAG_TEXT, offsetof(struct thing, name), "a \"b\"", "a name" },
	{ "pause", FLAG_DURATION, offsetof(struct thing, pause_ns), "5s", "a pause" },
	{ 0 },
};

static const char usage_text[] = USAGE "\n"
				       "\n"
				       "Options:\n"
				       "  -brave\n"
				       "    \tto be brave\n"
				       "  -count int\n"
				       "    \thow many (default 10)\n"
				       "  -file string\n"
				       "    \ta file (default \"a.yaml\")\n"
				       "  -name string\n"
				       "    \ta name (default \"a \\\"b\\\"\")\n"
				       "  -pause duration\n"
				       "    \ta pause (default 5s)\n";

struct parsed {
	enum flags_outcome outcome;
	struct thing thing;
	char **rest;
	char *errors;
	size_t errors_len;
};

#define parse(...) parse_words((char *[]){ __VA_ARGS__, NULL })

static struct parsed parse_words(char **argv)
{
	struct parsed parsed = { .rest = NULL };
	FILE *errors = open_memstream(&parsed.errors, &parsed.errors_len);

	check(errors != NULL);
	parsed.outcome = flags_parse(flags, USAGE, argv, &parsed.thing, errors, &parsed.rest);
	check(fclose(errors) == 0);
	return parsed;
}

static void expect_wrong(struct parsed parsed, const char *message)
{
	size_t len = strlen(message);

	assert_int_equal(parsed.outcome, FLAGS_WRONG);
	assert_true(parsed.errors_len > len);
	expect_slice(slice_sub(slice_of(parsed.errors), 0, len), slice_of(message));
	assert_int_equal(parsed.errors[len], '\n');
	assert_string_equal(parsed.errors + len + 1, usage_text);
	free(parsed.errors);
}

static void expect_count(char *word, int64_t count)
{
	struct parsed parsed = parse("-count", word);

	assert_int_equal(parsed.outcome, FLAGS_GO);
	assert_int_equal(parsed.thing.count, count);
	free(parsed.errors);
}

static void what_is_not_given_has_its_default(void **state)
{
	char *none[] = { NULL };
	struct parsed parsed = parse_words(none);

	(void)state;
	assert_int_equal(parsed.outcome, FLAGS_GO);
	assert_false(parsed.thing.brave);
	assert_int_equal(parsed.thing.count, 10);
	assert_int_equal(parsed.thing.pause_ns, 5000000000);
	assert_string_equal(parsed.thing.file.where, "a.yaml");
	assert_false(parsed.thing.file.named);
	assert_string_equal(parsed.thing.name, "a \"b\"");
	assert_null(*parsed.rest);
	free(parsed.errors);
}

static void one_dash_or_two_and_value_apart_or_joined(void **state)
{
	struct parsed parsed = parse(
		"--count", "1", "-file=a.yaml", "-pause", "1m30s", "--name=", "-brave", "-count=2");

	(void)state;
	assert_int_equal(parsed.outcome, FLAGS_GO);
	assert_true(parsed.thing.brave);
	assert_int_equal(parsed.thing.count, 2);
	assert_int_equal(parsed.thing.pause_ns, 90000000000);
	assert_true(parsed.thing.file.named);
	assert_string_equal(parsed.thing.name, "");
	free(parsed.errors);
}

static void a_bool_takes_its_value_with_an_equals_sign_only(void **state)
{
	static char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	struct parsed parsed = parse("-brave", "false", "-count", "3");

	(void)state;
	assert_true(parsed.thing.brave);
	assert_string_equal(parsed.rest[0], "false");
	assert_int_equal(parsed.thing.count, 10);
	free(parsed.errors);
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		char word[32];

		(void)snprintf(word, sizeof(word), "-brave=%s", yes[i]);
		parsed = parse(word);
		assert_true(parsed.thing.brave);
		free(parsed.errors);
	}
	parsed = parse("-brave", "-brave=F");
	assert_false(parsed.thing.brave);
	free(parsed.errors);
	expect_wrong(
		parse("-brave=maybe"), "invalid boolean value \"maybe\" for -brave: parse error");
	expect_wrong(parse("-brave=yes"), "invalid boolean value \"yes\" for -brave: parse error");
}

static void parsing_stops_at_the_first_word_that_is_no_flag(void **state)
{
	struct parsed parsed = parse("-brave", "-", "-count", "x");

	(void)state;
	assert_int_equal(parsed.outcome, FLAGS_GO);
	assert_string_equal(parsed.rest[0], "-");
	free(parsed.errors);
	parsed = parse("-brave", "--", "-count", "x");
	assert_int_equal(parsed.outcome, FLAGS_GO);
	assert_string_equal(parsed.rest[0], "-count");
	free(parsed.errors);
}

static void numbers_are_those_of_go(void **state)
{
	(void)state;
	expect_count("0", 0);
	expect_count("-7", -7);
	expect_count("+7", 7);
	expect_count("0x1F", 31);
	expect_count("0X1f", 31);
	expect_count("0o17", 15);
	expect_count("017", 15);
	expect_count("0b101", 5);
	expect_count("1_000", 1000);
	expect_count("0x_ff", 255);
	expect_count("0_7", 7);
	expect_count("9223372036854775807", INT64_MAX);
	expect_count("-9223372036854775808", INT64_MIN);
	expect_wrong(parse("-count", "9223372036854775808"),
		"invalid value \"9223372036854775808\" for flag -count: value out of range");
	expect_wrong(parse("-count", "99999999999999999999999"),
		"invalid value \"99999999999999999999999\" for flag -count: value out of range");
	expect_wrong(parse("-count="), "invalid value \"\" for flag -count: parse error");
	expect_wrong(parse("-count=x"), "invalid value \"x\" for flag -count: parse error");
	expect_wrong(parse("-count=08"), "invalid value \"08\" for flag -count: parse error");
	expect_wrong(parse("-count=0x"), "invalid value \"0x\" for flag -count: parse error");
	expect_wrong(parse("-count=1_"), "invalid value \"1_\" for flag -count: parse error");
	expect_wrong(parse("-count=1__0"), "invalid value \"1__0\" for flag -count: parse error");
	expect_wrong(parse("-count=_1"), "invalid value \"_1\" for flag -count: parse error");
	expect_wrong(parse("-count=1 "), "invalid value \"1 \" for flag -count: parse error");
}

static void what_is_wrong_is_told_with_usage(void **state)
{
	(void)state;
	expect_wrong(parse("-x"), "flag provided but not defined: -x");
	expect_wrong(parse("--x=1"), "flag provided but not defined: -x");
	expect_wrong(parse("-count"), "flag needs an argument: -count");
	expect_wrong(parse("-pause", "5"), "invalid value \"5\" for flag -pause: parse error");
	expect_wrong(
		parse("-pause=\"\t"), "invalid value \"\\\"\\t\" for flag -pause: parse error");
	expect_wrong(parse("---count"), "bad flag syntax: ---count");
	expect_wrong(parse("-=1"), "bad flag syntax: -=1");
	expect_wrong(parse("--=1"), "bad flag syntax: --=1");
}

static void help_is_usage_alone(void **state)
{
	static char *const words[] = { "-h", "-help", "--help", "--h" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct parsed parsed = parse(words[i]);

		assert_int_equal(parsed.outcome, FLAGS_HELP);
		assert_string_equal(parsed.errors, usage_text);
		free(parsed.errors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(one_dash_or_two_and_value_apart_or_joined),
		cmocka_unit_test(a_bool_takes_its_value_with_an_equals_sign_only),
		cmocka_unit_test(parsing_stops_at_the_first_word_that_is_no_flag),
		cmocka_unit_test(numbers_are_those_of_go),
		cmocka_unit_test(what_is_wrong_is_told_with_usage),
		cmocka_unit_test(help_is_usage_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
