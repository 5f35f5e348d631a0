/* constraint_test.c - each way to say one thing to a rule and another to an upstream: what is in
 * doubt never holds. */

#include "common/constraint.h"
#include "test/lib/expect.h"
#include "test/lib/rule.h"

static const char json_type[] = "Content-Type: application/json";
static const char form_type[] = "Content-Type: application/x-www-form-urlencoded";

/* One rule and one request. */
struct row {
	const char *rule;    /* JSON: headers and query with lists of values, body */
	const char *headers; /* lines */
	const char *query;
	const char *body;   /* NULL: there is none */
	int strict, loose;  /* enum judgement */
	const char *reason; /* of the strict judgement */
};

/* Short, because they are the columns of tables. */
enum {
	DOUBT = JUDGEMENT_DOUBTFUL,
	MALFORMED = JUDGEMENT_MALFORMED,
	ENCODED = JUDGEMENT_ENCODED,
	FAILS = JUDGEMENT_FAILS,
	HOLDS = JUDGEMENT_HOLDS,
};

static struct policy_rule read_rule(const char *json, struct arena *arena)
{
	struct value members;

	assert_int_equal(json_read(slice_of(json), arena, &members), JSON_READ);
	return rule_of(&members, arena);
}

static struct message *read_message(const struct row *row, struct arena *arena)
{
	struct message *m = message_of(slice_of(row->headers), slice_of(row->query), arena);

	if (row->body != NULL) {
		m->body = BODY_LENGTH;
		m->body_length = strlen(row->body);
	}
	return m;
}

static enum judgement judge_row(const struct row *row, bool loose, struct note *why)
{
	struct arena *arena = arena_new("test", 4096);
	const struct policy_rule rule = read_rule(row->rule, arena);
	struct reading reading = { .message = read_message(row, arena) };
	enum judgement judged = constraint_holds(&rule, &reading, loose, why);

	if (judged == JUDGEMENT_NEEDS_BODY) {
		reading.has_body = true;
		reading.body = slice_of(row->body);
		judged = constraint_holds(&rule, &reading, loose, why);
	}
	arena_free(&arena);
	return judged;
}

static void expect_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct note why = { "" };
		int strict = (int)judge_row(&rows[i], false, &why);
		int loose = (int)judge_row(&rows[i], true, NULL);

		if (strict != rows[i].strict || loose != rows[i].loose) {
			fail_msg("%s with ?%s %s: %d, loosely %d (%s)", rows[i].rule, rows[i].query,
				rows[i].body == NULL ? "" : rows[i].body, strict, loose, why.text);
		}
		expect_slice(slice_of(why.text), slice_of(rows[i].reason));
	}
}

#define EXPECT_ROWS(rows) expect_rows((rows), sizeof(rows) / sizeof((rows)[0]))

/* clang-format off */
static void a_header_says_one_thing(void **state)
{
	static const char rule[] = "{\"headers\":{\"x-tenant\":[\"a\"]}}";
	static const char two[] = "{\"headers\":{\"X-Tenant\":[\"a\",\"b\"]}}";
	static const char any[] = "{\"headers\":{\"X-Tenant\":[]}}";
	static const struct row rows[] = {
		{ rule, "X-Tenant: a", NULL, NULL, HOLDS, HOLDS, "" },
		{ rule, "X-TENANT: a\nOther: b", NULL, NULL, HOLDS, HOLDS, "" },
		{ rule, NULL, NULL, NULL, FAILS, FAILS, "missing header X-Tenant" },
		{ rule, "X-Tenant: A", NULL, NULL, FAILS, FAILS, "missing header X-Tenant=a" },
		{ rule, "X-Tenant: a\nX-Tenant: a", NULL, NULL, HOLDS, HOLDS, "" },
		{ rule, "X-Tenant: a\nX-Tenant: b", NULL, NULL, DOUBT, HOLDS,
		  "header X-Tenant has other values, too" },
		{ rule, "X-Tenant: b\nX-Tenant: c", NULL, NULL, FAILS, FAILS,
		  "missing header X-Tenant=a" },
		{ rule, "X-Tenant: b, a", NULL, NULL, DOUBT, FAILS, "missing header X-Tenant=a" },
		{ rule, "X-Tenant: a\nX_Tenant: b", NULL, NULL, DOUBT, DOUBT,
		  "ambiguous header X-Tenant" },
		{ rule, "x_tenant: a", NULL, NULL, DOUBT, DOUBT, "ambiguous header X-Tenant" },
		{ two, "X-Tenant: a", NULL, NULL, FAILS, FAILS, "missing header X-Tenant=b" },
		{ two, "X-Tenant: b\nX-Tenant: a", NULL, NULL, HOLDS, HOLDS, "" },
		{ any, "X-Tenant:", NULL, NULL, HOLDS, HOLDS, "" },
		{ any, NULL, NULL, NULL, FAILS, FAILS, "missing header X-Tenant" },
		{ "{\"headers\":{\"Host\":[]}}", "Host: a", NULL, NULL, FAILS, FAILS,
		  "missing header Host" },
		{ "{\"headers\":{\"content-length\":[\"2\"]}}", NULL, NULL, "ab", HOLDS, HOLDS, "" },
		{ "{\"headers\":{\"Content-Length\":[]}}", NULL, NULL, NULL, FAILS, FAILS,
		  "missing header Content-Length" },
	};

	(void)state;
	EXPECT_ROWS(rows);
}

static void a_parameter_says_one_thing(void **state)
{
	static const char rule[] = "{\"query\":{\"channel\":[\"OK\"]}}";
	static const struct row rows[] = {
		{ rule, NULL, "channel=OK", NULL, HOLDS, HOLDS, "" },
		{ rule, NULL, "x=1&%63hannel=%4FK&y", NULL, HOLDS, HOLDS, "" },
		{ rule, NULL, "channel=OK&channel=OK", NULL, HOLDS, HOLDS, "" },
		{ rule, NULL, NULL, NULL, FAILS, FAILS, "missing query param channel" },
		{ rule, NULL, "channel=NO", NULL, FAILS, FAILS, "missing query param channel=OK" },
		{ rule, NULL, "channel=OK&channel=EVIL", NULL, DOUBT, HOLDS,
		  "query param channel has other values, too" },
		{ rule, NULL, "channel=OK&%63hannel=EVIL", NULL, DOUBT, HOLDS,
		  "query param channel has other values, too" },
		{ rule, NULL, "channel=OK&channel[]=EVIL", NULL, DOUBT, HOLDS,
		  "ambiguous query param channel" },
		{ rule, NULL, "channel=OK&Channel=EVIL", NULL, DOUBT, HOLDS,
		  "ambiguous query param channel" },
		{ rule, NULL, "channel=OK&+channel=EVIL", NULL, DOUBT, HOLDS,
		  "ambiguous query param channel" },
		{ rule, NULL, "Channel=OK", NULL, DOUBT, FAILS, "ambiguous query param channel" },
		{ rule, NULL, "x=1;channel=OK", NULL, MALFORMED, FAILS, "ambiguous query: a semicolon" },
		{ rule, NULL, "channel=OK&a=1;channel=EVIL", NULL, MALFORMED, HOLDS,
		  "ambiguous query: a semicolon" },
		{ rule, NULL, "channel=OK&%zz", NULL, MALFORMED, HOLDS,
		  "ambiguous query: an invalid escape" },
		{ rule, NULL, "channel=OK%00", NULL, MALFORMED, FAILS, "ambiguous query: a NUL" },
		{ rule, NULL, "channel=OK#", NULL, MALFORMED, FAILS, "ambiguous query: a number sign" },
		{ "{\"query\":{\"q\":[\"a\",\"b\"]}}", NULL, "q=b&q=a", NULL, HOLDS, HOLDS, "" },
		{ "{\"query\":{\"q\":[\"a\",\"b\"]}}", NULL, "q=a", NULL, FAILS, FAILS,
		  "missing query param q=b" },
		{ "{\"query\":{\"q\":[]}}", NULL, "q&q=1", NULL, HOLDS, HOLDS, "" },
	};

	(void)state;
	EXPECT_ROWS(rows);
}

static void too_many_parameters_are_not_read(void **state)
{
	char query[10100] = "channel=bad";
	const struct row row = { "{\"query\":{\"channel\":[\"bad\"]}}", NULL, query, NULL,
		MALFORMED, FAILS, "ambiguous query: too many parameters" };

	(void)state;
	memset(query + 11, '&', 10001);
	expect_rows(&row, 1);
}

static void only_json_and_forms_are_looked_into(void **state)
{
	static const char rule[] = "{\"body\":{\"a\":\"b\"}}", json[] = "{\"a\":\"b\"}";
	static const struct row rows[] = {
		{ rule, json_type, NULL, json, HOLDS, HOLDS, "" },
		{ rule, "content-type: Application/JSON; charset=UTF-8", NULL, json, HOLDS, HOLDS, "" },
		{ rule, "Content-Type: application/json ; charset=\"utf-8\";", NULL, json, HOLDS, HOLDS,
		  "" },
		{ rule, "Content-Type: application/json;odata=verbose", NULL, json, HOLDS, HOLDS, "" },
		{ rule, "Content-Type: application/x-www-form-urlencoded;charset=utf-8", NULL, "a=b",
		  HOLDS, HOLDS, "" },
		{ rule, "Content-Encoding: identity\nContent-Type: application/json", NULL, json, HOLDS,
		  HOLDS, "" },
		{ rule, NULL, NULL, json, DOUBT, HOLDS, "missing content type" },
		{ rule, "Content-Type:", NULL, json, DOUBT, HOLDS, "missing content type" },
#define OTHER(type, loosely) \
	{ rule, "Content-Type: " type, NULL, json, DOUBT, loosely, "unsupported content type" }
		OTHER("multipart/form-data; boundary=b", HOLDS),
		OTHER("text/plain", HOLDS),
		OTHER("text/json", HOLDS),
		OTHER("application/vnd.x+json", HOLDS),
		OTHER("application/x-ndjson", HOLDS),
		OTHER("application/json-patch+json", HOLDS),
		OTHER("application/jsonx", HOLDS),
		OTHER("text/x; application/json", HOLDS),
		OTHER("text/plain; x=application/json", HOLDS),
		OTHER("application/json, application/x-www-form-urlencoded", HOLDS),
		OTHER("application/json; charset=utf-16", HOLDS),
		OTHER("application/json; charset=utf-8; charset=utf-16", HOLDS),
		OTHER("application/json; charset*=utf-16''", HOLDS),
		OTHER("application/json; charset=\"utf-8", HOLDS),
		OTHER("application/json; charset=\"utf\\-16\"", HOLDS),
		OTHER("application/json; a=\"\\\"; b=\"; charset=utf-16; c=\"", HOLDS),
		OTHER("application/json; charset", HOLDS),
		OTHER("application/json; =x", HOLDS),
		OTHER("application/json x", HOLDS),
#undef OTHER
		{ rule, "Content-Type: application/grpc+proto", NULL, json, DOUBT, HOLDS,
		  "rule asks for the body of a gRPC call" },
		{ rule, "Content-Type: application/json\nContent-Type: text/plain", NULL, json, DOUBT,
		  HOLDS, "more than one content type" },
		{ rule, "Content-Type: application/json\nContent_Type: text/plain", NULL, json, DOUBT,
		  DOUBT, "more than one content type" },
		{ rule, "Content-Type: application/json\nContent-Encoding: gzip", NULL, json, ENCODED,
		  ENCODED, "encoded body" },
		{ rule, "Content-Type: application/json\ncontent_encoding: br", NULL, json, ENCODED,
		  ENCODED, "encoded body" },
		{ rule, "Content-Type: application/json\nContent-Encoding: identity, gzip", NULL, json,
		  ENCODED, ENCODED, "encoded body" },
	};

	(void)state;
	EXPECT_ROWS(rows);
}

static void a_body_that_is_empty_has_no_field(void **state)
{
	static const char rule[] = "{\"body\":{\"a\":\"b\"}}";
	static const struct row rows[] = {
		{ rule, NULL, NULL, NULL, FAILS, HOLDS, "empty body" },
		{ rule, "Content-Type: text/plain", NULL, "", FAILS, HOLDS, "empty body" },
		{ rule, json_type, NULL, NULL, FAILS, FAILS, "invalid json" },
		{ rule, json_type, NULL, "", FAILS, FAILS, "invalid json" },
		{ rule, form_type, NULL, NULL, FAILS, FAILS, "missing form field a" },
		{ rule, json_type, "a=b", NULL, DOUBT, DOUBT, "body field a is in the query, too" },
	};

	(void)state;
	EXPECT_ROWS(rows);
}

static void json_that_can_be_read_in_two_ways_is_in_doubt(void **state)
{
	static const char rule[] = "{\"body\":{\"a\":\"b\"}}";
	static const char number[] = "{\"body\":{\"n\":9007199254740993}}";
	static const struct row rows[] = {
		{ rule, json_type, NULL, "{\"a\":\"b\",\"c\":[1]}", HOLDS, HOLDS, "" },
		{ rule, json_type, NULL, "{\"\\u0061\":\"\\u0062\"}", HOLDS, HOLDS, "" },
		{ rule, json_type, NULL, "{\"a\":\"x\",\"a\":\"b\"}", MALFORMED, MALFORMED,
		  "invalid json: a name stands twice" },
		{ rule, json_type, NULL, "{\"a\":\"b\",\"\\u0061\":\"x\"}", MALFORMED, MALFORMED,
		  "invalid json: a name stands twice" },
		{ rule, json_type, NULL, "{\"a\":\"b\",\"c\":{\"d\":1,\"d\":2}}", MALFORMED, MALFORMED,
		  "invalid json: a name stands twice" },
		{ rule, json_type, NULL, "{\"A\":\"b\"}", DOUBT, FAILS, "ambiguous body field a" },
		{ rule, json_type, NULL, "{\"a\":\"b\",\"A\":\"x\"}", DOUBT, HOLDS,
		  "ambiguous body field a" },
		{ rule, json_type, NULL, "{\"a\":\"x\",\"A\":\"b\"}", DOUBT, FAILS,
		  "ambiguous body field a" },
		{ rule, json_type, NULL, "[{\"a\":\"b\"}]", DOUBT, DOUBT, "invalid json" },
		{ rule, json_type, NULL, "\"b\"", DOUBT, DOUBT, "invalid json" },
		{ rule, json_type, NULL, "null", FAILS, FAILS, "missing body field a" },
		{ rule, json_type, NULL, "{\"a\":\"b\"}x", DOUBT, DOUBT, "invalid json" },
		{ rule, json_type, NULL, "{\"a\":\"b\"}{\"a\":\"x\"}", DOUBT, DOUBT, "invalid json" },
		{ rule, json_type, NULL, "\xef\xbb\xbf{\"a\":\"b\"}", DOUBT, DOUBT, "invalid json" },
		{ rule, json_type, NULL, "{\"a\":NaN}", DOUBT, DOUBT, "invalid json" },
		{ rule, json_type, NULL, "{\"a\":\"b\",\"c\":\"\xff\"}", DOUBT, DOUBT, "invalid json" },
		{ rule, json_type, NULL, "a=b", DOUBT, DOUBT, "invalid json" },
		{ rule, json_type, NULL, "{\"a\":[\"b\"]}", DOUBT, FAILS,
		  "body field a value mismatch" },
		{ rule, json_type, NULL, "{\"a\":[\"x\"]}", FAILS, FAILS,
		  "body field a value mismatch" },
		{ rule, json_type, "a=x", "{\"a\":\"b\"}", DOUBT, DOUBT,
		  "body field a is in the query, too" },
		{ rule, json_type, "A[]=x", "{\"a\":\"b\"}", DOUBT, HOLDS,
		  "body field a is in the query, too" },
		{ rule, json_type, "c;a=x", "{\"a\":\"b\"}", MALFORMED, HOLDS,
		  "ambiguous query: a semicolon" },
		{ "{\"body\":{\"a\":\"b\"},\"query\":{\"a\":[\"x\"]}}", json_type, "a=x",
		  "{\"a\":\"b\"}", HOLDS, HOLDS, "" },
		{ number, json_type, NULL, "{\"n\":9007199254740993}", HOLDS, HOLDS, "" },
		{ number, json_type, NULL, "{\"n\":9007199254740993.0}", HOLDS, HOLDS, "" },
		{ number, json_type, NULL, "{\"n\":9007199254740992}", DOUBT, DOUBT,
		  "body field n value mismatch" },
		{ number, json_type, NULL, "{\"n\":\"9007199254740993\"}", FAILS, FAILS,
		  "body field n value mismatch" },
	};

	(void)state;
	EXPECT_ROWS(rows);
}

static void rules_go_down_into_json(void **state)
{
	static const char rule[] = "{\"body\":{\"a\":{\"b\":[{\"c\":1},2]},\"d\":true}}";
	static const struct row rows[] = {
		{ rule, json_type, NULL, "{\"d\":true,\"a\":{\"b\":[2,{\"e\":0,\"c\":1.0}]}}", HOLDS,
		  HOLDS, "" },
		{ rule, json_type, NULL, "{\"d\":true,\"a\":{\"b\":[2,{\"C\":1}]}}", DOUBT, FAILS,
		  "body field a.b missing element" },
		{ rule, json_type, NULL, "{\"d\":true,\"a\":{\"b\":[2,[{\"c\":1}]]}}", DOUBT, FAILS,
		  "body field a.b missing element" },
		{ rule, json_type, NULL, "{\"d\":true,\"a\":{\"b\":[{\"c\":1}]}}", FAILS, FAILS,
		  "body field a.b missing element" },
		{ rule, json_type, NULL, "{\"d\":true,\"a\":{\"b\":2}}", DOUBT, FAILS,
		  "body field a.b not array" },
		{ rule, json_type, NULL, "{\"d\":true,\"a\":{\"b\":3}}", FAILS, FAILS,
		  "body field a.b not array" },
		{ rule, json_type, NULL, "{\"d\":true,\"a\":[{\"b\":[]}]}", DOUBT, FAILS,
		  "body field a not object" },
		{ rule, json_type, NULL, "{\"d\":true,\"a\":1}", FAILS, FAILS,
		  "body field a not object" },
		{ rule, json_type, NULL, "{\"a\":[],\"d\":false}", FAILS, FAILS,
		  "body field d value mismatch" },
	};

	(void)state;
	EXPECT_ROWS(rows);
}

static void a_form_says_one_thing(void **state)
{
	static const char rule[] = "{\"body\":{\"a\":\"1\"}}";
	static const char list[] = "{\"body\":{\"a\":[\"1\",\"2\"]}}";
	static const struct row rows[] = {
		{ rule, form_type, NULL, "b=2&a=%31", HOLDS, HOLDS, "" },
		{ rule, form_type, NULL, "b=1", FAILS, FAILS, "missing form field a" },
		{ rule, form_type, NULL, "a=2", FAILS, FAILS, "form field a=1 not found" },
		{ rule, form_type, NULL, "a=1&a=2", DOUBT, HOLDS, "form field a has other values, too" },
		{ rule, form_type, NULL, "a=1&a[]=2", DOUBT, HOLDS, "ambiguous form field a" },
		{ rule, form_type, NULL, "a=1&A=2", DOUBT, HOLDS, "ambiguous form field a" },
		{ rule, form_type, NULL, "a=1&b=2;c", DOUBT, DOUBT, "invalid form encoding" },
		{ rule, form_type, NULL, "a=1&b=%zz", DOUBT, DOUBT, "invalid form encoding" },
		{ rule, form_type, NULL, "a=1%00", DOUBT, DOUBT, "invalid form encoding" },
		{ rule, form_type, "a=2", "a=1", DOUBT, DOUBT, "body field a is in the query, too" },
		{ list, form_type, NULL, "a=2&a=1", HOLDS, HOLDS, "" },
		{ list, form_type, NULL, "a=1", FAILS, FAILS, "form field a=2 not found" },
		{ "{\"body\":{\"a\":[]}}", form_type, NULL, "a&a=1", HOLDS, HOLDS, "" },
		{ "{\"body\":{\"a\":1}}", form_type, NULL, "a=1", DOUBT, DOUBT, "invalid rule" },
		{ "{\"body\":{\"a\":1}}", form_type, NULL, "b=1", FAILS, FAILS, "missing form field a" },
		{ "{\"body\":{\"a\":{\"b\":1}}}", form_type, NULL, "a[b]=1", DOUBT, FAILS,
		  "invalid rule" },
	};

	(void)state;
	EXPECT_ROWS(rows);
}

/* So a rule that denies does not match what it is not about, doubts or no doubts. */
static void what_fails_outweighs_what_is_in_doubt(void **state)
{
	static const char rule[] = "{\"headers\":{\"X-A\":[\"v\"]},\"query\":{\"q\":[\"1\"]},"
				   "\"body\":{\"a\":\"b\",\"c\":\"d\"}}";
	static const struct row rows[] = {
		{ rule, "X-A: v\nX-A: w", "q=2", NULL, FAILS, FAILS, "missing query param q=1" },
		{ rule, "X-A: v\nX-A: w", "q=1", "{}", DOUBT, HOLDS,
		  "header X-A has other values, too" },
		{ rule, "X-A: v\nContent-Type: application/json", "q=1", "{\"A\":\"b\",\"c\":\"e\"}",
		  FAILS, FAILS, "body field c value mismatch" },
	};

	(void)state;
	EXPECT_ROWS(rows);
}
/* clang-format on */

static void the_body_is_asked_for_last_and_only_when_it_decides(void **state)
{
	static const struct {
		const char *headers, *query;
		enum body_kind body;
		enum judgement judged;
	} rows[] = {
		{ "X-A: v\nContent-Type: application/json", NULL, BODY_CHUNKED,
			JUDGEMENT_NEEDS_BODY },
		{ "X-A: v\nContent-Type: application/json", NULL, BODY_LENGTH, JUDGEMENT_FAILS },
		{ "X-A: v", NULL, BODY_NONE, JUDGEMENT_FAILS },
		{ "Content-Type: application/json", NULL, BODY_CHUNKED, JUDGEMENT_FAILS },
		{ "X-A: v\nX_A: w\nContent-Type: application/json", NULL, BODY_CHUNKED,
			JUDGEMENT_DOUBTFUL },
		{ "X-A: v\nContent-Type: application/json", "a=1", BODY_CHUNKED,
			JUDGEMENT_DOUBTFUL },
		{ "X-A: v\nContent-Type: application/grpc", NULL, BODY_CHUNKED,
			JUDGEMENT_DOUBTFUL },
		{ "X-A: v\nContent-Type: application/json\nContent-Encoding: gzip", NULL,
			BODY_CHUNKED, JUDGEMENT_ENCODED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new("test", 4096);
		struct policy_rule rule =
			read_rule("{\"headers\":{\"X-A\":[]},\"body\":{\"a\":\"b\"}}", arena);
		struct message *m =
			message_of(slice_of(rows[i].headers), slice_of(rows[i].query), arena);
		struct reading reading = { .message = m };

		m->body = rows[i].body;
		assert_int_equal(constraint_holds(&rule, &reading, false, NULL), rows[i].judged);
		arena_free(&arena);
	}
}

static void every_doubt_has_a_status(void **state)
{
	static const int statuses[] = { 403, 400, 413, 415, 0, 403, 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		assert_int_equal(judgement_status((enum judgement)i), statuses[i]);
		assert_int_equal(judgement_is_doubt((enum judgement)i), i < 4);
	}
	assert_int_equal((enum judgement){ 0 }, JUDGEMENT_DOUBTFUL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_says_one_thing),
		cmocka_unit_test(a_parameter_says_one_thing),
		cmocka_unit_test(too_many_parameters_are_not_read),
		cmocka_unit_test(only_json_and_forms_are_looked_into),
		cmocka_unit_test(a_body_that_is_empty_has_no_field),
		cmocka_unit_test(json_that_can_be_read_in_two_ways_is_in_doubt),
		cmocka_unit_test(rules_go_down_into_json),
		cmocka_unit_test(a_form_says_one_thing),
		cmocka_unit_test(what_fails_outweighs_what_is_in_doubt),
		cmocka_unit_test(the_body_is_asked_for_last_and_only_when_it_decides),
		cmocka_unit_test(every_doubt_has_a_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
