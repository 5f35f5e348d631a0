/* post.c - mans the slots of a generation, replaces the dead, has siblings stand in for them. */

#include "master/post.h"
#include "common/check.h"

/* So many deaths in a row before READY are told as what they are. */
enum { CRASH_LOOP = 3 };

int post_man(struct generation *generation, unsigned slot, struct note *why)
{
	struct post *post = &generation->posts[slot];
	int err = worker_spawn(&generation->supervise->kit, generation, generation->number, slot,
		generation->loaded, &post->worker, why);

	if (err < 0) {
		return err;
	}
	generation->alive++;
	supervise_enlist(generation->supervise, post->worker);
	return 0;
}

static struct worker *find_sibling(struct generation *generation, unsigned slot)
{
	unsigned slots = generation->supervise->slots;

	for (unsigned i = 1; i < slots; i++) {
		struct worker *sibling = generation->posts[(slot + i) % slots].worker;

		if (worker_serves(sibling)) {
			return sibling;
		}
	}
	return NULL;
}

static int tell_slot(struct worker *worker, enum control_type type, unsigned slot, int fd)
{
	struct wire_writer w = { 0 };
	int err;

	wire_put_u32(&w, slot);
	err = channel_send(&worker->channel, type, wire_written(&w), fd);
	wire_writer_fini(&w);
	return err;
}

void post_cover(struct generation *generation)
{
	const int *listening = generation->supervise->kit.listening;

	if (generation->state != GENERATION_SERVING) {
		return;
	}
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		struct post *post = &generation->posts[slot];

		if (worker_serves(post->worker) && post->stand_in != NULL) {
			(void)tell_slot(post->stand_in, CONTROL_RELEASE, slot, -1);
			post->stand_in = NULL;
		} else if (!worker_serves(post->worker) && post->stand_in == NULL) {
			struct worker *sibling = find_sibling(generation, slot);

			if (sibling != NULL &&
				tell_slot(sibling, CONTROL_LISTEN, slot, listening[slot]) == 0) {
				post->stand_in = sibling;
			}
		}
	}
}

void post_forget(struct generation *generation, const struct worker *worker)
{
	generation->posts[worker->slot].worker = NULL;
	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		if (generation->posts[slot].stand_in == worker) {
			generation->posts[slot].stand_in = NULL;
		}
	}
}

static void on_retry(uv_timer_t *timer);

/* The timer stands for the post whose time comes first. */
static void set_timer(struct generation *generation)
{
	uint64_t now = uv_now(generation->supervise->loop), first = UINT64_MAX;

	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		uint64_t at = generation->posts[slot].retry_at;

		first = at != 0 && at < first ? at : first;
	}
	if (first == UINT64_MAX) {
		check(uv_timer_stop(&generation->retry) == 0);
	} else {
		check(uv_timer_start(
			      &generation->retry, on_retry, first > now ? first - now : 0, 0) == 0);
	}
}

static void tell_crash_loop(
	const struct generation *generation, unsigned slot, uint64_t wait, const struct note *why)
{
	log_error(generation->supervise->log, "worker keeps dying before it is ready",
		LOG_INT("slot", slot), LOG_INT("generation", generation->number),
		LOG_INT("deaths", CRASH_LOOP), LOG_INT("next_try_ms", (int64_t)wait),
		LOG_STR("why", why->text));
}

/* Somebody who can't even begin is not asked again at once. */
static void replace_later(struct generation *generation, unsigned slot, const struct note *why)
{
	struct post *post = &generation->posts[slot];
	uint64_t wait = LIMIT_RESTART_FIRST_MS;

	for (unsigned i = 0; i < post->failures && wait < LIMIT_RESTART_LAST_MS; i++) {
		wait *= 2;
	}
	if (wait > LIMIT_RESTART_LAST_MS) {
		wait = LIMIT_RESTART_LAST_MS;
	}
	post->failures++;
	if (post->failures == CRASH_LOOP) {
		tell_crash_loop(generation, slot, wait, why);
	}
	post->retry_at = uv_now(generation->supervise->loop) + wait;
	set_timer(generation);
}

static void replace(struct generation *generation, unsigned slot)
{
	struct note why = { "" };

	generation->posts[slot].retry_at = 0;
	generation->supervise->restarts[slot]++;
	if (post_man(generation, slot, &why) < 0) {
		log_warn(generation->supervise->log, "worker not started", LOG_INT("slot", slot),
			LOG_STR("why", why.text));
		replace_later(generation, slot, &why);
	}
}

static void on_retry(uv_timer_t *timer)
{
	struct generation *generation = container_of(timer, struct generation, retry);
	uint64_t now = uv_now(generation->supervise->loop);

	for (unsigned slot = 0; slot < generation->supervise->slots; slot++) {
		uint64_t at = generation->posts[slot].retry_at;

		if (at != 0 && at <= now) {
			replace(generation, slot);
		}
	}
	set_timer(generation);
}

void post_replace(struct generation *generation, struct worker *worker)
{
	unsigned slot = worker->slot;

	supervise_record_crash(generation->supervise, worker);
	generation_tell_death(generation, worker);
	if (worker_phase(worker) == CONTROL_SERVING) {
		replace(generation, slot);
	} else {
		replace_later(generation, slot, &worker->why);
	}
	post_cover(generation);
}
