/* relay.c - STEP_relay: head and body go back to the caller, while what is left of the request's
 * body still goes up. It is over when the answer is: an upstream may well answer before it has
 * heard all. */

#include <uv.h>

#include "worker/accept/caller.h"
#include "worker/request.h"

enum go step_relay(struct request *req)
{
	if (req->down.to == NULL) {
		req->processed_ns = uv_hrtime();
		flow_open(&req->down, &req->caller->side, &req->out);
	}
	if (req->down.broken) {
		return GO_BROKEN;
	}
	return req->down.finished ? GO_ON : GO_WAIT;
}
