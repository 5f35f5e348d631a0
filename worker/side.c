/* side.c - how long a peer may leave unread what was sent to it. */

#include "worker/side.h"

#include "common/check.h"
#include "common/limits.h"
#include "worker/request.h"
#include "worker/worker.h"

static void on_reading_late(struct deadline *deadline)
{
	struct side *side = container_of(deadline, struct side, reading);

	if (side->ops->moves(side)) {
		side_wait(side);
	} else {
		side->stuck(side);
	}
}

void side_wait(struct side *side)
{
	deadline_set(
		side->req->worker->deadlines, &side->reading, LIMIT_BODY_PAUSE_MS, on_reading_late);
}

void side_drained(struct side *side)
{
	deadline_clear(&side->reading);
}
