/* message_test.c - which headers are one hop's, under any name that some server reads as one. */

#include "common/message.h"
#include "test/lib/expect.h"

static void names_that_some_server_takes_for_one_are_the_same(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "X-Api-Key", "x_api_key", true },
		{ "X_Api-Key", "X-Api_Key", true },
		{ "X-Api-Key", "X-Api-Kez", false },
		{ "X-Api-Key", "X-Api-Key-", false },
		{ "X-Api-Key", "XApiKey", false },
		{ "A@", "A`", false }, /* differ in the bit of letter case, and are no letters */
		{ "A-", "A\r", false },
		{ "", "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice a = slice_of(rows[i].a), b = slice_of(rows[i].b);

		assert_int_equal(message_same_name(a, b), rows[i].same);
		assert_int_equal(message_same_name(b, a), rows[i].same);
	}
}

static void what_frames_or_belongs_to_one_hop_goes_under_any_name(void **state)
{
	static const char *const gone[] = { "Connection", "TE", "Trailer", "Upgrade", "Keep-Alive",
		"keep_alive", "Proxy-Connection", "Proxy_Connection", "Transfer-Encoding",
		"Transfer_Encoding", "transfer_encoding", "Proxy-Authenticate",
		"Proxy_Authenticate", "Proxy-Authorization", "PROXY_AUTHORIZATION",
		"Content_Length", "content_length" };
	static const char *const kept[] = { "Content-Length", "content-length", "Content-Type",
		"User-Agent", "T", "TEE", "Connections", "Transfer-Encodings", "X-Upgrade",
		"Authorization", "Transfer.Encoding", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++) {
		assert_true(message_is_hop_by_hop(slice_of(gone[i])));
	}
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		assert_false(message_is_hop_by_hop(slice_of(kept[i])));
	}
}

static void the_others_stay_in_their_order(void **state)
{
	static const char *const names[] = { "Content_Length", "First", "Transfer_Encoding",
		"Connection", "Second", "keep_alive", "X_Named", "Third" };
	struct arena *arena = arena_new("test", 1024);
	struct message m = { .arena = arena };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		message_add_header(&m, slice_of(names[i]), SLICE("close, x-named"));
	}
	message_drop_hop_by_hop(&m);
	assert_int_equal(m.header_count, 3);
	expect_text(m.headers[0].name, "First");
	expect_text(m.headers[1].name, "Second");
	expect_text(m.headers[2].name, "Third");
	arena_free(&arena);
}

static void options_are_counted_over_all_lines(void **state)
{
	struct arena *arena = arena_new("test", 1024);
	struct message m = { .arena = arena };

	(void)state;
	assert_int_equal(message_count_options(&m), 0);
	message_add_header(&m, SLICE("User-Agent"), SLICE("a,b,c")); /* as long a name */
	assert_int_equal(message_count_options(&m), 0);
	message_add_header(&m, SLICE("Connection"), SLICE("close"));
	message_add_header(&m, SLICE("connection"), SLICE("a,,b ,"));
	assert_int_equal(message_count_options(&m), 5); /* nothing costs as much as something */
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_some_server_takes_for_one_are_the_same),
		cmocka_unit_test(what_frames_or_belongs_to_one_hop_goes_under_any_name),
		cmocka_unit_test(the_others_stay_in_their_order),
		cmocka_unit_test(options_are_counted_over_all_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
