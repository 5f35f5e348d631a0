/* dictionary_test.c - texts keep the numbers that they got. */

#include <stdio.h>

#include "common/dictionary.h"
#include "test/lib/expect.h"

enum { MANY = 5000 };

static int setup(void **state)
{
	*state = arena_new("test", 1024);
	return 0;
}

static int teardown(void **state)
{
	struct arena *arena = *state;

	arena_free(&arena);
	return 0;
}

static void numbers_are_given_in_order_and_kept(void **state)
{
	struct dictionary *d = dictionary_new(*state);

	assert_int_equal(dictionary_find(d, SLICE("a")), 0);
	assert_int_equal(dictionary_add(d, SLICE("a")), 1);
	assert_int_equal(dictionary_add(d, SLICE("")), 2);
	assert_int_equal(dictionary_add(d, SLICE("ab")), 3);
	assert_int_equal(dictionary_add(d, SLICE("a")), 1);
	assert_int_equal(dictionary_find(d, SLICE("")), 2);
	assert_int_equal(dictionary_find(d, SLICE("ab")), 3);
	assert_int_equal(dictionary_find(d, SLICE("b")), 0);
	assert_int_equal(dictionary_find(d, SLICE("a\0")), 0);
	assert_int_equal(dictionary_find(d, SLICE("abc")), 0);
}

static void growing_forgets_nothing(void **state)
{
	struct dictionary *d = dictionary_new(*state);

	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(dictionary_add(d, arena_printf(*state, "text %u", i)), i + 1);
	}
	for (unsigned i = 0; i < MANY; i++) {
		struct slice text = arena_printf(*state, "text %u", i);

		assert_int_equal(dictionary_find(d, text), i + 1);
		assert_int_equal(dictionary_add(d, text), i + 1);
		text.len--;
		assert_true(dictionary_find(d, text) != i + 1);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_given_in_order_and_kept),
		TEST(growing_forgets_nothing),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
