/* percent_test.c - escapes are whole or no escapes. */

#include "common/percent.h"
#include "test/lib/expect.h"

static void an_escape_is_three_bytes(void **state)
{
	(void)state;
	assert_int_equal(percent_byte(SLICE("a%2Fb"), 1), '/');
	assert_int_equal(percent_byte(SLICE("%ff"), 0), 0xff);
	assert_int_equal(percent_byte(SLICE("%00"), 0), 0);
	assert_int_equal(percent_byte(SLICE("a%2F"), 0), -1);
	assert_int_equal(percent_byte(SLICE("%2"), 0), -1);
	assert_int_equal(percent_byte(SLICE("%2g"), 0), -1);
	assert_int_equal(percent_byte(SLICE("%@1"), 0), -1);
	assert_int_equal(percent_byte(SLICE("%20"), 3), -1);
	assert_int_equal(percent_byte(SLICE("%20"), 99), -1);
}

static void all_percent_signs_must_begin_one(void **state)
{
	(void)state;
	assert_true(percent_is_valid(SLICE("")));
	assert_true(percent_is_valid((struct slice){ NULL, 0 }));
	assert_true(percent_is_valid(SLICE("%20a%25")));
	assert_false(percent_is_valid(SLICE("%20%")));
	assert_false(percent_is_valid(SLICE("%%20")));
	assert_false(percent_is_valid(SLICE("a%2")));
}

static void decoding_happens_once(void **state)
{
	struct arena *arena = arena_new("test", 64);
	const struct slice plain = SLICE("plain");

	(void)state;
	expect_text(percent_decode(SLICE("%41%2520%zz%"), arena), "A%20%zz%");
	expect_text(percent_decode(SLICE("a%00b"), arena), "a\0b");
	assert_ptr_equal(percent_decode(plain, arena).at, plain.at);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_escape_is_three_bytes),
		cmocka_unit_test(all_percent_signs_must_begin_one),
		cmocka_unit_test(decoding_happens_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
