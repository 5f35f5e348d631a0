/* http1_head.c - what a complete HTTP/1 head says: whose it is, where it goes, how long its body
 * is. */

#include "common/http1_head.h"

#include "common/limits.h"
#include "common/path.h"

enum http1_event http1_refuse(struct http1 *h, int status, const char *reason)
{
	h->refusal = status;
	h->reason = reason;
	return HTTP1_REFUSED;
}

static bool keep(struct slice *to, unsigned *count, struct slice value)
{
	*to = value;
	(*count)++;
	return true;
}

bool http1_head_takes(struct http1 *h, struct slice name, struct slice value)
{
	struct http1_framing *f = &h->framing;

	switch (name.len) {
	case 4:
		return h->parser.type == HTTP_REQUEST && slice_equal_nocase(name, SLICE("Host")) &&
		       keep(&f->host, &f->hosts, value);
	case 14:
		return slice_equal_nocase(name, SLICE("Content-Length")) &&
		       keep(&f->length, &f->lengths, value);
	case 17:
		return slice_equal_nocase(name, SLICE("Transfer-Encoding")) &&
		       keep(&f->coding, &f->codings, value);
	default:
		return false;
	}
}

/* What RFC 9112 section 6 lets a recipient choose, we refuse: a coding that is not exactly one
 * "chunked", a length beside it, two lengths (llhttp has seen to those two). So is a length that a
 * server with signed numbers would take for another one. */
static enum http1_event read_framing(struct http1 *h)
{
	const struct http1_framing *f = &h->framing;

	if (f->lengths > 0 && h->parser.content_length > INT64_MAX) {
		return http1_refuse(h, 400, "length out of range");
	}
	if (f->codings == 0) {
		return HTTP1_HEAD;
	}
	if (h->http10) {
		return http1_refuse(h, 400, "transfer coding in HTTP/1.0");
	}
	if (f->codings > 1 || !slice_equal_nocase(f->coding, SLICE("chunked"))) {
		return http1_refuse(h, 501, "unsupported transfer coding");
	}
	if (f->lengths > 0) {
		return http1_refuse(h, 400, "both a length and a transfer coding");
	}
	return HTTP1_HEAD;
}

static void enter_body(struct http1 *h, enum body_kind kind, uint64_t length)
{
	h->text = NULL; /* the message keeps it; what comes now is text of its own */
	h->text_len = h->text_room = 0;
	h->message->body = kind;
	h->message->body_length = length;
	h->left = length;
	switch (kind) {
	case BODY_NONE:
		h->where = HTTP1_DONE;
		break;
	case BODY_LENGTH:
		h->where = length == 0 ? HTTP1_DONE : HTTP1_IN_LENGTH;
		break;
	case BODY_CHUNKED:
		h->where = HTTP1_IN_CHUNKS;
		h->taken = 0; /* from here on it counts trailers */
		break;
	case BODY_UNTIL_CLOSE:
		h->where = HTTP1_TO_CLOSE;
		break;
	}
}

/* As the headers say; `other` when they say nothing. */
static void enter_announced_body(struct http1 *h, enum body_kind other)
{
	if (h->framing.codings > 0) {
		enter_body(h, BODY_CHUNKED, 0);
	} else if (h->framing.lengths > 0) {
		enter_body(h, BODY_LENGTH, h->parser.content_length);
	} else {
		enter_body(h, other, 0);
	}
}

/* What can stand in a name or an address and a port (RFC 3986 section 3.2), and nothing that
 * somebody could read as a user, a path or a second host. */
static const bool authority_bytes[256] = {
	['a' ... 'z'] = true,
	['A' ... 'Z'] = true,
	['0' ... '9'] = true,
	['-'] = true,
	['.'] = true,
	['_'] = true,
	['~'] = true,
	[':'] = true,
	['['] = true,
	[']'] = true,
	['%'] = true,
	['!'] = true,
	['$'] = true,
	['&'] = true,
	['\''] = true,
	['('] = true,
	[')'] = true,
	['*'] = true,
	['+'] = true,
	[','] = true,
	[';'] = true,
	['='] = true,
};

static bool is_port(struct slice s)
{
	unsigned long long port;

	return s.len == 0 || slice_to_number(s, 65535, &port);
}

static bool is_authority(struct slice s)
{
	size_t name_end = slice_find(s, ':', 0);

	for (size_t i = 0; i < s.len; i++) {
		if (!authority_bytes[(unsigned char)s.at[i]]) {
			return false;
		}
	}
	if (s.len > 0 && s.at[0] == '[') {
		name_end = slice_find(s, ']', 0) + 1;
		if (name_end > s.len || (name_end < s.len && s.at[name_end] != ':')) {
			return false;
		}
	}
	return name_end >= s.len || is_port(slice_sub(s, name_end + 1, s.len));
}

/* Splits "http://name:port/path?query". */
static bool read_absolute(struct message *m, struct slice target)
{
	size_t scheme = slice_starts_with_nocase(target, SLICE("http://"))    ? 7
			: slice_starts_with_nocase(target, SLICE("https://")) ? 8
									      : 0;
	struct slice rest = slice_sub(target, scheme, target.len);
	size_t end = 0;

	if (scheme == 0) {
		return false;
	}
	while (end < rest.len && rest.at[end] != '/' && rest.at[end] != '?') {
		end++;
	}
	m->authority = slice_sub(rest, 0, end);
	m->path = slice_sub(rest, end, rest.len);
	if (m->path.len == 0 || m->path.at[0] == '?') {
		m->path = arena_join(m->arena, SLICE("/"), m->path);
	}
	return m->authority.len > 0;
}

/* The four forms of RFC 9112 section 3.2. An absolute one replaces Host. */
static enum http1_event read_target(struct http1 *h)
{
	struct message *m = h->message;
	struct slice target = h->target;

	for (size_t i = 0; i < target.len; i++) {
		if ((unsigned char)target.at[i] <= ' ' || (unsigned char)target.at[i] >= 0x7f) {
			return http1_refuse(h, 400, "invalid byte in request target");
		}
	}
	m->path = target;
	if (slice_equal(m->method, SLICE("CONNECT"))) {
		return is_authority(target) ? HTTP1_HEAD
					    : http1_refuse(h, 400, "invalid request target");
	}
	if (slice_equal(target, SLICE("*"))) {
		return slice_equal(m->method, SLICE("OPTIONS"))
			       ? HTTP1_HEAD
			       : http1_refuse(h, 400, "invalid request target");
	}
	if (target.at[0] != '/' && !read_absolute(m, target)) {
		return http1_refuse(h, 400, "invalid request target");
	}
	if (!is_authority(m->authority)) {
		return http1_refuse(h, 400, "malformed Host header");
	}
	path_split_target(m->path, &m->path, &m->query);
	return HTTP1_HEAD;
}

static enum http1_event read_host(struct http1 *h)
{
	const struct http1_framing *f = &h->framing;

	if (f->hosts > 1) {
		return http1_refuse(h, 400, "more than one Host header");
	}
	if (f->hosts == 0 && !h->http10) {
		return http1_refuse(h, 400, "missing required Host header");
	}
	h->message->authority = f->host;
	return is_authority(f->host) ? HTTP1_HEAD : http1_refuse(h, 400, "malformed Host header");
}

/* The methods of HTTP, WebDAV and UPnP. llhttp knows others too, for RTSP, ICE and the first line
 * of HTTP/2. */
/* clang-format off */
static const bool methods[UINT8_MAX + 1] = {
	[HTTP_DELETE] = true, [HTTP_GET] = true, [HTTP_HEAD] = true, [HTTP_POST] = true,
	[HTTP_PUT] = true, [HTTP_CONNECT] = true, [HTTP_OPTIONS] = true, [HTTP_TRACE] = true,
	[HTTP_COPY] = true, [HTTP_LOCK] = true, [HTTP_MKCOL] = true, [HTTP_MOVE] = true,
	[HTTP_PROPFIND] = true, [HTTP_PROPPATCH] = true, [HTTP_SEARCH] = true,
	[HTTP_UNLOCK] = true, [HTTP_BIND] = true, [HTTP_REBIND] = true, [HTTP_UNBIND] = true,
	[HTTP_ACL] = true, [HTTP_REPORT] = true, [HTTP_MKACTIVITY] = true, [HTTP_CHECKOUT] = true,
	[HTTP_MERGE] = true, [HTTP_MSEARCH] = true, [HTTP_NOTIFY] = true, [HTTP_SUBSCRIBE] = true,
	[HTTP_UNSUBSCRIBE] = true, [HTTP_PATCH] = true, [HTTP_PURGE] = true,
	[HTTP_MKCALENDAR] = true, [HTTP_LINK] = true, [HTTP_UNLINK] = true,
};
/* clang-format on */

static enum http1_event read_request_head(struct http1 *h)
{
	struct message *m = h->message;

	if (!methods[h->parser.method]) {
		return http1_refuse(h, 400, "unknown method");
	}
	m->method = slice_of(llhttp_method_name(h->parser.method));
	if (read_host(h) != HTTP1_HEAD || read_target(h) != HTTP1_HEAD ||
		read_framing(h) != HTTP1_HEAD) {
		return HTTP1_REFUSED;
	}
	if (h->http10) { /* which knew no 100: RFC 9110 section 10.1.1 has it ignored */
		message_drop_header(m, SLICE("Expect"));
	}
	enter_announced_body(h, BODY_NONE);
	return HTTP1_HEAD;
}

static enum http1_event read_response_head(struct http1 *h)
{
	struct message *m = h->message;

	m->status = h->parser.status_code;
	if (m->status < 100 || m->status > 599) {
		return http1_refuse(h, 400, "status code out of range");
	}
	if (read_framing(h) != HTTP1_HEAD) {
		return HTTP1_REFUSED;
	}
	/* RFC 9112 section 6.3: these have no body whatever their headers say; a length in the
	 * answer to HEAD, or in a 304, tells of the body that GET would have had, and stays a
	 * header. */
	if (h->answers_head || m->status < 200 || m->status == 204 || m->status == 304) {
		/* Announced where there can be none, it may come all the same, and must not be
		 * taken for the answer to the next request. */
		h->keep_alive &= m->status == 304 || h->answers_head ||
				 (h->framing.codings == 0 && h->framing.lengths == 0);
		if (h->framing.lengths > 0) {
			message_add_header(m, SLICE("Content-Length"), h->framing.length);
		}
		enter_body(h, BODY_NONE, 0);
	} else {
		enter_announced_body(h, BODY_UNTIL_CLOSE);
	}
	return HTTP1_HEAD;
}

enum http1_event http1_head_read(struct http1 *h)
{
	if (h->parser.http_major != 1 || h->parser.http_minor > 1) {
		return http1_refuse(h, 505, "unsupported protocol version");
	}
	if (message_count_options(h->message) > LIMIT_CONNECTION_OPTIONS) {
		return http1_refuse(h, 400, "too many connection options");
	}
	h->http10 = h->parser.http_minor == 0;
	h->keep_alive = h->http10 ? (h->parser.flags & F_CONNECTION_KEEP_ALIVE) != 0 &&
					    (h->parser.flags & F_CONNECTION_CLOSE) == 0
				  : (h->parser.flags & F_CONNECTION_CLOSE) == 0;
	return h->parser.type == HTTP_REQUEST ? read_request_head(h) : read_response_head(h);
}
