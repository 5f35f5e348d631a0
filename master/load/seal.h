/* seal.h - bytes that nobody can change any more, for other processes to read. */

#pragma once

#include "common/note.h"
#include "common/slice.h"

/* Makes a memfd with these bytes, seals it and opens it read-only. */
int seal(struct slice bytes, int *out, struct note *why);
