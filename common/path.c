/* path.c - gives a request's path its one reading, and takes paths apart. */

#include "common/path.h"
#include "common/percent.h"

/* What may stand in a path as it is (request.md section 8.1). BEGINS: also in front of a segment,
 * without a closer look at that segment. */
enum {
	PLAIN = 1,
	BEGINS = 2,
	BOTH = PLAIN | BEGINS,
};

/* clang-format off */
static const unsigned char allowance[256] = {
	['a' ... 'z'] = BOTH, ['A' ... 'Z'] = BOTH, ['0' ... '9'] = BOTH,
	['-'] = BOTH, ['_'] = BOTH, ['~'] = BOTH, ['$'] = BOTH, ['&'] = BOTH, ['+'] = BOTH,
	[','] = BOTH, [':'] = BOTH, ['='] = BOTH, ['@'] = BOTH, ['!'] = BOTH, ['\''] = BOTH,
	['('] = BOTH, [')'] = BOTH, ['*'] = BOTH, ['['] = BOTH, [']'] = BOTH,
	['.'] = PLAIN, [';'] = PLAIN, ['/'] = PLAIN,
};
/* clang-format on */

void path_split_target(struct slice target, struct slice *path, struct slice *query)
{
	size_t mark = slice_find(target, '?', 0);

	*path = (struct slice){ target.at, mark };
	*query = (struct slice){ NULL, 0 };
	if (mark < target.len) {
		*query = (struct slice){ target.at + mark + 1, target.len - mark - 1 };
	}
}

/* Nearly every path: nothing to refuse in it, nothing to escape, nothing to decode. */
static bool is_plain(struct slice raw)
{
	unsigned allowed = BEGINS;

	if (raw.len == 0 || raw.at[0] != '/') {
		return false;
	}
	for (size_t i = 1; i < raw.len; i++) {
		unsigned char byte = (unsigned char)raw.at[i];

		if ((allowance[byte] & allowed) == 0) {
			return false;
		}
		allowed = byte == '/' ? BEGINS : PLAIN;
	}
	return true;
}

/* A longer form of what fits into fewer bytes; careless decoders take it for a '.' or a '/'. */
static bool is_overlong(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xc0:
	case 0xc1:
		return second >= 0x80 && second <= 0xbf;
	case 0xe0:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x80 && second <= 0x8f;
	default:
		return false;
	}
}

static const char *fault_in_bytes(struct slice raw)
{
	unsigned char before = 0;

	if (raw.len == 0 || raw.at[0] != '/') {
		return "path does not begin with a slash";
	}
	for (size_t i = 0; i < raw.len; i++) {
		bool escaped = raw.at[i] == '%';
		int value = escaped ? percent_byte(raw, i) : (unsigned char)raw.at[i];
		unsigned char byte = (unsigned char)value;

		if (value < 0) {
			return "invalid escape in path";
		}
		if (byte < ' ' || byte == 0x7f || (byte == ' ' && !escaped)) {
			return "control byte or blank in path";
		}
		if (byte == '\\') {
			return "backslash in path";
		}
		if (byte == '/' && escaped) {
			return "encoded slash in path";
		}
		if (is_overlong(before, byte)) {
			return "overlong UTF-8 in path";
		}
		before = byte;
		i += escaped ? 2 : 0;
	}
	return NULL;
}

/* A segment's name ends at its parameters: some servers read "/..;x/" as "/../", "/;x/" as "//". */
static bool take_segment_name(struct slice *rest, struct slice *name)
{
	if (!slice_next(rest, '/', name)) {
		return false;
	}
	name->len = slice_find(*name, ';', 0);
	return true;
}

bool path_has_dot_segment(struct slice path)
{
	struct slice name;

	while (take_segment_name(&path, &name)) {
		if (slice_equal(name, SLICE(".")) || slice_equal(name, SLICE(".."))) {
			return true;
		}
	}
	return false;
}

/* The one that a trailing slash leaves at the end is fine. */
static bool has_empty_segment(struct slice path)
{
	struct slice rest = { path.at + 1, path.len - 1 }, name;

	while (take_segment_name(&rest, &name)) {
		if (name.len == 0 && rest.at != NULL) {
			return true;
		}
	}
	return false;
}

bool path_canonical(struct slice raw, struct arena *arena, struct slice *sent,
	struct slice *decoded, const char **reason)
{
	const char *fault;
	struct slice reading;

	if (is_plain(raw)) {
		*sent = *decoded = raw;
		return true;
	}
	fault = fault_in_bytes(raw);
	if (fault != NULL) {
		*reason = fault;
		return false;
	}
	reading = percent_decode(raw, arena);
	if (has_empty_segment(reading)) {
		*reason = "empty segment in path";
		return false;
	}
	/* Twice, because there are servers behind servers, and each decodes. */
	if (path_has_dot_segment(reading) || path_has_dot_segment(percent_decode(reading, arena))) {
		*reason = "dot segment in path";
		return false;
	}
	*sent = path_escape(raw, arena);
	*decoded = reading;
	return true;
}

/* A '%' that begins an escape is not odd, a lone one is. */
static bool is_odd(struct slice raw, size_t at)
{
	return (allowance[(unsigned char)raw.at[at]] & PLAIN) == 0 && percent_byte(raw, at) < 0;
}

struct slice path_escape(struct slice raw, struct arena *arena)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t odd = 0, len = 0;
	char *to;

	for (size_t i = 0; i < raw.len; i++) {
		odd += is_odd(raw, i);
	}
	if (odd == 0) {
		return raw;
	}
	to = arena_bytes(arena, raw.len + 2 * odd);
	for (size_t i = 0; i < raw.len; i++) {
		unsigned char byte = (unsigned char)raw.at[i];

		if (is_odd(raw, i)) {
			to[len++] = '%';
			to[len++] = digits[byte >> 4];
			to[len++] = digits[byte & 15];
		} else {
			to[len++] = raw.at[i];
		}
	}
	return (struct slice){ to, len };
}

struct slice path_join(struct slice base, struct slice path, struct arena *arena)
{
	if (slice_ends_with(base, SLICE("/"))) {
		base.len--;
	}
	return base.len == 0 ? path : arena_join(arena, base, path);
}

struct slice query_join(struct slice base, struct slice query, struct arena *arena)
{
	char *to;

	if (base.len == 0) {
		return query;
	}
	if (query.len == 0) {
		return base;
	}
	to = arena_bytes(arena, base.len + 1 + query.len);
	memcpy(to, base.at, base.len);
	to[base.len] = '&';
	memcpy(to + base.len + 1, query.at, query.len);
	return (struct slice){ to, base.len + 1 + query.len };
}

size_t path_segments(struct slice path, struct slice *segments, size_t room)
{
	bool rooted = slice_starts_with(path, SLICE("/"));
	struct slice segment;
	size_t count = 0;
	size_t above = 0; /* leading ".." of a relative path, which nothing can undo */

	while (slice_next(&path, '/', &segment)) {
		bool up = slice_equal(segment, SLICE(".."));

		if (segment.len == 0 || slice_equal(segment, SLICE("."))) {
			continue;
		}
		if (up && count > above) {
			count--;
			continue;
		}
		if (up && rooted) {
			continue;
		}
		above += up;
		if (count < room) {
			segments[count] = segment;
		}
		count++;
	}
	return count;
}
