/* http1_write.c - heads, chunks and reason phrases of HTTP/1, as they are sent. */

#include <stdio.h>
#include <string.h>

#include "common/check.h"
#include "common/http1.h"

/* Writes into memory that was measured before. */
struct pen {
	char *at;
};

static void put(struct pen *pen, struct slice s)
{
	if (s.len > 0) {
		memcpy(pen->at, s.at, s.len);
		pen->at += s.len;
	}
}

static struct slice number(char *to, uint64_t value)
{
	size_t at = 20;

	do {
		to[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return (struct slice){ to + at, 20 - at };
}

enum { FRAMING_ROOM = 128 }; /* the longest framing line and an empty line behind it */

static size_t measure(const struct message *m, const char *connection)
{
	size_t len = FRAMING_ROOM + (connection == NULL ? 0 : strlen(connection));

	for (size_t i = 0; i < m->header_count; i++) {
		len += m->headers[i].name.len + m->headers[i].value.len + 4;
	}
	return len;
}

static void put_headers(struct pen *pen, const struct message *m)
{
	for (size_t i = 0; i < m->header_count; i++) {
		put(pen, m->headers[i].name);
		put(pen, SLICE(": "));
		put(pen, m->headers[i].value);
		put(pen, SLICE("\r\n"));
	}
}

static void put_framing(
	struct pen *pen, const struct message *m, bool say_zero, const char *connection)
{
	char digits[20];

	if (m->body == BODY_CHUNKED) {
		put(pen, SLICE("Transfer-Encoding: chunked\r\n"));
	} else if (m->body == BODY_LENGTH && (m->body_length > 0 || say_zero)) {
		put(pen, SLICE("Content-Length: "));
		put(pen, number(digits, m->body_length));
		put(pen, SLICE("\r\n"));
	} else if (m->body == BODY_NONE && say_zero) {
		put(pen, SLICE("Content-Length: 0\r\n"));
	}
	if (connection != NULL) {
		put(pen, SLICE("Connection: "));
		put(pen, slice_of(connection));
		put(pen, SLICE("\r\n"));
	}
	put(pen, SLICE("\r\n"));
}

/* Servers may wait for a body after these when no length is said (RFC 9110 section 8.6). */
static bool expects_body(struct slice method)
{
	return slice_equal(method, SLICE("POST")) || slice_equal(method, SLICE("PUT")) ||
	       slice_equal(method, SLICE("PATCH"));
}

struct slice http1_write_request(
	const struct message *m, const char *connection, struct arena *arena)
{
	size_t room = measure(m, connection) + m->method.len + m->path.len + m->query.len +
		      m->authority.len + sizeof(" ? HTTP/1.1\r\nHost: \r\n");
	char *start = arena_bytes(arena, room);
	struct pen pen = { start };

	put(&pen, m->method);
	put(&pen, SLICE(" "));
	put(&pen, m->path);
	if (m->query.at != NULL) {
		put(&pen, SLICE("?"));
		put(&pen, m->query);
	}
	put(&pen, SLICE(" HTTP/1.1\r\nHost: "));
	put(&pen, m->authority);
	put(&pen, SLICE("\r\n"));
	put_headers(&pen, m);
	put_framing(&pen, m, expects_body(m->method), connection);
	check((size_t)(pen.at - start) <= room);
	return (struct slice){ start, (size_t)(pen.at - start) };
}

struct slice http1_write_response(
	const struct message *m, const char *connection, struct arena *arena)
{
	struct slice phrase = slice_of(http1_reason_phrase(m->status));
	size_t room = measure(m, connection) + phrase.len + sizeof("HTTP/1.1 200 \r\n");
	char *start = arena_bytes(arena, room);
	struct pen pen = { start };
	char digits[20];

	put(&pen, SLICE("HTTP/1.1 "));
	put(&pen, number(digits, (uint64_t)m->status));
	put(&pen, SLICE(" "));
	put(&pen, phrase);
	put(&pen, SLICE("\r\n"));
	put_headers(&pen, m);
	put_framing(&pen, m, m->body == BODY_LENGTH, connection);
	check((size_t)(pen.at - start) <= room);
	return (struct slice){ start, (size_t)(pen.at - start) };
}

void http1_write_frame(struct http1_frame *frame, struct slice head, struct slice piece,
	bool chunked, struct slice end)
{
	frame->count = 0;
	frame->pieces[frame->count++] = head;
	if (chunked && piece.len > 0) {
		int len = snprintf(
			frame->chunk_head, sizeof(frame->chunk_head), "%zx\r\n", piece.len);

		frame->pieces[frame->count++] = (struct slice){ frame->chunk_head, (size_t)len };
	}
	frame->pieces[frame->count++] = piece;
	if (chunked && piece.len > 0) {
		frame->pieces[frame->count++] = SLICE("\r\n");
	}
	if (end.len > 0) {
		frame->pieces[frame->count++] = end;
	}
}

struct slice http1_write_last_chunk(
	const struct header *trailers, size_t count, struct arena *arena)
{
	size_t room = sizeof("0\r\n\r\n");
	struct pen pen;
	char *start;

	if (count == 0) {
		return SLICE("0\r\n\r\n");
	}
	for (size_t i = 0; i < count; i++) {
		room += trailers[i].name.len + trailers[i].value.len + 4;
	}
	start = arena_bytes(arena, room);
	pen = (struct pen){ start };
	put(&pen, SLICE("0\r\n"));
	for (size_t i = 0; i < count; i++) {
		put(&pen, trailers[i].name);
		put(&pen, SLICE(": "));
		put(&pen, trailers[i].value);
		put(&pen, SLICE("\r\n"));
	}
	put(&pen, SLICE("\r\n"));
	return (struct slice){ start, (size_t)(pen.at - start) };
}

/* The registry of RFC 9110 section 16.2, as far as it is in use. */
static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 102, "Processing" },
	{ 103, "Early Hints" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 203, "Non-Authoritative Information" },
	{ 204, "No Content" },
	{ 205, "Reset Content" },
	{ 206, "Partial Content" },
	{ 207, "Multi-Status" },
	{ 208, "Already Reported" },
	{ 226, "IM Used" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 305, "Use Proxy" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Request Entity Too Large" },
	{ 414, "Request URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Requested Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 418, "I'm a teapot" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Entity" },
	{ 423, "Locked" },
	{ 424, "Failed Dependency" },
	{ 425, "Too Early" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 451, "Unavailable For Legal Reasons" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 506, "Variant Also Negotiates" },
	{ 507, "Insufficient Storage" },
	{ 508, "Loop Detected" },
	{ 510, "Not Extended" },
	{ 511, "Network Authentication Required" },
};

const char *http1_reason_phrase(int status)
{
	size_t low = 0, high = sizeof(phrases) / sizeof(phrases[0]);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (phrases[middle].status == status) {
			return phrases[middle].phrase;
		}
		if (phrases[middle].status < status) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return "Unknown";
}
