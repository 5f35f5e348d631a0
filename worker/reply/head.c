/* head.c - STEP_head: what of the head goes back: the upstream's without what is not for the
 * caller, or our own. */

#include "worker/reply/scrub.h"
#include "worker/request.h"

enum go step_head(struct request *req)
{
	if (req->answer.kind != ANSWER_NONE) {
		answer_write(req);
	} else {
		scrub_response(&req->out);
	}
	return GO_ON;
}
