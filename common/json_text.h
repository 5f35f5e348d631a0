/* json_text.h - reads one string of JSON. */

#pragma once

#include <stdbool.h>

#include "common/arena.h"
#include "common/slice.h"

/* Reads the string whose opening quote is at *at, and moves *at behind it. False when it does not
 * end, or holds what has no one reading: a control byte, bytes that are no UTF-8, an unknown
 * escape, half of a surrogate pair, a NUL. Aliases `json` where nothing is escaped. */
bool json_text_read(struct slice json, size_t *at, struct arena *arena, struct slice *out);
