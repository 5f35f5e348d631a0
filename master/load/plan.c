/* plan.c - checks config.yaml in the reference's order (spec/config.md section 8). */

#include <errno.h>

#include "common/limits.h"
#include "common/text.h"
#include "common/url.h"
#include "master/load/plan.h"
#include "master/load/quote.h"
#include "plugins/plugin.h"

const struct field config_fields[] = {
	{ .name = "integrations",
		.kind = FIELD_LIST,
		.offset = offsetof(struct config, integrations),
		.rows = integration_fields,
		.row_size = sizeof(struct integration),
		.help = "the upstreams" },
	{ 0 },
};

/* What check and build need to know of the integration at hand. */
struct site {
	struct plan *plan;
	struct document *document;
	struct integration *integration;
	struct note *why;
};

void plan_init(struct plan *plan, struct arena *arena)
{
	*plan = (struct plan){
		.arena = arena,
		.by_name = names_new(arena),
		.slots = slots_new(arena),
	};
}

/* "integration <name> has invalid <key>", and what would be valid. */
static int fail_at(const struct site *site, const void *member, const char *key, const char *wanted)
{
	const struct integration *in = site->integration;
	const struct yaml *place = document_place(site->document, member, in);

	return yaml_fail(place, site->why, "integration %s has invalid %s: %s (%s is wanted)",
		plain(in->name).text, key, quote(place->text).text, wanted);
}

static int check_name(const struct site *site, size_t index)
{
	struct integration *in = site->integration;
	const struct yaml *place = document_place(site->document, &in->name, in);

	if (in->name.len == 0) {
		return yaml_fail(place, site->why, "integration at index %zu missing name", index);
	}
	if (!names_is_valid(in->name)) {
		return yaml_fail(place, site->why,
			"integration %s has invalid name (up to %d letters, digits, '.', '_' and "
			"'-' are wanted)",
			plain(in->name).text, LIMIT_NAME_BYTES);
	}
	if (names_put(site->plan->by_name, text_lower(in->name, site->plan->arena), in) != NULL) {
		return yaml_fail(
			place, site->why, "duplicate integration name %s", plain(in->name).text);
	}
	return 0;
}

/* The value itself stays out of the note: it may hold a password. */
static int check_destination(const struct site *site)
{
	const struct integration *in = site->integration;
	const struct yaml *place = document_place(site->document, &in->destination, in);
	struct url url;
	struct note what;

	if (url_check_destination(in->destination, site->plan->arena, &url, &what) == 0) {
		return 0;
	}
	if (slice_starts_with(slice_of(what.text), SLICE("invalid destination URL"))) {
		return yaml_fail(place, site->why, "failed to load integration %s: %s",
			plain(text_lower(in->name, site->plan->arena)).text, what.text);
	}
	return yaml_fail(place, site->why,
		"integration %s %s (a URL such as \"https://api.example.com\" is wanted)",
		plain(in->name).text, what.text);
}

static int check_limits(const struct site *site)
{
	static const char *const strategies[] = { "fixed_window", "token_bucket", "leaky_bucket" };
	const struct integration *in = site->integration;

	if (in->rate_limit_window_ns <= 0) {
		return fail_at(site, &in->rate_limit_window_ns, "rate_limit_window",
			"a duration such as \"30s\" or \"1m\"");
	}
	for (size_t i = 0; i < sizeof(strategies) / sizeof(*strategies); i++) {
		if (slice_equal(in->rate_limit_strategy, slice_of(strategies[i]))) {
			return 0;
		}
	}
	return fail_at(site, &in->rate_limit_strategy, "rate_limit_strategy",
		"fixed_window, token_bucket or leaky_bucket");
}

static int check_transport(const struct site *site)
{
	const struct integration *in = site->integration;
	const struct {
		const char *key;
		const int64_t *value;
		const char *wanted;
	} rows[] = {
		{ "idle_conn_timeout", &in->idle_conn_timeout_ns,
			"a duration such as \"90s\", or 0 for never" },
		{ "tls_handshake_timeout", &in->tls_handshake_timeout_ns,
			"a duration such as \"10s\", or 0 for none" },
		{ "response_header_timeout", &in->response_header_timeout_ns,
			"a duration such as \"30s\", or 0 for none" },
		{ "max_idle_conns", &in->max_idle_conns, "a number from 0 on" },
		{ "max_idle_conns_per_host", &in->max_idle_conns_per_host, "a number from 0 on" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (*rows[i].value < 0) {
			return fail_at(site, rows[i].value, rows[i].key, rows[i].wanted);
		}
	}
	return 0;
}

/* The first pass of the reference: the file on its own. */
static int check_integration(const struct site *site, size_t index)
{
	int err = check_name(site, index);

	err = err < 0 ? err : check_destination(site);
	err = err < 0 ? err : check_limits(site);
	return err < 0 ? err : check_transport(site);
}

/* What incoming and outgoing plugins have in common. */
struct plugin {
	const struct field *fields;
	size_t params_size;
	int (*check)(const void *params, struct note *why);
};

static bool find_plugin(bool incoming, struct slice type, struct plugin *out)
{
	const struct incoming *in = incoming ? incoming_find(type) : NULL;
	const struct outgoing *to = incoming ? NULL : outgoing_find(type);

	if (in != NULL) {
		*out = (struct plugin){ in->fields, in->params_size, in->check };
	}
	if (to != NULL) {
		*out = (struct plugin){ to->fields, to->params_size, to->check };
	}
	return in != NULL || to != NULL;
}

static int fail_unknown_plugin(const struct site *site, const struct plugin_use *use, bool incoming)
{
	struct note known = { "" };

	for (size_t i = 0; incoming && incoming_plugins[i] != NULL; i++) {
		note_append(&known, "%s%s", i == 0 ? "" : ", ", incoming_plugins[i]->name);
	}
	for (size_t i = 0; !incoming && outgoing_plugins[i] != NULL; i++) {
		note_append(&known, "%s%s", i == 0 ? "" : ", ", outgoing_plugins[i]->name);
	}
	return yaml_fail(document_place(site->document, &use->type, use), site->why,
		"failed to load integration %s: unknown %s auth type %s (this version has %s)",
		plain(site->integration->name).text, incoming ? "incoming" : "outgoing",
		plain(use->type).text, known.text);
}

/* Reads, checks and encodes a plugin's parameters. */
static int build_plugin(const struct site *site, struct plugin_use *use, bool incoming)
{
	const struct yaml *written = places_find(&site->document->members, &use->params);
	const struct yaml *place = document_place(site->document, &use->params, use);
	struct arena *arena = site->plan->arena;
	struct wire_writer w = { 0 };
	struct slice context;
	struct plugin plugin;
	struct note what;
	void *params;
	int err;

	if (!find_plugin(incoming, use->type, &plugin)) {
		return fail_unknown_plugin(site, use, incoming);
	}
	context = arena_printf(arena,
		"failed to load integration %s: invalid params for auth " SLICE_FMT ": ",
		plain(site->integration->name).text, SLICE_ARG(use->type));
	params = arena_alloc(arena, 1, plugin.params_size);
	err = parse_params(site->document, written, plugin.fields, params, context, site->why);
	if (err < 0) {
		return err;
	}
	if (plugin.check != NULL && plugin.check(params, &what) < 0) {
		return yaml_fail(place, site->why, SLICE_FMT "%s", SLICE_ARG(context), what.text);
	}
	field_encode(plugin.fields, params, &w);
	use->params = arena_copy(arena, wire_written(&w));
	wire_writer_fini(&w);
	return 0;
}

/* The second pass: what it is made of. */
static int build_integration(const struct site *site)
{
	struct integration *in = site->integration;
	int err = 0;

	in->name = text_lower(in->name, site->plan->arena);
	for (size_t i = 0; err == 0 && i < in->incoming_auth.count; i++) {
		err = build_plugin(site, LIST_AT(in->incoming_auth, struct plugin_use, i), true);
	}
	for (size_t i = 0; err == 0 && i < in->outgoing_auth.count; i++) {
		err = build_plugin(site, LIST_AT(in->outgoing_auth, struct plugin_use, i), false);
	}
	return err;
}

int plan_config(struct plan *plan, struct document *document, struct note *why)
{
	struct site site = { plan, document, NULL, why };
	struct config config = { 0 };
	int err = parse_mapping(document, document->root, config_fields, &config, why);

	for (size_t i = 0; err == 0 && i < config.integrations.count; i++) {
		site.integration = LIST_AT(config.integrations, struct integration, i);
		err = check_integration(&site, i);
	}
	for (size_t i = 0; err == 0 && i < config.integrations.count; i++) {
		site.integration = LIST_AT(config.integrations, struct integration, i);
		err = build_integration(&site);
	}
	plan->integrations = config.integrations;
	return err;
}
