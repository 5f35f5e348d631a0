/* proxy_test.c - the environment's words about proxies mean what they mean to a Go program. */

#include <errno.h>
#include <stdlib.h>

#include "master/fetch/proxy.h"
#include "test/lib/expect.h"

/* "direct", "wrong", or the host of the proxy. */
static const char *choose(const struct proxy_settings *settings, const char *target)
{
	static char answer[80];
	struct arena *arena = arena_new("test", 1024);
	struct url url, proxy;
	struct note why;

	assert_int_equal(url_parse(slice_of(target), arena, &url, NULL), 0);
	if (proxy_choose(settings, &url, arena, &proxy, &why) < 0) {
		assert_null(strstr(why.text, "hush"));
		(void)snprintf(answer, sizeof(answer), "wrong");
	} else if (proxy.host.at == NULL) {
		(void)snprintf(answer, sizeof(answer), "direct");
	} else {
		(void)snprintf(answer, sizeof(answer), SLICE_FMT, SLICE_ARG(proxy.host));
	}
	arena_free(&arena);
	return answer;
}

static void each_scheme_has_its_own(void **state)
{
	const struct proxy_settings settings = { SLICE("http://a:1"), SLICE("b:2"), SLICE("") };

	(void)state;
	assert_string_equal(choose(&settings, "http://h/"), "a:1");
	assert_string_equal(choose(&settings, "https://h/"), "b:2");
	assert_string_equal(choose(&(struct proxy_settings){ 0 }, "http://h/"), "direct");
}

static void we_reach_ourselves_without_one(void **state)
{
	static const char *const targets[] = { "http://localhost/", "http://LOCALHOST:80/",
		"http://127.0.0.1/", "http://127.8.9.10:8080/", "http://[::1]/" };
	const struct proxy_settings settings = { SLICE("p:1"), SLICE(""), SLICE("") };

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		assert_string_equal(choose(&settings, targets[i]), "direct");
	}
	assert_string_equal(choose(&settings, "http://localhost.example.com/"), "p:1");
	assert_string_equal(choose(&settings, "http://128.0.0.1/"), "p:1");
	assert_string_equal(choose(&settings, "http://[::2]/"), "p:1");
}

static void exceptions_are_read_as_go_reads_them(void **state)
{
	static const struct {
		const char *exceptions, *target;
		bool direct;
	} rows[] = {
		{ "*", "http://h/", true },
		{ "a, *", "http://h/", true },
		{ "*.h", "http://h/", false },
		{ "example.com", "http://example.com/", true },
		{ "example.com", "http://EXAMPLE.com:8080/", true },
		{ "Example.COM", "http://www.example.com/", true },
		{ "example.com", "http://badexample.com/", false },
		{ "example.com", "http://com/", false },
		{ ".example.com", "http://example.com/", false },
		{ ".example.com", "http://a.b.example.com/", true },
		{ "*.example.com", "http://a.example.com/", true },
		{ "*.example.com", "http://example.com/", false },
		{ "a.com,b.com", "http://b.com/", true },
		{ " a.com , b.com ", "http://b.com/", true },
		{ ",,", "http://b.com/", false },
		{ "b.com:8080", "http://b.com:8080/", true },
		{ "b.com:8080", "http://b.com/", false },
		{ "b.com:80", "http://b.com/", true },
		{ "b.com:443", "http://b.com/", false },
		{ "b.com:x", "http://b.com/", false },
		{ ":80", "http://b.com/", false },
		{ "10.1.2.3", "http://10.1.2.3/", true },
		{ "10.1.2.3:80", "http://10.1.2.3/", true },
		{ "10.1.2.3:81", "http://10.1.2.3/", false },
		{ "10.1.2.3", "http://10.1.2.4/", false },
		{ "10.0.0.0/8", "http://10.255.2.4/", true },
		{ "10.0.0.0/8", "http://11.0.0.1/", false },
		{ "10.0.0.0/9", "http://10.127.0.1/", true },
		{ "10.0.0.0/9", "http://10.128.0.1/", false },
		{ "10.0.0.0/0", "http://1.2.3.4/", true },
		{ "10.0.0.0/33", "http://10.0.0.1/", false },
		{ "10.0.0.0/", "http://10.0.0.1/", false },
		{ "/8", "http://10.0.0.1/", false },
		{ "10.1.2.3/32", "http://10.1.2.3/", true },
		{ "0.0.0.0/0", "http://b.com/", false },
		{ "fd00::/8", "http://[fd12::1]/", true },
		{ "fd00::/8", "http://[fe80::1]/", false },
		{ "fd12::1", "http://[fd12::1]:8080/", true },
		{ "[fd12::1]:8080", "http://[fd12::1]:8080/", true },
		{ "[fd12::1]:8081", "http://[fd12::1]:8080/", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct proxy_settings settings = { SLICE("p:1"), SLICE(""),
			slice_of(rows[i].exceptions) };

		if ((strcmp(choose(&settings, rows[i].target), "direct") == 0) != rows[i].direct) {
			fail_msg("%s and %s", rows[i].exceptions, rows[i].target);
		}
	}
}

static void a_proxy_that_can_not_be_used_is_an_error(void **state)
{
	static const char *const proxies[] = { "https://hush:x@p:1", "socks5://hush@p", "http://",
		"http://hush@:1", "p:99999", "http://[::1/hush", "hush p" };

	(void)state;
	for (size_t i = 0; i < sizeof(proxies) / sizeof(*proxies); i++) {
		const struct proxy_settings settings = { slice_of(proxies[i]), SLICE(""),
			SLICE("direct.com") };

		assert_string_equal(choose(&settings, "http://h/"), "wrong");
		assert_string_equal(choose(&settings, "http://direct.com/"), "direct");
	}
}

static void the_environment_is_read_in_two_spellings(void **state)
{
	struct proxy_settings settings;

	(void)state;
	assert_int_equal(setenv("http_proxy", "small", 1), 0);
	assert_int_equal(setenv("HTTPS_PROXY", "large", 1), 0);
	assert_int_equal(setenv("https_proxy", "small", 1), 0);
	assert_int_equal(setenv("NO_PROXY", "", 1), 0);
	assert_int_equal(setenv("no_proxy", "none", 1), 0);
	assert_int_equal(unsetenv("HTTP_PROXY"), 0);
	settings = proxy_from_environment();
	expect_text(settings.http, "small");
	expect_text(settings.https, "large");
	expect_text(settings.exceptions, "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_scheme_has_its_own),
		cmocka_unit_test(we_reach_ourselves_without_one),
		cmocka_unit_test(exceptions_are_read_as_go_reads_them),
		cmocka_unit_test(a_proxy_that_can_not_be_used_is_an_error),
		cmocka_unit_test(the_environment_is_read_in_two_spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
