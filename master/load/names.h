/* names.h - what stands under which name; for anything that a document names twice or refers to. */

#pragma once

#include "common/arena.h"
#include "common/slice.h"

/* Is it one that may be an integration's: letters, digits, '.', '_' and '-', and not too many? */
bool names_is_valid(struct slice name);

/* A balanced tree: no document can be written so that looking things up gets slow. */
struct names;

struct names *names_new(struct arena *arena); /* ends with the arena */

/* What stands under `name`; NULL when nothing does. */
void *names_find(const struct names *names, struct slice name);

/* Puts `item` under `name`, which must live as long as the tree, and returns what was there before
 * (NULL: nothing). */
void *names_put(struct names *names, struct slice name, void *item);
