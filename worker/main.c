/* main.c - one worker process: take the control channel, give up what is not needed, and run the
 * loop until the drain is over. What it serves, its master tells it (orders.c). */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/check.h"
#include "worker/control.h"
#include "worker/worker.h"

/* Secrets will live here: no core dump, no debugger, no new privileges. */
static void confine(void)
{
	static const struct rlimit none = { 0, 0 };

	check(prctl(PR_SET_DUMPABLE, 0) == 0);
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	check(setrlimit(RLIMIT_CORE, &none) == 0);
	check(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	/* A terminal's Ctrl-C goes to the whole group, and a service manager's SIGTERM to the whole
	 * control group; the master tells us what it means. */
	check(signal(SIGINT, SIG_IGN) != SIG_ERR);
	check(signal(SIGTERM, SIG_IGN) != SIG_ERR);
}

int main(void)
{
	static struct worker worker;
	struct note why;

	confine();
	worker_init(&worker, STDOUT_FILENO);
	if (control_open(&worker, &worker.control, &why) < 0) {
		fprintf(stderr, "authtranslator-worker: %s\n", why.text);
		return EXIT_FAILURE;
	}
	(void)uv_run(&worker.loop, UV_RUN_DEFAULT);
	worker_fini(&worker);
	return EXIT_SUCCESS;
}
