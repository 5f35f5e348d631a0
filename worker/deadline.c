/* deadline.c - a timing wheel: a ring of lists, one per tick. */

#include <stdlib.h>

#include "common/check.h"
#include "worker/deadline.h"

enum { SLOTS = 1024 }; /* one turn of the wheel is 51 s; later deadlines go round again */

struct deadlines {
	uv_timer_t timer;
	uint64_t tick; /* the last one that was looked at */
	struct chain slots[SLOTS];
};

static void on_tick(uv_timer_t *timer);

struct deadlines *deadlines_new(uv_loop_t *loop)
{
	struct deadlines *all = calloc(1, sizeof(*all));

	check(all != NULL);
	check(uv_timer_init(loop, &all->timer) == 0);
	uv_unref((uv_handle_t *)&all->timer);
	return all;
}

static void on_closed(uv_handle_t *handle)
{
	free(container_of((uv_timer_t *)handle, struct deadlines, timer));
}

/* What still hangs there may well outlive the wheel. */
void deadlines_close(struct deadlines *all)
{
	for (size_t i = 0; i < SLOTS; i++) {
		while (all->slots[i].first != NULL) {
			chain_remove(all->slots[i].first);
		}
	}
	uv_close((uv_handle_t *)&all->timer, on_closed);
}

void deadlines_keep_loop(struct deadlines *all, bool keep)
{
	if (keep) {
		uv_ref((uv_handle_t *)&all->timer);
	} else {
		uv_unref((uv_handle_t *)&all->timer);
	}
}

static void hang(struct deadlines *all, struct deadline *d)
{
	uint64_t tick = d->due_ms / DEADLINE_TICK_MS + 1;

	d->slot_ms = tick * DEADLINE_TICK_MS;
	chain_add(&all->slots[tick % SLOTS], &d->hook);
}

/* To the next tick, whenever the last one was looked at: a timer that repeats would drift. */
static void wind(struct deadlines *all)
{
	uint64_t passed = uv_now(all->timer.loop) % DEADLINE_TICK_MS;

	check(uv_timer_start(&all->timer, on_tick, DEADLINE_TICK_MS - passed, 0) == 0);
}

void deadline_set(struct deadlines *all, struct deadline *d, uint64_t after_ms,
	void (*late)(struct deadline *deadline))
{
	uint64_t now = uv_now(all->timer.loop);

	d->due_ms = now + after_ms;
	d->late = late;
	if (chain_holds(&d->hook) && d->slot_ms <= d->due_ms + DEADLINE_TICK_MS) {
		return; /* it is looked at in time, and hung further on then */
	}
	chain_remove(&d->hook);
	if (!uv_is_active((uv_handle_t *)&all->timer)) {
		all->tick = now / DEADLINE_TICK_MS;
		wind(all);
	}
	hang(all, d);
}

void deadline_clear(struct deadline *d)
{
	d->due_ms = 0;
}

void deadline_fini(struct deadline *d)
{
	chain_remove(&d->hook);
	d->due_ms = 0;
}

/* Takes the whole list off first: `late` may set and clear deadlines as it likes. */
static void look_at(struct deadlines *all, uint64_t tick, uint64_t now)
{
	struct chain list;

	chain_move(&all->slots[tick % SLOTS], &list);
	while (list.first != NULL) {
		struct deadline *d = container_of(list.first, struct deadline, hook);

		chain_remove(&d->hook);
		if (d->due_ms == 0) {
			continue;
		}
		if (d->due_ms > now) {
			hang(all, d);
			continue;
		}
		d->due_ms = 0;
		d->late(d);
	}
}

static bool is_empty(const struct deadlines *all)
{
	for (size_t i = 0; i < SLOTS; i++) {
		if (all->slots[i].first != NULL) {
			return false;
		}
	}
	return true;
}

static void on_tick(uv_timer_t *timer)
{
	struct deadlines *all = container_of(timer, struct deadlines, timer);
	uint64_t now = uv_now(timer->loop);
	uint64_t until = now / DEADLINE_TICK_MS;

	wind(all);
	/* After a long stop (a suspended machine) one turn looks at every list. */
	if (until - all->tick > SLOTS) {
		all->tick = until - SLOTS;
	}
	while (all->tick < until) {
		all->tick++;
		look_at(all, all->tick, now);
	}
	if (all->tick % SLOTS == 0 && is_empty(all)) {
		check(uv_timer_stop(timer) == 0); /* an idle worker sleeps */
	}
}
