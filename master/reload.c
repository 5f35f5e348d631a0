/* reload.c - load, form, wait for READY, drain the old, start the new, hand connections over. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/check.h"
#include "common/scoreboard.h"
#include "common/url.h"
#include "master/reload.h"

#define TO(state) (1u << (state))

static const struct {
	const char *name;
	unsigned next;
} states[] = {
	[RELOAD_IDLE] = { "idle", TO(RELOAD_LOADING) | TO(RELOAD_STOPPING) },
	[RELOAD_LOADING] = { "loading",
		TO(RELOAD_READYING) | TO(RELOAD_IDLE) | TO(RELOAD_STOPPING) },
	[RELOAD_READYING] = { "readying",
		TO(RELOAD_SWITCHING) | TO(RELOAD_IDLE) | TO(RELOAD_STOPPING) },
	[RELOAD_SWITCHING] = { "switching", TO(RELOAD_IDLE) | TO(RELOAD_STOPPING) },
	[RELOAD_STOPPING] = { "stopping", 0 },
};

static void on_loaded(
	struct loader *loader, int err, struct loaded *loaded, const struct note *why);
static void on_ready(struct generation *generation);
static void on_failed(struct generation *generation, const struct note *why);
static void on_still(struct generation *generation);
static void on_handover(struct generation *generation, struct slice payload, int fd);
static void on_eased(struct generation *generation);
static void on_gone(struct generation *generation);

static const struct generation_events events = {
	.ready = on_ready,
	.failed = on_failed,
	.still = on_still,
	.handover = on_handover,
	.eased = on_eased,
	.gone = on_gone,
};

const char *reload_state_name(enum reload_state state)
{
	return states[state].name;
}

static void move(struct reload *reload, enum reload_state to)
{
	check(states[reload->state].next & TO(to));
	log_debug(reload->supervise->log, "reload moves",
		LOG_STR("from", states[reload->state].name), LOG_STR("to", states[to].name));
	reload->state = to;
}

/* Keeps the series' numbers of every integration that ever was. */
static unsigned find_series(void *self, struct slice name)
{
	return scoreboard_series(self, name);
}

void reload_init(struct reload *reload, struct supervise *supervise,
	const struct load_request *request, struct scoreboard *board, uint64_t drain_ms,
	const struct reload_events *reload_events)
{
	*reload = (struct reload){
		.events = reload_events,
		.supervise = supervise,
		.board = board,
		.request = *request,
		.load_ms = LIMIT_LOAD_MS,
		.drain_ms = drain_ms,
		.loader.done = on_loaded,
	};
}

/* Everybody who waits for this one hears how it ended, and so does `status`. */
static void answer(struct reload *reload, int err, unsigned generation, const struct note *why)
{
	struct reload_waiter *waiters = reload->now;

	reload->now = NULL;
	reload->last = (struct reload_result){ time(NULL), generation, err, *why };
	while (waiters != NULL) {
		struct reload_waiter *waiter = waiters;

		waiters = waiter->next;
		waiter->done(waiter, err, generation, why);
	}
}

/* The first start has nothing to keep: whoever waits for it says the rest. */
static void give_up(struct reload *reload, int err, unsigned generation, const struct note *why)
{
	if (reload->supervise->serving != NULL) {
		struct arena *arena = arena_new("reload", 256);

		log_error(reload->supervise->log, "reload failed; keeping existing configuration",
			LOG_TEXT("source",
				url_redact(slice_of(reload->request.config.where), arena)),
			LOG_STR("error", why->text));
		arena_free(&arena);
	}
	answer(reload, err, generation, why);
}

static void form(struct reload *reload, struct loaded *loaded)
{
	struct note why = { "" };
	int err;

	move(reload, RELOAD_READYING);
	reload->coming = generation_new(
		reload->supervise, reload->request.generation, loaded, &events, reload);
	err = generation_form(reload->coming, &why);
	if (err < 0) {
		on_failed(reload->coming, &why);
	}
}

static void begin(struct reload *reload)
{
	reload->now = reload->later;
	reload->later = NULL;
	reload->again = false;
	move(reload, RELOAD_LOADING);
	log_info(reload->supervise->log, "reloading configuration");
	reload->request.generation = ++reload->attempts;
	loader_start(&reload->loader, reload->supervise->loop, &reload->request, reload->load_ms);
}

/* Whoever was answered may have ended the service, or asked once more and been served. */
static void begin_next(struct reload *reload)
{
	if (reload->state == RELOAD_IDLE && reload->again) {
		begin(reload);
	}
}

/* A list that was there is expected from then on: one that vanishes must not open what it kept
 * shut. */
static void expect_lists(struct reload *reload, const struct loaded *loaded)
{
	reload->request.allowlist.named |= loaded->has_allowlist;
	reload->request.denylist.named |= loaded->has_denylist;
}

/* What every load leads to, and the first one, too. */
static int accept_loaded(struct reload *reload, struct loaded *loaded, struct note *why)
{
	int err = loaded_seal(loaded, find_series, reload->board, why);

	expect_lists(reload, loaded);
	if (err == 0 && reload->attempts == 1) {
		err = reload->events->first_loaded(reload, why);
	}
	return err;
}

/* What a start fails for is told by its document's name; a reload's line in the log has it. */
static void name_source(const struct reload *reload, struct note *why)
{
	struct arena *arena = arena_new("reload", 256);

	if (reload->attempts == 1) {
		note_prefix(why, "reload failed for " SLICE_FMT ": ",
			SLICE_ARG(url_redact(slice_of(reload->request.config.where), arena)));
	}
	arena_free(&arena);
}

static void on_loaded(struct loader *loader, int err, struct loaded *loaded, const struct note *why)
{
	struct reload *reload = container_of(loader, struct reload, loader);
	struct note told = *why;

	if (err < 0) {
		name_source(reload, &told);
	} else {
		err = accept_loaded(reload, loaded, &told);
	}
	if (err == 0) {
		form(reload, loaded);
		return;
	}
	loaded_free(&loaded);
	move(reload, RELOAD_IDLE);
	give_up(reload, err, reload->request.generation, &told);
	begin_next(reload);
}

void reload_ask(struct reload *reload, struct reload_waiter *waiter)
{
	static const struct note stopping = { "the service is stopping" };

	if (reload->state == RELOAD_STOPPING) {
		if (waiter != NULL) {
			waiter->done(waiter, -ESHUTDOWN, 0, &stopping);
		}
		return;
	}
	if (waiter != NULL) {
		waiter->next = reload->later;
		reload->later = waiter;
	}
	if (reload->state == RELOAD_IDLE) {
		begin(reload);
	} else {
		reload->again = true;
	}
}

static void forget_in(struct reload_waiter **at, const struct reload_waiter *waiter)
{
	while (*at != NULL && *at != waiter) {
		at = &(*at)->next;
	}
	if (*at != NULL) {
		*at = waiter->next;
	}
}

void reload_forget(struct reload *reload, struct reload_waiter *waiter)
{
	forget_in(&reload->now, waiter);
	forget_in(&reload->later, waiter);
}

/* The new generation could not be formed. The old one never noticed. */
static void on_failed(struct generation *generation, const struct note *why)
{
	struct reload *reload = generation->owner;
	struct note told = *why;

	if (reload->state != RELOAD_READYING) {
		return;
	}
	move(reload, RELOAD_IDLE);
	reload->coming = NULL;
	generation_discard(generation, "was not needed: its generation failed");
	give_up(reload, -ECHILD, generation->number, &told);
	begin_next(reload);
}

static void tell_switched(struct reload *reload, const struct generation *generation)
{
	static const struct note nothing = { "" };

	if (reload->last.at != 0) { /* otherwise it is the start */
		log_info(reload->supervise->log, "reloaded configuration");
	}
	log_info(reload->supervise->log, "generation serves",
		LOG_INT("generation", generation->number),
		LOG_INT("workers", reload->supervise->slots));
	answer(reload, 0, generation->number, &nothing);
}

/* What the leaving ones hand over waits in their workers' sockets, or comes. */
static void hold_leaving(struct reload *reload, bool hold)
{
	struct generation *generation = reload->supervise->generations;

	for (; generation != NULL; generation = generation->next) {
		if (generation->state == GENERATION_LEAVING) {
			generation_hold(generation, hold);
		}
	}
}

/* The moment of the switch: nobody judges by the old rules any more. Connections that the old
 * workers give away have been waiting for this in their sockets. */
static void switch_over(struct reload *reload)
{
	struct generation *generation = reload->coming;

	reload->coming = NULL;
	reload->supervise->serving = generation;
	generation_start(generation);
	hold_leaving(reload, !generation_can_adopt(generation));
	move(reload, RELOAD_IDLE);
	tell_switched(reload, generation);
	begin_next(reload);
}

/* Reloads may come faster than requests end. What outlives so many of them is cut. */
static void make_room(struct reload *reload)
{
	struct generation *generation = reload->supervise->generations, *oldest = NULL;
	unsigned leaving = 0;

	for (; generation != NULL; generation = generation->next) { /* the newest comes first */
		if (generation->state == GENERATION_LEAVING && !generation->discarded) {
			leaving++;
			oldest = generation;
		}
	}
	if (leaving >= LIMIT_GENERATIONS) {
		log_warn(reload->supervise->log, "too many generations leave; ending the oldest",
			LOG_INT("generation", oldest->number), LOG_INT("leaving", leaving));
		generation_discard(oldest, "had requests running over too many reloads");
	}
}

static void on_ready(struct generation *generation)
{
	struct reload *reload = generation->owner;
	struct generation *serving = reload->supervise->serving;

	if (reload->state != RELOAD_READYING) {
		return;
	}
	move(reload, RELOAD_SWITCHING);
	if (serving == NULL) {
		switch_over(reload);
		return;
	}
	make_room(reload);
	reload->supervise->serving = NULL;
	hold_leaving(reload, true);
	reload->draining = serving;
	generation_drain(serving, reload->drain_ms, true);
}

static void on_still(struct generation *generation)
{
	struct reload *reload = generation->owner;

	if (generation == reload->draining) {
		reload->draining = NULL;
		switch_over(reload);
	}
}

/* The worker whose turn it is gets it. As long as all of them are busy with what they were sent, no
 * more is read from the old ones: connections wait, and none is lost. */
static void on_handover(struct generation *generation, struct slice payload, int fd)
{
	struct reload *reload = generation->owner;
	struct generation *serving = reload->supervise->serving;

	if (reload->state != RELOAD_STOPPING &&
		(serving == NULL || generation_adopt(serving, payload, fd) < 0)) {
		reload->lost++;
		log_warn(reload->supervise->log, "connection lost in handover",
			LOG_INT("lost", (int64_t)reload->lost));
	}
	close(fd);
	if (serving != NULL && !generation_can_adopt(serving)) {
		hold_leaving(reload, true);
	}
}

static void on_eased(struct generation *generation)
{
	struct reload *reload = generation->owner;

	if (generation == reload->supervise->serving && generation_can_adopt(generation)) {
		hold_leaving(reload, false);
	}
}

static void on_gone(struct generation *generation)
{
	struct reload *reload = generation->owner;

	if (reload->state == RELOAD_STOPPING && reload->supervise->generations == NULL) {
		reload->events->stopped(reload);
	}
}

/* Everything drains. Nobody adopts any more, so kept connections end between two requests. */
void reload_stop(struct reload *reload)
{
	static const struct note stopping = { "the service is stopping" };
	struct generation *serving = reload->supervise->serving;

	move(reload, RELOAD_STOPPING);
	reload->supervise->serving = NULL;
	reload->draining = NULL;
	loader_cancel(&reload->loader);
	if (reload->coming != NULL) {
		generation_discard(reload->coming, stopping.text);
		reload->coming = NULL;
	}
	hold_leaving(reload, false);
	if (serving != NULL) {
		generation_drain(serving, reload->drain_ms, false);
	}
	while (reload->now != NULL || reload->later != NULL) {
		answer(reload, -ESHUTDOWN, 0, &stopping);
		reload->now = reload->later;
		reload->later = NULL;
	}
	if (reload->supervise->generations == NULL) {
		reload->events->stopped(reload);
	}
}
