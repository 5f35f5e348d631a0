/* loaded.h - what a load comes to, and a generation of workers is made from. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/note.h"
#include "common/secret.h"
#include "common/snapshot.h"

struct loaded {
	struct arena *arena; /* owns `snapshot`, what it points to, and `secrets` */
	struct snapshot *snapshot;
	struct secret **secrets; /* one a slot, all of them resolved */
	size_t secret_count;
	/* The list was there. Once it was, a later load should take it as named: a list that
	 * vanishes must not open what it kept shut. */
	bool has_allowlist, has_denylist;

	/* The snapshot as workers get it, from loaded_seal on: sealed and opened read-only. */
	int fd; /* -1 before */
	uint64_t len;
};

struct loaded *loaded_new(void);
void loaded_free(struct loaded **loaded); /* wipes the secrets, closes the memfd */

/* From the loader's process to the master; the bytes hold the secrets. A load that failed is
 * written down, too, and decodes to its error and its note. */
void loaded_encode(const struct loaded *loaded, struct wire_writer *w);
void loaded_encode_failure(int err, const struct note *why, struct wire_writer *w);
int loaded_decode(struct slice bytes, struct loaded **out, struct note *why);

/* Gives every integration the row of its counters (scoreboard_series; NULL: row 0), and writes the
 * memfd. */
int loaded_seal(struct loaded *loaded, unsigned (*series)(void *self, struct slice name),
	void *self, struct note *why);
