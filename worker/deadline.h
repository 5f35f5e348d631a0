/* deadline.h - the end of a wait. A worker has thousands of them, moved with every request, so they
 * hang on a wheel with one libuv timer: setting one is two stores as long as it only moves later.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/chain.h"

struct deadlines; /* a worker's wheel */

/* Embed it, zeroed. `late` runs at the end of a wait that was not cleared, up to one tick
 * (DEADLINE_TICK_MS) after its time, never before; it may set or clear any deadline. */
struct deadline {
	struct chain_link hook; /* on the wheel */
	uint64_t due_ms;        /* in the loop's time; 0: cleared */
	uint64_t slot_ms;       /* the tick it hangs at, never later than due_ms */
	void (*late)(struct deadline *deadline);
};

enum { DEADLINE_TICK_MS = 50 };

struct deadlines *deadlines_new(uv_loop_t *loop);
void deadlines_close(struct deadlines *all); /* frees itself when its timer has closed; what hung
					      * there hangs nowhere then */

/* Whether deadlines alone keep the loop running. At first they do not. */
void deadlines_keep_loop(struct deadlines *all, bool keep);

void deadline_set(struct deadlines *all, struct deadline *deadline, uint64_t after_ms,
	void (*late)(struct deadline *deadline));
void deadline_clear(
	struct deadline *deadline);            /* it may stay hanging, but `late` won't be called */
void deadline_fini(struct deadline *deadline); /* before its memory goes */
