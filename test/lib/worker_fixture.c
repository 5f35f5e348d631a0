/* worker_fixture.c - makes a worker's parts in the order of worker/main.c, and ends them so. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "test/lib/clock.h"
#include "test/lib/worker_fixture.h"
#include "worker/accept/accept.h"
#include "worker/control.h"
#include "worker/deadline.h"
#include "worker/drain.h"
#include "worker/forward/resolve.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/turn.h"
#include "worker/vault.h"

enum { MOST_TURNS = 5000 }; /* with a millisecond between them */

static int open_null(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	check(fd >= 0);
	return fd;
}

/* The worker's end of the channel has a fixed number. From the start of the program on, nobody else
 * is to be given it. */
__attribute__((constructor)) static void reserve_number(void)
{
	int null = open_null();

	check(null == CONTROL_FD || dup2(null, CONTROL_FD) == CONTROL_FD);
	check(null == CONTROL_FD || close(null) == 0);
}

static int open_channel(void)
{
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	check(dup2(ends[1], CONTROL_FD) == CONTROL_FD && close(ends[1]) == 0);
	return ends[0];
}

void worker_fixture_start(struct worker_fixture *fixture)
{
	struct note why;

	clock_reset();
	*fixture = (struct worker_fixture){ .master = open_channel(), .null = open_null() };
	worker_init(&fixture->worker, fixture->null);
	check(control_open(&fixture->worker, &fixture->worker.control, &why) == 0);
}

void worker_fixture_open(struct worker_fixture *fixture, struct list integrations)
{
	struct note why = { "" };
	int board;

	worker_fixture_start(fixture);
	check(scoreboard_create(1, &fixture->worker.board, &board, &why) == 0);
	check(close(board) == 0);
	fixture->snapshot = (struct snapshot){
		.generation = 1,
		.settings = { .metrics_enabled = true, .workers = 1, .log_level = LOG_INFO },
		.integrations = integrations,
	};
	fixture->worker.snapshot = &fixture->snapshot;
	check(routes_open(&fixture->worker, &why) == 0);
	control_advance(&fixture->worker.phase, CONTROL_READY);
	control_advance(&fixture->worker.phase, CONTROL_START);
}

void worker_fixture_close(struct worker_fixture *fixture)
{
	struct worker *worker = &fixture->worker;

	check(shutdown(fixture->master, SHUT_RDWR) == 0);
	worker_fixture_turn(fixture);
	clock_move((uint64_t)UINT32_MAX + DEADLINE_TICK_MS); /* the longest that a drain may take */
	worker_fixture_until(fixture, uv_loop_alive(&worker->loop) == 0);
	worker_fini(worker);
	check(dup2(fixture->null, CONTROL_FD) == CONTROL_FD);
	check(close(fixture->master) == 0 && close(fixture->null) == 0);
}

void worker_fixture_turn(struct worker_fixture *fixture)
{
	(void)uv_run(&fixture->worker.loop, UV_RUN_NOWAIT);
}

void worker_fixture_pass(struct worker_fixture *fixture, uint64_t ms)
{
	clock_move(ms);
	worker_fixture_turn(fixture);
}

void worker_fixture_patience(unsigned turns, const char *condition, const char *file, int line)
{
	if (turns == MOST_TURNS) {
		check_failed(condition, file, line);
	}
	if (turns > 0) {
		(void)usleep(1000);
	}
}
