/* options.c - the server's command line, one row per option. */

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "common/limits.h"
#include "master/options.h"

#define AT(member) offsetof(struct options, member)

/* clang-format off */
const struct flag options_flags[] = {
	{ "addr", FLAG_TEXT, AT(addr), ":8080", "listen address" },
	{ "admin-socket", FLAG_TEXT, AT(admin_socket), NULL,
		"path of the socket behind the commands reload and status" },
	{ "allowlist", FLAG_SOURCE, AT(allowlist), "allowlist.yaml", "path to the allowlist" },
	{ "allowlist-url", FLAG_TEXT, AT(allowlist_url), NULL, "URL of the allowlist" },
	{ "compat", FLAG_BOOL, AT(compat), NULL, "answer as the reference where it differs harmlessly" },
	{ "config", FLAG_SOURCE, AT(config), "config.yaml", "path to the configuration" },
	{ "config-url", FLAG_TEXT, AT(config_url), NULL, "URL of the configuration" },
	{ "default-deny", FLAG_BOOL, AT(default_deny), NULL, "refuse integrations without an allowlist" },
	{ "denylist", FLAG_SOURCE, AT(denylist), "denylist.yaml", "path to the denylist" },
	{ "denylist-url", FLAG_TEXT, AT(denylist_url), NULL, "URL of the denylist" },
	{ "disable_x_at_int", FLAG_BOOL, AT(disable_x_at_int), NULL, "ignore the header X-AT-Int" },
	{ "drain-timeout", FLAG_DURATION, AT(drain_timeout_ns), "30s",
		"how long running requests may go on after a reload or a stop" },
	{ "enable-http3", FLAG_BOOL, AT(enable_http3), NULL, "serve HTTP/3 as well" },
	{ "enable-metrics", FLAG_BOOL, AT(enable_metrics), "true", "serve /_at_internal/metrics" },
	{ "integrations-dir", FLAG_TEXT, AT(integrations_dir), NULL,
		"folder of your own integrations and capabilities" },
	{ "log-format", FLAG_TEXT, AT(log_format), "text", "text or json" },
	{ "log-level", FLAG_TEXT, AT(log_level), "INFO", "DEBUG, INFO, WARN or ERROR" },
	{ "max_body_size", FLAG_NUMBER, AT(max_body_size), "10485760",
		"bytes of a body that rules look into" },
	{ "metrics-pass", FLAG_TEXT, AT(metrics_pass), NULL, "password for the metrics" },
	{ "metrics-user", FLAG_TEXT, AT(metrics_user), NULL, "user name for the metrics" },
	{ "read-timeout", FLAG_DURATION, AT(read_timeout_ns), NULL, "for a whole request; 0 is none" },
	{ "redis-addr", FLAG_TEXT, AT(redis_addr), NULL, "Redis that keeps the rate limits" },
	{ "redis-ca", FLAG_TEXT, AT(redis_ca), NULL, "CA file for Redis over TLS" },
	{ "redis-timeout", FLAG_DURATION, AT(redis_timeout_ns), "5s", "for connecting to Redis" },
	{ "remote-fetch-timeout", FLAG_DURATION, AT(remote_fetch_timeout_ns), "10s",
		"for fetching a document; 0 is none" },
	{ "secret-refresh", FLAG_DURATION, AT(secret_refresh_ns), NULL,
		"how often secrets are fetched again; 0 is never" },
	{ "tls-cert", FLAG_TEXT, AT(tls_cert), NULL, "certificate of the listener" },
	{ "tls-key", FLAG_TEXT, AT(tls_key), NULL, "private key of the listener" },
	{ "version", FLAG_BOOL, AT(version), NULL, "print the version and exit" },
	{ "watch", FLAG_BOOL, AT(watch), NULL, "reload when a document changes" },
	{ "workers", FLAG_NUMBER, AT(workers), NULL, "worker processes; 0 is one for each core" },
	{ "write-timeout", FLAG_DURATION, AT(write_timeout_ns), NULL, "for a whole response; 0 is none" },
	{ "x_at_int_host", FLAG_TEXT, AT(x_at_int_host), NULL, "the only Host with which X-AT-Int counts" },
	{ 0 },
};
/* clang-format on */

/* Whoever gives one of these relies on it. */
static const struct {
	const char *name;
	size_t offset;
} unserved[] = {
	{ "tls-cert", AT(tls_cert) },
	{ "redis-addr", AT(redis_addr) },
	{ "metrics-user", AT(metrics_user) },
};

static bool given(const char *text)
{
	return text[0] != '\0';
}

static int check_served(const struct options *o, struct note *why)
{
	for (size_t i = 0; i < sizeof(unserved) / sizeof(unserved[0]); i++) {
		if (given(*(const char *const *)((const char *)o + unserved[i].offset))) {
			return note_fail(why, -ENOTSUP, "-%s is not served by this version",
				unserved[i].name);
		}
	}
	if (o->enable_http3) {
		return note_fail(why, -ENOTSUP, "-enable-http3 is not served by this version");
	}
	return 0;
}

/* The cores that this process may use, which in a container are fewer than there are. */
static int64_t count_cores(void)
{
	cpu_set_t cores;
	int count = 1;

	if (sched_getaffinity(0, sizeof(cores), &cores) == 0) {
		count = CPU_COUNT(&cores);
	}
	return count > LIMIT_WORKERS ? LIMIT_WORKERS : count;
}

int options_check(struct options *options, struct note *why)
{
	int err;

	if (given(options->metrics_user) != given(options->metrics_pass)) {
		return note_fail(
			why, -EINVAL, "both -metrics-user and -metrics-pass must be provided");
	}
	if (options->version) {
		return 0; /* what follows is about serving */
	}
	if (given(options->tls_cert) != given(options->tls_key)) {
		return note_fail(why, -EINVAL, "listen: both cert and key must be provided");
	}
	err = check_served(options, why);
	if (err < 0) {
		return err;
	}
	if (options->workers < 0 || options->workers > LIMIT_WORKERS) {
		return note_fail(why, -EINVAL, "-workers must be between 0 and %d", LIMIT_WORKERS);
	}
	if (options->drain_timeout_ns < 0) {
		return note_fail(why, -EINVAL, "-drain-timeout must not be negative");
	}
	if (options->workers == 0) {
		options->workers = count_cores();
	}
	return 0;
}

void options_warn(const struct options *options, char **rest, struct log *log)
{
	if (options->secret_refresh_ns != 0) {
		log_warn(log, "option not served by this version",
			LOG_STR("option", "secret-refresh"));
	}
	for (; *rest != NULL; rest++) {
		log_warn(log, "argument ignored", LOG_STR("argument", *rest));
	}
}

struct settings options_settings(const struct options *options)
{
	return (struct settings){
		.disable_x_at_int = options->disable_x_at_int,
		.x_at_int_host = slice_of(options->x_at_int_host),
		.metrics_enabled = options->enable_metrics,
		.default_deny = options->default_deny,
		.compat = options->compat,
		.read_timeout_ns = options->read_timeout_ns,
		.write_timeout_ns = options->write_timeout_ns,
		.workers = options->workers,
		.log_level = log_level_of(slice_of(options->log_level)),
		.log_json = options_log_json(options),
	};
}

static struct load_source source_of(struct load_source path, const char *url)
{
	return given(url) ? (struct load_source){ url, true } : path;
}

struct load_request options_load_request(const struct options *options)
{
	return (struct load_request){
		.config = source_of(options->config, options->config_url),
		.allowlist = source_of(options->allowlist, options->allowlist_url),
		.denylist = source_of(options->denylist, options->denylist_url),
		.integrations_dir = options->integrations_dir,
		.fetch_timeout_ns = options->remote_fetch_timeout_ns,
		.settings = options_settings(options),
	};
}

bool options_log_json(const struct options *options)
{
	return slice_equal_nocase(slice_of(options->log_format), SLICE("json"));
}
