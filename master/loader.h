/* loader.h - has documents and secrets loaded by a process of its own, our program once more under
 * another name (master/load/serve.h).
 *
 *   start    the request goes into a memfile, the process starts   can't: done, with an error
 *   wait     it ends with 0: the result is in the memfile -> done  anything else: done, with an
 * error
 *
 * A process rather than a thread: what a document or a server brings about there, a crash in a
 * parser too, ends with it and never with the master; no wait of its holds up the loop; and being
 * late or unwanted is answered with SIGKILL, in the middle of whatever it does. A memfile rather
 * than a pipe: half a result can't be mistaken for one. */

#pragma once

#include <stdbool.h>
#include <uv.h>

#include "master/load/load_request.h"
#include "master/load/loaded.h"

/* Embed it, zeroed. It may start again from within `done`. */
struct loader {
	/* Called once for each start, always from the loop. `loaded` is the callee's; NULL when err
	 * is negative. */
	void (*done)(struct loader *loader, int err, struct loaded *loaded, const struct note *why);

	/* Its own. */
	uv_process_t process;
	uv_timer_t deadline;
	unsigned handles; /* that have not closed: 0 in between */
	int memfile;
	bool late, cancelled;
	int err;
	struct loaded *loaded;
	struct note why;
};

void loader_start(
	struct loader *loader, uv_loop_t *loop, const struct load_request *request, uint64_t ms);

/* Ends what runs, if anything does; nobody is told. */
void loader_cancel(struct loader *loader);
