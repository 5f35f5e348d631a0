/* demo_stage.h - the loop on which the demo plays, and waiting on it: every wait has an end. */

#pragma once

#include <stdbool.h>
#include <uv.h>

#include "common/note.h"

enum { DEMO_PATIENCE_MS = 15 * 1000 };

struct demo_stage {
	uv_loop_t loop;
	uv_timer_t patience;
	uv_signal_t signals[3];
	bool late;
	bool stopped; /* somebody wants us to end: Ctrl-C, SIGTERM, SIGHUP */
};

void demo_stage_open(struct demo_stage *stage);

/* Everything else on the loop has been closed before. */
void demo_stage_close(struct demo_stage *stage);

/* Turns the loop until *done. `what` is for the note: "no answer came in 15 s". -ETIMEDOUT; or
 * -ECANCELED, when the demo is stopped. */
int demo_stage_wait(struct demo_stage *stage, const bool *done, const char *what, struct note *why);

/* The same for as long as it takes, i.e. until the demo is stopped. */
void demo_stage_idle(struct demo_stage *stage, const bool *done);

/* A loop's callback for handles that need no other: sets the bool that `data` points to. */
void demo_stage_on_closed(uv_handle_t *handle);
