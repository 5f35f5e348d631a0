/* pool.h - an integration's upstream connections: dialled, in use, idle, closed. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/chain.h"
#include "common/slice.h"
#include "common/snapshot.h"
#include "worker/deadline.h"
#include "worker/forward/resolve.h"
#include "worker/stream.h"

struct pool;
struct request;
struct upstream;
struct worker;

/* What an upstream speaks. */
struct upstream_protocol {
	/* The connection is this request's, until the release of its exchange. */
	void (*begin)(struct upstream *up, struct request *req);

	/* While there is a session. Bytes are borrowed until it returns; the upstream has said all
	 * it will (0), or is lost; it has read all that was sent. */
	void (*bytes)(struct upstream *up, struct slice bytes);
	void (*ended)(struct upstream *up, int err);
	void (*drained)(struct upstream *up);
};

/* Somebody who waits for a connection to be dialled. Embed it. */
struct pool_wait {
	/* 0: it is OPEN; else it came to nothing, perhaps after it was OPEN for a moment. */
	void (*dialled)(struct pool_wait *wait, int err);
	size_t tried;     /* addresses of the name, before this one */
	size_t addresses; /* that the name has, as soon as it is known */
};

enum upstream_state {
	UPSTREAM_RESOLVING,
	UPSTREAM_CONNECTING,
	UPSTREAM_OPEN, /* somebody has it */
	UPSTREAM_IDLE,
	UPSTREAM_CLOSED,
};

struct upstream {
	struct stream stream;
	struct lifeline line;
	struct pool *pool;
	const struct upstream_protocol *protocol; /* what it speaks, ... */
	void *session;             /* ... and what that has of it; NULL: nobody listens */
	enum upstream_state state; /* moved by upstream_move only */
	bool reused;
	struct slice host; /* name, as dialled; with the port it is what the pool looks for */
	uint16_t port;
	struct chain_link place;  /* among the pool's idle ones */
	struct deadline deadline; /* for idling */
	struct resolver_wait resolving;
	struct pool_wait *wait; /* whoever dialled it and has it; NULL: it has been used before */
	size_t address;         /* of the name: which one is dialled */
};

struct pool *pool_new(struct worker *worker, const struct integration *integration);
void pool_close(struct pool *pool); /* idle connections go now, others when they are given back */

/* The newest idle connection to there; NULL when there is none. */
struct upstream *pool_take(struct pool *pool, struct slice host, uint16_t port);

/* A new one. `wait` is told what comes of it, perhaps at once, unless it is given back before. */
struct upstream *pool_dial(struct pool *pool, struct slice host, uint16_t port,
	const struct upstream_protocol *protocol, struct pool_wait *wait);

/* Whoever had it is done with it. It idles where the bounds allow, or is closed. */
void pool_give_back(struct upstream *upstream, bool usable);
