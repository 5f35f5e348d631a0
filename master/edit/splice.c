/* splice.c - collects splices, and makes them in the order of the text. */

#include <stdlib.h>

#include "master/edit/splice.h"

struct splice {
	size_t from, to;
	struct slice with;
	size_t order;
};

void splices_add(struct splices *s, size_t from, size_t to, struct slice with)
{
	if (s->count == s->room) {
		size_t room = s->room == 0 ? 16 : 2 * s->room;
		struct splice *items = arena_alloc(s->arena, room, sizeof(*items));

		if (s->count > 0) {
			memcpy(items, s->items, s->count * sizeof(*items));
		}
		s->items = items;
		s->room = room;
	}
	s->items[s->count] = (struct splice){ from, to, with, s->count };
	s->count++;
}

void splices_add_lines(struct splices *s, size_t at, struct slice lines)
{
	bool open = at > 0 && s->text.at[at - 1] != '\n'; /* the last line has no end */

	splices_add(s, at, at, open ? arena_join(s->arena, SLICE("\n"), lines) : lines);
}

static int by_place(const void *a, const void *b)
{
	const struct splice *x = a, *y = b;

	if (x->from != y->from) {
		return x->from < y->from ? -1 : 1;
	}
	return (x->order > y->order) - (x->order < y->order);
}

bool splices_apply(struct splices *s, struct slice *out)
{
	struct slice made = SLICE("");
	size_t at = 0;

	if (s->count > 0) {
		qsort(s->items, s->count, sizeof(*s->items), by_place);
	}
	for (size_t i = 0; i < s->count; i++) {
		const struct splice *splice = &s->items[i];

		if (splice->from < at) {
			return false;
		}
		made = arena_join(s->arena, made, slice_sub(s->text, at, splice->from));
		made = arena_join(s->arena, made, splice->with);
		at = splice->to;
	}
	*out = arena_join(s->arena, made, slice_sub(s->text, at, s->text.len));
	return true;
}

size_t splices_line(const struct splices *s, size_t at)
{
	while (at > 0 && s->text.at[at - 1] != '\n') {
		at--;
	}
	return at;
}

size_t splices_line_end(const struct splices *s, size_t at)
{
	return slice_find(s->text, '\n', at);
}

size_t splices_next_line(const struct splices *s, size_t at)
{
	size_t end = splices_line_end(s, at);

	return end < s->text.len ? end + 1 : end;
}

bool splices_is_blank(const struct splices *s, size_t from, size_t to)
{
	return slice_trim(slice_sub(s->text, from, to)).len == 0;
}
