/* url_fuzz.c - any text as destination, as X-AT-Destination and as a source to show: no caller gets
 * out of a wildcard, and no message shows a password. */

#include <stdint.h>

#include "common/check.h"
#include "common/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A host travels as it is into the Host header, to the resolver and into SNI. */
static void check_host(struct slice host)
{
	for (size_t i = 0; i < host.len; i++) {
		check((unsigned char)host.at[i] > ' ' && host.at[i] != 0x7f);
		check(slice_find(SLICE("/\\@?#%"), host.at[i], 0) == 6);
	}
}

static void check_pick(struct slice text, struct arena *arena)
{
	struct url pattern, picked;

	check(url_check_destination(
		      SLICE("https://*.example.com:8443/base?x=1"), arena, &pattern, NULL) == 0);
	if (url_pick_destination(&pattern, text, arena, &picked, NULL) != 0) {
		return;
	}
	check_host(picked.host);
	check(picked.host_name.len > sizeof(".example.com") - 1);
	check(slice_equal_nocase(
		slice_sub(picked.host_name, picked.host_name.len - 12, picked.host_name.len),
		SLICE(".example.com")));
	check(url_port(&picked) == 8443);
	check(slice_ends_with(picked.host, SLICE(":8443")));
	check(slice_equal(picked.scheme, pattern.scheme));
	check(slice_equal(picked.path, pattern.path));
	check(slice_equal(picked.query, pattern.query));
	check(picked.user_info.at == NULL);
}

/* Whatever else the password has in it; behind a slash it would be a path, and that is shown. */
static void check_password(struct slice text, struct arena *arena)
{
	struct slice source = arena_join(arena, SLICE("https://user:hunter2"), text), shown;

	if (slice_find(text, '/', 0) < text.len ||
		memmem(text.at, text.len, "hunter2", 7) != NULL) {
		return;
	}
	shown = url_redact(arena_join(arena, source, SLICE("@host/")), arena);
	check(memmem(shown.at, shown.len, "hunter2", 7) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice text = { (const char *)bytes, len };
	struct arena *arena = arena_new("fuzz", 4096);
	struct url url;

	if (url_check_destination(text, arena, &url, NULL) == 0) {
		check_host(url.host);
		check(url.host_name.len > 0);
	}
	check_pick(text, arena);
	(void)url_redact(text, arena);

	check_password(text, arena);
	arena_free(&arena);
	return 0;
}
