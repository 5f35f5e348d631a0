/* fill.h - "<name>" in a text of the catalogue, and what an operator gives for it. */

#pragma once

#include "common/value.h"

/* Is `pattern` all of one name, such as "<username>"? */
bool fill_is_name(struct slice pattern, struct slice *name);

/* Takes what stands in front of the next name off `rest`, and the name. False when there is none;
 * then `before` is all of it. */
bool fill_next(struct slice *rest, struct slice *before, struct slice *name);

/* Calls `see` for every name in the texts of `pattern`, until it says no; then false. */
typedef bool fill_fn(void *self, struct slice name);
bool fill_each(const struct value *pattern, fill_fn *see, void *self);

/* Puts what the map `given` has into the text. False when a name is not given, or as something
 * else than text. */
bool fill_text(
	struct slice pattern, const struct value *given, struct arena *arena, struct slice *out);

/* The same for a value of any kind. A text that is all of one name becomes what was given,
 * whatever that is. False when a name is not given; so an entry of a map whose value can't be had
 * is left out, and with its last entry a map, too. */
bool fill_value(const struct value *pattern, const struct value *given, struct arena *arena,
	struct value *out);
