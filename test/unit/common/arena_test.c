/* arena_test.c - memory that ends together. */

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "test/lib/expect.h"

/* Then there is nothing in an arena to fill again. */
#if defined(__SANITIZE_ADDRESS__)
#define EVERY_ALLOCATION_IS_A_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EVERY_ALLOCATION_IS_A_MALLOC 1
#endif
#endif

static void memory_is_zeroed_and_aligned_however_it_lies(void **state)
{
	struct arena *arena = arena_new("test", 256);

	(void)state;
	for (size_t size = 1; size < 600; size += 7) {
		char *text = arena_bytes(arena, size % 5);
		unsigned char *bytes = arena_alloc(arena, size, 3);

		memset(text, 'x', size % 5);
		assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
		for (size_t i = 0; i < 3 * size; i++) {
			assert_int_equal(bytes[i], 0);
		}
		memset(bytes, 0xff, 3 * size);
		if (size % 50 == 1) {
			arena_reset(arena);
		}
	}
	arena_free(&arena);
	assert_null(arena);
	arena_free(&arena);
}

static void text_is_copied_joined_and_printed(void **state)
{
	struct arena *arena = arena_new("test", 8);
	char original[] = "abc";
	struct slice copy = arena_copy(arena, slice_of(original));
	const struct slice nothing = { NULL, 0 };

	(void)state;
	original[0] = 'x';
	expect_text(copy, "abc");
	assert_string_equal(arena_string(arena, copy), "abc");
	assert_string_equal(arena_string(arena, nothing), "");
	expect_text(arena_join(arena, copy, SLICE("def")), "abcdef");
	expect_text(arena_join(arena, nothing, SLICE("def")), "def");
	expect_text(arena_copy(arena, nothing), "");
	expect_text(arena_printf(arena, "%s=%d", "a number that is longer than a block", 7),
		"a number that is longer than a block=7");
	expect_text(arena_printf(arena, "%s", ""), "");
	arena_free(&arena);
}

struct diary {
	char text[8];
	size_t len;
};

struct entry {
	struct diary *diary;
	char what;
};

static void write_entry(void *arg)
{
	const struct entry *entry = arg;

	entry->diary->text[entry->diary->len++] = entry->what;
}

/* The newest ends first, because it may lean on what was there before; and what an entry points at
 * is still there when it ends. */
static void what_is_tied_to_it_ends_newest_first_and_once(void **state)
{
	struct arena *arena = arena_new("test", 64);
	struct diary diary = { .len = 0 };

	(void)state;
	for (char what = 'a'; what <= 'c'; what++) {
		struct entry *entry = arena_make(arena, struct entry);

		*entry = (struct entry){ &diary, what };
		arena_at_end(arena, write_entry, entry);
	}
	assert_int_equal(diary.len, 0);
	arena_reset(arena);
	assert_string_equal(diary.text, "cba");
	arena_free(&arena);
	assert_string_equal(diary.text, "cba");
}

#ifndef EVERY_ALLOCATION_IS_A_MALLOC
static void a_reset_arena_is_filled_again_without_the_heap(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	void *first = arena_alloc(arena, 1, 100);

	(void)state;
	(void)arena_alloc(arena, 1, 10000); /* more than the first block has */
	arena_reset(arena);
	assert_ptr_equal(arena_alloc(arena, 1, 100), first);
	arena_free(&arena);
}
#endif

static void allocate_more_than_there_is(void *arena)
{
	(void)arena_alloc(arena, SIZE_MAX / 2, 4);
}

static void a_size_that_overflows_ends_the_process(void **state)
{
	struct arena *arena = arena_new("test", 64);

	(void)state;
	expect_abort(allocate_more_than_there_is, arena);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned_however_it_lies),
		cmocka_unit_test(text_is_copied_joined_and_printed),
		cmocka_unit_test(what_is_tied_to_it_ends_newest_first_and_once),
#ifndef EVERY_ALLOCATION_IS_A_MALLOC
		cmocka_unit_test(a_reset_arena_is_filled_again_without_the_heap),
#endif
		cmocka_unit_test(a_size_that_overflows_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
