/* main.c - one worker process: take the control channel, give up what is not needed, and run the
 * loop until the drain is over. What it serves, its master tells it (control.c). */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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
#include "worker/worker.h"

/* Secrets will live here: no core dump, no debugger, no new privileges. */
static void confine(void)
{
	static const struct rlimit none = { 0, 0 };

	check(prctl(PR_SET_DUMPABLE, 0) == 0);
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	check(setrlimit(RLIMIT_CORE, &none) == 0);
	check(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	/* A terminal's Ctrl-C goes to the whole group; the master tells us what it means. */
	check(signal(SIGINT, SIG_IGN) != SIG_ERR);
}

static void flush_log(void *arg)
{
	struct log *log = arg;

	if (log_pending(log)) {
		log_flush(log);
	}
}

static void worker_init(struct worker *worker)
{
	check(uv_loop_init(&worker->loop) == 0);
	worker->arena = arena_new("worker", 64 * 1024);
	worker->log = log_new(STDOUT_FILENO, LOG_INFO, false);
	worker->random = random_new();
	worker->vault = vault_new();
	worker->turn = turn_new(&worker->loop);
	turn_at_end(worker->turn, flush_log, worker->log);
	worker->deadlines = deadlines_new(&worker->loop);
	worker->acceptor = acceptor_new(worker);
	worker->resolver = resolver_new(worker);
	worker->drain = drain_new(worker);
	worker->read_buffer = (struct slice){ malloc(LIMIT_READ_BYTES), LIMIT_READ_BYTES };
	check(worker->read_buffer.at != NULL);
}

/* The loop has ended because nothing was left on it, or because the master left before START. */
static void worker_fini(struct worker *worker)
{
	acceptor_stop(worker->acceptor);
	turn_close(worker->turn);
	deadlines_close(worker->deadlines);
	routes_close(worker);
	(void)uv_run(&worker->loop, UV_RUN_DEFAULT);
	drain_free(&worker->drain);
	resolver_free(&worker->resolver);
	acceptor_free(&worker->acceptor);
	control_free(&worker->control);
	requests_free(worker);
	vault_free(&worker->vault);
	scoreboard_close(&worker->board);
	random_free(&worker->random);
	log_free(&worker->log);
	arena_free(&worker->arena);
	free((char *)worker->read_buffer.at);
	check(uv_loop_close(&worker->loop) == 0);
}

int main(void)
{
	static struct worker worker;
	struct note why;

	confine();
	worker_init(&worker);
	if (control_open(&worker, &worker.control, &why) < 0) {
		fprintf(stderr, "authtranslator-worker: %s\n", why.text);
		return EXIT_FAILURE;
	}
	(void)uv_run(&worker.loop, UV_RUN_DEFAULT);
	worker_fini(&worker);
	return EXIT_SUCCESS;
}
