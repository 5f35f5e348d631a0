/* identity.c - STEP_identity: who calls? Each incoming plugin in turn verifies, names the caller
 * and removes its proof, so that nothing of it travels upstream. The next one sees what is left. */

#include "worker/report/access.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

static bool prove(struct request *req, const struct incoming_use *in)
{
	struct call call = {
		.message = &req->in,
		.arena = req->arena,
		.random = req->worker->random,
	};
	struct slice id;

	if (in->plugin->verify(&in->use, &call) != VERDICT_PASS) {
		req->answer.detail = slice_of(call.reason);
		return false;
	}
	if (in->plugin->identify != NULL && in->plugin->identify(&in->use, &call, &id)) {
		req->caller_id = id;
	}
	if (in->plugin->strip != NULL) {
		in->plugin->strip(&in->use, &req->in);
	}
	return true;
}

/* The caller learns that it failed; the log, by which plugin's reckoning. */
static enum go refuse(struct request *req)
{
	struct slice reason = req->answer.detail;

	answer_about(req, ANSWER_incoming_auth_failed, req->route->integration->name);
	req->answer.detail = reason;
	return GO_ANSWER;
}

enum go step_identity(struct request *req)
{
	const struct route *route = req->route;

	for (; req->proof < route->incoming_count; req->proof++) {
		if (!prove(req, &route->incoming[req->proof])) {
			return refuse(req);
		}
	}
	access_arrived(req);
	return GO_ON;
}
