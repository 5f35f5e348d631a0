/* bytes.h - is it text at all? What no document may hold, before a parser sees it. */

#pragma once

#include <stdbool.h>

#include "common/note.h"
#include "common/slice.h"

/* Refuses what is no UTF-8 or has control characters, and a header that no person wrote. Takes a
 * byte order mark off the front. `name` begins the note, with line and column. */
int bytes_check(struct slice *text, const char *name, struct note *why);

bool bytes_are_text(struct slice s); /* UTF-8 without NUL */
