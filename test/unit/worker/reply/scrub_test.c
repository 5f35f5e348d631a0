/* scrub_test.c - what of an upstream's answer the caller does not see. */

#include "test/lib/expect.h"
#include "worker/reply/scrub.h"

/* An answer that has one header of each kind. */
static struct message answer_of(struct arena *arena, int status)
{
	static const char *const names[] = { "Content-Type", "Connection", "Keep-Alive",
		"Proxy-Authenticate", "Trailer", "Upgrade", "X-Hop", "Set-Cookie",
		"x-at-upstream-error", "X-AT-Error-Reason", "X_AT_Error_Reason", "Set-Cookie" };
	struct message m = { .arena = arena, .status = status };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		message_add_header(
			&m, slice_of(names[i]), i == 1 ? SLICE("close, x-hop") : SLICE("theirs"));
	}
	return m;
}

static void what_belongs_to_the_hop_or_only_to_us_is_dropped(void **state)
{
	struct arena *arena = arena_new("test", 1024);
	struct message m = answer_of(arena, 200);

	(void)state;
	scrub_response(&m);
	assert_int_equal(m.header_count, 3);
	expect_text(m.headers[0].name, "Content-Type");
	expect_text(m.headers[1].name, "Set-Cookie");
	expect_text(m.headers[2].name, "Set-Cookie");
	arena_free(&arena);
}

static void what_is_no_success_is_marked_as_the_upstreams(void **state)
{
	static const struct {
		int status;
		bool marked;
	} rows[] = { { 200, false }, { 204, false }, { 206, false }, { 299, false }, { 301, true },
		{ 304, true }, { 400, true }, { 418, true }, { 500, true }, { 599, true } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *arena = arena_new("test", 1024);
		struct message m = answer_of(arena, rows[i].status);
		static const struct slice name = SLICE("X-AT-Upstream-Error");

		scrub_response(&m);
		assert_int_equal(message_count_header(&m, name), rows[i].marked);
		if (rows[i].marked) {
			expect_text(message_header(&m, name), "true");
		}
		assert_null(message_header(&m, SLICE("X-AT-Error-Reason")).at);
		arena_free(&arena);
	}
}

static void trailers_may_not_frame_route_or_speak_for_us(void **state)
{
	static const char *const refused[] = { "Content-Length", "transfer-encoding", "TE",
		"Trailer", "Host", "Connection", "SET-COOKIE", "Content-Type",
		"X-AT-Upstream-Error", "x-at-error-reason" };
	static const char *const allowed[] = { "X-Checksum", "Server-Timing", "Content-MD5", "T",
		"X-Host" };

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		assert_false(scrub_allows_trailer(slice_of(refused[i])));
	}
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
		assert_true(scrub_allows_trailer(slice_of(allowed[i])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_belongs_to_the_hop_or_only_to_us_is_dropped),
		cmocka_unit_test(what_is_no_success_is_marked_as_the_upstreams),
		cmocka_unit_test(trailers_may_not_frame_route_or_speak_for_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
