/* source.c - reads a document, here or from afar. */

#include <errno.h>

#include "common/file.h"
#include "common/http1.h"
#include "common/limits.h"
#include "common/url.h"
#include "master/fetch/fetch.h"
#include "master/load/source.h"

bool source_is_remote(struct slice where)
{
	return !slice_starts_with(where, SLICE("file://")) &&
	       memmem(where.at, where.len, "://", 3) != NULL;
}

/* What follows file:// is a path as it stands, without any decoding. */
struct slice source_path(struct slice where)
{
	struct slice scheme = SLICE("file://");

	return slice_starts_with(where, scheme) ? slice_sub(where, scheme.len, where.len) : where;
}

const char *source_name(const char *where, struct arena *arena)
{
	struct slice source = slice_of(where);

	if (source_is_remote(source)) {
		return arena_string(arena, url_redact(source, arena));
	}
	return arena_string(arena, source_path(source));
}

/* Any other status has a page of its own, which must not be taken for the document. */
static int read_remote(const char *where, int64_t timeout_ns, struct arena *arena,
	struct slice *out, struct note *why)
{
	const struct fetch fetch = {
		.url = slice_of(where),
		.timeout_ns = timeout_ns,
		.max_bytes = LIMIT_DOCUMENT_BYTES,
		.redirects = LIMIT_REDIRECTS,
	};
	struct fetch_answer answer;
	int err = fetch_run(&fetch, arena, &answer, why);

	if (err < 0) {
		note_prefix(why, "fetch %s: request failed: ", source_name(where, arena));
		return -EIO;
	}
	if (answer.head.status != 200) {
		fetch_forget(&answer);
		return note_fail(why, -EIO, "remote fetch %s failed: %d %s",
			source_name(where, arena), answer.head.status,
			http1_reason_phrase(answer.head.status));
	}
	*out = answer.body;
	return 0;
}

int source_read(const char *where, int64_t timeout_ns, struct arena *arena, struct slice *out,
	struct note *why)
{
	struct slice source = slice_of(where);

	if (source_is_remote(source)) {
		return read_remote(where, timeout_ns, arena, out, why);
	}
	return file_read(source_path(source), LIMIT_DOCUMENT_BYTES, out, why);
}
