/* worker.c - makes the parts of a worker, and ends them. */

#include "worker/worker.h"

#include <stdlib.h>

#include "common/check.h"
#include "worker/accept/accept.h"
#include "worker/control.h"
#include "worker/deadline.h"
#include "worker/drain.h"
#include "worker/forward/resolve.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/turn.h"
#include "worker/vault.h"

static void flush_log(void *arg)
{
	struct log *log = arg;

	if (log_pending(log)) {
		log_flush(log);
	}
}

void worker_init(struct worker *worker, int log_fd)
{
	check(uv_loop_init(&worker->loop) == 0);
	worker->arena = arena_new("worker", 64 * 1024);
	worker->log = log_new(log_fd, LOG_INFO, false);
	worker->random = random_new();
	worker->vault = vault_new();
	worker->turn = turn_new(&worker->loop);
	turn_at_end(worker->turn, flush_log, worker->log);
	worker->deadlines = deadlines_new(&worker->loop);
	worker->acceptor = accept_new(worker);
	worker->resolver = resolver_new(worker);
	worker->drain = drain_new(worker);
	worker->read_buffer = (struct slice){ malloc(LIMIT_READ_BYTES), LIMIT_READ_BYTES };
	worker->join_buffer = (struct slice){ malloc(LIMIT_READ_BYTES), LIMIT_READ_BYTES };
	check(worker->read_buffer.at != NULL && worker->join_buffer.at != NULL);
}

void worker_fini(struct worker *worker)
{
	accept_stop(worker->acceptor);
	turn_close(worker->turn);
	deadlines_close(worker->deadlines);
	routes_close(worker);
	(void)uv_run(&worker->loop, UV_RUN_DEFAULT);
	drain_free(&worker->drain);
	resolver_free(&worker->resolver);
	accept_free(&worker->acceptor);
	control_free(&worker->control);
	requests_free(worker);
	vault_free(&worker->vault);
	scoreboard_close(&worker->board);
	random_free(&worker->random);
	log_free(&worker->log);
	arena_free(&worker->arena);
	free((char *)worker->read_buffer.at);
	free((char *)worker->join_buffer.at);
	check(uv_loop_close(&worker->loop) == 0);
}
