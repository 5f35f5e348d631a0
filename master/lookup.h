/* lookup.h - looks names up for workers, which can't open the files that the system's resolver
 * needs. Off the loop, in libuv's threads. */

#pragma once

#include "common/wire.h"

struct worker;

/* Takes a RESOLVE; ADDRESSES follows. -EPROTO when it is malformed. A worker with too many
 * questions open is told at once that there is no such name, and may ask again. */
int lookup_ask(struct worker *worker, struct wire_reader *payload);

/* The worker is gone: its questions end unanswered. */
void lookup_forget(struct worker *worker);
