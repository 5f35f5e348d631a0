/* plan_test.c - what an operator hears about config.yaml, and what becomes of it. */

#include "common/limits.h"
#include "master/load/plan.h"
#include "test/lib/expect.h"

static int open_plan(void **state)
{
	struct arena *arena = arena_new("test", 64 * 1024);
	struct plan *plan = arena_make(arena, struct plan);

	plan_init(plan, arena);
	*state = plan;
	return 0;
}

static int close_plan(void **state)
{
	struct arena *arena = ((struct plan *)*state)->arena;

	arena_free(&arena);
	return 0;
}

static int read(struct plan *plan, const char *text, struct note *why)
{
	struct document document;
	int err = document_open(
		&document, slice_of(text), "config.yaml", plan->arena, plan->slots, why);

	return err < 0 ? err : plan_config(plan, &document, why);
}

static void expect_note(const char *text, const char *wanted)
{
	struct note why = { "" };
	void *plan;

	(void)open_plan(&plan);
	assert_true(read(plan, text, &why) < 0);
	assert_string_equal(why.text, wanted);
	(void)close_plan(&plan);
}

static struct integration *expect_one(struct plan *plan, const char *text)
{
	struct note why = { "" };

	if (read(plan, text, &why) != 0) {
		fail_msg("%s", why.text);
	}
	assert_int_equal(plan->integrations.count, 1);
	return LIST_AT(plan->integrations, struct integration, 0);
}

static void what_is_not_written_has_its_default(void **state)
{
	const struct integration *in =
		expect_one(*state, "integrations:\n- {name: Slack, destination: http://a}\n");

	expect_text(in->name, "slack");
	assert_int_equal(in->in_rate_limit, 0);
	assert_int_equal(in->rate_limit_window_ns, 60 * INT64_C(1000000000));
	expect_text(in->rate_limit_strategy, "fixed_window");
	assert_int_equal(in->idle_conn_timeout_ns, 90 * INT64_C(1000000000));
	assert_int_equal(in->tls_handshake_timeout_ns, 10 * INT64_C(1000000000));
	assert_int_equal(in->response_header_timeout_ns, 0);
	assert_int_equal(in->max_idle_conns, 100);
	assert_int_equal(in->max_idle_conns_per_host, 2);
	assert_false(in->disable_keep_alives);
	assert_int_equal(in->incoming_auth.count, 0);
	assert_false(in->allow_listed);
}

static void what_is_written_is_read(void **state)
{
	const struct integration *in =
		expect_one(*state, "integrations:\n"
				   "- name: a\n"
				   "  destination: http://a\n"
				   "  in_rate_limit: 0x10\n"
				   "  out_rate_limit: 1_000\n"
				   "  rate_limit_window: 1.5s\n"
				   "  rate_limit_strategy: leaky_bucket\n"
				   "  idle_conn_timeout: '0'\n"
				   "  tls_handshake_timeout: ''\n"
				   "  max_idle_conns: 0\n"
				   "  max_idle_conns_per_host: 7\n"
				   "  disable_keep_alives: yes\n"
				   "  tls_insecure_skip_verify: on\n"
				   "  outgoing_auth: [null, {type: passthrough}, ]\n");

	assert_int_equal(in->in_rate_limit, 16);
	assert_int_equal(in->out_rate_limit, 1000);
	assert_int_equal(in->rate_limit_window_ns, 1500 * INT64_C(1000000));
	expect_text(in->rate_limit_strategy, "leaky_bucket");
	assert_int_equal(in->idle_conn_timeout_ns, 0);
	assert_int_equal(in->tls_handshake_timeout_ns, 10 * INT64_C(1000000000));
	assert_int_equal(in->max_idle_conns, 100); /* 0 is "not given" */
	assert_int_equal(in->max_idle_conns_per_host, 7);
	assert_true(in->disable_keep_alives);
	assert_true(in->tls_insecure_skip_verify);
	assert_int_equal(in->outgoing_auth.count, 1); /* null is none */
}

static void a_slip_is_told_with_its_place_and_what_was_meant(void **state)
{
	(void)state;
	expect_note("integrations:\n"
		    "  - name: a\n"
		    "    destintion: http://a\n",
		"config.yaml:3:5: unknown field \"destintion\", did you mean \"destination\"? "
		"(allowed here: name, destination, in_rate_limit, out_rate_limit, rate_limit_window, "
		"rate_limit_strategy, incoming_auth, outgoing_auth, idle_conn_timeout, "
		"tls_handshake_timeout, response_header_timeout, tls_insecure_skip_verify, "
		"disable_keep_alives, max_idle_conns, max_idle_conns_per_host)");
	expect_note("Integrations: []\n",
		"config.yaml:1:1: unknown field \"Integrations\", did you mean \"integrations\"? "
		"(allowed here: integrations)");
}

static void all_slips_are_told_at_once(void **state)
{
	(void)state;
	expect_note("a: 1\n"
		    "integrations:\n"
		    "- name: [a]\n"
		    "  incoming_auth:\n"
		    "  - {typ: token, param: {}}\n"
		    "  disable_keep_alives: 1\n"
		    "b: 2\n",
		"config.yaml:1:1: unknown field \"a\" (allowed here: integrations); "
		"config.yaml:3:9: name is a list, text is wanted; "
		"config.yaml:5:6: unknown field \"typ\", did you mean \"type\"? (allowed here: type, "
		"params); "
		"config.yaml:5:18: unknown field \"param\", did you mean \"params\"?; "
		"config.yaml:6:24: disable_keep_alives is a number \"1\", true or false is wanted; "
		"config.yaml:7:1: unknown field \"b\" (allowed here: integrations)");
}

static void a_wrong_kind_is_told_with_what_is_wanted(void **state)
{
	(void)state;
	expect_note("[]", "config.yaml:1:1: this is a list, a mapping is wanted");
	expect_note("integrations: {}",
		"config.yaml:1:15: integrations is a mapping, a list of mappings is wanted");
	expect_note("integrations: [a]", "config.yaml:1:16: this is text, a mapping is wanted");
	expect_note("integrations: [{in_rate_limit: \"5\"}]",
		"config.yaml:1:32: in_rate_limit is text \"5\", a whole number is wanted");
	expect_note("integrations: [{incoming_auth: [{params: []}]}]",
		"config.yaml:1:42: params is a list, a mapping is wanted");
	expect_note("integrations: [{name: !odd a}]",
		"config.yaml:1:28: name is of a type that is not understood, text is wanted");
}

static void what_does_not_fit_is_told_in_the_words_of_the_reference(void **state)
{
	(void)state;
	expect_note("integrations:\n"
		    "  - name: a\n"
		    "    destination: http://a\n"
		    "    rate_limit_window: 60\n",
		"config.yaml:4:24: integration a has invalid rate_limit_window: \"60\" (a duration "
		"such as \"30s\" or \"1m\" is wanted)");
	expect_note("integrations: [{destination: http://a}]",
		"config.yaml:1:16: integration at index 0 missing name");
	expect_note("integrations: [{name: b}]",
		"config.yaml:1:16: integration b missing destination (a URL such as "
		"\"https://api.example.com\" is wanted)");
	expect_note("integrations: [{name: c, destination: 'http://u:secret@a:b'}]",
		"config.yaml:1:39: integration c has invalid destination (a URL such as "
		"\"https://api.example.com\" is wanted)");
	expect_note("integrations: [{name: D, destination: 'https://u:p@*.a.b'}]",
		"config.yaml:1:39: failed to load integration d: invalid destination URL: wildcard "
		"destinations cannot include user info");
	expect_note("integrations: [{name: e, destination: http://a, max_idle_conns: -1}]",
		"config.yaml:1:65: integration e has invalid max_idle_conns: \"-1\" (a number from 0 "
		"on is wanted)");
}

static void a_name_has_a_largest_length(void **state)
{
	struct plan *plan = *state;
	char name[257];
	struct note why;

	memset(name, 'a', sizeof(name) - 1);
	name[256] = '\0';
	for (int len = 256; len >= 255; len--) {
		struct slice text = arena_printf(plan->arena,
			"integrations: [{name: %.*s, destination: http://a}]", len, name);

		assert_int_equal(read(plan, text.at, &why) == 0, len == 255);
	}
}

/* Hundreds of bytes are read for each "{}": how many of them there are decides. */
static void a_document_may_not_come_to_more_than_a_snapshot(void **state)
{
	struct plan *plan = *state;
	size_t times = LIMIT_SNAPSHOT_BYTES / sizeof(struct integration) + 1;
	char *text = arena_bytes(plan->arena, sizeof("integrations:\n") + 5 * times);
	char *at = stpcpy(text, "integrations:\n");

	for (size_t i = 0; i < times; i++) {
		at = stpcpy(at, "- {}\n");
	}
	expect_note(text, "config.yaml:2:1: the document comes to more than 134217728 bytes");
	at[-5] = '\0';
	expect_note(text, "config.yaml:2:3: integration at index 0 missing name");
}

/* Of two mistakes the reference tells the first in its own order, and so do we. */
static void checks_come_in_the_order_of_the_reference(void **state)
{
	(void)state;
	expect_note("integrations: [{rate_limit_window: bad, name: a, destination: http://a, "
		    "idle_conn_timeout: bad}, {destination: http://b}]",
		"config.yaml:1:36: integration a has invalid rate_limit_window: \"bad\" (a duration "
		"such as \"30s\" or \"1m\" is wanted)");
	expect_note(
		"integrations: [{name: b, destination: http://b, incoming_auth: [{type: nope}]}, {}]",
		"config.yaml:1:81: integration at index 1 missing name");
}

static void a_plugin_is_asked_about_its_parameters(void **state)
{
	(void)state;
#define PLUGIN(text) "integrations: [{name: A, destination: http://a, incoming_auth: [" text "]}]"
#define FAILED       "failed to load integration a: "
	expect_note(PLUGIN("{type: jwt}"),
		"config.yaml:1:72: " FAILED
		"unknown incoming auth type jwt (this version has basic, "
		"passthrough, token)");
	expect_note(PLUGIN("{params: {}}"),
		"config.yaml:1:65: " FAILED "unknown incoming auth type  (this version has basic, "
		"passthrough, token)");
	expect_note(PLUGIN("{type: token}"),
		"config.yaml:1:65: " FAILED
		"invalid params for auth token: missing secrets or header");
	expect_note(PLUGIN("{type: token, params: {secrets: ['env:A'], heder: b}}"),
		"config.yaml:1:108: " FAILED
		"invalid params for auth token: unknown field \"heder\", did you mean \"header\"? "
		"(allowed here: secrets, header, prefix)");
	expect_note(PLUGIN("{type: passthrough, params: {a: b}}"),
		"config.yaml:1:94: " FAILED
		"invalid params for auth passthrough: unknown field \"a\" (allowed here: nothing)");
	expect_note(PLUGIN("{type: token, params: {header: 1, secrets: [2]}}"),
		"config.yaml:1:96: " FAILED
		"invalid params for auth token: header is a number, text is wanted; "
		"config.yaml:1:109: " FAILED
		"invalid params for auth token: an item of secrets is a number, a reference to a "
		"secret such as \"env:NAME\" is wanted");
	expect_note(PLUGIN("{type: basic, params: {secrets: ['env:A'], SECRETS: ['env:B']}}"),
		"config.yaml:1:108: " FAILED
		"invalid params for auth basic: secrets is given twice");
#undef PLUGIN
#undef FAILED
}

static void parameters_arrive_as_the_plugin_reads_them(void **state)
{
	const struct integration *in = expect_one(*state,
		"integrations: [{name: a, destination: http://a, outgoing_auth: [{type: token, params: "
		"{Secrets: ['env:A', 'env:B', 'env:A'], HEADER: X-Token, prefix: ''}}]}]");
	const struct plugin_use *use = LIST_AT(in->outgoing_auth, struct plugin_use, 0);
	struct wire_reader r = wire_reader_of(use->params);

	expect_text(use->type, "token");
	assert_int_equal(wire_get_u32(&r, 10), 3);
	assert_int_equal(wire_get_u32(&r, 10), 0);
	assert_int_equal(wire_get_u32(&r, 10), 1);
	assert_int_equal(wire_get_u32(&r, 10), 0); /* one slot for one reference */
	expect_text(wire_get_slice(&r, 99), "X-Token");
	expect_text(wire_get_slice(&r, 99), "");
	assert_true(wire_finished(&r));
	assert_int_equal(slots_count(((struct plan *)*state)->slots), 2);
}

/* Whatever an operator gets wrong around it, a literal secret does not come out. */
static void no_note_shows_a_secret(void **state)
{
	static const char *const texts[] = {
		"secrets: dangerousLiteral:hunter2, header: H",
		"secrets: {dangerousLiteral:hunter2: 1}, header: H",
		"secrets: [[dangerousLiteral:hunter2]], header: H",
		"secrets: ['dangerousLiteral:hunter2'], header: H, dangerousLiteral:hunter2: 1",
		"secrets: ['dangerousLiteral:hunter2'], 'x dangerousLiteral:hunter2': 1",
		"secrets: ['dangerousLiteral:hunter2'], header: [dangerousLiteral:hunter2]",
		"secrets: ['dangerousLiteral:hunter2']",
		"secrets: ['dangerousLiteral:hunter2', nocolon], header: H",
		"secrets: ['xdangerousLiteral:hunter2'], header: H",
		"secrets: ['dangerousLiteral:hunter2'], header: 'a b'",
		"secrets: *dangerousLiteral:hunter2, header: H",
		"secrets: ['dangerousLiteral:hunter2', header: H",
		"secrets: [&dangerousLiteral:hunter2 b: !dangerousLiteral:hunter2 d], header: H",
		"dangerousLiteral:hunter2: 1, dangerousLiteral:hunter2: 1",
	};
	struct plan *plan = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct note why = { "" };
		struct slice text = arena_printf(plan->arena,
			"integrations: [{name: a%zu, destination: http://a, incoming_auth: [{type: token, "
			"params: {%s}}]}]",
			i, texts[i]);

		if (read(plan, text.at, &why) == 0 || strstr(why.text, "hunter2") != NULL) {
			fail_msg("%s: %s", texts[i], why.text);
		}
	}
}

static void a_document_can_not_write_to_a_terminal(void **state)
{
	(void)state;
	expect_note("integrations: [{name: \"a\\e[31m\\n\\u009b\", destination: http://a}]",
		"config.yaml:1:23: integration a\\x1b[31m\\n\\x9b has invalid name (up to 255 letters, "
		"digits, '.', '_' and '-' are wanted)");
	expect_note("{\"\\r\\\"x\": 1}",
		"config.yaml:1:2: unknown field \"\\x0d\\\"x\" (allowed here: integrations)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_plan, close_plan)
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_written_has_its_default),
		TEST(what_is_written_is_read),
		cmocka_unit_test(a_slip_is_told_with_its_place_and_what_was_meant),
		cmocka_unit_test(all_slips_are_told_at_once),
		cmocka_unit_test(a_wrong_kind_is_told_with_what_is_wanted),
		cmocka_unit_test(what_does_not_fit_is_told_in_the_words_of_the_reference),
		TEST(a_name_has_a_largest_length),
		TEST(a_document_may_not_come_to_more_than_a_snapshot),
		cmocka_unit_test(checks_come_in_the_order_of_the_reference),
		cmocka_unit_test(a_plugin_is_asked_about_its_parameters),
		TEST(parameters_arrive_as_the_plugin_reads_them),
		TEST(no_note_shows_a_secret),
		cmocka_unit_test(a_document_can_not_write_to_a_terminal),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
