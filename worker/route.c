/* route.c - opens the integrations of the snapshot, and finds them by name. */

#include "worker/route.h"

#include <errno.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/path.h"
#include "worker/forward/pool.h"
#include "worker/vault.h"
#include "worker/worker.h"

/* Open addressing; `bucket_count` is a power of two, at least twice the count. */
struct routes {
	struct route *all;
	size_t count;
	const struct route **buckets;
	size_t bucket_count;
};

static size_t hash(struct slice lower_name)
{
	size_t h = 14695981039346656037u; /* FNV-1a; the names are the operator's */

	for (size_t i = 0; i < lower_name.len; i++) {
		h = (h ^ (unsigned char)lower_name.at[i]) * 1099511628211u;
	}
	return h ^ h >> 32;
}

static void index_routes(struct routes *routes, struct arena *arena)
{
	routes->bucket_count = 8;
	while (routes->bucket_count < 2 * routes->count) {
		routes->bucket_count *= 2;
	}
	routes->buckets = arena_alloc(arena, routes->bucket_count, sizeof(struct route *));
	for (size_t i = 0; i < routes->count; i++) {
		size_t at = hash(routes->all[i].integration->name);

		while (routes->buckets[at & (routes->bucket_count - 1)] != NULL) {
			at++;
		}
		routes->buckets[at & (routes->bucket_count - 1)] = &routes->all[i];
	}
}

const struct route *routes_find(const struct routes *routes, struct slice name)
{
	char lower[LIMIT_NAME_BYTES];
	size_t at;

	if (name.len == 0 || name.len > sizeof(lower)) {
		return NULL;
	}
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	name.at = lower;
	for (at = hash(name);; at++) {
		const struct route *route = routes->buckets[at & (routes->bucket_count - 1)];

		if (route == NULL || slice_equal(route->integration->name, name)) {
			return route;
		}
	}
}

/* Decodes the parameters by the plugin's own rows, which have to account for every byte, and lets
 * the plugin make of them what it needs. NULL is a plugin that this worker does not have. */
static int open_plugin(struct worker *worker, const struct plugin_use *config,
	const struct plugin *plugin, struct use *use, struct note *why)
{
	struct wire_reader reader = wire_reader_of(config->params);
	void *params;

	if (plugin == NULL) {
		return note_fail(
			why, -EPROTO, "unknown plugin " SLICE_FMT, SLICE_ARG(config->type));
	}
	params = arena_alloc(worker->arena, 1, plugin->params_size == 0 ? 1 : plugin->params_size);
	field_decode(plugin->fields, worker->arena, &reader, params);
	if (!wire_finished(&reader)) {
		return note_fail(why, -EPROTO, "plugin " SLICE_FMT ": malformed parameters",
			SLICE_ARG(config->type));
	}
	use->params = params;
	use->slots = vault_slots(worker->vault);
	return plugin->open == NULL ? 0 : plugin->open(use, worker->arena, why);
}

static int open_incoming(struct worker *worker, struct route *route, struct note *why)
{
	const struct list *configs = &route->integration->incoming_auth;
	int err = 0;

	route->incoming = arena_alloc(worker->arena, configs->count, sizeof(*route->incoming));
	for (size_t i = 0; err == 0 && i < configs->count; i++) {
		const struct plugin_use *config = LIST_AT(*configs, const struct plugin_use, i);
		const struct incoming *in = incoming_find(config->type);

		route->incoming[i].plugin = in;
		err = open_plugin(worker, config, in == NULL ? NULL : &in->plugin,
			&route->incoming[i].use, why);
	}
	route->incoming_count = configs->count;
	return err;
}

static int open_outgoing(struct worker *worker, struct route *route, struct note *why)
{
	const struct list *configs = &route->integration->outgoing_auth;
	int err = 0;

	route->outgoing = arena_alloc(worker->arena, configs->count, sizeof(*route->outgoing));
	for (size_t i = 0; err == 0 && i < configs->count; i++) {
		const struct plugin_use *config = LIST_AT(*configs, const struct plugin_use, i);
		const struct outgoing *out = outgoing_find(config->type);

		route->outgoing[i].plugin = out;
		err = open_plugin(worker, config, out == NULL ? NULL : &out->plugin,
			&route->outgoing[i].use, why);
	}
	route->outgoing_count = configs->count;
	return err;
}

static void split_rule(struct arena *arena, struct route_rule *to, const struct policy_rule *rule)
{
	to->rule = rule;
	to->segment_count = path_segments(rule->path, NULL, 0);
	to->segments = arena_alloc(arena, to->segment_count, sizeof(*to->segments));
	(void)path_segments(rule->path, to->segments, to->segment_count);
}

static void open_list(struct arena *arena, struct route_list *to, const struct list *from)
{
	to->count = from->count;
	to->callers = arena_alloc(arena, from->count, sizeof(*to->callers));
	for (size_t i = 0; i < from->count; i++) {
		const struct policy_caller *caller = LIST_AT(*from, const struct policy_caller, i);
		struct route_caller *c = &to->callers[i];

		c->id = caller->id;
		c->rule_count = caller->rules.count;
		c->rules = arena_alloc(arena, c->rule_count, sizeof(*c->rules));
		for (size_t k = 0; k < c->rule_count; k++) {
			split_rule(arena, &c->rules[k],
				LIST_AT(caller->rules, const struct policy_rule, k));
		}
	}
}

static int open_route(struct worker *worker, struct route *route, struct note *why)
{
	const struct integration *integration = route->integration;
	int err = url_check_destination(
		integration->destination, worker->arena, &route->destination, why);

	if (err < 0 || (err = open_incoming(worker, route, why)) < 0 ||
		(err = open_outgoing(worker, route, why)) < 0) {
		return err;
	}
	if (integration->series < 0 || integration->series >= LIMIT_SERIES) {
		return note_fail(why, -EPROTO, "series out of range");
	}
	route->series = (unsigned)integration->series;
	open_list(worker->arena, &route->allow, &integration->allow);
	open_list(worker->arena, &route->deny, &integration->deny);
	route->wildcard = url_is_wildcard(&route->destination);
	route->pool = pool_new(worker, integration);
	return 0;
}

int routes_open(struct worker *worker, struct note *why)
{
	const struct list *integrations = &worker->snapshot->integrations;
	struct routes *routes = arena_make(worker->arena, struct routes);

	worker->routes = routes;
	routes->all = arena_alloc(worker->arena, integrations->count, sizeof(*routes->all));
	for (size_t i = 0; i < integrations->count; i++) {
		struct route *route = &routes->all[i];
		int err;

		route->integration = LIST_AT(*integrations, const struct integration, i);
		routes->count++;
		err = open_route(worker, route, why);
		if (err < 0) {
			note_prefix(why, "integration " SLICE_FMT ": ",
				SLICE_ARG(route->integration->name));
			return err;
		}
	}
	index_routes(routes, worker->arena);
	return 0;
}

void routes_close(struct worker *worker)
{
	for (size_t i = 0; worker->routes != NULL && i < worker->routes->count; i++) {
		if (worker->routes->all[i].pool != NULL) {
			pool_close(worker->routes->all[i].pool);
		}
	}
}
