/* places.c - remembers what was read from where. */

#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "master/load/places.h"

struct place {
	const void *thing;
	const struct yaml *value;
};

static void end(void *items)
{
	free(*(struct place **)items);
}

static void make_room(struct places *places)
{
	if (places->items == NULL) {
		places->items = arena_make(places->arena, struct place *);
		arena_at_end(places->arena, end, places->items);
	}
	places->room = places->room == 0 ? 64 : 2 * places->room;
	*places->items = reallocarray(*places->items, places->room, sizeof(**places->items));
	check(*places->items != NULL);
}

void places_add(struct places *places, const void *thing, const struct yaml *value)
{
	if (places->count == places->room) {
		make_room(places);
	}
	(*places->items)[places->count++] = (struct place){ thing, value };
	places->sorted = false;
}

static int by_thing(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct place *)a)->thing;
	uintptr_t y = (uintptr_t)((const struct place *)b)->thing;

	return (x > y) - (x < y);
}

const struct yaml *places_find(struct places *places, const void *thing)
{
	const struct place wanted = { thing, NULL };
	const struct place *found;

	if (places->count == 0) {
		return NULL;
	}
	if (!places->sorted) {
		qsort(*places->items, places->count, sizeof(**places->items), by_thing);
		places->sorted = true;
	}
	found = bsearch(&wanted, *places->items, places->count, sizeof(*found), by_thing);
	return found == NULL ? NULL : found->value;
}
