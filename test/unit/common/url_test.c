/* url_test.c - destinations, and who may choose among them. */

#include <errno.h>
#include <string.h>

#include "common/path.h"
#include "common/url.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

/* As the reference writes a URL: bytes of the host outside of ASCII are escaped. */
static struct slice written(const struct url *url, struct arena *arena)
{
	struct slice host = path_escape(url->host, arena);

	return arena_printf(arena, SLICE_FMT "://" SLICE_FMT SLICE_FMT "%s" SLICE_FMT,
		SLICE_ARG(url->scheme), SLICE_ARG(host), SLICE_ARG(url->path),
		url->query.at == NULL ? "" : "?", SLICE_ARG(url->query));
}

static void expect_picked_or_refused(const struct vectors *rows, struct arena *arena)
{
	struct slice error = vectors_text(rows, "error");
	struct url pattern, picked = { .path = SLICE("untouched") };
	struct note why;

	vectors_expect(rows, url_check_destination(vectors_text(rows, "destination"), arena,
				     &pattern, &why) == 0);
	if (error.at == NULL) {
		vectors_expect(rows, url_pick_destination(&pattern, vectors_text(rows, "header"),
					     arena, &picked, &why) == 0);
		vectors_expect_slice(rows, written(&picked, arena), vectors_text(rows, "resolved"));
		vectors_expect_slice(rows, picked.host, vectors_text(rows, "host_header"));
		return;
	}
	vectors_expect(rows, url_pick_destination(&pattern, vectors_text(rows, "header"), arena,
				     &picked, &why) < 0);
	vectors_expect_slice(rows, picked.path, SLICE("untouched"));
	if (slice_starts_with(error, SLICE("invalid X-AT-Destination header: parse "))) {
		/* How Go words a parse error is its own affair. */
		vectors_expect(rows, slice_starts_with(slice_of(why.text),
					     SLICE("invalid X-AT-Destination header: ")));
	} else {
		vectors_expect_slice(rows, slice_of(why.text), error);
	}
}

static void the_header_picks_what_it_picks_in_the_reference(void **state)
{
	struct vectors rows;

	vectors_open(&rows, *state, "destination_header");
	while (vectors_next(&rows)) {
		struct arena *arena = arena_new("test", 1024);

		expect_picked_or_refused(&rows, arena);
		arena_free(&arena);
	}
	assert_int_equal(rows.count, 215);
}

static void a_missing_header_picks_nothing(void **state)
{
	struct arena *arena = arena_new("test", 1024);
	struct url pattern, picked;
	struct note why;

	(void)state;
	assert_int_equal(
		url_check_destination(SLICE("https://*.example.com"), arena, &pattern, &why), 0);
	assert_int_equal(
		url_pick_destination(&pattern, (struct slice){ NULL, 0 }, arena, &picked, &why),
		-EINVAL);
	expect_slice(slice_of(why.text), SLICE("missing X-AT-Destination header"));
	assert_int_equal(
		url_pick_destination(&pattern, SLICE("//evil.com"), arena, &picked, NULL), -EACCES);
	arena_free(&arena);
}

static void a_host_matches_as_in_the_reference(void **state)
{
	struct vectors rows;

	vectors_open(&rows, *state, "wildcard_host");
	while (vectors_next(&rows)) {
		bool match = url_host_matches(
			vectors_text(&rows, "pattern"), vectors_text(&rows, "host"));

		vectors_expect(&rows, match == vectors_flag(&rows, "match"));
	}
	assert_int_equal(rows.count, 578);
}

static void messages_show_what_the_reference_shows(void **state)
{
	struct vectors rows;

	vectors_open(&rows, *state, "redact_source");
	while (vectors_next(&rows)) {
		struct arena *arena = arena_new("test", 1024);
		struct slice shown = url_redact(vectors_text(&rows, "in"), arena);

		vectors_expect_slice(&rows, shown, vectors_text(&rows, "out"));
		arena_free(&arena);
	}
	assert_int_equal(rows.count, 18);
}

static void messages_never_show_a_password_even_if_the_url_is_broken(void **state)
{
	static const char *const sources[] = { "https://user:hunter2^@h/x",
		"https://u:hunter2@h:x/", "https://u:hunter2@h /", "http://[::1/?sig=hunter2",
		":@hunter2", "x y:z#hunter2", "https://u:hunter2/@h/", "https://h/%zz?hunter2",
		"https://u:%hunter2@h/" };

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct arena *arena = arena_new("test", 1024);
		struct slice shown = url_redact(slice_of(sources[i]), arena);

		if (memmem(shown.at, shown.len, "hunter2", 7) != NULL) {
			fail_msg("shown: " SLICE_FMT, SLICE_ARG(shown));
		}
		arena_free(&arena);
	}
}

/* spec/config.md section 6. */
static const struct {
	const char *why; /* NULL: it is a destination */
	const char *texts[20];
} destinations[] = {
	{ NULL, { "http://ex", "HTTP://Ex:80/A?b#c", "http://[::1]:80",
			"http://ex:", "http://ex:99999", "http://ex?x=%zz", "http://ex/a b",
			"ftp://x", "http://u:p@ex", "http://ex/%2F", "http://192.168.0.1:8080" } },
	{ NULL, { "https://*.example.com", "https://*.example.com:8443", "https://a*b.ex.com",
			"https://*ex.com", "https://ex.*", "https://*.Ex.COM/Base/?q=1" } },
	{ "missing destination", { "" } },
	{ "has invalid destination",
		{ "example.com", "//ex", "http://", "http:///p", "ex:80", "http:ex", "mailto:a@b",
			"unix:///x", " http://ex", "http://ex ", "http://ex ample", "http://ex:abc",
			"http://ex/%zz", "http://e\tx", "http://ex/a\tb", "https://*.example.com:*",
			"h*tp://*.ex.com", "http://:80" } },
	{ "has invalid destination",
		{ "http://::1/", "http://h:80:80/", "http://[h]/", "http://[::1", "http://::1]",
			"http://a[::1]", "http://[::1]x", "http://[127.0.0.1]/", "http://h%41/",
			"http://h\\x", "http://u:p^@h/", "http://h/#%zz", "http://%zz/",
			"1http://h/", ":", "://h", "http://h\x7f", "http://[fe80::1%25eth0]/" } },
	{ "has invalid destination wildcard",
		{ "https://*", "https://*/", "https://*.", "https://**", "https://*.*",
			"https://example.com/*", "https://example.com/path*", "https://ex.com?x=*",
			"https://ex.com#*", "https://u*@ex.com", "https://*.ex.com/%2a",
			"https://*.ex.com/*", "https://*.ex.com?x=*", "https://*.ex.com#%2A" } },
	{ "invalid destination URL: wildcard destinations cannot include user info",
		{ "https://u@*.ex.com", "https://@*.ex.com", "https://u*@*.ex.com" } },
};

static void a_destination_is_what_the_reference_takes_for_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++) {
		const char *wanted = destinations[i].why;

		for (const char *const *text = destinations[i].texts; *text != NULL; text++) {
			struct arena *arena = arena_new("test", 1024);
			struct url url;
			struct note why = { "accepted" };

			(void)!url_check_destination(slice_of(*text), arena, &url, &why);
			if (strcmp(why.text, wanted == NULL ? "accepted" : wanted) != 0) {
				fail_msg("%s: %s", *text, why.text);
			}
			arena_free(&arena);
		}
	}
}

static void a_url_comes_apart(void **state)
{
	struct arena *arena = arena_new("test", 1024);
	struct url url;

	(void)state;
	assert_int_equal(
		url_parse(SLICE("HTTPS://me:pw@[::1]:8443/a b/%2F?x?y#f?"), arena, &url, NULL), 0);
	expect_text(url.scheme, "https");
	expect_text(url.user_info, "me:pw");
	expect_text(url.host, "[::1]:8443");
	expect_text(url.host_name, "::1");
	expect_text(url.port, "8443");
	expect_text(url.path, "/a%20b/%2F");
	expect_text(url.query, "x?y");
	expect_text(url.fragment, "f?");

	assert_int_equal(url_parse(SLICE("http://Ex:?"), arena, &url, NULL), 0);
	expect_text(url.host, "Ex:");
	expect_text(url.host_name, "Ex");
	assert_int_equal(url.port.len, 0);
	assert_int_equal(url.path.len, 0);
	assert_non_null(url.query.at);
	assert_null(url.user_info.at);
	assert_null(url.fragment.at);

	assert_int_equal(url_parse(SLICE("a/b:c"), arena, &url, NULL), 0);
	assert_null(url.host.at);
	expect_text(url.path, "a/b:c");
	arena_free(&arena);
}

static void the_port_is_as_written_or_the_schemes(void **state)
{
	static const struct {
		const char *text;
		uint16_t port;
	} ports[] = {
		{ "http://h", 80 },
		{ "https://h", 443 },
		{ "https://h:", 443 },
		{ "ftp://h", 0 },
		{ "http://h:8080", 8080 },
		{ "http://h:65535", 65535 },
		{ "http://h:65536", 0 },
		{ "http://h:99999999999999999999999", 0 },
		{ "http://[::1]:1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct arena *arena = arena_new("test", 1024);
		struct url url;

		assert_int_equal(url_parse(slice_of(ports[i].text), arena, &url, NULL), 0);
		assert_int_equal(url_port(&url), ports[i].port);
		arena_free(&arena);
	}
}

int main(int argc, char **argv)
{
	char *test_folder = argv[argc - 1];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(
			the_header_picks_what_it_picks_in_the_reference, test_folder),
		cmocka_unit_test(a_missing_header_picks_nothing),
		cmocka_unit_test_prestate(a_host_matches_as_in_the_reference, test_folder),
		cmocka_unit_test_prestate(messages_show_what_the_reference_shows, test_folder),
		cmocka_unit_test(messages_never_show_a_password_even_if_the_url_is_broken),
		cmocka_unit_test(a_destination_is_what_the_reference_takes_for_one),
		cmocka_unit_test(a_url_comes_apart),
		cmocka_unit_test(the_port_is_as_written_or_the_schemes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
