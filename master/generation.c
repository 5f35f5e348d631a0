/* generation.c - forms, starts and drains the workers of one snapshot; post.c keeps their number.
 */

#include <errno.h>
#include <stdlib.h>

#include "common/check.h"
#include "master/generation.h"
#include "master/post.h"

#define TO(state) (1u << (state))

/* Read it as the life of a generation. */
static const struct {
	const char *name;
	unsigned next;
} states[] = {
	[GENERATION_FORMING] = { "forming", TO(GENERATION_READY) | TO(GENERATION_LEAVING) },
	[GENERATION_READY] = { "ready", TO(GENERATION_SERVING) | TO(GENERATION_LEAVING) },
	[GENERATION_SERVING] = { "serving", TO(GENERATION_LEAVING) },
	[GENERATION_LEAVING] = { "leaving", 0 },
};

static void move(struct generation *generation, enum generation_state to)
{
	check(states[generation->state].next & TO(to));
	log_debug(generation->supervise->log, "generation moves",
		LOG_INT("generation", generation->number),
		LOG_STR("from", states[generation->state].name), LOG_STR("to", states[to].name));
	generation->state = to;
}

struct generation *generation_new(struct supervise *supervise, unsigned number,
	struct loaded *loaded, const struct generation_events *events, void *owner)
{
	struct generation *generation = calloc(1, sizeof(*generation));

	check(generation != NULL);
	generation->supervise = supervise;
	generation->events = events;
	generation->owner = owner;
	generation->number = number;
	generation->loaded = loaded;
	generation->next = supervise->generations;
	supervise->generations = generation;
	check(uv_timer_init(supervise->loop, &generation->retry) == 0);
	return generation;
}

static void on_closed(uv_handle_t *handle)
{
	struct generation *generation =
		container_of((uv_timer_t *)handle, struct generation, retry);
	struct generation **at = &generation->supervise->generations;

	while (*at != generation) {
		check(*at != NULL);
		at = &(*at)->next;
	}
	*at = generation->next;
	generation->events->gone(generation);
	free(generation);
}

static void close_when_gone(struct generation *generation)
{
	if (generation->state == GENERATION_LEAVING && generation->alive == 0 &&
		!uv_is_closing((uv_handle_t *)&generation->retry)) {
		uv_close((uv_handle_t *)&generation->retry, on_closed);
	}
}

int generation_form(struct generation *generation, struct note *why)
{
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		int err = post_man(generation, slot, why);

		if (err < 0) {
			return err;
		}
	}
	return 0;
}

void generation_start(struct generation *generation)
{
	move(generation, GENERATION_SERVING);
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		struct worker *worker = generation->posts[slot].worker;

		if (worker_is_ready(worker)) {
			worker_start(worker);
		}
	}
	post_cover(generation);
}

static bool all_ready(const struct generation *generation)
{
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		if (!worker_is_ready(generation->posts[slot].worker)) {
			return false;
		}
	}
	return true;
}

static void on_ready(struct worker *worker)
{
	struct generation *generation = worker->generation;

	generation->posts[worker->slot].failures = 0;
	if (generation->state == GENERATION_SERVING) {
		worker_start(worker);
		post_cover(generation);
		generation->events->eased(generation);
	} else if (generation->state == GENERATION_FORMING && all_ready(generation)) {
		move(generation, GENERATION_READY);
		generation->events->ready(generation);
	}
}

static bool is_still(const struct generation *generation)
{
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		const struct worker *worker = generation->posts[slot].worker;

		if (worker != NULL && worker_phase(worker) != CONTROL_LEAVING) {
			return false;
		}
	}
	return true;
}

static void tell_when_still(struct generation *generation)
{
	if (!generation->still && is_still(generation)) {
		generation->still = true;
		generation->events->still(generation);
	}
}

void generation_tell_death(const struct generation *generation, const struct worker *worker)
{
	log_warn(generation->supervise->log, "worker died", LOG_INT("slot", worker->slot),
		LOG_INT("pid", worker->pid), LOG_INT("generation", generation->number),
		LOG_STR("phase", control_phase_names[worker_phase(worker)]),
		LOG_STR("why", worker->why.text));
}

static void on_died(struct worker *worker)
{
	struct generation *generation = worker->generation;

	post_forget(generation, worker);
	if (generation->state == GENERATION_FORMING) {
		note_prefix(&worker->why, "worker %u: ", worker->slot);
		generation->events->failed(generation, &worker->why);
	} else if (generation->state != GENERATION_LEAVING) {
		post_replace(generation, worker);
	} else {
		if (worker_phase(worker) >= CONTROL_ENDING && !worker->orderly) {
			generation_tell_death(generation, worker);
		}
		tell_when_still(generation);
	}
}

static void on_draining(struct worker *worker)
{
	channel_hold(&worker->channel, worker->generation->held);
	tell_when_still(worker->generation);
}

/* From here on nobody is spawned. */
static void leave(struct generation *generation)
{
	move(generation, GENERATION_LEAVING);
	check(uv_timer_stop(&generation->retry) == 0);
}

void generation_drain(struct generation *generation, uint64_t drain_ms, bool handover)
{
	leave(generation);
	loaded_free(&generation->loaded);
	generation->held = handover;
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		struct worker *worker = generation->posts[slot].worker;

		if (worker_serves(worker)) {
			worker_drain(worker, drain_ms, handover);
		} else if (worker != NULL) {
			worker_kill(worker, "was not needed any more");
		}
	}
	tell_when_still(generation);
	close_when_gone(generation);
}

void generation_discard(struct generation *generation, const char *why)
{
	if (generation->state != GENERATION_LEAVING) {
		leave(generation);
	}
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		if (generation->posts[slot].worker != NULL) {
			worker_kill(generation->posts[slot].worker, why);
		}
	}
	loaded_free(&generation->loaded); /* behind worker_kill: nobody is told of it any more */
	generation->still = true;
	generation->discarded = true;
	close_when_gone(generation);
}

static void on_handover(struct worker *worker, struct slice payload, int fd)
{
	worker->generation->events->handover(worker->generation, payload, fd);
}

static void on_eased(struct worker *worker)
{
	worker->generation->events->eased(worker->generation);
}

static void on_gone(struct worker *worker)
{
	worker->generation->alive--;
	supervise_dismiss(worker->generation->supervise, worker);
	close_when_gone(worker->generation);
}

const struct worker_events generation_worker_events = {
	.ready = on_ready,
	.draining = on_draining,
	.handover = on_handover,
	.eased = on_eased,
	.died = on_died,
	.gone = on_gone,
};

static bool can_adopt(const struct worker *worker)
{
	return worker_serves(worker) && channel_clear(&worker->channel);
}

bool generation_can_adopt(const struct generation *generation)
{
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		if (can_adopt(generation->posts[slot].worker)) {
			return true;
		}
	}
	return false;
}

/* The next one who has nothing waiting; or else the next one at all. */
int generation_adopt(struct generation *generation, struct slice payload, int fd)
{
	unsigned slots = generation->supervise->slots, first = generation->turn++;
	int err = -EAGAIN;

	for (unsigned i = 0; i < 2 * slots && err < 0; i++) {
		struct worker *worker = generation->posts[(first + i) % slots].worker;

		if (i < slots ? can_adopt(worker) : worker_serves(worker)) {
			err = channel_send(&worker->channel, CONTROL_ADOPT, payload, fd);
		}
	}
	return err;
}

void generation_hold(struct generation *generation, bool hold)
{
	generation->held = hold;
	for (struct worker *worker = generation->supervise->workers; worker != NULL;
		worker = worker->next) {
		if (worker->generation == generation && worker_phase(worker) == CONTROL_LEAVING) {
			channel_hold(&worker->channel, hold);
		}
	}
}
