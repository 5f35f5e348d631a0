/* redirect_test.c - a Location leads where RFC 3986 says, and no credentials go astray. */

#include <errno.h>

#include "master/fetch/redirect.h"
#include "test/lib/expect.h"

/* Where it leads; "refused" and the reason when nobody should follow. */
static const char *follow(const char *from, const char *location, bool with_credentials)
{
	static char answer[300];
	struct arena *arena = arena_new("test", 1024);
	struct url base, to;
	struct note why = { "" };

	assert_int_equal(url_parse(slice_of(from), arena, &base, NULL), 0);
	if (redirect_follow(&base, slice_of(location), with_credentials, arena, &to, &why) < 0) {
		(void)snprintf(answer, sizeof(answer), "refused %s", why.text);
	} else {
		(void)snprintf(answer, sizeof(answer),
			SLICE_FMT "://" SLICE_FMT "%s" SLICE_FMT SLICE_FMT "%s" SLICE_FMT,
			SLICE_ARG(to.scheme), SLICE_ARG(to.user_info),
			to.user_info.at != NULL ? "@" : "", SLICE_ARG(to.host), SLICE_ARG(to.path),
			to.query.at != NULL ? "?" : "", SLICE_ARG(to.query));
	}
	arena_free(&arena);
	return answer;
}

/* Section 5.4, without what is opaque, has a fragment only, or leaves http. */
static void references_are_resolved_as_the_rfc_does(void **state)
{
	static const char *const rows[][2] = {
		{ "g", "http://a/b/c/g" },
		{ "./g", "http://a/b/c/g" },
		{ "g/", "http://a/b/c/g/" },
		{ "/g", "http://a/g" },
		{ "//g", "http://g" },
		{ "?y", "http://a/b/c/d;p?y" },
		{ "g?y", "http://a/b/c/g?y" },
		{ "#s", "http://a/b/c/d;p?q" },
		{ "g#s", "http://a/b/c/g" },
		{ "g?y#s", "http://a/b/c/g?y" },
		{ ";x", "http://a/b/c/;x" },
		{ "", "http://a/b/c/d;p?q" },
		{ ".", "http://a/b/c/" },
		{ "./", "http://a/b/c/" },
		{ "..", "http://a/b/" },
		{ "../g", "http://a/b/g" },
		{ "../..", "http://a/" },
		{ "../../g", "http://a/g" },
		{ "../../../g", "http://a/g" },
		{ "/./g", "http://a/g" },
		{ "/../g", "http://a/g" },
		{ "g.", "http://a/b/c/g." },
		{ "..g", "http://a/b/c/..g" },
		{ "./../g", "http://a/b/g" },
		{ "./g/.", "http://a/b/c/g/" },
		{ "g/../h", "http://a/b/c/h" },
		{ "g;x=1/../y", "http://a/b/c/y" },
		{ "/a//b", "http://a/a//b" },
		{ "http://x:81/y?z#w", "http://x:81/y?z" },
		{ "HTTPS://x", "https://x" },
		{ "/a b", "http://a/a%20b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(follow("http://a/b/c/d;p?q", rows[i][0], false), rows[i][1]);
	}
	assert_string_equal(follow("http://a", "g", false), "http://a/g");
	assert_string_equal(follow("http://a?q", "?r", false), "http://a?r");
}

static void credentials_stay_within_their_origin(void **state)
{
	static const char *const elsewhere[] = { "http://b/c", "https://a/c", "http://a:81/c",
		"//a.b/c", "http://u:p@b/c" };

	(void)state;
	assert_string_equal(follow("http://u:p@a/b", "c", true), "http://u:p@a/c");
	assert_string_equal(follow("http://u:p@a/b", "http://A:80/c", true), "http://u:p@A:80/c");
	assert_string_equal(follow("http://u:p@a/b", "http://x:y@a/c", true), "http://u:p@a/c");
	assert_string_equal(follow("http://a/b", "http://x:y@a/c", true), "http://a/c");
	assert_string_equal(follow("http://a/b", "http://x:y@b/c", false), "http://b/c");
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++) {
		assert_string_equal(follow("http://u:p@a/b", elsewhere[i], true),
			"refused redirect: it leads to another host, which must not get our "
			"credentials");
	}
}

static void what_leads_nowhere_is_refused(void **state)
{
	(void)state;
	assert_string_equal(follow("https://a/b", "http://a/b", false),
		"refused redirect: it leads away from https");
	assert_string_equal(
		follow("http://a/b", "mailto:a@b", false), "refused redirect: it leads to no host");
	assert_string_equal(
		follow("http://a/b", "//", false), "refused redirect: it leads to no host");
	assert_string_equal(
		follow("http://a/b", "http://%hush", false), "refused redirect: invalid host name");
	assert_string_equal(follow("http://a/b", "/\r\nX: y", false),
		"refused redirect: invalid control character in URL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_resolved_as_the_rfc_does),
		cmocka_unit_test(credentials_stay_within_their_origin),
		cmocka_unit_test(what_leads_nowhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
