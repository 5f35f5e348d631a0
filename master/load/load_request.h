/* load_request.h - what is to be loaded: where the documents are, and what the command line says.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "common/note.h"
#include "common/snapshot.h"

/* One document: where it is, and whether the operator named it. A list that nobody named and that
 * is not there is a warning; everything else that can't be read is an error. */
struct load_source {
	const char *where; /* a path, or a URL, which may hold a secret */
	bool named;
};

struct load_request {
	struct load_source config, allowlist, denylist;
	const char *integrations_dir; /* the operator's own catalogue; NULL or empty: none */
	int64_t fetch_timeout_ns;     /* of one document from afar; 0 or less: none */
	struct settings settings;     /* goes into the snapshot as it is, but for loaded_at_s */
	uint32_t generation;
	struct log *log; /* for warnings: open integrations, missing lists, what is not enforced */
};

/* For the loader's process, which makes a log of its own: `log` is not written down. */
void load_request_encode(const struct load_request *request, struct wire_writer *w);
int load_request_decode(
	struct slice bytes, struct arena *arena, struct load_request *out, struct note *why);
