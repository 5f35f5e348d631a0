/* route.h - an integration, made ready to serve in this worker: its plugins opened, its destination
 * parsed, its rules split, its pool of upstream connections. */

#pragma once

#include <stdbool.h>

#include "common/note.h"
#include "common/snapshot.h"
#include "common/url.h"
#include "plugins/plugin.h"

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

/* A rule's path, split once. */
struct route_rule {
	const struct policy_rule *rule;
	struct slice *segments;
	size_t segment_count;
};

struct route_caller {
	struct slice id;
	struct route_rule *rules;
	size_t rule_count;
};

struct route_list {
	struct route_caller *callers;
	size_t count;
};

struct route {
	const struct integration *integration;
	unsigned series;
	struct incoming_use *incoming;
	size_t incoming_count;
	struct outgoing_use *outgoing;
	size_t outgoing_count;
	struct route_list allow, deny;
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
