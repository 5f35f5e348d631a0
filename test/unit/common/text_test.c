/* text_test.c - characters, digits, white space and tokens. */

#include <ctype.h>

#include "common/text.h"
#include "test/lib/expect.h"

static void every_character_has_one_form(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x110000; c++) {
		char bytes[4];
		size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		uint32_t got = 0;
		bool valid = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);

		for (size_t i = len; i > 1; i--) {
			bytes[i - 1] = (char)(0x80 | (c >> 6 * (len - i) & 0x3f));
		}
		bytes[0] = (char)(len == 1 ? c : (0xf00u >> len & 0xff) | c >> 6 * (len - 1));
		assert_int_equal(
			text_character((struct slice){ bytes, len }, 0, &got), valid ? len : 0);
		assert_int_equal(got, valid ? c : 0);
		/* One byte less is none. */
		assert_int_equal(text_character((struct slice){ bytes, len - 1 }, 0, &got), 0);
	}
}

static void longer_forms_and_lone_bytes_are_no_characters(void **state)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "\xc3(", "\xe2\x82(" };
	uint32_t got = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(text_character(slice_of(bad[i]), 0, &got), 0);
	}
	assert_int_equal(got, 7);
}

static void white_space_goes_from_both_ends(void **state)
{
	(void)state;
	expect_text(
		text_trim(SLICE(" \t\xc2\xa0\xe3\x80\x80 a b\xc2\x85 \xe2\x80\xa8\r\n")), "a b");
	expect_text(text_trim(SLICE(" \xe2\x80\x80\n")), "");
	expect_text(text_trim(SLICE("")), "");
	expect_text(text_trim(SLICE("\x85 a \xa0")), "\x85 a \xa0"); /* lone bytes are not white */
}

static void tokens_have_no_separators(void **state)
{
	(void)state;
	assert_true(text_is_token(SLICE("X-Api_Key.1~")));
	assert_false(text_is_token(SLICE("")));
	for (const char *c = "()<>@,;:\\\"/[]?={} \t\r\n\x7f\x80"; *c != '\0'; c++) {
		assert_false(text_is_token((struct slice){ c, 1 }));
	}
	assert_false(text_is_token(SLICE("a\0b")));
}

static void header_values_have_no_control_bytes(void **state)
{
	(void)state;
	assert_true(text_is_header_value(SLICE("")));
	assert_true(text_is_header_value(SLICE("a\tb ~\x80\xff")));
	for (int c = 0; c <= UINT8_MAX; c++) {
		const char bytes[] = { 'a', (char)c };

		assert_int_equal(text_is_header_value((struct slice){ bytes, 2 }),
			c == '\t' || (c >= ' ' && c != 0x7f));
	}
}

static void digits_go_up_to_f(void **state)
{
	static const char digits[] = "0123456789abcdef";
	int found = 0;

	(void)state;
	for (int i = 0; i < 16; i++) {
		assert_int_equal(text_digit(digits[i]), i);
		assert_int_equal(text_digit((char)toupper(digits[i])), i);
	}
	for (int c = 0; c <= UINT8_MAX; c++) {
		found += text_digit((char)c) != TEXT_NO_DIGIT;
	}
	assert_int_equal(found, 22);
}

static void only_letters_change_case(void **state)
{
	struct arena *arena = arena_new("test", 64);

	(void)state;
	expect_text(text_lower(SLICE("@AZ[`az{\xc3\x89"), arena), "@az[`az{\xc3\x89");
	expect_text(text_upper(SLICE("@AZ[`az{\xc3\xa9"), arena), "@AZ[`AZ{\xc3\xa9");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_has_one_form),
		cmocka_unit_test(longer_forms_and_lone_bytes_are_no_characters),
		cmocka_unit_test(white_space_goes_from_both_ends),
		cmocka_unit_test(tokens_have_no_separators),
		cmocka_unit_test(header_values_have_no_control_bytes),
		cmocka_unit_test(digits_go_up_to_f),
		cmocka_unit_test(only_letters_change_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
