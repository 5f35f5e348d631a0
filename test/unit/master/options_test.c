/* options_test.c - the server's flags have the reference's names, defaults and refusals. */

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/options.h"
#include "test/lib/expect.h"

#define parse(options, ...) parse_words((options), (char *[]){ __VA_ARGS__, NULL })

static void parse_words(struct options *options, char **argv)
{
	char **rest;

	assert_int_equal(
		flags_parse(options_flags, OPTIONS_USAGE, argv, options, stderr, &rest), FLAGS_GO);
	assert_null(*rest);
}

/* What options_check says about these words; "" when it is content. */
#define complaint(...) complaint_about((char *[]){ __VA_ARGS__, NULL })

static const char *complaint_about(char **argv)
{
	static struct note why;
	struct options options;

	why = (struct note){ "" };
	parse_words(&options, argv);
	assert_true((options_check(&options, &why) < 0) == (why.text[0] != '\0'));
	return why.text;
}

static void the_defaults_are_those_of_the_reference(void **state)
{
	char *none[] = { NULL };
	struct options o;

	(void)state;
	parse_words(&o, none);
	assert_string_equal(o.addr, ":8080");
	assert_string_equal(o.config.where, "config.yaml");
	assert_string_equal(o.allowlist.where, "allowlist.yaml");
	assert_string_equal(o.denylist.where, "denylist.yaml");
	assert_false(o.config.named || o.allowlist.named || o.denylist.named);
	assert_string_equal(o.config_url, "");
	assert_string_equal(o.allowlist_url, "");
	assert_string_equal(o.denylist_url, "");
	assert_int_equal(o.remote_fetch_timeout_ns, 10000000000);
	assert_false(o.disable_x_at_int);
	assert_string_equal(o.x_at_int_host, "");
	assert_string_equal(o.tls_cert, "");
	assert_string_equal(o.tls_key, "");
	assert_false(o.enable_http3);
	assert_int_equal(o.read_timeout_ns, 0);
	assert_int_equal(o.write_timeout_ns, 0);
	assert_int_equal(o.max_body_size, 10485760);
	assert_string_equal(o.redis_addr, "");
	assert_string_equal(o.redis_ca, "");
	assert_int_equal(o.redis_timeout_ns, 5000000000);
	assert_int_equal(o.secret_refresh_ns, 0);
	assert_string_equal(o.log_level, "INFO");
	assert_string_equal(o.log_format, "text");
	assert_string_equal(o.metrics_user, "");
	assert_string_equal(o.metrics_pass, "");
	assert_true(o.enable_metrics);
	assert_false(o.watch);
	assert_false(o.version);
	assert_int_equal(o.workers, 0);
	assert_int_equal(o.drain_timeout_ns, 30000000000);
	assert_string_equal(o.admin_socket, "");
	assert_false(o.default_deny);
	assert_false(o.compat);
}

static void every_flag_reaches_its_member(void **state)
{
	struct options o;

	(void)state;
	parse(&o, "-addr", "a", "-config", "b", "-config-url", "c", "-allowlist", "d",
		"-allowlist-url", "e", "-denylist", "f", "-denylist-url", "g",
		"-remote-fetch-timeout", "1ns", "-disable_x_at_int", "-x_at_int_host", "h",
		"-tls-cert", "i", "-tls-key", "j", "-enable-http3", "-read-timeout", "2ns",
		"-write-timeout", "3ns", "-max_body_size", "-4", "-redis-addr", "k",
		"-redis-timeout", "5ns", "-redis-ca", "l", "-secret-refresh", "6ns", "-log-level",
		"m", "-log-format", "n", "-metrics-user", "o", "-metrics-pass", "p",
		"-enable-metrics=false", "-watch", "-version", "-workers", "7", "-drain-timeout",
		"8ns", "-admin-socket", "q", "-default-deny", "-compat");
	assert_string_equal(o.addr, "a");
	assert_string_equal(o.config.where, "b");
	assert_string_equal(o.config_url, "c");
	assert_string_equal(o.allowlist.where, "d");
	assert_string_equal(o.allowlist_url, "e");
	assert_string_equal(o.denylist.where, "f");
	assert_string_equal(o.denylist_url, "g");
	assert_int_equal(o.remote_fetch_timeout_ns, 1);
	assert_string_equal(o.x_at_int_host, "h");
	assert_string_equal(o.tls_cert, "i");
	assert_string_equal(o.tls_key, "j");
	assert_int_equal(o.read_timeout_ns, 2);
	assert_int_equal(o.write_timeout_ns, 3);
	assert_int_equal(o.max_body_size, -4);
	assert_string_equal(o.redis_addr, "k");
	assert_int_equal(o.redis_timeout_ns, 5);
	assert_string_equal(o.redis_ca, "l");
	assert_int_equal(o.secret_refresh_ns, 6);
	assert_string_equal(o.log_level, "m");
	assert_string_equal(o.log_format, "n");
	assert_string_equal(o.metrics_user, "o");
	assert_string_equal(o.metrics_pass, "p");
	assert_int_equal(o.workers, 7);
	assert_int_equal(o.drain_timeout_ns, 8);
	assert_string_equal(o.admin_socket, "q");
	assert_true(o.disable_x_at_int && o.enable_http3 && o.watch && o.version);
	assert_true(o.default_deny && o.compat && !o.enable_metrics);
}

static void the_rows_stand_sorted_by_name(void **state)
{
	(void)state;
	for (const struct flag *flag = options_flags; flag[1].name != NULL; flag++) {
		assert_true(strcmp(flag[0].name, flag[1].name) < 0);
	}
}

static void pairs_are_given_together(void **state)
{
	static const char metrics[] = "both -metrics-user and -metrics-pass must be provided";
	static const char tls[] = "listen: both cert and key must be provided";

	(void)state;
	assert_string_equal(complaint("-metrics-user", "admin"), metrics);
	assert_string_equal(complaint("-metrics-pass", "x"), metrics);
	assert_string_equal(complaint("-version", "-metrics-user", "a"), metrics);
	assert_string_equal(complaint("-tls-cert", "c"), tls);
	assert_string_equal(complaint("-tls-key", "c"), tls);
	assert_string_equal(complaint("-version", "-tls-key", "c"), "");
}

/* What an operator relies on is not left out in silence. */
static void what_is_not_served_yet_is_refused(void **state)
{
	(void)state;
	assert_string_equal(complaint("-tls-cert", "c", "-tls-key", "k"),
		"-tls-cert is not served by this version");
	assert_string_equal(complaint("-metrics-user", "u", "-metrics-pass", "p"),
		"-metrics-user is not served by this version");
	assert_string_equal(
		complaint("-redis-addr", "r:1"), "-redis-addr is not served by this version");
	assert_string_equal(
		complaint("-enable-http3"), "-enable-http3 is not served by this version");
	assert_string_equal(complaint("-enable-http3=false", "-redis-ca", "x"), "");
	assert_string_equal(complaint("-secret-refresh", "1h"), "");
}

static void workers_are_one_for_each_core_unless_told(void **state)
{
	struct options options;
	struct note why;

	(void)state;
	parse(&options, "-compat");
	assert_int_equal(options_check(&options, &why), 0);
	assert_in_range(options.workers, 1, LIMIT_WORKERS);
	parse(&options, "-workers", "3");
	assert_int_equal(options_check(&options, &why), 0);
	assert_int_equal(options.workers, 3);
	assert_string_equal(complaint("-workers", "65"), "-workers must be between 0 and 64");
	assert_string_equal(complaint("-workers", "-1"), "-workers must be between 0 and 64");
	assert_string_equal(
		complaint("-drain-timeout", "-1s"), "-drain-timeout must not be negative");
}

static void the_url_of_a_document_wins_over_its_path(void **state)
{
	struct load_request request;
	struct options options;

	(void)state;
	parse(&options, "-config", "a", "-config-url", "file:///b", "-allowlist=allowlist.yaml",
		"-log-format=JSON", "-log-level=warning", "-x_at_int_host", "h",
		"-remote-fetch-timeout", "3s");
	request = options_load_request(&options);
	assert_string_equal(request.config.where, "file:///b");
	assert_true(request.config.named);
	assert_true(request.allowlist.named);
	assert_false(request.denylist.named);
	assert_int_equal(request.fetch_timeout_ns, 3000000000);
	assert_true(request.settings.log_json);
	assert_int_equal(request.settings.log_level, LOG_WARN);
	expect_text(request.settings.x_at_int_host, "h");
	assert_true(request.settings.metrics_enabled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_are_those_of_the_reference),
		cmocka_unit_test(every_flag_reaches_its_member),
		cmocka_unit_test(the_rows_stand_sorted_by_name),
		cmocka_unit_test(pairs_are_given_together),
		cmocka_unit_test(what_is_not_served_yet_is_refused),
		cmocka_unit_test(workers_are_one_for_each_core_unless_told),
		cmocka_unit_test(the_url_of_a_document_wins_over_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
