/* url.c - takes URLs apart, and says which may be a destination. */

#include <arpa/inet.h>
#include <errno.h>

#include "common/path.h"
#include "common/percent.h"
#include "common/text.h"
#include "common/url.h"

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool has_byte(struct slice s, char byte)
{
	return slice_find(s, byte, 0) < s.len;
}

static bool is_one_of(char byte, struct slice others)
{
	return is_letter(byte) || is_digit(byte) || has_byte(others, byte);
}

/* Cuts `rest` at the first `mark` and returns what stood behind it; `at` is NULL without one. */
static struct slice cut_behind(struct slice *rest, char mark)
{
	size_t len = slice_find(*rest, mark, 0);
	struct slice behind = { NULL, 0 };

	if (len < rest->len) {
		behind = (struct slice){ rest->at + len + 1, rest->len - len - 1 };
		rest->len = len;
	}
	return behind;
}

/* Takes "name:" off the front, if there is one. */
static struct slice take_scheme(struct slice *rest)
{
	struct slice scheme = { NULL, 0 };
	size_t len = 0;

	while (len < rest->len && is_one_of(rest->at[len], SLICE("+-."))) {
		len++;
	}
	if (len > 0 && len < rest->len && rest->at[len] == ':' && is_letter(rest->at[0])) {
		scheme = (struct slice){ rest->at, len };
		*rest = (struct slice){ rest->at + len + 1, rest->len - len - 1 };
	}
	return scheme;
}

/* Takes what stands before the next slash off the front. */
static struct slice take_authority(struct slice *rest)
{
	size_t len = slice_find(*rest, '/', 0);
	struct slice authority = { rest->at, len };

	*rest = (struct slice){ rest->at + len, rest->len - len };
	return authority;
}

static bool has_control_byte(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f) {
			return true;
		}
	}
	return false;
}

static bool is_user_info(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_one_of(text.at[i], SLICE("-._:~!$&'()*+,;=%@"))) {
			return false;
		}
	}
	return percent_is_valid(text);
}

/* Bytes outside of ASCII may stand in a name, escaped or not. An escape of ASCII may not: it would
 * be a second spelling of what the checks look for. */
static bool is_host_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		bool escaped = name.at[i] == '%';
		int byte = escaped ? percent_byte(name, i) : (unsigned char)name.at[i];

		if (byte < 0x80 && (escaped || !is_one_of((char)byte, SLICE("-._~!$&'()*+,;=")))) {
			return false;
		}
		i += escaped ? 2 : 0;
	}
	return true;
}

static bool is_ipv6(struct slice text)
{
	char address[INET6_ADDRSTRLEN] = "";
	struct in6_addr ignored;

	if (text.len == 0 || text.len >= sizeof(address)) {
		return false;
	}
	memcpy(address, text.at, text.len);
	return inet_pton(AF_INET6, address, &ignored) == 1;
}

static bool is_optional_port(struct slice text)
{
	for (size_t i = 1; i < text.len; i++) {
		if (!is_digit(text.at[i])) {
			return false;
		}
	}
	return text.len == 0 || text.at[0] == ':';
}

/* "user:password@name:port", where all but the name may be missing, and the name may be "[v6]". */
static int parse_authority(
	struct slice text, struct arena *arena, struct url *url, struct note *why)
{
	const char *at_sign = text.len == 0 ? NULL : memrchr(text.at, '@', text.len);
	struct slice host = text, name, port;
	bool bracketed;
	size_t end;

	if (at_sign != NULL) {
		url->user_info = (struct slice){ text.at, (size_t)(at_sign - text.at) };
		host = (struct slice){ at_sign + 1, text.len - url->user_info.len - 1 };
		if (!is_user_info(url->user_info)) {
			return note_fail(why, -EINVAL, "invalid user info");
		}
	}
	bracketed = slice_starts_with(host, SLICE("["));
	end = slice_find(host, bracketed ? ']' : ':', 0);
	name = slice_sub(host, bracketed, end);
	port = slice_sub(host, end + bracketed, host.len);
	if (bracketed ? end == host.len || !is_ipv6(name) : !is_host_name(name)) {
		return note_fail(why, -EINVAL, "invalid host name");
	}
	if (!is_optional_port(port)) {
		return note_fail(why, -EINVAL, "invalid port after host");
	}
	url->host = percent_decode(host, arena);
	url->host_name = percent_decode(name, arena);
	url->port = slice_sub(port, 1, port.len);
	return 0;
}

int url_parse(struct slice text, struct arena *arena, struct url *out, struct note *why)
{
	struct slice rest = arena_copy(arena, text);
	struct url url = { 0 };
	int err;

	if (has_control_byte(text)) {
		return note_fail(why, -EINVAL, "invalid control character in URL");
	}
	url.fragment = cut_behind(&rest, '#');
	url.scheme = text_lower(take_scheme(&rest), arena);
	url.query = cut_behind(&rest, '?');
	if (url.scheme.len > 0 && !slice_starts_with(rest, SLICE("/"))) {
		url.path = rest;
		*out = url;
		return 0;
	}
	if (slice_starts_with(rest, SLICE("//")) &&
		(url.scheme.len > 0 || !slice_starts_with(rest, SLICE("///")))) {
		rest = (struct slice){ rest.at + 2, rest.len - 2 };
		err = parse_authority(take_authority(&rest), arena, &url, why);
		if (err != 0) {
			return err;
		}
	} else if (url.scheme.len == 0 && slice_find(rest, ':', 0) < slice_find(rest, '/', 0)) {
		return note_fail(why, -EINVAL, "first path segment in URL cannot contain colon");
	}
	if (!percent_is_valid(rest) || !percent_is_valid(url.fragment)) {
		return note_fail(why, -EINVAL, "invalid URL escape");
	}
	url.path = path_escape(rest, arena);
	*out = url;
	return 0;
}

bool url_is_wildcard(const struct url *destination)
{
	return has_byte(destination->host_name, '*');
}

/* The star stands in the host and nowhere else, and is not all there is of it. */
static bool is_sound_wildcard(const struct url *url, struct arena *arena)
{
	bool has_name = false;

	for (size_t i = 0; i < url->host_name.len; i++) {
		has_name = has_name || !has_byte(SLICE("*."), url->host_name.at[i]);
	}
	return url_is_wildcard(url) && has_name &&
	       !has_byte(percent_decode(url->path, arena), '*') && !has_byte(url->query, '*') &&
	       !has_byte(percent_decode(url->fragment, arena), '*');
}

int url_check_destination(struct slice text, struct arena *arena, struct url *out, struct note *why)
{
	struct url url;

	if (text.len == 0) {
		return note_fail(why, -EINVAL, "missing destination");
	}
	if (url_parse(text, arena, &url, NULL) != 0 || url.scheme.len == 0 ||
		url.host_name.len == 0) {
		return note_fail(why, -EINVAL, "has invalid destination");
	}
	if (has_byte(text, '*') && !is_sound_wildcard(&url, arena)) {
		return note_fail(why, -EINVAL, "has invalid destination wildcard");
	}
	if (url_is_wildcard(&url) && url.user_info.at != NULL) {
		return note_fail(why, -ENOTSUP,
			"invalid destination URL: wildcard destinations cannot include user info");
	}
	*out = url;
	return 0;
}

/* The index of the first `piece` in `s`; s.len + 1 when there is none. */
static size_t find_nocase(struct slice s, struct slice piece)
{
	for (size_t i = 0; i + piece.len <= s.len; i++) {
		if (slice_starts_with_nocase(slice_sub(s, i, s.len), piece)) {
			return i;
		}
	}
	return s.len + 1;
}

bool url_host_matches(struct slice pattern, struct slice host)
{
	size_t star = slice_find(pattern, '*', 0), found;
	struct slice first = slice_sub(pattern, 0, star), rest, piece;

	if (star == pattern.len) {
		return slice_equal_nocase(pattern, host);
	}
	if (!slice_starts_with_nocase(host, first)) {
		return false;
	}
	host = slice_sub(host, first.len, host.len);
	rest = (struct slice){ pattern.at + star + 1, pattern.len - star - 1 };
	while (slice_next(&rest, '*', &piece) && rest.at != NULL) {
		found = find_nocase(host, piece);
		if (found > host.len) {
			return false;
		}
		host = slice_sub(host, found + piece.len, host.len);
	}
	if (piece.len == 0) {
		return true;
	}
	/* "*.example.com" must not match ".example.com", which is nobody's host. */
	if (host.len < piece.len || (star == 0 && host.len == piece.len)) {
		return false;
	}
	return slice_equal_nocase(slice_sub(host, host.len - piece.len, host.len), piece);
}

/* Checks 2 to 7 of section 6.1: the header names a host that the pattern permits. */
static int parse_pick(const struct url *pattern, struct slice header, struct arena *arena,
	struct url *out, struct note *why)
{
	int err = url_parse(header, arena, out, why);

	if (err != 0) {
		return err;
	}
	if (out->user_info.at != NULL) {
		return note_fail(why, -EACCES, "user info not allowed");
	}
	if (out->host.len == 0) {
		return note_fail(why, -EINVAL, "missing host");
	}
	if (has_byte(out->host, '*')) {
		return note_fail(why, -EACCES, "wildcard not allowed");
	}
	if (out->scheme.len > 0 && !slice_equal_nocase(out->scheme, pattern->scheme)) {
		return note_fail(why, -EACCES, "unexpected scheme");
	}
	if (!url_host_matches(pattern->host_name, out->host_name)) {
		return note_fail(why, -EACCES, "host not permitted");
	}
	if (out->port.len > 0 && !slice_equal(out->port, pattern->port)) {
		return note_fail(why, -EACCES, "unexpected port");
	}
	return 0;
}

int url_pick_destination(const struct url *pattern, struct slice header, struct arena *arena,
	struct url *out, struct note *why)
{
	struct url picked, url = *pattern;
	int err;

	if (header.len == 0) {
		return note_fail(why, -EINVAL, "missing X-AT-Destination header");
	}
	err = parse_pick(pattern, header, arena, &picked, why);
	if (err != 0) {
		note_prefix(why, "invalid X-AT-Destination header: ");
		return err;
	}
	url.host = picked.host;
	url.host_name = picked.host_name;
	if (picked.port.len == 0 && pattern->port.len > 0) {
		size_t colon = slice_ends_with(picked.host, SLICE(":"));

		url.host = arena_printf(arena, SLICE_FMT ":" SLICE_FMT,
			(int)(picked.host.len - colon), picked.host.at, SLICE_ARG(pattern->port));
	}
	*out = url;
	return 0;
}

uint16_t url_port(const struct url *url)
{
	unsigned long long port = 0;

	if (url->port.len > 0) {
		(void)slice_to_number(url->port, UINT16_MAX, &port);
	} else if (slice_equal(url->scheme, SLICE("https"))) {
		port = 443;
	} else if (slice_equal(url->scheme, SLICE("http"))) {
		port = 80;
	}
	return (uint16_t)port;
}

/* What can't be taken apart may still hold a password, so nothing behind the scheme is shown. */
static struct slice redact_all(struct slice source, struct arena *arena)
{
	size_t colon = slice_find(source, ':', 0);

	if (!has_byte(source, '@') && !has_byte(source, '?') && !has_byte(source, '#')) {
		return source;
	}
	return slice_starts_with(slice_sub(source, colon, source.len), SLICE("://"))
		       ? arena_join(arena, slice_sub(source, 0, colon), SLICE("://REDACTED"))
		       : SLICE("REDACTED");
}

struct slice url_redact(struct slice source, struct arena *arena)
{
	struct url url;
	const char *query;

	if (url_parse(source, arena, &url, NULL) != 0) {
		return redact_all(source, arena);
	}
	if (url.scheme.len == 0 && url.host.len == 0) {
		return source;
	}
	query = url.query.len > 0 ? "?REDACTED" : url.query.at != NULL ? "?" : "";
	return arena_printf(arena, SLICE_FMT "%s%s%s" SLICE_FMT SLICE_FMT "%s%s",
		SLICE_ARG(url.scheme), url.scheme.len > 0 ? ":" : "",
		url.host.at != NULL ? "//" : "",
		url.user_info.at != NULL ? "REDACTED:REDACTED@" : "", SLICE_ARG(url.host),
		SLICE_ARG(url.path), query, url.fragment.len > 0 ? "#REDACTED" : "");
}
