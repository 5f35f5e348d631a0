/* route.c - opens the integrations of the snapshot, and finds them by name. */

#include "worker/route.h"

#include <errno.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/policy.h"
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

/* Decodes parameters by the plugin's own rows, which have to account for every byte. */
static int open_params(struct worker *worker, const struct plugin_use *config,
	const struct field *fields, size_t size, struct use *use, struct note *why)
{
	struct wire_reader reader = wire_reader_of(config->params);
	void *params = arena_alloc(worker->arena, 1, size == 0 ? 1 : size);

	field_decode(fields, worker->arena, &reader, params);
	if (!wire_finished(&reader)) {
		return note_fail(why, -EPROTO, "plugin " SLICE_FMT ": malformed parameters",
			SLICE_ARG(config->type));
	}
	use->params = params;
	use->slots = vault_slots(worker->vault);
	return 0;
}

static int open_incoming(struct worker *worker, struct route *route, struct note *why)
{
	const struct list *list = &route->integration->incoming_auth;

	route->incoming = arena_alloc(worker->arena, list->count, sizeof(*route->incoming));
	for (size_t i = 0; i < list->count; i++) {
		const struct plugin_use *config = LIST_AT(*list, const struct plugin_use, i);
		struct incoming_use *in = &route->incoming[i];
		int err;

		in->plugin = incoming_find(config->type);
		if (in->plugin == NULL) {
			return note_fail(why, -EPROTO, "unknown incoming plugin");
		}
		err = open_params(
			worker, config, in->plugin->fields, in->plugin->params_size, &in->use, why);
		if (err == 0 && in->plugin->open != NULL) {
			err = in->plugin->open(&in->use, worker->arena, why);
		}
		if (err < 0) {
			return err;
		}
	}
	route->incoming_count = list->count;
	return 0;
}

static int open_outgoing(struct worker *worker, struct route *route, struct note *why)
{
	const struct list *list = &route->integration->outgoing_auth;

	route->outgoing = arena_alloc(worker->arena, list->count, sizeof(*route->outgoing));
	for (size_t i = 0; i < list->count; i++) {
		const struct plugin_use *config = LIST_AT(*list, const struct plugin_use, i);
		struct outgoing_use *out = &route->outgoing[i];
		int err;

		out->plugin = outgoing_find(config->type);
		if (out->plugin == NULL) {
			return note_fail(why, -EPROTO, "unknown outgoing plugin");
		}
		err = open_params(worker, config, out->plugin->fields, out->plugin->params_size,
			&out->use, why);
		if (err == 0 && out->plugin->open != NULL) {
			err = out->plugin->open(&out->use, worker->arena, why);
		}
		if (err < 0) {
			return err;
		}
	}
	route->outgoing_count = list->count;
	return 0;
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
	err = policy_new(integration, worker->arena, &route->policy, why);
	if (err < 0) {
		return err;
	}
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
