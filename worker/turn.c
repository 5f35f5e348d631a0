/* turn.c - a list that is run when the loop has told all its callbacks. */

#include <stdlib.h>

#include "common/check.h"
#include "worker/turn.h"

/* The loop polls between its prepare and its check handles. What a socket reports is run from
 * check; what a timer or a close callback made ready is run from prepare, before the loop waits
 * again. */
struct turn {
	uv_prepare_t before_poll;
	uv_check_t after_poll;
	unsigned open;
	struct turn_entry *first, **last;
	void (*at_end)(void *);
	void *at_end_arg;
};

static void run_all(struct turn *turn)
{
	while (turn->first != NULL) {
		struct turn_entry *entry = turn->first;

		turn_remove(turn, entry);
		entry->run(entry);
	}
	if (turn->at_end != NULL) {
		turn->at_end(turn->at_end_arg);
	}
}

static void on_before_poll(uv_prepare_t *handle)
{
	run_all(container_of(handle, struct turn, before_poll));
}

static void on_after_poll(uv_check_t *handle)
{
	run_all(container_of(handle, struct turn, after_poll));
}

struct turn *turn_new(uv_loop_t *loop)
{
	struct turn *turn = calloc(1, sizeof(*turn));

	check(turn != NULL);
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
