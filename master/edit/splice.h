/* splice.h - pieces of a text that are to be replaced, and the text with all of them made. */

#pragma once

#include "common/arena.h"
#include "common/slice.h"

/* Zero-initialise it, but for the text and the arena. */
struct splices {
	struct slice text;
	struct arena *arena;
	struct splice *items;
	size_t count, room;
};

/* The bytes in [from, to) become `with`. Of several that begin at the same place the first stands
 * in front. */
void splices_add(struct splices *splices, size_t from, size_t to, struct slice with);

/* The same for whole lines, in front of the line that begins at `at`, or behind the last one. */
void splices_add_lines(struct splices *splices, size_t at, struct slice lines);

/* Makes them; false when two are about the same bytes. */
bool splices_apply(struct splices *splices, struct slice *out);

/* Where the line of `at` begins, where it ends, where the next one begins. */
size_t splices_line(const struct splices *splices, size_t at);
size_t splices_line_end(const struct splices *splices, size_t at);
size_t splices_next_line(const struct splices *splices, size_t at);

/* Is there nothing but blanks? */
bool splices_is_blank(const struct splices *splices, size_t from, size_t to);
