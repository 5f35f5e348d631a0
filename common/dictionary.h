/* dictionary.h - numbers for texts: 1 for the first one, 2 for the second. */

#pragma once

#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"

/* Its texts are the operator's, who does not attack himself by their choice; the texts that are
 * looked for may be anybody's. */
struct dictionary;

/* In the arena, and so is what it grows to. */
struct dictionary *dictionary_new(struct arena *arena);

/* The text's number, which it gets if it has none. It must live as long as the dictionary. */
uint32_t dictionary_add(struct dictionary *dictionary, struct slice text);

/* 0 when it has none. */
uint32_t dictionary_find(const struct dictionary *dictionary, struct slice text);
