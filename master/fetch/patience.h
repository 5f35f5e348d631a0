/* patience.h - how long somebody who blocks may still wait, in all that he does together. */

#pragma once

#include <stdint.h>

#include "common/note.h"

struct patience {
	int64_t ends_ms; /* on the monotonic clock; 0: never */
};

/* From now on; 0 or less has no end. */
struct patience patience_of(int64_t ns);

/* What is left of it, as poll wants it: -1 has no end. */
int patience_left(struct patience patience);

/* An equal part of what is left, when `parts` things may still have to be tried. */
struct patience patience_share(struct patience patience, unsigned parts);

/* Waits until the descriptor is ready for `events` (of poll), or fails with -ETIMEDOUT. */
int patience_wait(struct patience patience, int fd, short events, struct note *why);
