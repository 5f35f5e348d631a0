/* auth_test.c - token, basic and passthrough, as callers and upstreams meet them. */

#include "plugins/plugin.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

/* What all three plugins know as their parameters, in the order of their structs. */
struct params {
	struct list secrets;
	struct slice header, prefix;
};

/* One request and one plugin with up to eight secrets. */
struct stage {
	struct arena *arena;
	struct random *random;
	struct message message;
	struct call call;
	struct params params;
	struct use use;
	struct secret *slots[8];
	uint32_t numbers[8];
};

static void stage_open(struct stage *stage, const char *header, const char *prefix)
{
	*stage = (struct stage){ .arena = arena_new("test", 4096), .random = random_new() };
	stage->message.arena = stage->arena;
	stage->call.message = &stage->message;
	stage->call.arena = stage->arena;
	stage->call.random = stage->random;
	stage->params.header = slice_of(header);
	stage->params.prefix = slice_of(prefix);
	stage->params.secrets.items = stage->numbers;
	stage->use.params = &stage->params;
	stage->use.slots = stage->slots;
}

static void stage_secret(struct stage *stage, struct slice value)
{
	uint32_t slot = (uint32_t)stage->params.secrets.count++;

	stage->slots[slot] = secret_new(value);
	stage->numbers[slot] = slot;
}

static void stage_close(struct stage *stage)
{
	for (size_t i = 0; i < 8; i++) {
		secret_free(&stage->slots[i]);
	}
	random_free(&stage->random);
	arena_free(&stage->arena);
}

static bool verify(struct stage *stage, const char *type, struct slice name, struct slice value)
{
	const struct incoming *plugin = incoming_find(slice_of(type));

	stage->message.header_count = 0;
	if (value.at != NULL) {
		message_add_header(&stage->message, name, value);
	}
	return plugin->verify(&stage->use, &stage->call) == VERDICT_PASS;
}

static void token_wants_one_of_its_secrets_behind_its_prefix(void **state)
{
	static const struct {
		const char *prefix, *value;
		bool pass;
	} rows[] = {
		{ "Bearer ", "Bearer good", true },
		{ "Bearer ", "Bearer better", true },
		{ "Bearer ", "good", false },
		{ "Bearer ", "bearer good", false },
		{ "Bearer ", "Bearer  good", false },
		{ "Bearer ", "Bearer ", false },
		{ "Bearer ", "Bearer", false },
		{ "Bearer ", NULL, false },
		{ "", "good", true },
		{ "", "Bearer good", false },
		{ "", "goo", false },
		{ "", "goodbetter", false },
		{ "", "", false },
		{ "", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stage stage;

		stage_open(&stage, "X-Token", rows[i].prefix);
		stage_secret(&stage, SLICE("good"));
		stage_secret(&stage, SLICE("better"));
		assert_int_equal(verify(&stage, "token", SLICE("x-token"), slice_of(rows[i].value)),
			rows[i].pass);
		stage_close(&stage);
	}
}

/* F9: the loader refuses empty secrets; should one get here all the same, it opens nothing. */
static void an_empty_secret_is_nobodys(void **state)
{
	static const char *const types[] = { "token", "basic" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct stage stage;

		stage_open(&stage, "X-Token", "");
		stage_secret(&stage, SLICE(""));
		assert_false(verify(&stage, types[i], SLICE("X-Token"), (struct slice){ 0 }));
		assert_false(verify(&stage, types[i], SLICE("X-Token"), SLICE("")));
		assert_int_equal(outgoing_find(slice_of(types[i]))->apply(&stage.use, &stage.call),
			VERDICT_REFUSE);
		stage.numbers[0] = SLOT_NONE;
		assert_false(verify(&stage, types[i], SLICE("X-Token"), SLICE("")));
		stage_close(&stage);
	}
}

static void basic_reads_what_the_reference_reads(void **state)
{
	struct vectors rows;

	vectors_open(&rows, *state, "basic_in");
	while (vectors_next(&rows)) {
		const json_t *params = json_object_get(rows.row, "params"), *secret;
		const char *header = json_string_value(json_object_get(params, "header"));
		const char *prefix = json_string_value(json_object_get(params, "prefix"));
		struct slice value = vectors_text(&rows, "header_value"), caller = { 0 };
		struct slice name = slice_of(header != NULL ? header : "Authorization");
		struct stage stage;
		size_t i;

		stage_open(&stage, name.at, prefix != NULL ? prefix : "Basic ");
		json_array_foreach(json_object_get(params, "secrets"), i, secret)
		{
			struct slice text = slice_of(json_string_value(secret));

			/* "env:UNSET_VEC" can't be resolved; such a snapshot is not loaded. */
			if (slice_starts_with(text, SLICE("dangerousLiteral:"))) {
				stage_secret(&stage, slice_sub(text, 17, text.len));
			}
		}
		if (!vectors_flag(&rows, "header_present")) {
			value.at = NULL;
		}
		vectors_expect(
			&rows, verify(&stage, "basic", name, value) == vectors_flag(&rows, "ok"));
		if (vectors_flag(&rows, "ok")) {
			vectors_expect(&rows,
				incoming_find(SLICE("basic"))
						->identify(&stage.use, &stage.call, &caller) ==
					vectors_flag(&rows, "identified"));
		}
		vectors_expect_slice(&rows, caller, vectors_text(&rows, "caller_id"));
		stage_close(&stage);
	}
	assert_int_equal(rows.count, 19);
}

static void basic_takes_no_base64_but_the_strict_one(void **state)
{
	static const char *const values[] = { "Basic dXNl cjpwYXNz", "Basic dXNl\r\ncjpwYXNz",
		"Basic dXNlcjpwYXNz=", "Basic dXNlcjpwYXNz====", "Basic =XNlcjpwYXNz",
		"Basic dXNlcjp3YXN-", "Basic ====", "Basic dXNlcjpwYXN\x7a\x80" };
	struct stage stage;

	(void)state;
	stage_open(&stage, "Authorization", "Basic ");
	stage_secret(&stage, SLICE("user:pass"));
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		assert_false(verify(&stage, "basic", SLICE("Authorization"), slice_of(values[i])));
	}
	assert_true(verify(&stage, "basic", SLICE("Authorization"), SLICE("Basic dXNlcjpwYXNz")));
	stage_close(&stage);
}

static void the_proof_goes_no_further(void **state)
{
	static const char *const types[] = { "token", "basic" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct stage stage;

		stage_open(&stage, "X-Token", "");
		message_add_header(&stage.message, SLICE("x-token"), SLICE("a"));
		message_add_header(&stage.message, SLICE("Accept"), SLICE("b"));
		message_add_header(&stage.message, SLICE("X_Token"), SLICE("c"));
		incoming_find(slice_of(types[i]))->strip(&stage.use, &stage.message);
		assert_int_equal(stage.message.header_count, 1);
		expect_text(stage.message.headers[0].name, "Accept");
		stage_close(&stage);
	}
}

static void our_credential_replaces_what_the_caller_sent(void **state)
{
	static const struct {
		const char *type, *secret, *prefix, *wanted;
	} rows[] = {
		{ "token", "s3cret", "Bearer ", "Bearer s3cret" },
		{ "token", "s3cret", "", "s3cret" },
		{ "basic", "user:pass", "Basic ", "Basic dXNlcjpwYXNz" },
		{ "basic", "u:p", "", "dTpw" },
		{ "basic", "u:pw", "", "dTpwdw==" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stage stage;

		stage_open(&stage, "Authorization", rows[i].prefix);
		stage_secret(&stage, slice_of(rows[i].secret));
		message_add_header(&stage.message, SLICE("authorization"), SLICE("theirs"));
		message_add_header(&stage.message, SLICE("Accept"), SLICE("*"));
		message_add_header(&stage.message, SLICE("Authorization"), SLICE("theirs"));
		assert_int_equal(
			outgoing_find(slice_of(rows[i].type))->apply(&stage.use, &stage.call),
			VERDICT_PASS);
		assert_int_equal(stage.message.header_count, 2);
		expect_slice(message_header(&stage.message, SLICE("Authorization")),
			slice_of(rows[i].wanted));
		stage_close(&stage);
	}
}

static void a_secret_can_not_begin_another_header(void **state)
{
	static const struct slice secrets[] = { { "a\r\nX-Evil: 1", 12 }, { "a\nb", 3 },
		{ "a\rb", 3 }, { "a\0b", 3 }, { "a\x7f", 2 }, { "\x1b[0m", 4 } };
	struct stage stage;

	(void)state;
	stage_open(&stage, "Authorization", "Bearer ");
	stage.params.secrets.count = 1;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		stage.slots[0] = secret_new(secrets[i]);
		assert_int_equal(outgoing_find(SLICE("token"))->apply(&stage.use, &stage.call),
			VERDICT_REFUSE);
		assert_string_equal(stage.call.reason, "credential is not a header value");
		assert_int_equal(stage.message.header_count, 0);
		secret_free(&stage.slots[0]);
	}
	stage_close(&stage);
}

static void every_secret_has_its_turn(void **state)
{
	unsigned seen[3] = { 0 };
	struct stage stage;

	(void)state;
	stage_open(&stage, "Authorization", "");
	stage_secret(&stage, SLICE("0"));
	stage_secret(&stage, SLICE("1"));
	stage_secret(&stage, SLICE("2"));
	for (int i = 0; i < 3000; i++) {
		struct slice value;

		assert_int_equal(outgoing_find(SLICE("token"))->apply(&stage.use, &stage.call),
			VERDICT_PASS);
		value = message_header(&stage.message, SLICE("Authorization"));
		seen[value.at[0] - '0']++;
	}
	for (int i = 0; i < 3; i++) {
		assert_in_range(seen[i], 800, 1200); /* 7 standard deviations from 1000 */
	}
	stage_close(&stage);
}

static void passthrough_takes_everybody_and_adds_nothing(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage, NULL, NULL);
	assert_true(verify(&stage, "passthrough", SLICE("A"), SLICE("b")));
	assert_int_equal(
		outgoing_find(SLICE("passthrough"))->apply(&stage.use, &stage.call), VERDICT_PASS);
	assert_int_equal(stage.message.header_count, 1);
	stage_close(&stage);
}

static void the_master_hears_what_is_missing(void **state)
{
	static uint32_t slot = 0;
	static const struct {
		const char *type;
		struct params params;
		const char *text; /* NULL: nothing */
	} rows[] = {
		{ "token", { { 0 }, { "H", 1 }, { 0 } }, "missing secrets or header" },
		{ "token", { { &slot, 1 }, { 0 }, { 0 } }, "missing secrets or header" },
		{ "token", { { &slot, 1 }, { "H", 1 }, { 0 } }, NULL },
		{ "token", { { &slot, 1 }, { "H:", 2 }, { 0 } },
			"header is not the name of a header" },
		{ "token", { { &slot, 1 }, { "H\r\nX", 4 }, { 0 } },
			"header is not the name of a header" },
		{ "token", { { &slot, 1 }, { "host", 4 }, { 0 } },
			"header Host can't carry a credential: it says where the request goes" },
		{ "basic", { { 0 }, { "H", 1 }, { 0 } }, "missing secrets" },
		{ "basic", { { &slot, 1 }, { "H", 1 }, { 0 } }, NULL },
		{ "basic", { { &slot, 1 }, { "content-length", 14 }, { 0 } },
			"header Content-Length can't carry a credential: it frames the body" },
		{ "token", { { &slot, 1 }, { "Proxy-Authorization", 19 }, { 0 } },
			"header Proxy-Authorization can't carry a credential: it belongs to one "
			"connection and is removed from requests" },
		{ "token", { { &slot, 1 }, { "transfer_encoding", 17 }, { 0 } },
			"header transfer_encoding can't carry a credential: it belongs to one "
			"connection and is removed from requests" },
		{ "token", { { &slot, 1 }, { "Expect", 6 }, { 0 } },
			"header Expect can't carry a credential: it is about sending the body" },
		{ "token", { { &slot, 1 }, { "x_at_int", 8 }, { 0 } },
			"header X-AT-Int can't carry a credential: it says where the request goes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct incoming *in = incoming_find(slice_of(rows[i].type));
		const struct outgoing *out = outgoing_find(slice_of(rows[i].type));
		struct note why = { "" }, why_out = { "" };

		assert_int_equal(in->plugin.check(&rows[i].params, &why) < 0, rows[i].text != NULL);
		assert_int_equal(
			out->plugin.check(&rows[i].params, &why_out) < 0, rows[i].text != NULL);
		assert_string_equal(why.text, rows[i].text == NULL ? "" : rows[i].text);
		assert_string_equal(why_out.text, why.text);
	}
}

static void plugins_are_found_by_their_exact_names(void **state)
{
	(void)state;
	assert_null(incoming_find(SLICE("Token")));
	assert_null(incoming_find(SLICE("")));
	assert_null(outgoing_find(SLICE("toke")));
	for (size_t i = 1; incoming_plugins[i] != NULL; i++) {
		assert_true(strcmp(incoming_plugins[i - 1]->plugin.name,
				    incoming_plugins[i]->plugin.name) < 0);
	}
	for (size_t i = 1; outgoing_plugins[i] != NULL; i++) {
		assert_true(strcmp(outgoing_plugins[i - 1]->plugin.name,
				    outgoing_plugins[i]->plugin.name) < 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_wants_one_of_its_secrets_behind_its_prefix),
		cmocka_unit_test(an_empty_secret_is_nobodys),
		cmocka_unit_test_prestate(basic_reads_what_the_reference_reads, argv[argc - 1]),
		cmocka_unit_test(basic_takes_no_base64_but_the_strict_one),
		cmocka_unit_test(the_proof_goes_no_further),
		cmocka_unit_test(our_credential_replaces_what_the_caller_sent),
		cmocka_unit_test(a_secret_can_not_begin_another_header),
		cmocka_unit_test(every_secret_has_its_turn),
		cmocka_unit_test(passthrough_takes_everybody_and_adds_nothing),
		cmocka_unit_test(the_master_hears_what_is_missing),
		cmocka_unit_test(plugins_are_found_by_their_exact_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
