/* places.h - where in a document a thing in memory was written. */

#pragma once

#include "master/load/yaml.h"

/* Zero-initialise it, but for the arena, which it ends with. */
struct places {
	struct arena *arena;
	struct place **items; /* on the heap: what they outgrow must not stay in the arena */
	size_t count, room;
	bool sorted;
};

void places_add(struct places *places, const void *thing, const struct yaml *value);

/* NULL when it is not written anywhere. Fast once all are added. */
const struct yaml *places_find(struct places *places, const void *thing);
