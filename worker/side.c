/* side.c - what both sides do alike: ending a body, and how long a peer may leave it unread. */

#include "worker/side.h"

#include "common/check.h"
#include "common/limits.h"
#include "worker/request.h"
#include "worker/worker.h"

int side_send_end(struct side *side)
{
	static const struct trailers none = { NULL, 0 };
	static const struct slice nothing = { NULL, 0 };

	return side->ops->send_body(side, nothing, &none);
}

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
