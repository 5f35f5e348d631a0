/* route.h - an integration, made ready to serve in this worker: its plugins opened, its destination
 * parsed, its rules compiled, its pool of upstream connections. */

#pragma once

#include <stdbool.h>

#include "common/note.h"
#include "common/snapshot.h"
#include "common/url.h"
#include "plugins/plugin.h"

struct policy;
struct pool;
struct routes;
struct worker;

struct incoming_use {
	const struct incoming *plugin;
	struct use use;
};

struct outgoing_use {
	const struct outgoing *plugin;
	struct use use;
};

struct route {
	const struct integration *integration;
	unsigned series;
	struct incoming_use *incoming;
	size_t incoming_count;
	struct outgoing_use *outgoing;
	size_t outgoing_count;
	struct policy *policy; /* what the lists say */
	struct url destination;
	bool wildcard; /* the caller picks the host, by X-AT-Destination */
	struct pool *pool;
};

/* Opens every integration of the worker's snapshot. Everything lives in the worker's arena, but for
 * the pools, which routes_close closes. */
int routes_open(struct worker *worker, struct note *why);
void routes_close(struct worker *worker);

/* By name, in any letter case; NULL when there is none. */
const struct route *routes_find(const struct routes *routes, struct slice name);
