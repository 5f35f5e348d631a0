/* snapshot_test.c - a snapshot arrives as it was sent, or not at all. */

#include "common/snapshot.h"
#include "test/lib/expect.h"

static struct slice values[] = { { "v", 1 }, { "w", 1 } };
static struct policy_values headers[] = { { { "X-A", 3 }, { values, 2 } },
	{ { "X-B", 3 }, { 0 } } };
static struct policy_values query[] = { { { "q", 1 }, { values, 1 } } };
static struct value_entry fields[] = { { { "channel", 7 }, { .kind = VALUE_NULL } } };
static struct policy_rule rules[] = {
	{
		.path = { "/api/**", 7 },
		.method = { "POST", 4 },
		.headers = { headers, 2 },
		.query = { query, 1 },
		.has_body = true,
		.body = { .kind = VALUE_MAP, .items = { fields, 1 } },
		.origin = { "allowlist.yaml:3:7", 18 },
	},
	{ .path = { "/", 1 }, .method = { "GET", 3 } },
};
static struct policy_caller callers[] = { { { "alice", 5 }, { rules, 2 } }, { { "*", 1 }, { 0 } } };
static struct plugin_use plugins[] = { { { "token", 5 }, { "\1\0\0", 3 } } };
static struct slice secrets[] = { { "env:TOKEN", 9 } };
static struct integration integrations[] = {
	{
		.name = { "slack", 5 },
		.destination = { "https://slack.com", 17 },
		.rate_limit_strategy = { "fixed_window", 12 },
		.incoming_auth = { plugins, 1 },
		.idle_conn_timeout_ns = 90,
		.disable_keep_alives = true,
		.allow_listed = true,
		.allow = { callers, 2 },
		.deny = { callers, 1 },
		.series = 3,
	},
	{ .name = { "github", 6 } },
};
static const struct snapshot sent = {
	.generation = 7,
	.settings = { .x_at_int_host = { "at.local", 8 }, .metrics_enabled = true, .workers = 2 },
	.integrations = { integrations, 2 },
	.secrets = { secrets, 1 },
};

static void expect_rule(const struct policy_rule *rule)
{
	const struct policy_values *got = rule->headers.items;

	expect_text(rule->path, "/api/**");
	expect_text(rule->method, "POST");
	assert_int_equal(rule->headers.count, 2);
	expect_text(got[0].name, "X-A");
	expect_text(*LIST_AT(got[0].values, struct slice, 1), "w");
	assert_int_equal(got[1].values.count, 0);
	expect_text(LIST_AT(rule->query, struct policy_values, 0)->name, "q");
	assert_true(rule->has_body);
	assert_true(value_equal(&rule->body, &rules[0].body));
	expect_text(rule->origin, "allowlist.yaml:3:7");
}

static void what_was_sent_arrives(void **state)
{
	struct arena *arena = arena_new("test", 1024);
	struct wire_writer w = { 0 };
	struct snapshot *got = NULL;
	const struct integration *slack;
	const struct policy_caller *alice;

	(void)state;
	snapshot_encode(&sent, &w);
	assert_int_equal(snapshot_decode(wire_written(&w), arena, &got, NULL), 0);
	wire_writer_fini(&w);

	assert_int_equal(got->generation, 7);
	expect_text(got->settings.x_at_int_host, "at.local");
	assert_true(got->settings.metrics_enabled);
	assert_false(got->settings.default_deny);
	assert_int_equal(got->settings.workers, 2);
	expect_text(*LIST_AT(got->secrets, struct slice, 0), "env:TOKEN");
	assert_int_equal(got->integrations.count, 2);
	expect_text(LIST_AT(got->integrations, struct integration, 1)->name, "github");

	slack = LIST_AT(got->integrations, struct integration, 0);
	expect_text(slack->destination, "https://slack.com");
	assert_int_equal(slack->idle_conn_timeout_ns, 90);
	assert_true(slack->disable_keep_alives);
	assert_true(slack->allow_listed);
	assert_int_equal(slack->series, 3);
	expect_text(LIST_AT(slack->incoming_auth, struct plugin_use, 0)->params, "\1\0\0");
	assert_int_equal(slack->allow.count, 2);
	assert_int_equal(slack->deny.count, 1);
	alice = LIST_AT(slack->allow, struct policy_caller, 0);
	expect_text(alice->id, "alice");
	assert_int_equal(alice->rules.count, 2);
	expect_rule(LIST_AT(alice->rules, struct policy_rule, 0));
	assert_false(LIST_AT(alice->rules, struct policy_rule, 1)->has_body);
	arena_free(&arena);
}

static int decode(struct slice bytes)
{
	struct arena *arena = arena_new("test", 1024);
	struct snapshot *got = NULL;
	struct note why;
	int err = snapshot_decode(bytes, arena, &got, &why);

	assert_true(err < 0 ? got == NULL : got != NULL);
	arena_free(&arena);
	return err;
}

static void every_truncation_and_every_tail_is_refused(void **state)
{
	struct wire_writer w = { 0 };

	(void)state;
	snapshot_encode(&sent, &w);
	for (size_t len = 0; len < w.len; len++) {
		assert_true(decode(slice_sub(wire_written(&w), 0, len)) < 0);
	}
	assert_int_equal(decode(wire_written(&w)), 0);
	wire_put_u8(&w, 0);
	assert_true(decode(wire_written(&w)) < 0);
	wire_writer_fini(&w);
}

/* The sanitizers watch what each of them does. */
static void a_flipped_bit_does_no_harm(void **state)
{
	struct wire_writer w = { 0 };

	(void)state;
	snapshot_encode(&sent, &w);
	for (size_t bit = 0; bit < w.len * 8; bit++) {
		w.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		(void)decode(wire_written(&w));
		w.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	wire_writer_fini(&w);
}

static void another_version_is_refused_by_name(void **state)
{
	struct arena *arena = arena_new("test", 1024);
	struct wire_writer w = { 0 };
	struct snapshot *got = NULL;
	struct note why;

	(void)state;
	snapshot_encode(&sent, &w);
	w.bytes[4] = 99;
	assert_true(snapshot_decode(wire_written(&w), arena, &got, &why) < 0);
	assert_string_equal(why.text, "snapshot has version 99, this program reads 2");
	w.bytes[0] = 'x';
	assert_true(snapshot_decode(wire_written(&w), arena, &got, &why) < 0);
	assert_string_equal(why.text, "this is not a snapshot");
	assert_null(got);
	wire_writer_fini(&w);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sent_arrives),
		cmocka_unit_test(every_truncation_and_every_tail_is_refused),
		cmocka_unit_test(a_flipped_bit_does_no_harm),
		cmocka_unit_test(another_version_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
