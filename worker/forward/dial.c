/* dial.c - STEP_dial: a connection to the target, from the pool or a new one. */

#include <uv.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/url.h"
#include "worker/forward/pool.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

static void on_late(struct deadline *deadline)
{
	struct request *req = container_of(deadline, struct request, deadline);

	req->failed = UV_ETIMEDOUT;
	request_ready(req);
}

static void start(struct request *req)
{
	req->failed = 0;
	deadline_set(req->worker->deadlines, &req->deadline, LIMIT_DIAL_MS, on_late);
	req->upstream = pool_dial(req->route->pool, req, req->target->host_name, req->port);
}

/* The connection did not come: another address, or our own answer. */
static enum go give_up(struct request *req)
{
	int err = req->failed;

	pool_give_back(req->upstream, false);
	req->upstream = NULL;
	req->tried++;
	if (req->tried < req->addresses && req->tried < LIMIT_DIALS) {
		start(req);
		return GO_WAIT;
	}
	deadline_clear(&req->deadline);
	if (err == UV_EAI_NONAME) {
		answer_with(req, ANSWER_upstream_unresolved,
			SLICE("Bad Gateway: upstream name not resolved"));
	} else if (err == UV_ETIMEDOUT) {
		answer_with(req, ANSWER_upstream_timeout,
			SLICE("Gateway Timeout: no connection to upstream"));
	} else {
		answer_with(req, ANSWER_upstream_unreachable,
			SLICE("Bad Gateway: upstream not reachable"));
	}
	return GO_ANSWER;
}

enum go step_dial(struct request *req)
{
	if (req->upstream == NULL) {
		/* After one pooled connection turned out to be dead, so are its siblings. */
		req->upstream = req->retried ? NULL
					     : pool_take(req->route->pool, req,
						       req->target->host_name, req->port);
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
	deadline_clear(&req->deadline);
	return GO_ON;
}
