/* pool.c - upstream connections, from the dial to the last close.
 *
 * The happy path: pool_dial asks for the addresses, connects to the first, and the connection is
 * OPEN; given back it is IDLE, and OPEN again for the next request that takes it. What can fail: no
 * such name, or no address that answers (the request is told, then gives back and the connection
 * closes); the upstream ends an idle connection, or says something on it out of turn (closed); an
 * idle one is not wanted in time, or there are too many (closed). */

#include "worker/forward/pool.h"

#include <stdlib.h>

#include "common/check.h"
#include "worker/drain.h"
#include "worker/forward/http1.h"
#include "worker/request.h"
#include "worker/worker.h"

enum { DEFAULT_IDLE = 100, DEFAULT_IDLE_PER_HOST = 2 };

struct pool {
	struct worker *worker;
	const struct integration *integration;
	struct upstream *idle;
	size_t idle_count, most_idle, most_idle_per_host;
	uint64_t idle_ms;    /* 0: for ever */
	size_t good_address; /* of the name: the one that answered last is tried first */
	bool closed;
};

#define TO(state) (1u << (state))

/* Read it as the life of an upstream connection. */
static const unsigned allowed[] = {
	[UPSTREAM_RESOLVING] = TO(UPSTREAM_CONNECTING) | TO(UPSTREAM_CLOSING),
	[UPSTREAM_CONNECTING] = TO(UPSTREAM_OPEN) | TO(UPSTREAM_CLOSING),
	[UPSTREAM_OPEN] = TO(UPSTREAM_IDLE) | TO(UPSTREAM_CLOSING),
	[UPSTREAM_IDLE] = TO(UPSTREAM_OPEN) | TO(UPSTREAM_CLOSING),
	[UPSTREAM_CLOSING] = 0,
};

/* The only line in the program that writes `state`. */
static void upstream_move(struct upstream *up, enum upstream_state to)
{
	check((allowed[up->state] & TO(to)) != 0);
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

static void unlink_idle(struct upstream *up)
{
	if (up->link == NULL) {
		return;
	}
	*up->link = up->next;
	if (up->next != NULL) {
		up->next->link = up->link;
	}
	up->link = NULL;
	up->pool->idle_count--;
	up->pool->worker->idle_upstreams--;
}

static void upstream_close(struct upstream *up)
{
	if (up->state == UPSTREAM_CLOSING) {
		return;
	}
	upstream_move(up, UPSTREAM_CLOSING);
	unlink_idle(up);
	resolver_forget(&up->wait);
	stream_close(&up->stream);
}

void pool_close(struct pool *pool)
{
	pool->closed = true;
	while (pool->idle != NULL) {
		upstream_close(pool->idle);
	}
}

static void on_gone(struct lifeline *line)
{
	struct upstream *up = container_of(line, struct upstream, line);
	struct worker *worker = up->pool->worker;

	deadline_fini(&up->deadline);
	deadline_fini(&up->writing);
	free((char *)up->host.at);
	free(up);
	worker->upstream_count--;
	drain_look(worker->drain);
}

/* ---- what the network says ---- */

static void on_bytes(struct stream *stream, struct slice bytes)
{
	struct upstream *up = container_of(stream, struct upstream, stream);

	if (up->http1 != NULL) {
		http1_upstream_bytes(up, bytes);
	} else {
		upstream_close(up); /* an answer that nobody asked for */
	}
}

static void on_ended(struct stream *stream, int err)
{
	struct upstream *up = container_of(stream, struct upstream, stream);

	if (up->http1 != NULL) {
		http1_upstream_ended(up, err);
	} else if (up->state == UPSTREAM_IDLE) {
		upstream_close(up);
	} else if (up->req != NULL) { /* open, and not yet written to */
		up->req->failed = UV_EOF;
		request_ready(up->req);
	}
}

static void on_drained(struct stream *stream)
{
	struct upstream *up = container_of(stream, struct upstream, stream);

	if (up->http1 != NULL) {
		http1_upstream_drained(up);
	}
}

static const struct stream_events stream_events = {
	.bytes = on_bytes,
	.ended = on_ended,
	.drained = on_drained,
};

/* ---- dialling ---- */

static void dial_failed(struct upstream *up, int err)
{
	up->req->failed = err;
	request_ready(up->req);
}

static void connect_next(struct upstream *up, const struct addresses *addresses);

static void resolve(struct upstream *up)
{
	struct addresses literal;
	const struct addresses *found =
		resolver_find(up->pool->worker->resolver, up->host, up->port, &literal, &up->wait);

	if (found == NULL) {
		return;
	}
	if (found->count == 0) {
		dial_failed(up, UV_EAI_NONAME);
		return;
	}
	connect_next(up, found);
}

static void on_resolved(struct resolver_wait *wait)
{
	resolve(container_of(wait, struct upstream, wait));
}

static void on_connected(uv_connect_t *request, int status)
{
	struct upstream *up = container_of(request, struct upstream, connecting);

	if (up->state == UPSTREAM_CLOSING) {
		return;
	}
	if (status == 0) {
		up->pool->good_address = up->address;
		(void)uv_tcp_nodelay(&up->stream.tcp, 1);
		(void)uv_tcp_keepalive(&up->stream.tcp, 1, LIMIT_KEEPALIVE_MS / 1000);
		status = stream_start(&up->stream);
	}
	if (status < 0) {
		dial_failed(up, status);
		return;
	}
	upstream_move(up, UPSTREAM_OPEN);
	request_ready(up->req);
}

/* One address a connection: when it does not answer, STEP_dial comes with the next. */
static void connect_next(struct upstream *up, const struct addresses *addresses)
{
	const union address *address;
	int err;

	up->address = (up->pool->good_address + up->req->tried) % addresses->count;
	address = &addresses->at[up->address];
	up->req->addresses = addresses->count;
	upstream_move(up, UPSTREAM_CONNECTING);
	err = uv_tcp_connect(&up->connecting, &up->stream.tcp, &address->any, on_connected);
	if (err < 0) {
		dial_failed(up, err);
	}
}

struct upstream *pool_dial(struct pool *pool, struct request *req, struct slice host, uint16_t port)
{
	struct worker *worker = pool->worker;
	struct upstream *up = calloc(1, sizeof(*up));
	char *name = malloc(host.len + 1);

	check(up != NULL && name != NULL);
	memcpy(name, host.at, host.len);
	up->pool = pool;
	up->req = req;
	up->host = (struct slice){ name, host.len };
	up->port = port;
	up->line.gone = on_gone;
	up->wait.answered = on_resolved;
	check(stream_init(&up->stream, worker->turn, &up->line, &worker->read_buffer,
		      &stream_events) == 0);
	worker->upstream_count++;
	resolve(up);
	return up;
}

/* ---- idling ---- */

struct upstream *pool_take(struct pool *pool, struct request *req, struct slice host, uint16_t port)
{
	for (struct upstream *up = pool->idle; up != NULL; up = up->next) {
		if (up->port == port && slice_equal(up->host, host)) {
			unlink_idle(up);
			deadline_clear(&up->deadline);
			upstream_move(up, UPSTREAM_OPEN);
			up->req = req;
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

	for (const struct upstream *other = pool->idle; other != NULL; other = other->next) {
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

	up->req = NULL;
	up->http1 = NULL;
	deadline_clear(&up->deadline);
	deadline_clear(&up->writing);
	if (!usable || up->state != UPSTREAM_OPEN || !has_room(pool, up)) {
		upstream_close(up);
		return;
	}
	upstream_move(up, UPSTREAM_IDLE);
	up->next = pool->idle;
	up->link = &pool->idle;
	if (up->next != NULL) {
		up->next->link = &up->next;
	}
	pool->idle = up;
	pool->idle_count++;
	pool->worker->idle_upstreams++;
	stream_hold(&up->stream, false); /* so that its end is noticed */
	if (pool->idle_ms > 0) {
		deadline_set(
			pool->worker->deadlines, &up->deadline, pool->idle_ms, on_idle_too_long);
	}
}
