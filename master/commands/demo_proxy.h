/* demo_proxy.h - the proxy of the demo: this program again, as a server, in the demo's folder. */

#pragma once

#include <limits.h>
#include <stdint.h>

#include "master/commands/demo_folder.h"
#include "master/commands/demo_stage.h"

struct demo_proxy {
	char program[PATH_MAX];
	pid_t pid; /* 0: it has ended */
	uv_signal_t child;
	uv_pipe_t output; /* its log */
	bool spawned;
	bool settled;     /* it listens, or it has ended */
	bool gone;        /* it has ended */
	bool output_gone; /* ... and its workers, too */
	bool shows_log;   /* on our standard output */
	uint16_t port;
	char line[1024]; /* of its log, as far as it has come */
	size_t line_len;
};

/* Returns when it listens. What it complains of goes to our standard error. */
int demo_proxy_start(struct demo_proxy *proxy, struct demo_stage *stage,
	const struct demo_folder *folder, struct note *why);

/* Ends it, and all its workers, in order or, when that takes too long, at once. Not running is
 * fine. */
void demo_proxy_stop(struct demo_proxy *proxy, struct demo_stage *stage);
