/* snapshot.h - everything that a worker will ever know of flags, config, allowlist and denylist.
 * The master makes it (master/load/), seals it in a memfd, and each worker decodes it once. It
 * names secrets by slot and holds none. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/field.h"
#include "common/value.h"

/* A plugin, as one integration uses it. */
struct plugin_use {
	struct slice type;
	struct slice params; /* encoded by the rows of the plugin called `type` */
};

/* What a header or a query parameter has to be. */
struct policy_values {
	struct slice name;
	struct list values; /* struct slice; empty: it has to be there */
};

/* One path and one method that a caller may (or may not) use, and what else its request has to
 * have. */
struct policy_rule {
	struct slice path;   /* as written, without blanks around it */
	struct slice method; /* without blanks, in upper case */
	struct list headers; /* struct policy_values */
	struct list query;   /* struct policy_values */
	bool has_body;       /* something is asked of the body ... */
	struct value body;   /* ... namely this mapping */
	struct slice origin; /* "allowlist.yaml:12:7": for the log and for whoever asks why */
};

struct policy_caller {
	struct slice id;   /* "*" for everybody */
	struct list rules; /* struct policy_rule, in the order of the file */
};

struct integration {
	struct slice name; /* lower case */
	struct slice destination;
	int64_t in_rate_limit;
	int64_t out_rate_limit;
	int64_t rate_limit_window_ns;
	struct slice rate_limit_strategy;
	struct list incoming_auth; /* struct plugin_use; all must pass, in order */
	struct list outgoing_auth;
	int64_t idle_conn_timeout_ns; /* 0: never */
	int64_t tls_handshake_timeout_ns;
	int64_t response_header_timeout_ns; /* 0: none */
	bool tls_insecure_skip_verify;
	bool disable_keep_alives;
	int64_t max_idle_conns;
	int64_t max_idle_conns_per_host;

	/* Internal: from the lists, and from the master. */
	bool allow_listed; /* the allowlist has at least one caller for it */
	struct list allow; /* struct policy_caller */
	struct list deny;  /* struct policy_caller */
	int64_t series;    /* row of its counters in the scoreboard, the same over reloads */
};

/* What the command line says to workers. */
struct settings {
	bool disable_x_at_int;
	struct slice x_at_int_host;
	bool metrics_enabled;
	bool default_deny;
	bool compat;
	int64_t read_timeout_ns; /* 0: none beside the limits of common/limits.h */
	int64_t write_timeout_ns;
	int64_t workers;   /* pools divide their bounds by it */
	int64_t log_level; /* enum log_level */
	bool log_json;
	int64_t loaded_at_s; /* Unix time of the load, for X-Last-Reload */
};

struct snapshot {
	uint32_t generation;
	struct settings settings;
	struct list integrations; /* struct integration */
	struct list secrets; /* struct slice: what each slot is called in logs; never its value */
};

extern const struct field integration_fields[];
extern const struct field plugin_use_fields[];    /* "type", "params" */
extern const struct field policy_values_fields[]; /* a name, and the list under it */

void snapshot_encode(const struct snapshot *snapshot, struct wire_writer *w);

/* The result lives in `arena`. Refuses another version, anything malformed, anything left over. */
int snapshot_decode(
	struct slice bytes, struct arena *arena, struct snapshot **out, struct note *why);
