/* credential.c - STEP_credential: put our credential on. Last of all that changes the request, so
 * that nothing the caller sent can take it off again. */

#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

enum go step_credential(struct request *req)
{
	const struct route *route = req->route;
	struct call call = {
		.message = &req->in,
		.arena = req->arena,
		.random = req->worker->random,
	};

	for (size_t i = 0; i < route->outgoing_count; i++) {
		const struct outgoing_use *out = &route->outgoing[i];

		if (out->plugin->apply(&out->use, &call) == VERDICT_PASS) {
			continue;
		}
		answer_about(req,
			req->worker->snapshot->settings.compat ? ANSWER_outgoing_auth_failed_compat
							       : ANSWER_outgoing_auth_failed,
			route->integration->name);
		req->answer.detail = slice_of(call.reason);
		return GO_ANSWER;
	}
	return GO_ON;
}
