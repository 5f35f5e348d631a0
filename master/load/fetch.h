/* fetch.h - a document's bytes, from where the operator says it is. */

#pragma once

#include "common/arena.h"
#include "common/note.h"
#include "common/slice.h"

/* What messages call the source: its path, or its address without what may be a secret. */
const char *fetch_name(const char *where, struct arena *arena);

/* -ENOENT: there is no such file. The caller gives the bytes to file_forget. */
int fetch(const char *where, struct arena *arena, struct slice *out, struct note *why);
