/* http1.c - the upstream's side of a request over HTTP/1.
 *
 * The happy path: head and body go out; then, within response_header_timeout, the head of the
 * answer comes (any 1xx before it is passed on at once), then its body into req->down, then its
 * end. What can fail: the connection ends, or says what is not HTTP, or time is up. Before the head
 * that is told to STEP_exchange (req->failed); after it, the caller must see that the answer is
 * broken off. */

#include "worker/forward/http1.h"

#include "common/check.h"
#include "common/http1.h"
#include "common/limits.h"
#include "worker/forward/pool.h"
#include "worker/reply/scrub.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

/* Lives in the request's arena. */
struct http1_upstream {
	struct side side;
	struct upstream *upstream;
	struct http1 parser;
	struct slice head; /* taken down, not yet sent */
	bool chunked;
	bool said_all;              /* the whole request is on its way */
	unsigned interims;          /* heads that were not the final one */
	struct deadline continuing; /* the caller waits for a 100 */
	bool spoiled;               /* bytes came that belong to no answer */
};

static const struct side_ops upstream_ops;

void http1_upstream_begin(struct request *req)
{
	struct http1_upstream *http1 = arena_make(req->arena, struct http1_upstream);

	http1->side = (struct side){ &upstream_ops, req };
	http1->upstream = req->upstream;
	http1_init(&http1->parser, HTTP1_RESPONSES);
	http1_begin(&http1->parser, &req->out, slice_equal(req->in.method, SLICE("HEAD")));
	req->upstream->http1 = http1;
	req->exchange = &http1->side;
	req->down.from = &http1->side;
}

/* ---- from the connection ---- */

static void fail(struct http1_upstream *http1, int err)
{
	struct request *req = http1->side.req;

	if (req->head_came) {
		request_abort(req);
	} else {
		req->failed = err;
		request_ready(req);
	}
}

static struct http1_upstream *heard_by(struct deadline *deadline)
{
	return container_of(deadline, struct upstream, deadline)->http1;
}

static void on_head_late(struct deadline *deadline)
{
	struct http1_upstream *http1 = heard_by(deadline);

	http1->side.req->late = true;
	fail(http1, UV_ETIMEDOUT);
}

static void on_body_late(struct deadline *deadline)
{
	fail(heard_by(deadline), UV_ETIMEDOUT);
}

/* Slow is fine as long as it moves. */
static void on_write_late(struct deadline *deadline)
{
	struct upstream *up = container_of(deadline, struct upstream, writing);

	if (stream_moves(&up->stream)) {
		deadline_set(up->req->worker->deadlines, &up->writing, LIMIT_BODY_PAUSE_MS,
			on_write_late);
		return;
	}
	up->req->late = true;
	fail(up->http1, UV_ETIMEDOUT);
}

/* The upstream says nothing, as many do: the caller may send all the same. */
static void on_continue_late(struct deadline *deadline)
{
	struct http1_upstream *http1 = container_of(deadline, struct http1_upstream, continuing);
	static const struct message go_on = { .status = 100 };
	struct request *req = http1->side.req;

	req->expects_continue = false;
	(void)req->caller->ops->send_interim(req->caller, &go_on);
}

static void wait_for_head(struct http1_upstream *http1)
{
	struct request *req = http1->side.req;
	int64_t ns = req->route->integration->response_header_timeout_ns;

	if (!req->head_came) {
		deadline_set(req->worker->deadlines, &http1->upstream->deadline,
			ns > 0 ? (uint64_t)(ns / 1000000) : LIMIT_RESPONSE_HEAD_MS, on_head_late);
	}
}

static void wait_for_body(struct http1_upstream *http1)
{
	deadline_set(http1->side.req->worker->deadlines, &http1->upstream->deadline,
		LIMIT_UPSTREAM_SILENCE_MS, on_body_late);
}

static void stop_continuing(struct http1_upstream *http1)
{
	http1->side.req->expects_continue = false;
	deadline_fini(&http1->continuing);
}

/* Passed on at once, and there can only be so many. */
static void take_interim(struct http1_upstream *http1)
{
	struct request *req = http1->side.req;

	if (req->out.status == 101 || ++http1->interims > LIMIT_INTERIMS) {
		fail(http1, UV_EPROTO); /* we never ask for another protocol */
		return;
	}
	stop_continuing(http1);
	scrub_response(&req->out);
	(void)req->caller->ops->send_interim(req->caller, &req->out);
	req->out = (struct message){ .arena = req->arena };
	http1_begin(&http1->parser, &req->out, http1->parser.answers_head);
}

static void take_head(struct http1_upstream *http1)
{
	struct request *req = http1->side.req;

	if (req->out.status < 200) {
		take_interim(http1);
		return;
	}
	stop_continuing(http1);
	req->head_came = true;
	req->answered_ns = uv_hrtime();
	wait_for_body(http1);
	request_ready(req);
}

/* What only we may say does not come back in a trailer either. */
static size_t clean_trailers(struct header *trailers, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (scrub_allows_trailer(trailers[i].name)) {
			trailers[kept++] = trailers[i];
		}
	}
	return kept;
}

static void take_end(struct http1_upstream *http1, struct slice rest)
{
	struct request *req = http1->side.req;
	struct list_of_headers *trailers = &http1->parser.trailers;

	http1->spoiled |= rest.len > 0;
	if (!req->down.ended) {
		deadline_clear(&http1->upstream->deadline);
		trailers->count = clean_trailers(trailers->at, trailers->count);
		flow_end(&req->down, trailers->at, trailers->count);
		request_ready(req);
	}
}

void http1_upstream_bytes(struct upstream *up, struct slice bytes)
{
	struct http1_upstream *http1 = up->http1;
	struct request *req = http1->side.req;

	req->heard = true;
	while (req->failed == 0 && !req->broken) {
		switch (http1_next(&http1->parser, &bytes)) {
		case HTTP1_MORE:
			return;
		case HTTP1_HEAD:
			take_head(http1);
			break;
		case HTTP1_BODY:
			wait_for_body(http1);
			flow_push(&req->down, http1->parser.piece);
			if (req->down.broken) {
				request_ready(req);
				return;
			}
			break;
		case HTTP1_END:
			take_end(http1, bytes);
			return;
		case HTTP1_REFUSED:
			fail(http1, UV_EPROTO);
			return;
		}
	}
}

void http1_upstream_ended(struct upstream *up, int err)
{
	struct http1_upstream *http1 = up->http1;

	http1->spoiled = true;
	if (http1->parser.where == HTTP1_TO_CLOSE && err == 0) {
		take_end(http1, (struct slice){ NULL, 0 });
	} else if (http1->parser.where != HTTP1_DONE) {
		fail(http1, err == 0 ? UV_EOF : err);
	}
}

void http1_upstream_drained(struct upstream *up)
{
	deadline_clear(&up->writing);
	if (up->http1->said_all) {
		wait_for_head(up->http1);
	}
	flow_drained(&up->req->up);
}

/* ---- from the steps ---- */

static struct http1_upstream *upstream_of(struct side *side)
{
	return container_of(side, struct http1_upstream, side);
}

/* Sets what we wait for now: the upstream to read, the caller to send, or the head. An upstream
 * that can't be written to may have answered all the same, so then too. */
static int sent(struct http1_upstream *http1, int result, bool last)
{
	struct request *req = http1->side.req;

	http1->said_all |= last;
	if (result > 0) {
		deadline_set(req->worker->deadlines, &http1->upstream->writing, LIMIT_BODY_PAUSE_MS,
			on_write_late);
	} else if (last || result < 0) {
		wait_for_head(http1);
	} else if (req->expects_continue) {
		deadline_set(req->worker->deadlines, &http1->continuing, LIMIT_CONTINUE_MS,
			on_continue_late);
	}
	return result;
}

static int send_head(struct side *side, const struct message *m, bool last)
{
	struct http1_upstream *http1 = upstream_of(side);
	bool once = side->req->route->integration->disable_keep_alives;

	http1->chunked = m->body == BODY_CHUNKED;
	http1->head = http1_write_request(m, once ? "close" : NULL, side->req->arena);
	if (!last) {
		return 0;
	}
	return side->ops->send_body(side, (struct slice){ NULL, 0 }, true);
}

static int send_body(struct side *side, struct slice piece, bool last)
{
	struct http1_upstream *http1 = upstream_of(side);
	struct slice head = http1->head, end = { NULL, 0 };
	struct http1_frame frame;

	http1->head = (struct slice){ NULL, 0 };
	if (piece.len > 0 || last) {
		stop_continuing(http1);
	}
	if (http1->chunked && last) {
		end = http1_write_last_chunk(NULL, 0, side->req->arena);
	}
	http1_write_frame(&frame, head, piece, http1->chunked, end);
	return sent(http1, stream_write(&http1->upstream->stream, frame.pieces, frame.count), last);
}

/* A request's trailers end here: no rule has seen them. */
static void add_trailers(struct side *side, const struct header *trailers, size_t count)
{
	(void)side;
	(void)trailers;
	(void)count;
}

static int send_interim(struct side *side, const struct message *m)
{
	(void)side;
	(void)m;
	return UV_ENOTSUP; /* requests have none */
}

static void hold(struct side *side, bool held)
{
	struct http1_upstream *http1 = upstream_of(side);

	/* Whom we hold can't be late. */
	if (held) {
		deadline_clear(&http1->upstream->deadline);
	} else if (!side->req->down.ended) {
		wait_for_body(http1);
	}
	stream_hold(&http1->upstream->stream, held);
}

static void release(struct side *side, bool whole)
{
	struct http1_upstream *http1 = upstream_of(side);

	stop_continuing(http1);
	pool_give_back(http1->upstream, whole && http1->parser.where == HTTP1_DONE &&
						http1->parser.keep_alive && !http1->spoiled);
	side->req->upstream = NULL;
	side->req->exchange = NULL;
}

static const struct side_ops upstream_ops = {
	.send_head = send_head,
	.send_body = send_body,
	.add_trailers = add_trailers,
	.send_interim = send_interim,
	.hold = hold,
	.release = release,
};
