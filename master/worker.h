/* worker.h - one worker process, as the master sees it: spawned, told what it is to know, heard,
 * reaped. It is freed when it has been reaped, has been heard to the end and its handles have
 * closed.
 *
 * The phase of its conversation     and what ends it, beside its own end and a broken rule
 *   spawned   is told everything    FAILED; ready_ms without READY
 *   standby   said READY
 *   serving   was told to START
 *   ending    was told to DRAIN     draining_ms without DRAINING
 *   leaving   said DRAINING         the time that DRAIN gave it
 * All of these lead to `died`, which is told once, and then to `gone`.
 */

#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>
#include <uv.h>

#include "common/note.h"
#include "master/channel.h"
#include "master/load/load.h"

struct generation;
struct question;
struct worker;

struct worker_events {
	void (*ready)(struct worker *worker);
	void (*draining)(struct worker *worker); /* from here on it judges nothing */

	/* `payload` goes into ADOPT as it is. The descriptor is the handler's. */
	void (*handover)(struct worker *worker, struct slice payload, int fd);
	void (*eased)(struct worker *worker); /* it takes messages again */
	void (*died)(struct worker *worker);  /* the process has ended; worker->why says how */
	void (*gone)(
		struct worker *worker); /* nothing more will be heard; freed behind this call */
};

/* What every worker of a service is given. */
struct worker_kit {
	uv_loop_t *loop;
	const char *path;
	const int *listening; /* one socket for each slot */
	int scoreboard;
	uint64_t ready_ms;    /* from exec to READY */
	uint64_t draining_ms; /* from DRAIN to DRAINING */
	const struct worker_events *events;
};

/* Its process. */
enum worker_state {
	WORKER_RUNS,
	WORKER_CONDEMNED, /* was killed: whatever it still says, it serves no more */
	WORKER_REAPED,
};

struct worker {
	struct channel channel;
	uv_timer_t deadline; /* for what is awaited: READY, DRAINING, its end */
	unsigned handles;    /* that have not closed */

	struct generation *generation; /* the owner's */
	const struct worker_kit *kit;
	unsigned generation_number;
	unsigned slot;
	pid_t pid;
	enum worker_state state;
	time_t started_at;
	const struct loaded *loaded; /* the generation's; NULL once all of it has been told */
	size_t told;                 /* how many of its secrets */
	uint64_t drain_ms;           /* what DRAIN gave it */
	bool orderly;                /* it ended by itself, without complaint */
	struct note why;             /* why it ended, in the words of whoever knew first */

	struct question *questions; /* names that it waits for (lookup.c) */
	unsigned question_count;
	struct worker *next; /* of supervise's list */
};

/* `loaded` must stay until READY has come or the worker has died. */
int worker_spawn(const struct worker_kit *kit, struct generation *generation, unsigned number,
	unsigned slot, const struct loaded *loaded, struct worker **out, struct note *why);

enum control_phase worker_phase(const struct worker *worker);
bool worker_is_ready(const struct worker *worker); /* to be started; false for NULL */
bool worker_serves(const struct worker *worker);   /* false for NULL */

void worker_start(struct worker *worker);
void worker_drain(struct worker *worker, uint64_t drain_ms, bool handover);
void worker_kill(struct worker *worker, const char *why);

/* SIGCHLD came: was it this one? */
void worker_reap(struct worker *worker);
