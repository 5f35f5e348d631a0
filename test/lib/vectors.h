/* vectors.h - walks over the rows of test/vectors/<name>.jsonl: what the reference did, recorded by
 * running it.
 *
 *     struct vectors rows;
 *
 *     vectors_open(&rows, test_folder, "duration");
 *     while (vectors_next(&rows)) {
 *             struct slice in = vectors_text(&rows, "in");
 *             ...
 *             vectors_expect(&rows, ns == wanted);
 *     }
 *     assert_int_equal(rows.count, 50);
 *
 * test_folder is argv[1] of every unit test; cmocka_unit_test_prestate(test, argv[1]) hands it to
 * the test as *state. */

#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/slice.h"

struct vectors {
	json_t *row;    /* the current one; vectors_next frees it */
	unsigned count; /* rows so far */
	const char *name;
	FILE *file;
	char *line;
	size_t line_room;
};

void vectors_open(struct vectors *rows, const char *test_folder, const char *name);
bool vectors_next(struct vectors *rows); /* false after the last one; everything is closed then */

/* The string under `key`; `at` is NULL when the row has none. */
struct slice vectors_text(const struct vectors *rows, const char *key);
bool vectors_flag(const struct vectors *rows, const char *key);

/* Like assert_true and expect_slice, and shows the row that failed. */
#define vectors_expect(rows, promise)                                                              \
	do {                                                                                       \
		if (!(promise)) {                                                                  \
			vectors_failed((rows), #promise, __FILE__, __LINE__);                      \
		}                                                                                  \
	} while (0)
#define vectors_expect_slice(rows, got, wanted)                                                    \
	vectors_expect_slice_at((rows), (got), (wanted), __FILE__, __LINE__)

void vectors_expect_slice_at(const struct vectors *rows, struct slice got, struct slice wanted,
	const char *file, int line);
void vectors_failed(const struct vectors *rows, const char *promise, const char *file, int line);
