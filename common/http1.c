/* http1.c - reads HTTP/1 through llhttp, one event at a time. */

#include <string.h>

#include "common/check.h"
#include "common/http1.h"
#include "common/http1_head.h"
#include "common/limits.h"

enum { FIRST_TEXT = 2048, FIRST_TRAILERS = 8 };

static const llhttp_settings_t callbacks;

void http1_init(struct http1 *h, enum http1_role role)
{
	memset(h, 0, sizeof(*h));
	llhttp_init(&h->parser, role == HTTP1_REQUESTS ? HTTP_REQUEST : HTTP_RESPONSE, &callbacks);
	h->parser.data = h;
}

void http1_begin(struct http1 *h, struct message *message, bool answers_head)
{
	llhttp_reset(&h->parser);
	h->message = message;
	h->answers_head = answers_head;
	h->where = HTTP1_IN_HEAD;
	h->paused_at_head = h->paused_at_end = false;
	h->last = '\0';
	h->left = 0;
	h->taken = 0;
	h->line_ended = false;
	h->line_len = 0;
	memset(h->line_end, 0, sizeof(h->line_end));
	h->text = NULL;
	h->text_len = h->text_room = 0;
	h->name_at = h->name_len = h->value_len = 0;
	h->target = (struct slice){ NULL, 0 };
	h->framing = (struct http1_framing){ 0 };
	h->trailers = (struct list_of_headers){ NULL, 0, 0 };
}

/* ---- text: the names and values that llhttp finds, side by side ---- */

static void move(struct slice *s, ptrdiff_t moved)
{
	if (s->at != NULL) {
		s->at += moved;
	}
}

/* The head is still being read, so nobody but us has changed the message: what it points to lies in
 * the text that moves. Later on headers may lie anywhere. */
static void move_head(struct http1 *h, ptrdiff_t moved)
{
	struct message *m = h->message;

	for (size_t i = 0; i < m->header_count; i++) {
		m->headers[i].name.at += moved;
		m->headers[i].value.at += moved;
	}
	move(&h->target, moved);
	move(&h->framing.host, moved);
	move(&h->framing.length, moved);
	move(&h->framing.coding, moved);
}

static void make_room(struct http1 *h, size_t more)
{
	size_t room = h->text_room == 0 ? FIRST_TEXT : 2 * h->text_room;
	char *text;

	while (room - h->text_len < more) {
		room *= 2;
	}
	text = arena_bytes(h->message->arena, room);
	if (h->text_len > 0) {
		memcpy(text, h->text, h->text_len);
		if (h->where == HTTP1_IN_HEAD) {
			move_head(h, text - h->text);
		}
	}
	h->text = text;
	h->text_room = room;
}

/* False when the head has grown beyond its bound; what `text` holds is bounded by that too. */
static bool add_text(struct http1 *h, const char *at, size_t len)
{
	if (len == 0) {
		return true;
	}
	if (len > LIMIT_HEAD_BYTES - h->text_len) {
		return false;
	}
	if (h->text_room - h->text_len < len) {
		make_room(h, len);
	}
	memcpy(h->text + h->text_len, at, len);
	h->text_len += len;
	return true;
}

/* ---- llhttp's callbacks, in the order in which they come ---- */

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
	struct http1 *h = parser->data;

	if (h->target.len + len > LIMIT_TARGET_BYTES) {
		(void)http1_refuse(h, 414, "request target too long");
		return HPE_USER;
	}
	if (!add_text(h, at, len)) {
		return HPE_USER;
	}
	h->target = (struct slice){ h->text, h->text_len };
	return HPE_OK;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
	struct http1 *h = parser->data;

	if (h->name_len == 0) {
		h->name_at = h->text_len;
	}
	h->name_len += len;
	return add_text(h, at, len) ? HPE_OK : HPE_USER;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
	struct http1 *h = parser->data;

	h->value_len += len;
	return add_text(h, at, len) ? HPE_OK : HPE_USER;
}

/* A copy of its own, because the text behind it is used again. A request's trailers are not kept:
 * no rule sees them, so they are not passed on. */
static void add_trailer(struct http1 *h, struct slice name, struct slice value)
{
	struct list_of_headers *t = &h->trailers;
	struct arena *arena = h->message->arena;

	h->text_len = h->name_at;
	if (h->parser.type == HTTP_REQUEST) {
		return;
	}
	if (t->count == t->room) {
		size_t room = t->room == 0 ? FIRST_TRAILERS : 2 * t->room;
		struct header *more = arena_alloc(arena, room, sizeof(*more));

		if (t->count > 0) {
			memcpy(more, t->at, t->count * sizeof(*more));
		}
		t->at = more;
		t->room = room;
	}
	t->at[t->count++] = (struct header){ arena_copy(arena, name), arena_copy(arena, value) };
}

static size_t count_headers(const struct http1 *h)
{
	const struct http1_framing *f = &h->framing;

	return h->message->header_count + h->trailers.count + f->hosts + f->lengths + f->codings;
}

static int on_header_value_complete(llhttp_t *parser)
{
	struct http1 *h = parser->data;
	struct slice name, value;

	if (h->name_len == 0) {
		(void)http1_refuse(h, 400, "header without a name"); /* which llhttp takes */
		return HPE_USER;
	}
	if (count_headers(h) >= LIMIT_HEADERS) {
		(void)http1_refuse(h, 431, "too many headers");
		return HPE_USER;
	}
	name = (struct slice){ h->text + h->name_at, h->name_len };
	value = slice_trim((struct slice){ name.at + name.len, h->value_len });
	h->name_len = h->value_len = 0;
	if (value.len == 0) {
		value.at = name.at; /* present, though empty: `at` tells the two apart */
	}
	if (h->where == HTTP1_IN_CHUNKS) {
		add_trailer(h, name, value);
	} else if (!http1_head_takes(h, name, value)) {
		message_add_header(h->message, name, value);
	}
	return HPE_OK;
}

static int on_headers_complete(llhttp_t *parser)
{
	((struct http1 *)parser->data)->paused_at_head = true;
	return HPE_PAUSED;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
	((struct http1 *)parser->data)->piece = (struct slice){ at, len };
	return HPE_PAUSED;
}

static int on_message_complete(llhttp_t *parser)
{
	((struct http1 *)parser->data)->paused_at_end = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t callbacks = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_header_value_complete = on_header_value_complete,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

/* ---- taking bytes ---- */

/* A line feed without its CR, or a blank that continues a line. */
static unsigned char is_unclean(char before, char c)
{
	return ((c == '\n') & (before != '\r')) | ((before == '\n') & ((c == ' ') | (c == '\t')));
}

/* Lines end in CR LF and are never folded. llhttp takes a bare LF for a line end in places, and
 * joins folded lines; another server may not. No early end: so the compiler can look at many bytes
 * at once. */
static bool lines_are_clean(struct http1 *h, struct slice framing)
{
	const char *at = framing.at;
	unsigned char unclean;

	if (framing.len == 0) {
		return true;
	}
	unclean = is_unclean(h->last, at[0]);
	for (size_t i = 1; i < framing.len; i++) {
		unclean |= is_unclean(at[i - 1], at[i]);
	}
	h->last = at[framing.len - 1];
	return unclean == 0;
}

/* Keeps the last bytes of the first line, wherever the network cuts it. */
static void remember_line_end(struct http1 *h, struct slice line)
{
	const size_t room = sizeof(h->line_end);

	if (line.len < room) {
		memmove(h->line_end, h->line_end + line.len, room - line.len);
		memcpy(h->line_end + room - line.len, line.len == 0 ? "" : line.at, line.len);
	} else {
		memcpy(h->line_end, line.at + line.len - room, room);
	}
}

/* A request line is its method, a blank, its target, a blank and HTTP/x.y, and so as long as these:
 * llhttp skips any number of blanks, and speaks RTSP and ICE too. */
static bool request_line_is_clean(struct http1 *h, struct slice framing)
{
	static const struct slice protocol = SLICE(" HTTP/");
	size_t end, method_len;

	if (h->line_ended || h->parser.type != HTTP_REQUEST) {
		return true;
	}
	end = slice_find(framing, '\n', 0);
	h->line_ended = end < framing.len;
	h->line_len += end;
	remember_line_end(h, slice_sub(framing, 0, end));
	if (!h->line_ended) {
		return true;
	}
	method_len = strlen(llhttp_method_name(h->parser.method));
	return h->line_len == method_len + 1 + h->target.len + sizeof(h->line_end) &&
	       memcmp(h->line_end, protocol.at, protocol.len) == 0;
}

/* What llhttp's errors mean to a peer. */
static enum http1_event refuse_bytes(struct http1 *h, enum llhttp_errno err)
{
	if (h->reason != NULL) { /* a callback of ours has said why */
		return HTTP1_REFUSED;
	}
	if (err == HPE_USER) { /* ... or met the bound of all text */
		return http1_refuse(h, 431, "header too large");
	}
	if (err == HPE_PAUSED_H2_UPGRADE) {
		return http1_refuse(h, 505, "unsupported protocol version");
	}
	return http1_refuse(h, 400, "malformed request");
}

/* Lets llhttp read `bytes`; afterwards `*bytes` is what it left, and `framing` what it took of
 * lines, i.e. without the piece of body that it may have found. */
static enum llhttp_errno execute(struct http1 *h, struct slice *bytes, struct slice *framing)
{
	const char *stop = bytes->at + bytes->len;
	enum llhttp_errno err;

	h->piece = (struct slice){ NULL, 0 };
	h->reason = NULL;
	err = llhttp_execute(&h->parser, bytes->at, bytes->len);
	if (err == HPE_PAUSED) {
		stop = llhttp_get_error_pos(&h->parser);
		llhttp_resume(&h->parser);
	}
	*framing = (struct slice){ bytes->at,
		(size_t)((h->piece.at != NULL ? h->piece.at : stop) - bytes->at) };
	*bytes = (struct slice){ stop, (size_t)(bytes->at + bytes->len - stop) };
	return err;
}

/* One or two before a request are a habit of old clients (RFC 9112 section 2.2). */
static void skip_empty_lines(struct http1 *h, struct slice *bytes)
{
	while (bytes->len > 0 && bytes->at[0] == (h->last == '\r' ? '\n' : '\r')) {
		h->last = bytes->at[0];
		*bytes = slice_sub(*bytes, 1, bytes->len);
	}
}

static enum http1_event next_of_head(struct http1 *h, struct slice *bytes)
{
	struct slice framing;
	enum llhttp_errno err;

	if (h->taken == 0 && h->parser.type == HTTP_REQUEST) {
		skip_empty_lines(h, bytes);
	}
	if (bytes->len == 0) {
		return HTTP1_MORE;
	}
	if (h->taken == 0 && h->last == '\r') {
		return http1_refuse(h, 400, "malformed line end");
	}
	err = execute(h, bytes, &framing);
	h->taken += framing.len;
	if (err != HPE_OK && err != HPE_PAUSED) {
		return refuse_bytes(h, err);
	}
	if (h->taken > LIMIT_HEAD_BYTES) {
		return http1_refuse(h, 431, "header too large");
	}
	if (!lines_are_clean(h, framing)) {
		return http1_refuse(h, 400, "malformed line end");
	}
	if (!request_line_is_clean(h, framing)) {
		return http1_refuse(h, 400, "malformed request line");
	}
	if (!h->paused_at_head) {
		return HTTP1_MORE;
	}
	h->paused_at_head = false;
	return http1_head_read(h);
}

static enum http1_event next_of_length(struct http1 *h, struct slice *bytes)
{
	if (bytes->len == 0) {
		return HTTP1_MORE;
	}
	h->piece = slice_sub(*bytes, 0, bytes->len < h->left ? bytes->len : (size_t)h->left);
	*bytes = slice_sub(*bytes, h->piece.len, bytes->len);
	h->left -= h->piece.len;
	if (h->left == 0) {
		h->where = HTTP1_DONE;
	}
	return HTTP1_BODY;
}

static enum http1_event next_of_chunks(struct http1 *h, struct slice *bytes)
{
	struct slice framing;
	enum llhttp_errno err;

	if (bytes->len == 0) {
		return HTTP1_MORE;
	}
	err = execute(h, bytes, &framing);
	if (err != HPE_OK && err != HPE_PAUSED) {
		return refuse_bytes(h, err);
	}
	if (!lines_are_clean(h, framing)) {
		return http1_refuse(h, 400, "malformed line end");
	}
	if (h->piece.at != NULL) {
		h->last = '\0';
		h->taken = 0;
		return HTTP1_BODY;
	}
	h->taken += framing.len; /* chunk extensions and trailers have one bound */
	if (h->taken > LIMIT_TRAILER_BYTES) {
		return http1_refuse(h, 431, "trailer too large");
	}
	if (h->paused_at_end) {
		h->where = HTTP1_DONE;
		return HTTP1_END;
	}
	return HTTP1_MORE;
}

enum http1_event http1_next(struct http1 *h, struct slice *bytes)
{
	switch (h->where) {
	case HTTP1_IN_HEAD:
		return next_of_head(h, bytes);
	case HTTP1_IN_LENGTH:
		return next_of_length(h, bytes);
	case HTTP1_IN_CHUNKS:
		return next_of_chunks(h, bytes);
	case HTTP1_TO_CLOSE:
		h->piece = *bytes;
		*bytes = (struct slice){ NULL, 0 };
		return h->piece.len > 0 ? HTTP1_BODY : HTTP1_MORE;
	case HTTP1_DONE:
		return HTTP1_END;
	}
	check(!"a state of http1");
}
