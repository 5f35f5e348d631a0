/* http1.c - an upstream's connection in HTTP/1: a request becomes bytes, and bytes become the
 * reports of exchange.h. */

#include "worker/forward/http1.h"

#include "common/check.h"
#include "common/http1.h"
#include "worker/forward/exchange.h"
#include "worker/request.h"
#include "worker/route.h"

/* Lives in the request's arena; the connection's session until the release. */
struct http1_upstream {
	struct exchange exchange;
	struct upstream *upstream;
	struct http1 parser;
	bool chunked;
	bool spoiled;      /* bytes came that belong to no answer, or the connection's end */
	struct slice head; /* taken down, not yet sent */
};

static const struct side_ops ops;

static void expect_head(struct http1_upstream *http1)
{
	struct request *req = http1->exchange.side.req;

	http1_begin(&http1->parser, &req->out, slice_equal(req->in.method, SLICE("HEAD")));
}

static void begin(struct upstream *up, struct request *req)
{
	struct http1_upstream *http1 = arena_make(req->arena, struct http1_upstream);

	exchange_init(&http1->exchange, &ops, req);
	http1->upstream = up;
	http1_init(&http1->parser, HTTP1_RESPONSES);
	expect_head(http1);
	up->session = http1;
}

static void take_end(struct http1_upstream *http1)
{
	struct list_of_headers trailers = http1->parser.trailers;

	exchange_end(&http1->exchange, trailers.at, trailers.count);
}

/* False: there is nothing more to take. */
static bool take_next(struct http1_upstream *http1, struct slice *bytes)
{
	switch (http1_next(&http1->parser, bytes)) {
	case HTTP1_MORE:
		return false;
	case HTTP1_HEAD:
		if (!exchange_head(&http1->exchange)) {
			expect_head(http1);
		}
		return true;
	case HTTP1_BODY:
		exchange_body(&http1->exchange, http1->parser.piece);
		return true;
	case HTTP1_END:
		http1->spoiled |= bytes->len > 0;
		take_end(http1);
		return false;
	case HTTP1_REFUSED:
		exchange_failed(&http1->exchange, UV_EPROTO);
		return false;
	}
	check(!"an event of http1");
}

static void on_bytes(struct upstream *up, struct slice bytes)
{
	struct http1_upstream *http1 = up->session;

	while (exchange_hears(&http1->exchange) && take_next(http1, &bytes)) {
	}
	exchange_pause(&http1->exchange);
}

static void on_ended(struct upstream *up, int err)
{
	struct http1_upstream *http1 = up->session;

	http1->spoiled = true;
	if (err == 0 && http1_ends_with_connection(&http1->parser)) {
		take_end(http1);
	} else {
		exchange_failed(&http1->exchange, err == 0 ? UV_EOF : err);
	}
}

static void on_drained(struct upstream *up)
{
	struct http1_upstream *http1 = up->session;

	exchange_drained(&http1->exchange);
}

const struct upstream_protocol upstream_http1 = {
	.begin = begin,
	.bytes = on_bytes,
	.ended = on_ended,
	.drained = on_drained,
};

static struct http1_upstream *http1_of(struct side *side)
{
	return container_of(side, struct http1_upstream, exchange.side);
}

static int send_body(struct side *side, struct slice piece, const struct trailers *end)
{
	struct http1_upstream *http1 = http1_of(side);
	struct slice head = http1->head, last = { NULL, 0 };
	struct http1_frame frame;

	http1->head = (struct slice){ NULL, 0 };
	if (http1->chunked && end != NULL) {
		last = http1_write_last_chunk(end->at, end->count, side->req->arena);
	}
	http1_write_frame(&frame, head, piece, http1->chunked, last);
	return exchange_sent(&http1->exchange,
		stream_write(&http1->upstream->stream, frame.pieces, frame.count), end != NULL);
}

static int send_head(struct side *side, const struct message *m, bool last)
{
	struct http1_upstream *http1 = http1_of(side);
	bool once = side->req->route->integration->disable_keep_alives;

	http1->chunked = m->body == BODY_CHUNKED;
	http1->head = http1_write_request(m, once ? "close" : NULL, side->req->arena);
	return last ? side_send_end(side) : 0;
}

static bool moves(struct side *side)
{
	return stream_moves(&http1_of(side)->upstream->stream);
}

static void hold(struct side *side, bool held)
{
	struct http1_upstream *http1 = http1_of(side);

	exchange_held(&http1->exchange, held);
	stream_hold(&http1->upstream->stream, held);
}

static void release(struct side *side, bool whole)
{
	struct http1_upstream *http1 = http1_of(side);

	http1->upstream->session = NULL;
	pool_give_back(http1->upstream, whole && http1->parser.keep_alive && !http1->spoiled);
}

static const struct side_ops ops = {
	.send_head = send_head,
	.send_body = send_body,
	.moves = moves,
	.hold = hold,
	.release = release,
};
