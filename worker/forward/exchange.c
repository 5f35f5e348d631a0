/* exchange.c - STEP_exchange: the request goes out, and the head of the answer comes.
 *
 * The happy path: head and body go out; then, within response_header_timeout, the head of the
 * answer comes (any 1xx before it is passed on at once), then its body into req->down, then its
 * end. What can fail: the upstream leaves, or says what makes no sense, or time is up. Before the
 * head that is our own answer, or another try; after it, the caller must see that the answer is
 * broken off. */

#include "worker/forward/exchange.h"

#include <uv.h>

#include "common/check.h"
#include "common/limits.h"
#include "worker/accept/caller.h"
#include "worker/forward/pool.h"
#include "worker/reply/scrub.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

/* clang-format off */
#define TO(state) (1u << (EXCHANGE_##state))

/* Read it as the life of an answer. */
static const unsigned moves[] = {
	[EXCHANGE_SILENT]   = TO(HEARD) | TO(DEAD) | TO(FAILED),
	[EXCHANGE_HEARD]    = TO(ANSWERED) | TO(FAILED),
	[EXCHANGE_ANSWERED] = 0,
	[EXCHANGE_DEAD]     = 0,
	[EXCHANGE_FAILED]   = 0,
};
/* clang-format on */

/* The only line in the program that writes `state`. */
static void exchange_move(struct exchange *exchange, enum exchange_state to)
{
	check((moves[exchange->state] & 1u << to) != 0);
	exchange->state = to;
}

static bool is_waiting(const struct exchange *exchange)
{
	return exchange->state == EXCHANGE_SILENT || exchange->state == EXCHANGE_HEARD;
}

/* Between its head and its end, all that is left is to break off; what comes behind its end is no
 * part of the answer. */
static void fail(struct exchange *exchange, enum exchange_state how, int err)
{
	struct request *req = exchange->side.req;

	if (is_waiting(exchange)) {
		exchange_move(exchange, how);
		exchange->failed = err;
		request_ready(req);
	} else if (exchange->state == EXCHANGE_ANSWERED && !req->down.ended) {
		request_abort(req);
	}
}

void exchange_failed(struct exchange *exchange, int err)
{
	fail(exchange, exchange->state == EXCHANGE_SILENT ? EXCHANGE_DEAD : EXCHANGE_FAILED, err);
}

static void on_stuck(struct side *side)
{
	fail(container_of(side, struct exchange, side), EXCHANGE_FAILED, UV_ETIMEDOUT);
}

void exchange_init(struct exchange *exchange, const struct side_ops *ops, struct request *req)
{
	exchange->side.ops = ops;
	exchange->side.req = req;
	exchange->side.stuck = on_stuck;
	req->exchange = exchange;
	req->down.from = &exchange->side;
}

static void on_late(struct deadline *deadline)
{
	fail(container_of(deadline, struct request, upstream_owes)->exchange, EXCHANGE_FAILED,
		UV_ETIMEDOUT);
}

static void wait_for_head(struct exchange *exchange)
{
	struct request *req = exchange->side.req;
	int64_t ns = req->route->integration->response_header_timeout_ns;

	if (is_waiting(exchange)) {
		deadline_set(req->worker->deadlines, &req->upstream_owes,
			ns > 0 ? (uint64_t)(ns / 1000000) : LIMIT_RESPONSE_HEAD_MS, on_late);
	}
}

static void wait_for_body(struct exchange *exchange)
{
	struct request *req = exchange->side.req;

	deadline_set(
		req->worker->deadlines, &req->upstream_owes, LIMIT_UPSTREAM_SILENCE_MS, on_late);
}

bool exchange_hears(struct exchange *exchange)
{
	const struct request *req = exchange->side.req;

	if (exchange->state == EXCHANGE_SILENT) {
		exchange_move(exchange, EXCHANGE_HEARD);
	}
	return exchange->state <= EXCHANGE_ANSWERED && req->state != REQUEST_BROKEN &&
	       !req->down.broken;
}

/* Passed on at once, and there can only be so many. */
static void pass_interim(struct exchange *exchange)
{
	struct request *req = exchange->side.req;

	if (req->out.status == 101 || ++exchange->interims > LIMIT_INTERIMS) {
		exchange_failed(exchange, UV_EPROTO); /* we never ask for another protocol */
		return;
	}
	req->expects_continue = false;
	scrub_response(&req->out);
	caller_send_interim(req->caller, &req->out);
	req->out = (struct message){ .arena = req->arena };
}

bool exchange_head(struct exchange *exchange)
{
	struct request *req = exchange->side.req;

	if (req->out.status < 200) {
		pass_interim(exchange);
		return false;
	}
	exchange_move(exchange, EXCHANGE_ANSWERED);
	req->expects_continue = false;
	req->answered_ns = uv_hrtime();
	wait_for_body(exchange);
	request_ready(req);
	return true;
}

void exchange_body(struct exchange *exchange, struct slice piece)
{
	struct request *req = exchange->side.req;

	wait_for_body(exchange);
	flow_push(&req->down, piece);
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

void exchange_end(struct exchange *exchange, struct header *trailers, size_t count)
{
	struct request *req = exchange->side.req;

	if (!req->down.ended) {
		deadline_clear(&req->upstream_owes);
		count = clean_trailers(trailers, count);
		flow_end(&req->down, (struct trailers){ trailers, count });
		request_ready(req);
	}
}

void exchange_pause(struct exchange *exchange)
{
	struct request *req = exchange->side.req;

	flow_flush(&req->down);
	if (req->down.broken) {
		request_ready(req);
	}
}

void exchange_drained(struct exchange *exchange)
{
	side_drained(&exchange->side);
	if (exchange->said_all) {
		wait_for_head(exchange);
	}
	flow_drained(&exchange->side.req->up);
}

/* Sets what we wait for now: the upstream to read, or the head. An upstream that can't be written
 * to may have answered all the same, so then too. */
int exchange_sent(struct exchange *exchange, int result, bool last)
{
	exchange->said_all |= last;
	if (result > 0) {
		side_wait(&exchange->side);
	} else if (last || result < 0) {
		wait_for_head(exchange);
	}
	return result;
}

/* Whom we hold can't be late. */
void exchange_held(struct exchange *exchange, bool held)
{
	struct request *req = exchange->side.req;

	if (held) {
		deadline_clear(&req->upstream_owes);
	} else if (!req->down.ended) {
		wait_for_body(exchange);
	}
}

void exchange_release(struct exchange *exchange, bool whole)
{
	struct request *req = exchange->side.req;

	deadline_fini(&exchange->side.reading);
	deadline_fini(&exchange->continuing);
	exchange->side.ops->release(&exchange->side, whole);
	req->exchange = NULL;
	req->upstream = NULL;
}

/* The upstream says nothing, as many do: the caller may send all the same. */
static void on_continue_late(struct deadline *deadline)
{
	static const struct message go_on = { .status = 100 };
	struct request *req = container_of(deadline, struct exchange, continuing)->side.req;

	if (req->expects_continue) {
		req->expects_continue = false;
		caller_send_interim(req->caller, &go_on);
	}
}

static void begin(struct request *req)
{
	if (req->handed_ns == 0) {
		req->handed_ns = uv_hrtime();
	}
	req->upstream->protocol->begin(req->upstream, req);
	flow_open(&req->up, &req->exchange->side, &req->in);
	if (req->expects_continue && !req->up.ended && !req->up.broken) {
		deadline_set(req->worker->deadlines, &req->exchange->continuing, LIMIT_CONTINUE_MS,
			on_continue_late);
	}
}

static bool is_idempotent(const struct message *m)
{
	static const struct slice methods[] = { SLICE("GET"), SLICE("HEAD"), SLICE("OPTIONS") };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (slice_equal(m->method, methods[i])) {
			return true;
		}
	}
	return message_header(m, SLICE("Idempotency-Key")).at != NULL ||
	       message_header(m, SLICE("X-Idempotency-Key")).at != NULL;
}

/* A pooled connection that its upstream has closed meanwhile says nothing of this request: where it
 * can be sent once more without harm, it is (RFC 9110 section 9.2.2). */
static bool may_retry(const struct request *req)
{
	return !req->retried && req->upstream->reused && req->exchange->state == EXCHANGE_DEAD &&
	       is_idempotent(&req->in) && flow_can_replay(&req->up);
}

static enum go give_up(struct request *req)
{
	int err = req->exchange->failed;
	bool again = may_retry(req);

	request_let_go(req);
	if (again) {
		req->retried = true;
		flow_rewind(&req->up);
		return GO_RETRY;
	}
	if (err == UV_ETIMEDOUT) {
		answer_with(req, ANSWER_upstream_timeout);
	} else if (err == UV_EPROTO) {
		answer_with(req, ANSWER_upstream_malformed);
	} else {
		answer_with(req, ANSWER_upstream_failed);
	}
	return GO_ANSWER;
}

enum go step_exchange(struct request *req)
{
	if (req->exchange == NULL) {
		begin(req);
	}
	switch (req->exchange->state) {
	case EXCHANGE_SILENT:
	case EXCHANGE_HEARD:
		/* An upstream that stops reading may still have answered: what it said decides, so
		 * a body that could not be sent is no failure by itself. */
		return GO_WAIT;
	case EXCHANGE_ANSWERED:
		return GO_ON;
	case EXCHANGE_DEAD:
	case EXCHANGE_FAILED:
		return give_up(req);
	}
	check(!"a state of an exchange");
}
