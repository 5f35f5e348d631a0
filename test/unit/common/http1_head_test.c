/* http1_head_test.c - what a complete head may ask for, and with which expectations. */

#include "common/http1.h"
#include "test/lib/expect.h"

/* Reads one head; what it says stays in the arena. */
static enum http1_event read_head(struct slice wire, struct arena *arena, struct message *message)
{
	struct http1 http1;

	*message = (struct message){ .arena = arena };
	http1_init(&http1, HTTP1_REQUESTS);
	http1_begin(&http1, message, false);
	return http1_next(&http1, &wire);
}

static void only_methods_of_http_are_known(void **state)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS", "TRACE", "PROPFIND", "MKCOL", "SEARCH", "REPORT", "M-SEARCH", "PURGE",
		"LINK", "UNLINK" };
	static const char *const unknown[] = { "DESCRIBE", "ANNOUNCE", "SETUP", "PLAY", "PAUSE",
		"TEARDOWN", "GET_PARAMETER", "SET_PARAMETER", "REDIRECT", "RECORD", "FLUSH",
		"SOURCE", "PRI", "get", "BREW" };
	struct arena *arena = arena_new("test", 1024);
	struct message m;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct slice method = slice_of(known[i]);

		assert_int_equal(read_head(arena_join(arena, method,
						   SLICE(" /x HTTP/1.1\r\nHost: a\r\n\r\n")),
					 arena, &m),
			HTTP1_HEAD);
		expect_slice(m.method, method);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		if (read_head(arena_join(arena, slice_of(unknown[i]),
				      SLICE(" /x HTTP/1.1\r\nHost: a\r\n\r\n")),
			    arena, &m) != HTTP1_REFUSED) {
			fail_msg("%s should be unknown", unknown[i]);
		}
	}
	arena_free(&arena);
}

/* RFC 9110 section 10.1.1: nobody who speaks HTTP/1.0 can mean it. */
static void http_1_0_expects_nothing(void **state)
{
	struct arena *arena = arena_new("test", 1024);
	struct message m;

	(void)state;
	assert_int_equal(
		read_head(SLICE("GET / HTTP/1.0\r\nExpect: x\r\nA: b\r\nExpect: y\r\n\r\n"), arena,
			&m),
		HTTP1_HEAD);
	assert_int_equal(m.header_count, 1);
	assert_int_equal(
		read_head(SLICE("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"), arena, &m),
		HTTP1_HEAD);
	expect_text(message_header(&m, SLICE("Expect")), "x");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_methods_of_http_are_known),
		cmocka_unit_test(http_1_0_expects_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
