/* pool.h - an integration's upstream connections: dialled, in use, idle, closed. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/snapshot.h"
#include "worker/deadline.h"
#include "worker/forward/resolve.h"
#include "worker/stream.h"

struct http1_upstream;
struct pool;
struct request;
struct worker;

enum upstream_state {
	UPSTREAM_RESOLVING,
	UPSTREAM_CONNECTING,
	UPSTREAM_OPEN, /* a request has it */
	UPSTREAM_IDLE,
	UPSTREAM_CLOSING,
};

struct upstream {
	struct stream stream;
	struct lifeline line;
	struct pool *pool;
	enum upstream_state state;    /* moved by upstream_move only */
	struct request *req;          /* NULL while idle */
	struct http1_upstream *http1; /* NULL until the exchange begins */
	bool reused;
	struct slice host; /* name, as dialled; with the port it is what the pool looks for */
	uint16_t port;
	struct upstream *next, **link; /* in the pool's idle list, newest first */
	struct deadline deadline;      /* idle, or waiting to hear the upstream */
	struct deadline writing;       /* waiting for the upstream to read */
	struct resolver_wait wait;
	uv_connect_t connecting;
	size_t address; /* of the name: which one is dialled */
};

struct pool *pool_new(struct worker *worker, const struct integration *integration);
void pool_close(struct pool *pool); /* idle connections go now, others when they are given back */

/* The newest idle connection to there; NULL when there is none. */
struct upstream *pool_take(
	struct pool *pool, struct request *req, struct slice host, uint16_t port);

/* A new one. The request is made ready when it is OPEN or when it failed (req->failed). */
struct upstream *pool_dial(
	struct pool *pool, struct request *req, struct slice host, uint16_t port);

/* The request is done with it. It idles where the bounds allow, or is closed. */
void pool_give_back(struct upstream *upstream, bool usable);
