/* redirect.c - resolves a reference (RFC 3986 section 5.2). */

#include <errno.h>

#include "master/fetch/redirect.h"

bool redirect_is_one(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Without "." and ".." (section 5.2.4). Begins with a slash, before and after. */
static struct slice clean(struct slice path, struct arena *arena)
{
	char *to = arena_bytes(arena, path.len);
	struct slice segment;
	size_t len = 0;

	(void)slice_next(&path, '/', &segment); /* nothing stands before the first slash */
	while (slice_next(&path, '/', &segment)) {
		bool up = slice_equal(segment, SLICE(".."));

		while (up && len > 0 && to[--len] != '/') {
		}
		if (!up && !slice_equal(segment, SLICE("."))) {
			to[len++] = '/';
			if (segment.len > 0) {
				memcpy(to + len, segment.at, segment.len);
			}
			len += segment.len;
		} else if (path.at == NULL) {
			to[len++] = '/';
		}
	}
	return (struct slice){ to, len };
}

/* What stands before the last slash of the base, and then the reference (section 5.2.3). */
static struct slice merge(struct slice base, struct slice reference, struct arena *arena)
{
	while (base.len > 0 && base.at[base.len - 1] != '/') {
		base.len--;
	}
	return arena_join(arena, base.len > 0 ? base : SLICE("/"), reference);
}

static struct url resolve(const struct url *from, const struct url *reference, struct arena *arena)
{
	struct url to = *reference;

	if (reference->scheme.len == 0) {
		to.scheme = from->scheme;
	}
	if (reference->scheme.len > 0 || reference->host.at != NULL) {
		return to;
	}
	to.host = from->host;
	to.host_name = from->host_name;
	to.port = from->port;
	if (reference->path.len == 0) {
		to.path = from->path;
		to.query = reference->query.at != NULL ? reference->query : from->query;
	} else if (slice_starts_with(reference->path, SLICE("/"))) {
		to.path = clean(reference->path, arena);
	} else {
		to.path = clean(merge(from->path, reference->path, arena), arena);
	}
	return to;
}

static bool is_same_origin(const struct url *a, const struct url *b)
{
	return slice_equal(a->scheme, b->scheme) &&
	       slice_equal_nocase(a->host_name, b->host_name) && url_port(a) == url_port(b);
}

int redirect_follow(const struct url *from, struct slice location, bool with_credentials,
	struct arena *arena, struct url *to, struct note *why)
{
	struct url reference, next;
	bool same_origin;
	int err = url_parse(location, arena, &reference, why);

	if (err < 0) {
		note_prefix(why, "redirect: ");
		return err;
	}
	next = resolve(from, &reference, arena);
	same_origin = is_same_origin(from, &next);
	if (next.host_name.len == 0) {
		return note_fail(why, -EINVAL, "redirect: it leads to no host");
	}
	if (slice_equal(from->scheme, SLICE("https")) &&
		!slice_equal(next.scheme, SLICE("https"))) {
		return note_fail(why, -EACCES, "redirect: it leads away from https");
	}
	if (with_credentials && !same_origin) {
		return note_fail(why, -EACCES,
			"redirect: it leads to another host, which must not get our credentials");
	}
	next.user_info = same_origin ? from->user_info : (struct slice){ NULL, 0 };
	next.fragment = (struct slice){ NULL, 0 };
	*to = next;
	return 0;
}
