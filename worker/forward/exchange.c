/* exchange.c - STEP_exchange: the request goes out, and the head of the answer comes. */

#include <uv.h>

#include "worker/forward/http1.h"
#include "worker/forward/pool.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

static void begin(struct request *req)
{
	if (req->handed_ns == 0) {
		req->handed_ns = uv_hrtime();
	}
	http1_upstream_begin(req);
	flow_open(&req->up, req->exchange, &req->in);
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
	return !req->retried && req->upstream->reused && !req->late && !req->heard &&
	       is_idempotent(&req->in) && flow_can_replay(&req->up);
}

static enum go give_up(struct request *req)
{
	int err = req->failed;
	bool again = may_retry(req);

	request_let_go(req);
	if (again) {
		req->retried = true;
		flow_rewind(&req->up);
		return GO_RETRY;
	}
	if (err == UV_ETIMEDOUT) {
		answer_with(req, ANSWER_upstream_timeout,
			SLICE("Gateway Timeout: upstream did not answer"));
	} else if (err == UV_EPROTO) {
		answer_with(req, ANSWER_upstream_malformed,
			SLICE("Bad Gateway: upstream answer malformed"));
	} else {
		answer_with(req, ANSWER_upstream_failed, SLICE("Bad Gateway: upstream failed"));
	}
	return GO_ANSWER;
}

enum go step_exchange(struct request *req)
{
	if (req->exchange == NULL) {
		begin(req);
	}
	if (req->head_came) {
		return GO_ON;
	}
	/* An upstream that stops reading may still have answered: what it said decides, so a body
	 * that could not be sent is no failure by itself. */
	return req->failed != 0 ? give_up(req) : GO_WAIT;
}
