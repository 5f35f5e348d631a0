/* generation.h - all workers that share one snapshot: formed together, started together, kept at
 * full strength while they serve, drained together.
 *
 *   forming   every worker is told what it is to know          one death, and all of it has failed
 *   ready     every worker said READY                          from here on the dead are replaced
 *   serving   every worker was told to START                   a dead one's slot has a stand-in
 *   leaving   was told to DRAIN, or was discarded              ends when the last worker is gone
 */

#pragma once

#include <stdbool.h>
#include <uv.h>

#include "common/limits.h"
#include "master/load/load.h"
#include "master/supervise.h"

enum generation_state {
	GENERATION_FORMING,
	GENERATION_READY,
	GENERATION_SERVING,
	GENERATION_LEAVING,
};

/* What its owner is told. */
struct generation_events {
	void (*ready)(struct generation *generation);
	void (*failed)(struct generation *generation, const struct note *why); /* while forming */
	void (*still)(struct generation *generation); /* drained: it judges nothing any more */
	void (*handover)(struct generation *generation, struct slice payload, int fd);
	void (*eased)(struct generation *generation); /* it may be able to adopt again */
	void (*gone)(struct generation *generation);  /* from the loop; freed behind this call */
};

/* One slot: who is at it, and who accepts there while nobody is. */
struct post {
	struct worker *worker;   /* NULL while a replacement waits for its time */
	struct worker *stand_in; /* a sibling; NULL: none needed, or none there */
	unsigned failures;       /* deaths before READY, in a row */
	uint64_t retry_at;       /* loop time in ms; 0: nothing waits */
};

struct generation {
	struct supervise *supervise;
	const struct generation_events *events;
	void *owner;
	unsigned number;
	enum generation_state state;
	struct loaded *loaded; /* NULL once leaving: nobody is spawned any more */
	struct post posts[LIMIT_WORKERS];
	unsigned alive; /* workers that are not gone */
	bool still;     /* nobody in it judges anything any more */
	bool discarded; /* all of it was killed */
	bool held;      /* what is handed over waits in the workers' sockets */
	unsigned turn;  /* whose turn it is to adopt */
	uv_timer_t retry;
	struct generation *next;
};

/* Takes `loaded`. */
struct generation *generation_new(struct supervise *supervise, unsigned number,
	struct loaded *loaded, const struct generation_events *events, void *owner);

/* A failing call leaves a generation that is to be discarded. */
int generation_form(struct generation *generation, struct note *why);
void generation_start(struct generation *generation);

/* Workers that have not been started are killed. With `handover` their connections come as handover
 * events, from generation_hold(false) on. `still` may be told before this returns. */
void generation_drain(struct generation *generation, uint64_t drain_ms, bool handover);

/* Kills what there is of it, also when it leaves already. */
void generation_discard(struct generation *generation, const char *why);

/* Gives a connection to a worker whose turn it is. -EAGAIN: none is serving. */
int generation_adopt(struct generation *generation, struct slice payload, int fd);
bool generation_can_adopt(const struct generation *generation); /* without a queue */
void generation_hold(struct generation *generation, bool hold);

void generation_tell_death(const struct generation *generation, const struct worker *worker);
extern const struct worker_events generation_worker_events; /* for the kit of its workers */
