/* turn.h - where the requests run that became ready: behind what a stream reported, and at the end
 * of each loop turn. So no step ever runs inside somebody's callback, and nothing re-enters. */

#pragma once

#include <stdbool.h>
#include <uv.h>

struct turn;

/* Something that is to run once in this turn. Embed it, zeroed. */
struct turn_entry {
	struct turn_entry *next;
	bool queued;
	void (*run)(struct turn_entry *entry);
};

struct turn *turn_new(uv_loop_t *loop);
uv_loop_t *turn_loop(struct turn *turn);
void turn_close(struct turn *turn); /* frees itself when its handles have closed */

/* Queues it; twice is once. What runs may queue more, which runs in the same turn. */
void turn_add(struct turn *turn, struct turn_entry *entry);
void turn_run(struct turn *turn); /* all that is queued; never from what runs */
void turn_remove(struct turn *turn, struct turn_entry *entry);
bool turn_is_empty(const struct turn *turn); /* nothing else is queued */

/* Called when all that was queued has run, before the loop waits: for what is done once a turn. */
void turn_at_end(struct turn *turn, void (*call)(void *), void *arg);
