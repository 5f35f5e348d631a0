/* file.h - a whole file in memory, for the master: documents and secrets. Workers open none. */

#pragma once

#include <stddef.h>

#include "common/note.h"
#include "common/slice.h"

/* Reads up to `max` bytes; a longer file is refused. Never waits: a pipe that has no writer is
 * empty, one that is not ready an error. The caller owns the bytes and calls file_forget. */
int file_read(struct slice path, size_t max, struct slice *out, struct note *why);

void file_forget(struct slice *bytes); /* wipes and frees; empty is fine */
