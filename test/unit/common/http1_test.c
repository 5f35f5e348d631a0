/* http1_test.c - what is read from the wire, in every cut, and what is refused. */

#include <stdio.h>
#include <string.h>

#include "common/http1.h"
#include "common/limits.h"
#include "test/lib/expect.h"

/* A reader over one arena, that gathers the body. */
struct reading {
	struct arena *arena;
	struct message message;
	struct http1 http1;
	char body[4096];
	size_t body_len;
	bool head, end;
};

static void reading_init(struct reading *r, enum http1_role role)
{
	memset(r, 0, sizeof(*r));
	r->arena = arena_new("test", 1024);
	r->message.arena = r->arena;
	http1_init(&r->http1, role);
	http1_begin(&r->http1, &r->message, false);
}

/* Takes events until the bytes are used up, the message ends, or it is refused. */
static enum http1_event feed(struct reading *r, struct slice bytes)
{
	for (;;) {
		enum http1_event event = http1_next(&r->http1, &bytes);

		switch (event) {
		case HTTP1_HEAD:
			r->head = true;
			break;
		case HTTP1_BODY:
			assert_true(r->body_len + r->http1.piece.len <= sizeof(r->body));
			memcpy(r->body + r->body_len, r->http1.piece.at, r->http1.piece.len);
			r->body_len += r->http1.piece.len;
			break;
		case HTTP1_END:
			r->end = true;
			return event;
		case HTTP1_MORE:
		case HTTP1_REFUSED:
			return event;
		}
	}
}

static enum http1_event feed_in_pieces(struct reading *r, struct slice wire, size_t piece)
{
	enum http1_event event = HTTP1_MORE;

	for (size_t at = 0; at < wire.len && event == HTTP1_MORE; at += piece) {
		event = feed(r, slice_sub(wire, at, at + piece));
	}
	return event;
}

static int refusal_of(enum http1_role role, const char *wire)
{
	struct reading r;
	int status;

	reading_init(&r, role);
	status = feed(&r, slice_of(wire)) == HTTP1_REFUSED ? r.http1.refusal : 0;
	arena_free(&r.arena);
	return status;
}

/* A parser may not care where the network cut the bytes. */
static void a_request_is_read_in_any_pieces(void **state)
{
	static const struct slice wire =
		SLICE("POST /a/b?c=d HTTP/1.1\r\nHost: slack\r\nX-One:  two  \r\n"
		      "Empty:\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer-1: t\r\n\r\n");

	(void)state;
	for (size_t piece = 1; piece <= wire.len; piece++) {
		struct reading r;

		reading_init(&r, HTTP1_REQUESTS);
		assert_int_equal(feed_in_pieces(&r, wire, piece), HTTP1_END);
		assert_true(slice_equal(r.message.method, SLICE("POST")));
		assert_true(slice_equal(r.message.path, SLICE("/a/b")));
		assert_true(slice_equal(r.message.query, SLICE("c=d")));
		assert_true(slice_equal(r.message.authority, SLICE("slack")));
		assert_true(slice_equal(message_header(&r.message, SLICE("x-one")), SLICE("two")));
		assert_int_equal(r.message.header_count, 2);
		assert_non_null(message_header(&r.message, SLICE("Empty")).at);
		assert_int_equal(r.message.body, BODY_CHUNKED);
		assert_true(slice_equal((struct slice){ r.body, r.body_len }, SLICE("hello!")));
		assert_int_equal(r.http1.trailers.count, 0);
		arena_free(&r.arena);
	}
}

static void a_head_of_many_long_headers_keeps_its_values(void **state)
{
	char wire[40000];
	size_t len = (size_t)snprintf(wire, sizeof(wire), "GET /long HTTP/1.1\r\nHost: h\r\n");
	struct reading r;

	(void)state;
	for (int i = 0; i < 100; i++) {
		len += (size_t)snprintf(wire + len, sizeof(wire) - len, "X-%d: %0300d\r\n", i, i);
	}
	len += (size_t)snprintf(wire + len, sizeof(wire) - len, "\r\n");
	reading_init(&r, HTTP1_REQUESTS);
	assert_int_equal(feed_in_pieces(&r, (struct slice){ wire, len }, 777), HTTP1_END);
	assert_true(slice_equal(r.message.path, SLICE("/long")));
	for (int i = 0; i < 100; i++) {
		char name[16], value[400];

		(void)snprintf(name, sizeof(name), "x-%d", i);
		(void)snprintf(value, sizeof(value), "%0300d", i);
		assert_true(
			slice_equal(message_header(&r.message, slice_of(name)), slice_of(value)));
	}
	arena_free(&r.arena);
}

static void what_two_servers_could_read_differently_is_refused(void **state)
{
	static const struct {
		const char *wire;
		int status;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\nHost: a\n\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n", 400 },
		{ "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 },
		{ "GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "get / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
			400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
			400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
			400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
			400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501 },
		{ "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ "OPTIONS /x RTSP/1.0\r\nHost: a\r\n\r\n", 400 },
		{ "SOURCE /x ICE/1.0\r\nHost: a\r\n\r\n", 400 },
		{ "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400 },
		{ "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
			400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n",
			400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
			400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
			400 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n",
			400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (refusal_of(HTTP1_REQUESTS, rows[i].wire) != rows[i].status) {
			fail_msg("%s: %d, wanted %d", rows[i].wire,
				refusal_of(HTTP1_REQUESTS, rows[i].wire), rows[i].status);
		}
	}
}

static void a_head_beyond_its_bounds_is_refused(void **state)
{
	static char wire[200 * 1024];
	size_t len;
	struct reading r;

	(void)state;
	len = (size_t)snprintf(wire, sizeof(wire), "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	memset(wire + len, 'x', sizeof(wire) - len - 1);
	assert_int_equal(refusal_of(HTTP1_REQUESTS, wire), 431);

	len = (size_t)snprintf(wire, sizeof(wire), "GET /");
	memset(wire + len, 'x', sizeof(wire) - len - 1);
	assert_int_equal(refusal_of(HTTP1_REQUESTS, wire), 414);

	len = (size_t)snprintf(wire, sizeof(wire), "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < LIMIT_HEADERS; i++) {
		len += (size_t)snprintf(wire + len, sizeof(wire) - len, "X: y\r\n");
	}
	(void)snprintf(wire + len, sizeof(wire) - len, "\r\n");
	assert_int_equal(refusal_of(HTTP1_REQUESTS, wire), 431);

	/* Byte by byte, so that nothing depends on seeing much at once. */
	reading_init(&r, HTTP1_REQUESTS);
	memset(wire, 'x', sizeof(wire));
	memcpy(wire, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
	assert_int_equal(
		feed_in_pieces(&r, (struct slice){ wire, sizeof(wire) }, 1), HTTP1_REFUSED);
	assert_int_equal(r.http1.refusal, 431);
	arena_free(&r.arena);
}

/* Half of them in one line, half in lines of their own. */
static int refusal_of_options(enum http1_role role, const char *first_lines, unsigned count)
{
	char wire[4096];
	size_t len = (size_t)snprintf(wire, sizeof(wire), "%sConnection: x", first_lines);

	for (unsigned i = 1; i < count; i++) {
		len += (size_t)snprintf(
			wire + len, sizeof(wire) - len, i < count / 2 ? ",x" : "\r\nconnection: x");
	}
	(void)snprintf(wire + len, sizeof(wire) - len, "\r\n\r\n");
	return refusal_of(role, wire);
}

static void only_so_many_connection_options_are_taken(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n",
			  answer[] = "HTTP/1.1 200 OK\r\n";
	const unsigned most = LIMIT_CONNECTION_OPTIONS;

	(void)state;
	assert_int_equal(refusal_of_options(HTTP1_REQUESTS, request, most), 0);
	assert_int_equal(refusal_of_options(HTTP1_REQUESTS, request, most + 1), 400);
	assert_int_equal(refusal_of_options(HTTP1_RESPONSES, answer, most), 0);
	assert_int_equal(refusal_of_options(HTTP1_RESPONSES, answer, most + 1), 400);
}

static void a_length_has_to_fit_a_signed_number(void **state)
{
	static const struct {
		const char *length;
		int status;
	} rows[] = {
		{ "9223372036854775807", 0 },
		{ "9223372036854775808", 400 },
		{ "18446744073709551615", 400 },
		{ "18446744073709551616", 400 },
	};
	char wire[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)snprintf(wire, sizeof(wire),
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %s\r\n\r\n", rows[i].length);
		assert_int_equal(refusal_of(HTTP1_REQUESTS, wire), rows[i].status);
		(void)snprintf(wire, sizeof(wire), "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
			rows[i].length);
		assert_int_equal(refusal_of(HTTP1_RESPONSES, wire), rows[i].status);
	}
}

static void an_absolute_target_replaces_the_host(void **state)
{
	struct reading r;

	(void)state;
	reading_init(&r, HTTP1_REQUESTS);
	assert_int_equal(
		feed(&r, SLICE("GET http://other:80/abs?z=1 HTTP/1.1\r\nHost: host\r\n\r\n")),
		HTTP1_END);
	assert_true(slice_equal(r.message.authority, SLICE("other:80")));
	assert_true(slice_equal(r.message.path, SLICE("/abs")));
	assert_true(slice_equal(r.message.query, SLICE("z=1")));
	arena_free(&r.arena);

	reading_init(&r, HTTP1_REQUESTS);
	assert_int_equal(
		feed(&r, SLICE("GET http://other?q HTTP/1.1\r\nHost: host\r\n\r\n")), HTTP1_END);
	assert_true(slice_equal(r.message.path, SLICE("/")));
	assert_true(slice_equal(r.message.query, SLICE("q")));
	arena_free(&r.arena);
}

static void a_connection_is_kept_as_its_version_says(void **state)
{
	static const struct {
		const char *wire;
		bool keep;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nHost: a\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		reading_init(&r, HTTP1_REQUESTS);
		assert_int_equal(feed(&r, slice_of(rows[i].wire)), HTTP1_END);
		assert_int_equal(r.http1.keep_alive, rows[i].keep);
		arena_free(&r.arena);
	}
}

static void the_body_of_an_answer_is_as_long_as_its_head_says(void **state)
{
	static const struct {
		const char *wire;
		enum body_kind body;
		bool end;
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", BODY_LENGTH, true },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", BODY_LENGTH, false },
		{ "HTTP/1.1 200 OK\r\n\r\nok", BODY_UNTIL_CLOSE, false },
		{ "HTTP/1.1 204 No Content\r\n\r\n", BODY_NONE, true },
		{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", BODY_NONE, true },
		{ "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", BODY_NONE, true },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
			BODY_CHUNKED, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		reading_init(&r, HTTP1_RESPONSES);
		assert_int_equal(
			feed(&r, slice_of(rows[i].wire)), rows[i].end ? HTTP1_END : HTTP1_MORE);
		assert_int_equal(r.message.body, rows[i].body);
		arena_free(&r.arena);
	}
	assert_int_equal(refusal_of(HTTP1_RESPONSES, "NOT HTTP\r\n\r\n"), 400);
	assert_int_equal(
		refusal_of(HTTP1_RESPONSES,
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"),
		400);
}

/* By then steps have changed the message, and its headers lie anywhere. */
static void trailers_leave_the_head_alone(void **state)
{
	static const struct slice head = SLICE("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
					       "A: 1\r\n\r\n");
	struct slice elsewhere = SLICE("elsewhere");
	char wire[16000];
	size_t len;
	struct reading r;

	(void)state;
	for (size_t piece = 1; piece < 3000; piece = piece * 3 + 1) {
		reading_init(&r, HTTP1_RESPONSES);
		assert_int_equal(feed(&r, head), HTTP1_MORE);
		message_set_header(&r.message, SLICE("B"), elsewhere);
		len = (size_t)snprintf(wire, sizeof(wire), "1\r\nx\r\n0\r\n");
		for (int i = 0; i < 30; i++) {
			len += (size_t)snprintf(
				wire + len, sizeof(wire) - len, "T-%d: %0200d\r\n", i, i);
		}
		len += (size_t)snprintf(wire + len, sizeof(wire) - len, "\r\n");
		assert_int_equal(feed_in_pieces(&r, (struct slice){ wire, len }, piece), HTTP1_END);
		assert_ptr_equal(message_header(&r.message, SLICE("B")).at, elsewhere.at);
		assert_true(slice_equal(message_header(&r.message, SLICE("A")), SLICE("1")));
		assert_int_equal(r.http1.trailers.count, 30);
		assert_true(slice_equal(r.http1.trailers.at[29].name, SLICE("T-29")));
		assert_int_equal(r.http1.trailers.at[7].value.len, 200);
		arena_free(&r.arena);
	}
}

static void a_head_is_written_as_it_was_read(void **state)
{
	struct reading r;
	struct slice written;

	(void)state;
	reading_init(&r, HTTP1_REQUESTS);
	assert_int_equal(
		feed(&r,
			SLICE("PUT /p?q HTTP/1.1\r\nHost: h\r\nA: 1\r\nContent-Length: 0\r\n\r\n")),
		HTTP1_END);
	written = http1_write_request(&r.message, NULL, r.arena);
	assert_true(slice_equal(written,
		SLICE("PUT /p?q HTTP/1.1\r\nHost: h\r\nA: 1\r\nContent-Length: 0\r\n\r\n")));
	r.message.method = SLICE("GET");
	written = http1_write_request(&r.message, "close", r.arena);
	assert_true(slice_equal(written,
		SLICE("GET /p?q HTTP/1.1\r\nHost: h\r\nA: 1\r\nConnection: close\r\n\r\n")));
	arena_free(&r.arena);
}

static void hop_by_hop_headers_and_their_twins_go(void **state)
{
	struct reading r;

	(void)state;
	reading_init(&r, HTTP1_REQUESTS);
	assert_int_equal(feed(&r, SLICE("GET / HTTP/1.1\r\nHost: h\r\nConnection: close, X-Hop\r\n"
					"X_Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nKeep: me\r\n"
					"Connection: Keep-Alive, Other\r\nOther: x\r\n\r\n")),
		HTTP1_END);
	message_drop_hop_by_hop(&r.message);
	assert_int_equal(r.message.header_count, 1);
	assert_true(slice_equal(r.message.headers[0].name, SLICE("Keep")));
	message_add_header(&r.message, SLICE("X_Api_Key"), SLICE("theirs"));
	message_set_header(&r.message, SLICE("X-Api-Key"), SLICE("ours"));
	assert_int_equal(r.message.header_count, 2);
	assert_true(slice_equal(message_header(&r.message, SLICE("x-api-key")), SLICE("ours")));
	arena_free(&r.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_in_any_pieces),
		cmocka_unit_test(a_head_of_many_long_headers_keeps_its_values),
		cmocka_unit_test(what_two_servers_could_read_differently_is_refused),
		cmocka_unit_test(a_head_beyond_its_bounds_is_refused),
		cmocka_unit_test(only_so_many_connection_options_are_taken),
		cmocka_unit_test(a_length_has_to_fit_a_signed_number),
		cmocka_unit_test(an_absolute_target_replaces_the_host),
		cmocka_unit_test(a_connection_is_kept_as_its_version_says),
		cmocka_unit_test(the_body_of_an_answer_is_as_long_as_its_head_says),
		cmocka_unit_test(trailers_leave_the_head_alone),
		cmocka_unit_test(a_head_is_written_as_it_was_read),
		cmocka_unit_test(hop_by_hop_headers_and_their_twins_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
