/* reload.h - moves the service from one generation to the next, the first one included.
 *
 *   idle        somebody asks              -> load
 *   loading     it has loaded              -> form a generation                fails: idle
 *   readying    all its workers are READY  -> DRAIN the serving one            one fails: idle
 *   switching   the old judges no more     -> START the new one, answer: idle  (no way back here)
 *   stopping    was told to end            -> a load ends, everything drains; `stopped` when no
 *                                             worker is left
 *
 * In idle what was asked for meanwhile begins, all of it as one. The switch is monotonic: before
 * START every worker of the old generation has said DRAINING or is dead. What can't be loaded or
 * formed is told, and changes nothing.
 *
 * Old generations end what they had begun beside all this, up to LIMIT_GENERATIONS of them, so a
 * long answer does not put off the next reload. What they hand over goes to the generation that
 * serves; while none does, or none of its workers can take more, it waits in their sockets. */

#pragma once

#include <stdbool.h>
#include <time.h>

#include "common/note.h"
#include "common/scoreboard.h"
#include "master/generation.h"
#include "master/loader.h"
#include "master/supervise.h"

enum reload_state {
	RELOAD_IDLE,
	RELOAD_LOADING,
	RELOAD_READYING,
	RELOAD_SWITCHING,
	RELOAD_STOPPING,
};

/* Somebody who asked. Embedded; `done` is called once, from the loop or from within the asking. */
struct reload_waiter {
	void (*done)(
		struct reload_waiter *waiter, int err, unsigned generation, const struct note *why);
	struct reload_waiter *next;
};

struct reload_result {
	time_t at; /* 0: none has ended yet */
	unsigned generation;
	int err;
	struct note why;
};

struct reload;

/* What its owner is told. */
struct reload_events {
	/* The documents of the first start are sound; what it needs beside them may still fail. */
	int (*first_loaded)(struct reload *reload, struct note *why);
	void (*stopped)(struct reload *reload);
};

struct reload {
	const struct reload_events *events;
	struct supervise *supervise;
	struct scoreboard *board;
	struct load_request request;
	uint64_t load_ms, drain_ms;
	enum reload_state state;
	unsigned attempts; /* numbers the generations, also those that never served */
	struct loader loader;
	struct generation *coming;
	struct generation *draining;       /* in switching: has not said DRAINING as a whole */
	struct reload_waiter *now, *later; /* who waits for this one, and for the next */
	bool again;
	struct reload_result last;
	uint64_t lost; /* connections that nobody could adopt */
};

void reload_init(struct reload *reload, struct supervise *supervise,
	const struct load_request *request, struct scoreboard *board, uint64_t drain_ms,
	const struct reload_events *events);

/* Asks for a reload that begins after this call: at once, or when the one that runs is through. The
 * first one is the start. `waiter` may be NULL. */
void reload_ask(struct reload *reload, struct reload_waiter *waiter);
void reload_forget(struct reload *reload, struct reload_waiter *waiter);

/* Ends the service: requests may finish within the drain time. */
void reload_stop(struct reload *reload);

const char *reload_state_name(enum reload_state state);
