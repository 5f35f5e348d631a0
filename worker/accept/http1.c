/* http1.c - the caller's side of a request over HTTP/1.
 *
 * The happy path: bytes come, the head is whole, the request becomes ready; its body's pieces go
 * into req->up until the last. Then, from the steps: head and pieces of the answer go out, and
 * release lets the connection serve the next. What can fail: the head is malformed, too large or
 * too late (answered, then closed); the caller leaves or falls silent before its body is whole
 * (aborted); it leaves later (a half-close, the answer still goes out; if it is really gone,
 * writing says so). */

#include "worker/accept/http1.h"

#include "common/check.h"
#include "common/http1.h"
#include "common/limits.h"
#include "worker/accept/connection.h"
#include "worker/request.h"
#include "worker/worker.h"

/* Lives in the request's arena. */
struct http1_caller {
	struct side side;
	struct connection *connection;
	struct http1 parser;
	bool judged;       /* the head is whole, the journey has begun */
	bool chunked;      /* the answer goes out in chunks */
	bool close;        /* the answer says that the connection ends with it */
	bool bodiless;     /* the answer to HEAD: its head tells of a body that isn't sent */
	struct slice head; /* taken down, not yet sent */
	const struct header *trailers;
	size_t trailer_count;
	struct deadline writing;             /* the caller does not read */
	struct deadline read_by, written_by; /* -read-timeout and -write-timeout, where given */
};

static const struct side_ops caller_ops;

static void on_head_late(struct deadline *deadline);
static void on_body_late(struct deadline *deadline);
static void on_read_late(struct deadline *deadline);
static void on_write_late(struct deadline *deadline);

/* Of a whole request or answer; nearly nobody sets these. */
static void limit(struct http1_caller *caller, struct deadline *deadline, int64_t ns,
	void (*late)(struct deadline *deadline))
{
	if (ns > 0) {
		deadline_set(caller->side.req->worker->deadlines, deadline, (uint64_t)ns / 1000000,
			late);
	}
}

/* Before the request's memory goes. */
static void forget_deadlines(struct http1_caller *caller)
{
	deadline_fini(&caller->writing);
	deadline_fini(&caller->read_by);
	deadline_fini(&caller->written_by);
}

static struct http1_caller *caller_new(struct connection *c)
{
	struct request *req = request_new(c->worker);
	struct http1_caller *caller = arena_make(req->arena, struct http1_caller);

	caller->side = (struct side){ &caller_ops, req };
	caller->connection = c;
	http1_init(&caller->parser, HTTP1_REQUESTS);
	http1_begin(&caller->parser, &req->in, false);
	req->caller = &caller->side;
	req->up.from = &caller->side;
	req->peer = slice_of(c->peer);
	req->peer_port = c->peer_port;
	c->http1 = caller;
	limit(caller, &caller->read_by, c->worker->snapshot->settings.read_timeout_ns,
		on_read_late);
	return caller;
}

/* ---- from the connection ---- */

static void refuse(
	struct http1_caller *caller, enum answer_kind kind, int status, const char *reason)
{
	caller->judged = true;
	deadline_clear(&caller->connection->deadline);
	stream_hold(&caller->connection->stream, true);
	request_refuse(caller->side.req, kind, status, reason);
}

static void take_head(struct http1_caller *caller)
{
	struct request *req = caller->side.req;
	struct connection *c = caller->connection;

	caller->judged = true;
	connection_forget_kept(c);
	limit(caller, &caller->written_by, c->worker->snapshot->settings.write_timeout_ns,
		on_write_late);
	caller->close = !caller->parser.keep_alive;
	caller->bodiless = slice_equal(req->in.method, SLICE("HEAD"));
	if (req->in.body == BODY_NONE) {
		deadline_clear(&c->deadline);
	} else {
		deadline_set(c->worker->deadlines, &c->deadline, LIMIT_BODY_PAUSE_MS, on_body_late);
	}
	request_ready(req);
}

static void take_body(struct http1_caller *caller)
{
	struct connection *c = caller->connection;

	deadline_set(c->worker->deadlines, &c->deadline, LIMIT_BODY_PAUSE_MS, on_body_late);
	flow_push(&caller->side.req->up, caller->parser.piece);
}

/* The request is whole; what follows it is the next, and waits. Its trailers are not passed on: no
 * rule has seen them. */
static void take_end(struct http1_caller *caller, struct slice rest)
{
	struct request *req = caller->side.req;
	struct connection *c = caller->connection;

	if (!req->up.ended) {
		deadline_clear(&c->deadline);
		deadline_clear(&caller->read_by);
		flow_end(&req->up, NULL, 0);
	}
	if (rest.len > 0 && !caller->close) {
		stream_hold(&c->stream, true);
		if (!connection_keep(c, rest)) {
			request_abort(req);
		}
	}
}

/* A head that is not whole moves on with its connection when the worker drains, so its bytes are
 * kept. Empty lines are no head yet. */
static void keep_head(struct http1_caller *caller, struct slice bytes)
{
	struct connection *c = caller->connection;

	if (caller->parser.taken == 0) {
		(void)http1_caller_unwind(c);
		return;
	}
	if (c->ahead_len == 0) {
		deadline_set(c->worker->deadlines, &c->deadline, LIMIT_HEAD_READ_MS, on_head_late);
	}
	if (!connection_keep(c, bytes)) {
		refuse(caller, ANSWER_malformed, 431, "header too large");
	}
}

void http1_caller_bytes(struct connection *c, struct slice bytes)
{
	struct http1_caller *caller = c->http1 != NULL ? c->http1 : caller_new(c);
	struct slice all = bytes;

	for (;;) {
		switch (http1_next(&caller->parser, &bytes)) {
		case HTTP1_MORE:
			if (!caller->judged) {
				keep_head(caller, all);
			}
			return;
		case HTTP1_HEAD:
			take_head(caller);
			break;
		case HTTP1_BODY:
			take_body(caller);
			break;
		case HTTP1_END:
			take_end(caller, bytes);
			return;
		case HTTP1_REFUSED:
			refuse(caller, ANSWER_malformed, caller->parser.refusal,
				caller->parser.reason);
			return;
		}
	}
}

void http1_caller_ended(struct connection *c, int err)
{
	struct http1_caller *caller = c->http1;
	struct request *req = caller->side.req;

	if (!caller->judged) {
		c->http1 = NULL;
		forget_deadlines(caller);
		request_drop(req);
		connection_close(c);
	} else if (err != 0 || !req->up.ended) {
		request_abort(req);
	}
}

void http1_caller_drained(struct connection *c)
{
	deadline_clear(&c->http1->writing);
	flow_drained(&c->http1->side.req->down);
}

static void on_head_late(struct deadline *deadline)
{
	struct connection *c = container_of(deadline, struct connection, deadline);

	refuse(c->http1, ANSWER_request_timeout, 408, "request timeout");
}

static void on_body_late(struct deadline *deadline)
{
	struct connection *c = container_of(deadline, struct connection, deadline);

	request_abort(c->http1->side.req);
}

static void on_read_late(struct deadline *deadline)
{
	struct http1_caller *caller = container_of(deadline, struct http1_caller, read_by);

	refuse(caller, ANSWER_request_timeout, 408, "request timeout");
}

static void on_write_late(struct deadline *deadline)
{
	request_abort(container_of(deadline, struct http1_caller, written_by)->side.req);
}

bool http1_caller_unwind(struct connection *c)
{
	struct http1_caller *caller = c->http1;

	if (caller->judged) {
		return false;
	}
	c->http1 = NULL;
	forget_deadlines(caller);
	request_drop(caller->side.req);
	return true;
}

/* ---- from the steps ---- */

static struct http1_caller *caller_of(struct side *side)
{
	return container_of(side, struct http1_caller, side);
}

/* Slow is fine as long as it moves. */
static void on_taking_late(struct deadline *deadline)
{
	struct http1_caller *caller = container_of(deadline, struct http1_caller, writing);

	if (stream_moves(&caller->connection->stream)) {
		deadline_set(caller->connection->worker->deadlines, &caller->writing,
			LIMIT_BODY_PAUSE_MS, on_taking_late);
		return;
	}
	request_abort(caller->side.req);
}

static int sent(struct http1_caller *caller, int result)
{
	if (result > 0) {
		deadline_set(caller->connection->worker->deadlines, &caller->writing,
			LIMIT_BODY_PAUSE_MS, on_taking_late);
	}
	return result;
}

static int send_head(struct side *side, const struct message *m, bool last)
{
	struct http1_caller *caller = caller_of(side);
	struct message head = *m;
	bool http10 = caller->parser.http10;

	/* HTTP/1.0 knows no chunks: there the end of the connection ends the body. */
	caller->chunked = (m->body == BODY_CHUNKED || m->body == BODY_UNTIL_CLOSE) && !http10;
	if (m->body == BODY_CHUNKED || m->body == BODY_UNTIL_CLOSE) {
		head.body = caller->chunked ? BODY_CHUNKED : BODY_UNTIL_CLOSE;
		caller->close |= !caller->chunked;
	}
	caller->close |=
		side->req->answer.close || !side->req->up.ended || caller->connection->finished;
	caller->head = http1_write_response(&head,
		caller->close ? "close"
		: http10      ? "keep-alive"
			      : NULL,
		side->req->arena);
	if (!last && !caller->bodiless) {
		return 0;
	}
	if (caller->chunked && !caller->bodiless) {
		return side->ops->send_body(side, (struct slice){ NULL, 0 }, true);
	}
	return sent(caller, stream_write(&caller->connection->stream, &caller->head, 1));
}

static int send_body(struct side *side, struct slice piece, bool last)
{
	struct http1_caller *caller = caller_of(side);
	struct slice head = caller->head, end = { NULL, 0 };
	struct http1_frame frame;

	caller->head = (struct slice){ NULL, 0 };
	if (caller->bodiless) {
		return 0;
	}
	if (caller->chunked && last) {
		end = http1_write_last_chunk(
			caller->trailers, caller->trailer_count, side->req->arena);
	}
	http1_write_frame(&frame, head, piece, caller->chunked, end);
	return sent(caller, stream_write(&caller->connection->stream, frame.pieces, frame.count));
}

static void add_trailers(struct side *side, const struct header *trailers, size_t count)
{
	caller_of(side)->trailers = trailers;
	caller_of(side)->trailer_count = count;
}

static int send_interim(struct side *side, const struct message *m)
{
	struct http1_caller *caller = caller_of(side);
	struct slice head;

	if (caller->parser.http10) {
		return 0; /* it knows none (RFC 9110 section 15.2) */
	}
	head = http1_write_response(m, NULL, side->req->arena);
	return sent(caller, stream_write(&caller->connection->stream, &head, 1));
}

static void hold(struct side *side, bool held)
{
	struct connection *c = caller_of(side)->connection;

	/* Whom we hold can't be late. */
	if (held) {
		deadline_clear(&c->deadline);
	} else if (!side->req->up.ended) {
		deadline_set(c->worker->deadlines, &c->deadline, LIMIT_BODY_PAUSE_MS, on_body_late);
	}
	stream_hold(&c->stream, held);
}

static void release(struct side *side, bool whole)
{
	struct http1_caller *caller = caller_of(side);
	struct connection *c = caller->connection;
	bool heard_all = side->req->up.ended && caller->parser.where == HTTP1_DONE;

	forget_deadlines(caller);
	if (whole && !caller->close) {
		connection_next(c);
	} else if (side->req->broken) {
		connection_reset(c);
	} else {
		connection_end(c, heard_all);
	}
}

static const struct side_ops caller_ops = {
	.send_head = send_head,
	.send_body = send_body,
	.add_trailers = add_trailers,
	.send_interim = send_interim,
	.hold = hold,
	.release = release,
};
