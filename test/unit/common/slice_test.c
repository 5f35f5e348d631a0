/* slice_test.c - borrowed bytes: compared, cut, searched. */

#include <stdlib.h>

#include "test/lib/expect.h"

static const struct slice nothing = { NULL, 0 };

static void bytes_are_compared_with_their_lengths(void **state)
{
	(void)state;
	assert_true(slice_equal(SLICE("ab"), SLICE("ab")));
	assert_true(slice_equal(nothing, SLICE("")));
	assert_true(slice_equal(slice_of(NULL), slice_of("")));
	assert_false(slice_equal(SLICE("ab"), SLICE("abc")));
	assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
	assert_true(slice_equal_nocase(SLICE("X-At-Int"), SLICE("x-AT-int")));
	assert_false(slice_equal_nocase(SLICE("@["), SLICE("`{"))); /* differ by one bit only */
	assert_false(slice_equal_nocase(SLICE("a"), SLICE("ab")));
	assert_true(slice_compare(SLICE("a"), SLICE("b")) < 0);
	assert_true(slice_compare(SLICE("b"), SLICE("ab")) > 0);
	assert_true(slice_compare(SLICE("a"), SLICE("ab")) < 0);
	assert_true(slice_compare(SLICE("\x80"), SLICE("a")) > 0);
	assert_int_equal(slice_compare(nothing, SLICE("")), 0);
}

static void a_secret_equals_itself_only(void **state)
{
	const struct slice secret = SLICE("s3cret");

	(void)state;
	assert_true(slice_equal_secret(SLICE("s3cret"), secret));
	assert_false(slice_equal_secret(SLICE("s3cre"), secret));
	assert_false(slice_equal_secret(SLICE("s3cretx"), secret));
	assert_false(slice_equal_secret(SLICE("s3crets3cret"), secret));
	assert_false(slice_equal_secret(SLICE("s3creT"), secret));
	assert_false(slice_equal_secret(SLICE("S3cret"), secret));
	assert_false(slice_equal_secret(nothing, secret));
	assert_false(slice_equal_secret(SLICE("x"), nothing));
	assert_false(slice_equal_secret(SLICE("\0"), nothing));
	assert_false(slice_equal_secret(SLICE("sssssss"), SLICE("s")));
	assert_true(slice_equal_secret(nothing, nothing));
}

/* In memory that ends where the secret ends, so that a look beyond it is seen. */
static void a_long_guess_never_looks_behind_the_secret(void **state)
{
	char *bytes = malloc(3);

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, "abc", 3);
	assert_false(slice_equal_secret(
		SLICE("abcabcabcabcabcabcabcabcabcabcabcabcabc"), (struct slice){ bytes, 3 }));
	free(bytes);
}

static void ends_are_recognised(void **state)
{
	(void)state;
	assert_true(slice_starts_with(SLICE("abc"), SLICE("ab")));
	assert_true(slice_starts_with(SLICE("abc"), nothing));
	assert_true(slice_starts_with(nothing, nothing));
	assert_false(slice_starts_with(SLICE("a"), SLICE("ab")));
	assert_true(slice_starts_with_nocase(SLICE("Bearer x"), SLICE("bearer ")));
	assert_true(slice_ends_with(SLICE("abc"), SLICE("bc")));
	assert_true(slice_ends_with(SLICE("abc"), SLICE("")));
	assert_false(slice_ends_with(SLICE("c"), SLICE("bc")));
}

static void cutting_is_clipped(void **state)
{
	const struct slice s = SLICE("abcdef");

	(void)state;
	expect_text(slice_sub(s, 1, 3), "bc");
	expect_text(slice_sub(s, 4, 99), "ef");
	expect_text(slice_sub(s, 99, 100), "");
	expect_text(slice_sub(s, 3, 1), "");
	expect_text(slice_sub(nothing, 0, 1), "");
	expect_text(slice_trim(SLICE(" \t a b\t ")), "a b");
	expect_text(slice_trim(SLICE(" \t ")), "");
	expect_text(slice_trim(nothing), "");
	expect_text(slice_trim(SLICE("\na\r")), "\na\r");
	assert_int_equal(slice_find(s, 'c', 0), 2);
	assert_int_equal(slice_find(s, 'c', 3), 6);
	assert_int_equal(slice_find(s, 'a', 99), 6);
	assert_int_equal(slice_find(nothing, 'a', 0), 0);
}

static void expect_pieces(struct slice rest, const char *const *pieces)
{
	struct slice piece;

	for (; *pieces != NULL; pieces++) {
		assert_true(slice_next(&rest, ',', &piece));
		expect_slice(piece, slice_of(*pieces));
	}
	assert_false(slice_next(&rest, ',', &piece));
	assert_false(slice_next(&rest, ',', &piece));
}

static void pieces_come_off_the_front_empty_ones_too(void **state)
{
	(void)state;
	expect_pieces(SLICE("a,b"), (const char *const[]){ "a", "b", NULL });
	expect_pieces(SLICE("a,,"), (const char *const[]){ "a", "", "", NULL });
	expect_pieces(SLICE(","), (const char *const[]){ "", "", NULL });
	expect_pieces(SLICE(""), (const char *const[]){ "", NULL });
	expect_pieces(nothing, (const char *const[]){ NULL });
}

static void a_number_is_all_digits_and_fits(void **state)
{
	unsigned long long number = 4711;

	(void)state;
	assert_true(slice_to_number(SLICE("0"), 0, &number));
	assert_int_equal(number, 0);
	assert_true(slice_to_number(SLICE("007"), 7, &number));
	assert_int_equal(number, 7);
	assert_true(slice_to_number(SLICE("18446744073709551615"), UINT64_MAX, &number));
	assert_true(number == UINT64_MAX);
	number = 4711;
	assert_false(slice_to_number(SLICE("18446744073709551616"), UINT64_MAX, &number));
	assert_false(slice_to_number(SLICE("99999999999999999999"), UINT64_MAX, &number));
	assert_false(slice_to_number(SLICE("65536"), 65535, &number));
	assert_false(slice_to_number(SLICE("7"), 5, &number));
	assert_false(slice_to_number(SLICE("1"), 0, &number));
	assert_false(slice_to_number(SLICE("10"), 9, &number));
	assert_false(slice_to_number(SLICE(""), 9, &number));
	assert_false(slice_to_number(SLICE("+1"), 9, &number));
	assert_false(slice_to_number(SLICE("-1"), 9, &number));
	assert_false(slice_to_number(SLICE(" 1"), 9, &number));
	assert_false(slice_to_number(SLICE("0x1"), 99, &number));
	assert_int_equal(number, 4711);
}

static void one_among_others_is_found(void **state)
{
	const struct slice others[] = { SLICE("a"), SLICE("") };

	(void)state;
	assert_true(slice_is_among(SLICE("a"), others, 2));
	assert_true(slice_is_among((struct slice){ NULL, 0 }, others, 2));
	assert_false(slice_is_among(SLICE("A"), others, 2));
	assert_false(slice_is_among(SLICE(""), others, 1));
	assert_false(slice_is_among(SLICE("a"), NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_compared_with_their_lengths),
		cmocka_unit_test(a_secret_equals_itself_only),
		cmocka_unit_test(a_long_guess_never_looks_behind_the_secret),
		cmocka_unit_test(ends_are_recognised),
		cmocka_unit_test(cutting_is_clipped),
		cmocka_unit_test(pieces_come_off_the_front_empty_ones_too),
		cmocka_unit_test(a_number_is_all_digits_and_fits),
		cmocka_unit_test(one_among_others_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
