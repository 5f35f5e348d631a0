/* http1.c - a caller's connection in HTTP/1: bytes become the reports of caller.h, and what goes
 * back becomes bytes.
 *
 * One request at a time: what comes behind it waits in the connection, and so do the bytes of a
 * head that is not whole, because another worker may have to read them anew. */

#include "worker/accept/http1.h"

#include "common/check.h"
#include "common/http1.h"
#include "worker/accept/caller.h"
#include "worker/request.h"

/* Lives in the request's arena; the connection's session from the first byte to the release. */
struct http1_caller {
	struct caller caller;
	struct connection *connection;
	struct http1 parser;
	bool chunked;      /* the answer goes out in chunks */
	bool bodiless;     /* the answer to HEAD: its head tells of a body that isn't sent */
	bool close;        /* the answer says that the connection ends with it */
	struct slice head; /* taken down, not yet sent */
};

static const struct caller_ops ops;

static struct http1_caller *begin(struct connection *c)
{
	struct request *req = connection_request(c);
	struct http1_caller *http1 = arena_make(req->arena, struct http1_caller);

	caller_init(&http1->caller, &ops, req);
	http1->connection = c;
	http1_init(&http1->parser, HTTP1_REQUESTS);
	http1_begin(&http1->parser, &req->in, false);
	c->session = http1;
	connection_busy(c);
	return http1;
}

static bool unwind(struct connection *c)
{
	struct http1_caller *http1 = c->session;

	if (!caller_unwind(&http1->caller)) {
		return false;
	}
	c->session = NULL;
	return true;
}

static void refuse(struct http1_caller *http1, int status, const char *reason)
{
	caller_refuse(&http1->caller, ANSWER_malformed, status, reason);
}

/* Empty lines are no head yet. */
static void keep_head(struct http1_caller *http1, struct slice bytes)
{
	struct connection *c = http1->connection;

	if (!http1_has_begun(&http1->parser)) {
		connection_forget_kept(c);
		(void)connection_unwind(c);
		return;
	}
	if (c->ahead_len == 0) {
		caller_begun(&http1->caller);
	}
	if (!connection_keep(c, bytes)) {
		refuse(http1, 431, "header too large");
	}
}

static void take_head(struct http1_caller *http1)
{
	connection_forget_kept(http1->connection);
	http1->close = !http1->parser.keep_alive;
	http1->bodiless = slice_equal(http1->caller.side.req->in.method, SLICE("HEAD"));
	caller_head(&http1->caller);
}

/* What follows the request is the next, and waits. */
static void take_end(struct http1_caller *http1, struct slice rest)
{
	struct connection *c = http1->connection;

	caller_end(&http1->caller);
	if (rest.len > 0 && !http1->close) {
		stream_hold(&c->stream, true);
		if (!connection_keep(c, rest)) {
			request_abort(http1->caller.side.req);
		}
	}
}

static void on_bytes(struct connection *c, struct slice bytes)
{
	struct http1_caller *http1 = c->session != NULL ? c->session : begin(c);
	struct slice all = bytes;

	for (;;) {
		switch (http1_next(&http1->parser, &bytes)) {
		case HTTP1_MORE:
			if (http1->caller.judged) {
				caller_pause(&http1->caller);
			} else {
				keep_head(http1, all);
			}
			return;
		case HTTP1_HEAD:
			take_head(http1);
			break;
		case HTTP1_BODY:
			caller_body(&http1->caller, http1->parser.piece);
			break;
		case HTTP1_END:
			take_end(http1, bytes);
			return;
		case HTTP1_REFUSED:
			caller_pause(&http1->caller);
			refuse(http1, http1->parser.refusal, http1->parser.reason);
			return;
		}
	}
}

static void on_ended(struct connection *c, int err)
{
	struct http1_caller *http1 = c->session;

	if (unwind(c)) {
		connection_close(c);
	} else {
		caller_left(&http1->caller, err);
	}
}

static void on_drained(struct connection *c)
{
	struct http1_caller *http1 = c->session;

	caller_drained(&http1->caller);
}

const struct connection_protocol connection_http1 = {
	.bytes = on_bytes,
	.ended = on_ended,
	.drained = on_drained,
	.unwind = unwind,
};

static struct http1_caller *http1_of(struct side *side)
{
	return container_of(side, struct http1_caller, caller.side);
}

static int send_body(struct side *side, struct slice piece, const struct trailers *end)
{
	struct http1_caller *http1 = http1_of(side);
	struct slice head = http1->head, last = { NULL, 0 };
	struct http1_frame frame;

	http1->head = (struct slice){ NULL, 0 };
	if (http1->bodiless) {
		piece = (struct slice){ NULL, 0 };
	} else if (http1->chunked && end != NULL) {
		last = http1_write_last_chunk(end->at, end->count, side->req->arena);
	}
	http1_write_frame(&frame, head, piece, http1->chunked, last);
	return caller_sent(&http1->caller,
		stream_write(&http1->connection->stream, frame.pieces, frame.count));
}

static int send_head(struct side *side, const struct message *m, bool last)
{
	struct http1_caller *http1 = http1_of(side);
	bool http10 = http1->parser.http10;
	struct message head = *m;

	/* HTTP/1.0 knows no chunks: there the end of the connection ends the body. */
	if (m->body == BODY_CHUNKED || m->body == BODY_UNTIL_CLOSE) {
		http1->chunked = !http10;
		http1->close |= http10;
		head.body = http10 ? BODY_UNTIL_CLOSE : BODY_CHUNKED;
	}
	http1->close |=
		side->req->answer.close || !side->req->up.ended || http1->connection->finished;
	http1->head = http1_write_response(&head,
		http1->close ? "close"
		: http10     ? "keep-alive"
			     : NULL,
		side->req->arena);
	return last ? side_send_end(side) : 0;
}

/* HTTP/1.0 knows none (RFC 9110 section 15.2). */
static int send_interim(struct caller *caller, const struct message *m)
{
	struct http1_caller *http1 = http1_of(&caller->side);
	struct slice head;

	if (http1->parser.http10) {
		return 0;
	}
	head = http1_write_response(m, NULL, caller->side.req->arena);
	return caller_sent(caller, stream_write(&http1->connection->stream, &head, 1));
}

static bool moves(struct side *side)
{
	return stream_moves(&http1_of(side)->connection->stream);
}

static void hold(struct side *side, bool held)
{
	struct http1_caller *http1 = http1_of(side);

	caller_held(&http1->caller, held);
	stream_hold(&http1->connection->stream, held);
}

static void release(struct side *side, bool whole)
{
	struct http1_caller *http1 = http1_of(side);
	struct connection *c = http1->connection;
	bool heard_all = side->req->up.ended && http1_is_done(&http1->parser);

	c->session = NULL;
	if (whole && !http1->close) {
		connection_next(c);
	} else if (side->req->state == REQUEST_BROKEN) {
		connection_reset(c);
	} else {
		connection_end(c, heard_all);
	}
}

static const struct caller_ops ops = {
	.side = {
		.send_head = send_head,
		.send_body = send_body,
		.moves = moves,
		.hold = hold,
		.release = release,
	},
	.send_interim = send_interim,
};
