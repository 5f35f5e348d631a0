/* supervise.h - the service's standing: which generation serves, which workers live, how the last
 * one died. Reaps. */

#pragma once

#include <time.h>
#include <uv.h>

#include "common/limits.h"
#include "common/log.h"
#include "master/worker.h"

struct generation;

struct crash {
	time_t at; /* 0: there was none */
	unsigned generation, slot;
	pid_t pid;
	struct note why;
};

struct supervise {
	uv_loop_t *loop;
	struct log *log;
	unsigned slots;
	struct worker_kit kit;
	struct generation *serving;       /* NULL before the first START and after the last DRAIN */
	struct generation *generations;   /* all that have a process or a handle; newest first */
	struct worker *workers;           /* of all generations */
	unsigned restarts[LIMIT_WORKERS]; /* of each slot, since the service began */
	struct crash last_crash;
	uv_signal_t child;
};

void supervise_open(struct supervise *supervise, uv_loop_t *loop, struct log *log, unsigned slots,
	const struct worker_kit *kit);
void supervise_close(struct supervise *supervise);

void supervise_enlist(struct supervise *supervise, struct worker *worker);
void supervise_dismiss(struct supervise *supervise, struct worker *worker);
void supervise_record_crash(struct supervise *supervise, const struct worker *worker);
void supervise_kill_all(struct supervise *supervise, const char *why);
