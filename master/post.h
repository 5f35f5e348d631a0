/* post.h - the slots of a generation: who is at them, and who comes when somebody has died. */

#pragma once

#include "master/generation.h"

/* Spawns a worker for a slot that has none. */
int post_man(struct generation *generation, unsigned slot, struct note *why);

/* Sees to it that somebody accepts at every slot of a serving generation: its own worker, or else a
 * sibling, which is sent back as soon as the own worker serves. To be called after every change;
 * changes nothing that is right. */
void post_cover(struct generation *generation);

/* The worker is dead: nobody is at its slot, and it stands in for nobody. */
void post_forget(struct generation *generation, const struct worker *worker);

/* Brings somebody new to the dead worker's slot: at once if it served, else after a while that
 * doubles with every death before READY, from LIMIT_RESTART_FIRST_MS to LIMIT_RESTART_LAST_MS. */
void post_replace(struct generation *generation, struct worker *worker);
