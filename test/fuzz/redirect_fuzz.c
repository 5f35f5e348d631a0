/* redirect_fuzz.c - any Location leads within bounds or nowhere, and no setting of a proxy makes us
 * take a wrong way. */

#include <stdint.h>

#include "common/check.h"
#include "master/fetch/proxy.h"
#include "master/fetch/redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_follow(const char *from, struct slice location, struct arena *arena)
{
	struct url base, to;

	check(url_parse(slice_of(from), arena, &base, NULL) == 0);
	if (redirect_follow(&base, location, true, arena, &to, NULL) == 0) {
		check(slice_equal(to.scheme, base.scheme));
		check(slice_equal_nocase(to.host_name, base.host_name));
		check(url_port(&to) == url_port(&base));
		check(slice_equal(to.user_info, base.user_info));
		check(to.path.len == 0 || to.path.at[0] == '/');
	}
	if (redirect_follow(&base, location, false, arena, &to, NULL) == 0) {
		check(slice_equal(to.scheme, SLICE("https")) ||
			!slice_equal(base.scheme, SLICE("https")));
		check(to.host_name.len > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena *arena = arena_new("fuzz", 4096);
	const struct slice given = { (const char *)bytes, len };
	const struct proxy_settings as_proxy = { given, given, SLICE("") };
	const struct proxy_settings as_exception = { SLICE("p:1"), SLICE("p:1"), given };
	struct url target, proxy;

	check_follow("https://user:pass@a/b/c/d;p?q", given, arena);
	check_follow("http://user:pass@a:81", given, arena);
	check(url_parse(SLICE("http://host.example.com:8080/"), arena, &target, NULL) == 0);
	if (proxy_choose(&as_proxy, &target, arena, &proxy, NULL) == 0 && proxy.host.at != NULL) {
		check(proxy.host_name.len > 0 && url_port(&proxy) > 0);
	}
	check(proxy_choose(&as_exception, &target, arena, &proxy, NULL) == 0);
	arena_free(&arena);
	return 0;
}
