/* values.h - copies of values with one thing changed. What is not changed is shared with the
 * original, which stays as it was. */

#pragma once

#include "common/value.h"

/* An empty list or mapping where `value` is NULL, null, or of another kind. */
struct value values_list(const struct value *value);
struct value values_map(const struct value *value);

/* The mapping with `value` under `key`: where it stood before, or at the end; or without it. */
struct value values_set(
	const struct value *map, struct slice key, struct value value, struct arena *arena);
struct value values_unset(const struct value *map, struct slice key, struct arena *arena);

/* The list with another item at `index`, behind its last one if that is its length; or without the
 * item. */
struct value values_put(
	const struct value *list, size_t index, struct value item, struct arena *arena);
struct value values_drop(const struct value *list, size_t index, struct arena *arena);

struct value values_text(struct slice text);

/* The text under `key`, also of what is written like a number; empty when there is none. */
struct slice values_word(const struct value *map, struct slice key);
