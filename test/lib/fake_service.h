/* fake_service.h - the master's reload, supervision and listener around a fake worker, with
 * documents that a test writes. A test program that uses it is its own worker and its own loader:
 * main() begins with fake_begin. */

#pragma once

#include "master/listen.h"
#include "master/reload.h"
#include "test/lib/expect.h"
#include "test/lib/fake_worker.h"

enum {
	FAKE_SLOTS = 2,
	FAKE_READY_MS = 1500,
	FAKE_DRAINING_MS = 500,
	FAKE_DRAIN_MS = 1000,
};

struct fake_service {
	uv_loop_t loop;
	int null; /* where the log goes */
	struct log *log;
	struct scoreboard *board;
	int board_fd;
	struct listener listener;
	struct supervise supervise;
	struct reload reload;
	bool stopped;
	unsigned most_queued; /* messages that ever waited for one worker */
	char worker_path[PATH_MAX];
};

/* For main(): does not return when the program was started as a worker or as a loader. */
void fake_begin(char **argv);

/* What the next load finds: words of fake_worker.h, and of these for the loader itself:
 *   not-loaded  a document is wrong            no-loader  it dies of a signal
 *   half        its result is cut              slow       it takes for ever */
void fake_write(struct fake_service *service, const char *text);

/* Its first generation serves when it returns. The loop is empty when fake_close returns. */
struct fake_service *fake_open(const char *text);
void fake_close(struct fake_service *service);

/* Turns the loop until `done` says so; fails the test when it does not in time. */
typedef bool fake_condition(struct fake_service *service, void *arg);
void fake_run_until(struct fake_service *service, fake_condition *done, void *arg);

fake_condition fake_is_quiet;    /* no reload runs, and no generation leaves */
fake_condition fake_is_complete; /* every slot has its own worker, and nobody stands in */

/* Somebody who asked for a reload. */
struct fake_asker {
	struct reload_waiter waiter;
	bool answered;
	int err;
	unsigned generation;
	char why[1024];
};

fake_condition fake_has_answer; /* its argument is the asker */
void fake_ask(struct fake_service *service, struct fake_asker *asker, const char *text);

/* Asks, waits for the answer and until all is quiet. */
struct fake_asker fake_reload(struct fake_service *service, const char *text);

/* A caller's connection, and the line that must come on it next; neither its end nor a reset may.
 */
int fake_call(struct fake_service *service);
void fake_expect_line(struct fake_service *service, int caller, const char *beginning);

pid_t fake_pid(const struct fake_service *service, unsigned slot);
