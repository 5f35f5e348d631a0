/* note_test.c - why something failed, never longer than there is room for. */

#include <stdlib.h>
#include <string.h>

#include "common/note.h"
#include "test/lib/expect.h"

static void failing_is_one_line(void **state)
{
	struct note why;

	(void)state;
	assert_int_equal(note_fail(&why, -7, "key %s", "x"), -7);
	assert_string_equal(why.text, "key x");
	note_prefix(&why, "config.yaml:%d:%d: ", 12, 7);
	assert_string_equal(why.text, "config.yaml:12:7: key x");
	note_append(&why, ", allowed: %s", "y");
	assert_string_equal(why.text, "config.yaml:12:7: key x, allowed: y");
}

static void nobody_has_to_want_to_know(void **state)
{
	(void)state;
	assert_int_equal(note_fail(NULL, -7, "key %s", "x"), -7);
	note_prefix(NULL, "in front");
	note_append(NULL, "behind");
}

static void long_text_is_cut_and_says_so(void **state)
{
	struct note *why = malloc(sizeof(*why)); /* so that a byte too many is seen */
	char text[2000];

	(void)state;
	assert_non_null(why);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(note_fail(why, -1, "%s", text), -1);
	assert_int_equal(strlen(why->text), sizeof(why->text) - 1);
	assert_string_equal(why->text + sizeof(why->text) - 5, "x...");
	note_append(why, "more");
	assert_string_equal(why->text + sizeof(why->text) - 5, "x...");
	note_prefix(why, "in front: ");
	assert_memory_equal(why->text, "in front: xxx", 13);
	assert_int_equal(strlen(why->text), sizeof(why->text) - 1);
	assert_string_equal(why->text + sizeof(why->text) - 5, "x...");

	text[sizeof(why->text) - 1] = '\0'; /* fits exactly */
	assert_int_equal(note_fail(why, -1, "%s", text), -1);
	assert_string_equal(why->text, text);
	free(why);
}

static void fail_without_a_reason(void *why)
{
	(void)!note_fail(why, 0, "fine");
}

static void success_is_no_failure(void **state)
{
	struct note why;

	(void)state;
	expect_abort(fail_without_a_reason, &why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_is_one_line),
		cmocka_unit_test(nobody_has_to_want_to_know),
		cmocka_unit_test(long_text_is_cut_and_says_so),
		cmocka_unit_test(success_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
