/* load.h - from three YAML documents to a sealed snapshot and its secrets: fetch, parse, plan,
 * resolve, seal. The files of this folder stand in that order of work (fetch.c reads a source,
 * parse.c turns YAML into structs by the field tables, plan.c checks what spans keys and documents,
 * resolve.c gets the secrets, seal.c writes the memfd). */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "common/note.h"
#include "common/secret.h"
#include "common/snapshot.h"

/* One document: where it is, and whether the operator named it. A list that nobody named and that
 * is not there is a warning; everything else that can't be read is an error. */
struct load_source {
	const char *where;
	bool named;
};

struct load_request {
	struct load_source config, allowlist, denylist;
	struct settings settings; /* goes into the snapshot as it is, but for loaded_at_s */
	uint32_t generation;

	/* The row of an integration's counters (scoreboard_series); NULL gives every one row 0. */
	unsigned (*series)(void *self, struct slice name);
	void *self;
	struct log *log; /* for warnings: open integrations, missing lists, what is not enforced */
};

/* What a generation of workers is made from. */
struct loaded {
	struct arena *arena; /* owns `snapshot` and what it points to */
	const struct snapshot *snapshot;
	int fd; /* sealed and opened read-only */
	uint64_t len;
	struct secret **secrets; /* one a slot, all of them resolved */
	size_t secret_count;
	/* The list was there. Once it was, a later load should take it as named: a list that
	 * vanishes must not open what it kept shut. */
	bool has_allowlist, has_denylist;
};

/* Nothing has changed when it fails; `why` begins with the document's file:line:column where one is
 * to blame. */
int load(const struct load_request *request, struct loaded **out, struct note *why);
void loaded_free(struct loaded **loaded); /* wipes the secrets, closes the memfd */
