/* worker.h - what one worker process has: its loop, its snapshot, and what is opened from it. There
 * is one, made in main.c; everything else is handed a pointer to it. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <uv.h>

#include "common/chain.h"
#include "common/control.h"
#include "common/log.h"
#include "common/random.h"
#include "common/scoreboard.h"
#include "common/snapshot.h"

struct acceptor;
struct control;
struct deadlines;
struct drain;
struct request;
struct resolver;
struct routes;
struct turn;
struct vault;

struct worker {
	uv_loop_t loop;
	unsigned number; /* of the slot; stripe of the scoreboard */
	unsigned generation;
	enum control_phase phase; /* moved by what is said (control_advance) */

	struct arena *arena;             /* ends with the process */
	const struct snapshot *snapshot; /* set before READY, never written after */
	struct routes *routes;
	struct vault *vault;
	struct scoreboard *board;
	struct log *log;
	struct random *random;

	struct turn *turn;
	struct deadlines *deadlines;
	struct control *control;
	struct acceptor *acceptor;
	struct resolver *resolver;
	struct drain *drain;

	struct slice read_buffer; /* LIMIT_READ_BYTES; every read of the loop lands there */
	struct slice join_buffer; /* as long; where flow.c joins the pieces of one read */
	struct chain connections; /* all callers' */
	unsigned connection_count;
	struct request *spare; /* requests that wait to be used again */
	unsigned spare_count;
	unsigned upstream_count, idle_upstreams;

	time_t date_s; /* the second that `date` tells, for our own answers */
	char date[40];
};

/* Everything but what the master tells; the log goes to `log_fd`. */
void worker_init(struct worker *worker, int log_fd);

/* After the loop has ended, because nothing was left on it. */
void worker_fini(struct worker *worker);
