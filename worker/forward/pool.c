/* pool.c - upstream connections, from the dial to the last close.
 *
 * The happy path: pool_dial asks for the addresses, connects to the first, and the connection is
 * OPEN; given back it is IDLE, and OPEN again for whoever takes it next. What can fail: no such
 * name, or no address that answers (who waits is told, then gives back and the connection is
 * CLOSED); the upstream ends an idle connection, or says something on it out of turn (CLOSED); an
 * idle one is not wanted in time, or there are too many (CLOSED). */

#include "worker/forward/pool.h"

#include <stdlib.h>

#include "common/check.h"
#include "worker/drain.h"
#include "worker/worker.h"

enum { DEFAULT_IDLE = 100, DEFAULT_IDLE_PER_HOST = 2 };

struct pool {
	struct worker *worker;
	const struct integration *integration;
	struct chain idle; /* newest first */
	size_t idle_count, most_idle, most_idle_per_host;
	uint64_t idle_ms;    /* 0: for ever */
	size_t good_address; /* of the name: the one that answered last is tried first */
	bool closed;
};

/* clang-format off */
#define TO(state) (1u << (UPSTREAM_##state))

/* Read it as the life of an upstream connection. */
static const unsigned moves[] = {
	[UPSTREAM_RESOLVING]  = TO(CONNECTING) | TO(CLOSED),
	[UPSTREAM_CONNECTING] = TO(OPEN) | TO(CLOSED),
	[UPSTREAM_OPEN]       = TO(IDLE) | TO(CLOSED),
	[UPSTREAM_IDLE]       = TO(OPEN) | TO(CLOSED),
	[UPSTREAM_CLOSED]     = 0,
};
/* clang-format on */

/* The only line in the program that writes `state`. */
static void upstream_move(struct upstream *up, enum upstream_state to)
{
	check((moves[up->state] & 1u << to) != 0);
	up->state = to;
}

/* The bounds of the configuration are for the whole service; each worker has its share. */
static size_t share(int64_t configured, int64_t fallback, int64_t workers)
{
	int64_t all = configured > 0 ? configured : fallback;

	return workers > 1 ? (size_t)((all + workers - 1) / workers) : (size_t)all;
}

struct pool *pool_new(struct worker *worker, const struct integration *integration)
{
	struct pool *pool = arena_make(worker->arena, struct pool);
	int64_t workers = worker->snapshot->settings.workers;

	pool->worker = worker;
	pool->integration = integration;
	pool->most_idle = share(integration->max_idle_conns, DEFAULT_IDLE, workers);
	pool->most_idle_per_host =
		share(integration->max_idle_conns_per_host, DEFAULT_IDLE_PER_HOST, workers);
	pool->idle_ms = (uint64_t)integration->idle_conn_timeout_ns / 1000000;
	return pool;
}

static void leave_idle(struct upstream *up, enum upstream_state to)
{
	upstream_move(up, to);
	chain_remove(&up->place);
	deadline_clear(&up->deadline);
	up->pool->idle_count--;
	up->pool->worker->idle_upstreams--;
}

static void upstream_close(struct upstream *up)
{
	if (up->state == UPSTREAM_CLOSED) {
		return;
	}
	if (up->state == UPSTREAM_IDLE) {
		leave_idle(up, UPSTREAM_CLOSED);
	} else {
		upstream_move(up, UPSTREAM_CLOSED);
	}
	resolver_forget(&up->resolving);
	stream_close(&up->stream);
}

void pool_close(struct pool *pool)
{
	pool->closed = true;
	while (pool->idle.first != NULL) {
		upstream_close(container_of(pool->idle.first, struct upstream, place));
	}
}

static void on_gone(struct lifeline *line)
{
	struct upstream *up = container_of(line, struct upstream, line);
	struct worker *worker = up->pool->worker;

	deadline_fini(&up->deadline);
	free((char *)up->host.at);
	free(up);
	worker->upstream_count--;
	drain_proceed(worker->drain);
}

/* Nobody listens: an idle connection goes, and for whoever dialled it, it came to nothing. */
static void lose(struct upstream *up, int err)
{
	if (up->state == UPSTREAM_IDLE) {
		upstream_close(up);
	} else {
		up->wait->dialled(up->wait, err);
	}
}

static void on_bytes(struct stream *stream, struct slice bytes)
{
	struct upstream *up = container_of(stream, struct upstream, stream);

	if (up->session != NULL) {
		up->protocol->bytes(up, bytes);
	} else {
		lose(up, UV_EPROTO); /* an answer that nobody asked for */
	}
}

static void on_ended(struct stream *stream, int err)
{
	struct upstream *up = container_of(stream, struct upstream, stream);

	if (up->session != NULL) {
		up->protocol->ended(up, err);
	} else {
		lose(up, err == 0 ? UV_EOF : err);
	}
}

static void on_drained(struct stream *stream)
{
	struct upstream *up = container_of(stream, struct upstream, stream);

	if (up->session != NULL) {
		up->protocol->drained(up);
	}
}

static const struct stream_events stream_events = {
	.bytes = on_bytes,
	.ended = on_ended,
	.drained = on_drained,
};

static void on_connected(struct stream *stream, int err)
{
	struct upstream *up = container_of(stream, struct upstream, stream);

	if (err == 0) {
		up->pool->good_address = up->address;
		upstream_move(up, UPSTREAM_OPEN);
	}
	up->wait->dialled(up->wait, err);
}

/* One address a connection: when it does not answer, whoever waits comes with the next. */
static void connect_to(struct upstream *up, const struct addresses *addresses)
{
	int err;

	up->address = (up->pool->good_address + up->wait->tried) % addresses->count;
	up->wait->addresses = addresses->count;
	upstream_move(up, UPSTREAM_CONNECTING);
	err = stream_connect(&up->stream, &addresses->at[up->address].any, on_connected);
	if (err < 0) {
		up->wait->dialled(up->wait, err);
	}
}

static void resolve(struct upstream *up)
{
	struct addresses literal;
	const struct addresses *found = resolver_find(
		up->pool->worker->resolver, up->host, up->port, &literal, &up->resolving);

	if (found == NULL) {
		return;
	}
	if (found->count == 0) {
		up->wait->dialled(up->wait, UV_EAI_NONAME);
	} else {
		connect_to(up, found);
	}
}

static void on_resolved(struct resolver_wait *wait)
{
	resolve(container_of(wait, struct upstream, resolving));
}

struct upstream *pool_dial(struct pool *pool, struct slice host, uint16_t port,
	const struct upstream_protocol *protocol, struct pool_wait *wait)
{
	struct worker *worker = pool->worker;
	struct upstream *up = calloc(1, sizeof(*up));
	char *name = malloc(host.len + 1);

	check(up != NULL && name != NULL);
	memcpy(name, host.at, host.len);
	up->pool = pool;
	up->protocol = protocol;
	up->wait = wait;
	up->host = (struct slice){ name, host.len };
	up->port = port;
	up->line.gone = on_gone;
	up->resolving.answered = on_resolved;
	check(stream_init(&up->stream, worker->turn, &up->line, &worker->read_buffer,
		      &stream_events) == 0);
	worker->upstream_count++;
	resolve(up);
	return up;
}

struct upstream *pool_take(struct pool *pool, struct slice host, uint16_t port)
{
	for (struct chain_link *at = pool->idle.first; at != NULL; at = at->next) {
		struct upstream *up = container_of(at, struct upstream, place);

		if (up->port == port && slice_equal(up->host, host)) {
			leave_idle(up, UPSTREAM_OPEN);
			up->reused = true;
			return up;
		}
	}
	return NULL;
}

static void on_idle_too_long(struct deadline *deadline)
{
	upstream_close(container_of(deadline, struct upstream, deadline));
}

/* Only wildcard destinations have more than one host in a pool. */
static size_t idle_to(const struct pool *pool, const struct upstream *up)
{
	size_t count = 0;

	for (struct chain_link *at = pool->idle.first; at != NULL; at = at->next) {
		const struct upstream *other = container_of(at, struct upstream, place);

		count += other->port == up->port && slice_equal(other->host, up->host);
	}
	return count;
}

static bool has_room(const struct pool *pool, const struct upstream *up)
{
	if (pool->closed || pool->integration->disable_keep_alives ||
		pool->idle_count >= pool->most_idle ||
		pool->worker->idle_upstreams >= LIMIT_IDLE_UPSTREAMS) {
		return false;
	}
	return pool->idle_count < pool->most_idle_per_host ||
	       idle_to(pool, up) < pool->most_idle_per_host;
}

void pool_give_back(struct upstream *up, bool usable)
{
	struct pool *pool = up->pool;

	up->wait = NULL;
	if (!usable || up->state != UPSTREAM_OPEN || !has_room(pool, up)) {
		upstream_close(up);
		return;
	}
	upstream_move(up, UPSTREAM_IDLE);
	chain_add(&pool->idle, &up->place);
	pool->idle_count++;
	pool->worker->idle_upstreams++;
	stream_hold(&up->stream, false); /* so that its end is noticed */
	if (pool->idle_ms > 0) {
		deadline_set(
			pool->worker->deadlines, &up->deadline, pool->idle_ms, on_idle_too_long);
	}
}
