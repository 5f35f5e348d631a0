/* fetch.c - reads a document (spec/config.md section 2). */

#include <errno.h>

#include "common/file.h"
#include "common/limits.h"
#include "common/url.h"
#include "master/load/fetch.h"

static bool is_remote(struct slice where)
{
	return !slice_starts_with(where, SLICE("file://")) &&
	       memmem(where.at, where.len, "://", 3) != NULL;
}

/* The rest of a file:// source is a path as it stands, without any decoding. */
static struct slice path_of(struct slice where)
{
	struct slice scheme = SLICE("file://");

	return slice_starts_with(where, scheme) ? slice_sub(where, scheme.len, where.len) : where;
}

const char *fetch_name(const char *where, struct arena *arena)
{
	struct slice source = slice_of(where);

	if (is_remote(source)) {
		return arena_string(arena, url_redact(source, arena));
	}
	return arena_string(arena, path_of(source));
}

int fetch(const char *where, struct arena *arena, struct slice *out, struct note *why)
{
	struct slice source = slice_of(where);

	if (is_remote(source)) {
		return note_fail(why, -ENOTSUP,
			"fetch %s: remote documents are not read by this version",
			fetch_name(where, arena));
	}
	return file_read(path_of(source), LIMIT_DOCUMENT_BYTES, out, why);
}
