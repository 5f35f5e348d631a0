/* dial.c - STEP_dial: a connection to the target, from the pool or a new one. */

#include <uv.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/url.h"
#include "worker/forward/http1.h"
#include "worker/forward/pool.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

/* What upstreams speak. */
static const struct upstream_protocol *const spoken = &upstream_http1;

static void on_dialled(struct pool_wait *wait, int err)
{
	struct request *req = container_of(wait, struct request, dial);

	req->failed = err;
	request_ready(req);
}

static void on_late(struct deadline *deadline)
{
	struct request *req = container_of(deadline, struct request, upstream_owes);

	req->failed = UV_ETIMEDOUT;
	request_ready(req);
}

static void start(struct request *req)
{
	req->failed = 0;
	req->dial.dialled = on_dialled;
	deadline_set(req->worker->deadlines, &req->upstream_owes, LIMIT_DIAL_MS, on_late);
	req->upstream =
		pool_dial(req->route->pool, req->target->host_name, req->port, spoken, &req->dial);
}

/* The connection did not come: another address, or our own answer. */
static enum go give_up(struct request *req)
{
	int err = req->failed;

	pool_give_back(req->upstream, false);
	req->upstream = NULL;
	req->dial.tried++;
	if (req->dial.tried < req->dial.addresses && req->dial.tried < LIMIT_DIALS) {
		start(req);
		return GO_WAIT;
	}
	deadline_clear(&req->upstream_owes);
	if (err == UV_EAI_NONAME) {
		answer_with(req, ANSWER_upstream_unresolved);
	} else if (err == UV_ETIMEDOUT) {
		answer_with(req, ANSWER_upstream_unconnected);
	} else {
		answer_with(req, ANSWER_upstream_unreachable);
	}
	return GO_ANSWER;
}

enum go step_dial(struct request *req)
{
	if (req->upstream == NULL) {
		/* After one pooled connection turned out to be dead, so are its siblings. */
		req->upstream = req->retried ? NULL
					     : pool_take(req->route->pool, req->target->host_name,
						       req->port);
		if (req->upstream != NULL) {
			return GO_ON;
		}
		start(req);
	}
	if (req->failed != 0) {
		return give_up(req);
	}
	if (req->upstream->state != UPSTREAM_OPEN) {
		return GO_WAIT;
	}
	deadline_clear(&req->upstream_owes);
	return GO_ON;
}
