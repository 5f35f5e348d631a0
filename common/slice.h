/* slice.h - bytes that belong to someone else. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Not NUL-terminated. `at` may be NULL when `len` is 0. Slices borrow: one that outlives the
 * callback it came from is copied first (arena_copy). */
struct slice {
	const char *at;
	size_t len;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })
#define SLICE_FMT      "%.*s"
#define SLICE_ARG(s)   (int)(s).len, (s).at

struct slice slice_of(const char *text); /* NULL gives the empty slice */

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool slice_starts_with_nocase(struct slice s, struct slice prefix);

/* ASCII. Inline, because most names already differ in length, and most others are spelled alike. */
static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
	return slice_equal(a, b) || (a.len == b.len && slice_starts_with_nocase(a, b));
}

bool slice_is_among(struct slice s, const struct slice *others, size_t count);

int slice_compare(struct slice a, struct slice b); /* order of bytes, then of lengths */

/* Compares what a stranger gave with a secret. Takes time that depends on given.len only: neither
 * the secret's bytes nor its length can be measured. */
bool slice_equal_secret(struct slice given, struct slice secret);

bool slice_starts_with(struct slice s, struct slice prefix);
bool slice_ends_with(struct slice s, struct slice suffix);

/* The index of the first `byte` at or after `from`; s.len when there is none. */
size_t slice_find(struct slice s, char byte, size_t from);

struct slice slice_sub(struct slice s, size_t from, size_t to); /* [from, to), clipped */
struct slice slice_trim(struct slice s);                        /* blanks and tabs, both ends */

/* Takes the next piece up to `separator` off the front of `rest`; false when nothing was left.
 * A slice without an address (at == NULL) has no pieces, "" has an empty one, "a,," three. */
bool slice_next(struct slice *rest, char separator, struct slice *piece);

/* All of `s` as an unsigned decimal number, digits only; false when it is none or above `max`. */
bool slice_to_number(struct slice s, unsigned long long max, unsigned long long *out);
