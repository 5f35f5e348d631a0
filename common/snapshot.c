/* snapshot.c - what a snapshot consists of, row by row, and its one flat form. */

#include <errno.h>

#include "common/snapshot.h"

enum {
	SNAPSHOT_MAGIC = 0x4e535441, /* "ATSN" */
	SNAPSHOT_VERSION = 2,        /* one more whenever a table below changes */
};

/* clang-format off */
static const struct field settings_fields[] = {
#define ROW(member, type) \
	{ .name = #member, .kind = type, .offset = offsetof(struct settings, member) }
	ROW(disable_x_at_int, FIELD_FLAG),
	ROW(x_at_int_host, FIELD_TEXT),
	ROW(metrics_enabled, FIELD_FLAG),
	ROW(default_deny, FIELD_FLAG),
	ROW(compat, FIELD_FLAG),
	ROW(read_timeout_ns, FIELD_DURATION),
	ROW(write_timeout_ns, FIELD_DURATION),
	ROW(workers, FIELD_NUMBER),
	ROW(log_level, FIELD_NUMBER),
	ROW(log_json, FIELD_FLAG),
	ROW(loaded_at_s, FIELD_NUMBER),
#undef ROW
	{ 0 },
};

const struct field policy_values_fields[] = {
	{ .name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct policy_values, name) },
	{ .name = "", .kind = FIELD_TEXT_LIST, .offset = offsetof(struct policy_values, values) },
	{ 0 },
};

static const struct field policy_rule_fields[] = {
#define ROW(member, type) \
	.name = #member, .kind = type, .offset = offsetof(struct policy_rule, member)
#define VALUES .rows = policy_values_fields, .row_size = sizeof(struct policy_values)
	{ ROW(path, FIELD_TEXT) },
	{ ROW(method, FIELD_TEXT) },
	{ ROW(headers, FIELD_LIST), VALUES },
	{ ROW(query, FIELD_LIST), VALUES },
	{ ROW(has_body, FIELD_FLAG) },
	{ ROW(body, FIELD_VALUE) },
	{ ROW(origin, FIELD_TEXT) },
#undef ROW
#undef VALUES
	{ 0 },
};

static const struct field policy_caller_fields[] = {
	{ .name = "id", .kind = FIELD_TEXT, .offset = offsetof(struct policy_caller, id) },
	{ .name = "rules", .kind = FIELD_LIST, .offset = offsetof(struct policy_caller, rules),
	  .rows = policy_rule_fields, .row_size = sizeof(struct policy_rule) },
	{ 0 },
};

const struct field plugin_use_fields[] = {
	{ .name = "type", .kind = FIELD_TEXT, .offset = offsetof(struct plugin_use, type),
	  .help = "name of the plugin" },
	{ .name = "params", .kind = FIELD_PARAMS, .offset = offsetof(struct plugin_use, params),
	  .help = "what the plugin is told" },
	{ 0 },
};

const struct field integration_fields[] = {
#define ROW(key, type, member) \
	.name = key, .kind = type, .offset = offsetof(struct integration, member)
#define ITEMS(table, item) .rows = table, .row_size = sizeof(struct item)
	{ ROW("name", FIELD_TEXT, name),
	  .help = "what callers write as Host or X-AT-Int: letters, digits, '.', '_' and '-'" },
	{ ROW("destination", FIELD_TEXT, destination),
	  .help = "base URL of the upstream; a '*' in the host lets callers choose" },
	{ ROW("in_rate_limit", FIELD_NUMBER, in_rate_limit),
	  .help = "requests of one caller in a window; 0: no limit" },
	{ ROW("out_rate_limit", FIELD_NUMBER, out_rate_limit),
	  .help = "requests of all callers in a window; 0: no limit" },
	{ ROW("rate_limit_window", FIELD_DURATION, rate_limit_window_ns), .fallback = "1m",
	  .help = "window of both limits" },
	{ ROW("rate_limit_strategy", FIELD_TEXT, rate_limit_strategy), .fallback = "fixed_window",
	  .help = "fixed_window, token_bucket or leaky_bucket" },
	{ ROW("incoming_auth", FIELD_LIST, incoming_auth), ITEMS(plugin_use_fields, plugin_use),
	  .help = "proofs that a caller must give, all of them" },
	{ ROW("outgoing_auth", FIELD_LIST, outgoing_auth), ITEMS(plugin_use_fields, plugin_use),
	  .help = "credentials that are put on, in this order" },
	{ ROW("idle_conn_timeout", FIELD_DURATION, idle_conn_timeout_ns), .fallback = "90s",
	  .help = "an unused upstream connection is closed after this; 0: never" },
	{ ROW("tls_handshake_timeout", FIELD_DURATION, tls_handshake_timeout_ns), .fallback = "10s",
	  .help = "deadline of a TLS handshake with the upstream; 0: none" },
	{ ROW("response_header_timeout", FIELD_DURATION, response_header_timeout_ns),
	  .help = "from the request's last byte to the response's head; 0: none" },
	{ ROW("tls_insecure_skip_verify", FIELD_FLAG, tls_insecure_skip_verify),
	  .help = "take any certificate from the upstream" },
	{ ROW("disable_keep_alives", FIELD_FLAG, disable_keep_alives),
	  .help = "a new upstream connection for every request" },
	{ ROW("max_idle_conns", FIELD_NUMBER, max_idle_conns), .fallback = "100",
	  .help = "unused upstream connections that are kept" },
	{ ROW("max_idle_conns_per_host", FIELD_NUMBER, max_idle_conns_per_host), .fallback = "2",
	  .help = "the same, for one host" },
	{ ROW("allow_listed", FIELD_FLAG, allow_listed), .internal = true },
	{ ROW("allow", FIELD_LIST, allow), ITEMS(policy_caller_fields, policy_caller), .internal = true },
	{ ROW("deny", FIELD_LIST, deny), ITEMS(policy_caller_fields, policy_caller), .internal = true },
	{ ROW("series", FIELD_NUMBER, series), .internal = true },
#undef ROW
	{ 0 },
};

static const struct field snapshot_fields[] = {
	{ .name = "integrations", .kind = FIELD_LIST, .offset = offsetof(struct snapshot, integrations),
	  ITEMS(integration_fields, integration) },
	{ .name = "secrets", .kind = FIELD_TEXT_LIST, .offset = offsetof(struct snapshot, secrets) },
#undef ITEMS
	{ 0 },
};
/* clang-format on */

void snapshot_encode(const struct snapshot *snapshot, struct wire_writer *w)
{
	wire_put_u32(w, SNAPSHOT_MAGIC);
	wire_put_u32(w, SNAPSHOT_VERSION);
	wire_put_u32(w, snapshot->generation);
	field_encode(settings_fields, &snapshot->settings, w);
	field_encode(snapshot_fields, snapshot, w);
}

int snapshot_decode(
	struct slice bytes, struct arena *arena, struct snapshot **out, struct note *why)
{
	struct wire_reader r = wire_reader_of(bytes);
	uint32_t magic = wire_get_u32(&r, UINT32_MAX);
	uint32_t version = wire_get_u32(&r, UINT32_MAX);
	struct snapshot *snapshot;

	if (magic != SNAPSHOT_MAGIC) {
		return note_fail(why, -EPROTO, "this is not a snapshot");
	}
	if (version != SNAPSHOT_VERSION) {
		return note_fail(why, -EPROTO, "snapshot has version %u, this program reads %d",
			(unsigned)version, SNAPSHOT_VERSION);
	}
	snapshot = arena_make(arena, struct snapshot);
	snapshot->generation = wire_get_u32(&r, UINT32_MAX);
	field_decode(settings_fields, arena, &r, &snapshot->settings);
	field_decode(snapshot_fields, arena, &r, snapshot);
	if (!wire_finished(&r)) {
		return note_fail(why, -EPROTO, "snapshot is malformed");
	}
	*out = snapshot;
	return 0;
}
