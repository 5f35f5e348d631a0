/* options.h - what the server can be told on its command line (spec/flags.md section 2, and ours).
 */

#pragma once

#include "common/log.h"
#include "common/note.h"
#include "common/snapshot.h"
#include "master/flags.h"
#include "master/load/load.h"

struct options {
	const char *addr;
	struct load_source config, allowlist, denylist;
	const char *config_url, *allowlist_url, *denylist_url; /* win over the paths */
	int64_t remote_fetch_timeout_ns;
	bool disable_x_at_int;
	const char *x_at_int_host;
	const char *tls_cert, *tls_key;
	bool enable_http3;
	int64_t read_timeout_ns, write_timeout_ns;
	int64_t max_body_size;
	const char *redis_addr, *redis_ca;
	int64_t redis_timeout_ns;
	int64_t secret_refresh_ns;
	const char *log_level, *log_format;
	const char *metrics_user, *metrics_pass;
	bool enable_metrics;
	bool watch;
	bool version;

	/* Ours. */
	int64_t workers; /* 0: one per core; options_check puts the number here */
	int64_t drain_timeout_ns;
	const char *admin_socket;
	const char *integrations_dir;
	bool default_deny;
	bool compat;
};

#define OPTIONS_USAGE "Usage: authtranslator [options]"

extern const struct flag options_flags[];

/* What no single flag can tell: pairs, ranges, and what this version does not serve. Something that
 * would protect the operator must not be left out in silence. */
int options_check(struct options *options, struct note *why);

/* Says in the log what was given and changes nothing. */
void options_warn(const struct options *options, char **rest, struct log *log);

/* The part of it that workers are told. */
struct settings options_settings(const struct options *options);

/* The documents' sources and the settings, ready for load(). */
struct load_request options_load_request(const struct options *options);

bool options_log_json(const struct options *options);
