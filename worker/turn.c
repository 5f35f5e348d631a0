/* turn.c - a list that is run where nothing of ours is further up the stack. */

#include <stdlib.h>

#include "common/check.h"
#include "worker/turn.h"

/* What a stream reports is run right behind it. The loop polls between its prepare and its check
 * handles: what something else reports is run from check; what a timer or a close callback made
 * ready is run from prepare, before the loop waits again. */
struct turn {
	uv_loop_t *loop;
	uv_prepare_t before_poll;
	uv_check_t after_poll;
	unsigned open;
	bool running;
	struct turn_entry *first, **last;
	void (*at_end)(void *);
	void *at_end_arg;
};

void turn_run(struct turn *turn)
{
	check(!turn->running);
	turn->running = true;
	while (turn->first != NULL) {
		struct turn_entry *entry = turn->first;

		turn_remove(turn, entry);
		entry->run(entry);
	}
	turn->running = false;
}

static void finish(struct turn *turn)
{
	turn_run(turn);
	if (turn->at_end != NULL) {
		turn->at_end(turn->at_end_arg);
	}
}

static void on_before_poll(uv_prepare_t *handle)
{
	finish(container_of(handle, struct turn, before_poll));
}

static void on_after_poll(uv_check_t *handle)
{
	finish(container_of(handle, struct turn, after_poll));
}

struct turn *turn_new(uv_loop_t *loop)
{
	struct turn *turn = calloc(1, sizeof(*turn));

	check(turn != NULL);
	turn->loop = loop;
	turn->last = &turn->first;
	turn->open = 2;
	check(uv_prepare_init(loop, &turn->before_poll) == 0);
	check(uv_check_init(loop, &turn->after_poll) == 0);
	check(uv_prepare_start(&turn->before_poll, on_before_poll) == 0);
	check(uv_check_start(&turn->after_poll, on_after_poll) == 0);
	uv_unref((uv_handle_t *)&turn->before_poll);
	uv_unref((uv_handle_t *)&turn->after_poll);
	turn->before_poll.data = turn->after_poll.data = turn;
	return turn;
}

uv_loop_t *turn_loop(struct turn *turn)
{
	return turn->loop;
}

static void on_closed(uv_handle_t *handle)
{
	struct turn *turn = handle->data;

	if (--turn->open == 0) {
		free(turn);
	}
}

void turn_close(struct turn *turn)
{
	uv_close((uv_handle_t *)&turn->before_poll, on_closed);
	uv_close((uv_handle_t *)&turn->after_poll, on_closed);
}

void turn_add(struct turn *turn, struct turn_entry *entry)
{
	if (entry->queued) {
		return;
	}
	entry->queued = true;
	entry->next = NULL;
	*turn->last = entry;
	turn->last = &entry->next;
}

void turn_remove(struct turn *turn, struct turn_entry *entry)
{
	struct turn_entry **at = &turn->first;

	if (!entry->queued) {
		return;
	}
	while (*at != entry) {
		at = &(*at)->next;
	}
	*at = entry->next;
	if (turn->last == &entry->next) {
		turn->last = at;
	}
	entry->queued = false;
}

bool turn_is_empty(const struct turn *turn)
{
	return turn->first == NULL;
}

void turn_at_end(struct turn *turn, void (*call)(void *), void *arg)
{
	turn->at_end = call;
	turn->at_end_arg = arg;
}
