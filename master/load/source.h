/* source.h - a document's bytes, from where the operator says it is: a path, file://, http:// or
 * https:// (spec/config.md section 2). */

#pragma once

#include "common/arena.h"
#include "common/note.h"
#include "common/slice.h"

bool source_is_remote(struct slice where);

/* The path of a source that is not remote. */
struct slice source_path(struct slice where);

/* What messages call the source: its path, or its address without what may be a secret. */
const char *source_name(const char *where, struct arena *arena);

/* -ENOENT: there is no such file. The caller gives the bytes to file_forget. */
int source_read(const char *where, int64_t timeout_ns, struct arena *arena, struct slice *out,
	struct note *why);
