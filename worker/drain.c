/* drain.c - the end of a worker's service.
 *
 * The happy path: DRAIN arrives; at the end of that turn the gates close, DRAINING is said, and
 * every idle connection is handed over or closed. As requests end, their connections follow. When
 * none is left and all is said to the master: DRAINED, and the loop ends. What can fail: time runs
 * out (what is left is reset); the master is gone (nothing is handed over, the rest is the same); a
 * hand-over can't be sent (the connection is closed). */

#include "worker/drain.h"

#include <errno.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/limits.h"
#include "worker/accept/accept.h"
#include "worker/accept/connection.h"
#include "worker/control.h"
#include "worker/route.h"
#include "worker/turn.h"
#include "worker/worker.h"

enum drain_state {
	DRAIN_NOT,
	DRAIN_ORDERED, /* begins at the end of this turn */
	DRAIN_BEGUN,
	DRAIN_OVER,
};

/* clang-format off */
#define TO(state) (1u << (DRAIN_##state))

static const unsigned moves[] = {
	[DRAIN_NOT]     = TO(ORDERED),
	[DRAIN_ORDERED] = TO(BEGUN),
	[DRAIN_BEGUN]   = TO(OVER),
	[DRAIN_OVER]    = 0,
};
/* clang-format on */

struct drain {
	struct worker *worker;
	enum drain_state state; /* moved by drain_move only */
	bool hand_over;
	uint32_t within_ms;
	unsigned waiting; /* connections that are leaving, at most */
	unsigned lost;    /* connections that could not be handed over */
	struct turn_entry turn;
	struct deadline deadline;
};

/* The only line in the program that writes `state`. */
static void drain_move(struct drain *drain, enum drain_state to)
{
	check((moves[drain->state] & 1u << to) != 0);
	drain->state = to;
}

static void begin(struct turn_entry *entry);

struct drain *drain_new(struct worker *worker)
{
	struct drain *drain = calloc(1, sizeof(*drain));

	check(drain != NULL);
	drain->worker = worker;
	drain->turn.run = begin;
	return drain;
}

void drain_free(struct drain **drain)
{
	deadline_fini(&(*drain)->deadline);
	free(*drain);
	*drain = NULL;
}

void drain_begin(struct drain *drain, uint32_t within_ms, bool hand_over)
{
	if (drain->state != DRAIN_NOT) {
		return;
	}
	drain_move(drain, DRAIN_ORDERED);
	drain->within_ms = within_ms;
	drain->hand_over = hand_over;
	turn_add(drain->worker->turn, &drain->turn);
}

bool drain_has_begun(const struct drain *drain)
{
	return drain->state >= DRAIN_BEGUN;
}

static void on_time_up(struct deadline *deadline)
{
	struct drain *drain = container_of(deadline, struct drain, deadline);
	struct chain_link *at = drain->worker->connections.first;

	log_warn(drain->worker->log, "drain out of time",
		LOG_INT("connections", drain->worker->connection_count));
	for (; at != NULL; at = at->next) {
		connection_cut(container_of(at, struct connection, place));
	}
}

/* Requests that were read in this turn are judged first, by the rules that were in force when they
 * came; from DRAINING on nothing is judged here. */
static void begin(struct turn_entry *entry)
{
	struct drain *drain = container_of(entry, struct drain, turn);
	struct worker *worker = drain->worker;

	if (!turn_is_empty(worker->turn)) {
		turn_add(worker->turn, entry);
		return;
	}
	drain_move(drain, DRAIN_BEGUN);
	accept_stop(worker->acceptor);
	control_say_draining(worker->control);
	deadline_set(worker->deadlines, &drain->deadline, drain->within_ms, on_time_up);
	/* Without a master, what is left may wait for nothing but its deadline. */
	deadlines_keep_loop(worker->deadlines, true);
	for (struct chain_link *at = worker->connections.first; at != NULL; at = at->next) {
		struct connection *c = container_of(at, struct connection, place);

		if (connection_unwind(c)) {
			drain_connection(drain, c);
		}
	}
	drain_proceed(drain);
}

void drain_connection(struct drain *drain, struct connection *c)
{
	int err = -EPIPE;

	if (drain->hand_over && !c->finished) {
		err = control_hand_over(drain->worker->control, stream_fd(&c->stream),
			(struct slice){ c->ahead, c->ahead_len });
		drain->lost += err < 0 && err != -ENOBUFS;
	}
	if (err == -ENOBUFS) { /* drain_proceed comes back when the channel has room */
		connection_leave(c);
		drain->waiting++;
	} else if (err < 0) {
		connection_end(c, c->ahead_len == 0);
	} else {
		connection_close(c); /* our copy of the descriptor only: the connection lives on */
	}
}

static void hand_over_more(struct drain *drain)
{
	struct chain_link *at = drain->worker->connections.first;

	drain->waiting = 0;
	for (; at != NULL; at = at->next) {
		struct connection *c = container_of(at, struct connection, place);

		if (c->state != CONNECTION_LEAVING) {
			continue;
		}
		if (control_has_room(drain->worker->control)) {
			drain_connection(drain, c);
		} else {
			drain->waiting++;
		}
	}
}

void drain_proceed(struct drain *drain)
{
	struct worker *worker = drain->worker;

	if (drain->state != DRAIN_BEGUN) {
		return;
	}
	if (worker->connection_count > 0) {
		if (drain->waiting > 0 && !control_is_busy(worker->control)) {
			hand_over_more(drain);
		}
		return;
	}
	routes_close(worker); /* upstreams that idle would keep us */
	if (worker->upstream_count > 0 || control_is_busy(worker->control)) {
		return;
	}
	drain_move(drain, DRAIN_OVER);
	deadlines_keep_loop(worker->deadlines, false);
	if (drain->lost > 0) {
		log_warn(worker->log, "connections not handed over", LOG_INT("lost", drain->lost));
	}
	control_say_drained(worker->control);
}
