/* side.h - one side of a request: its caller or its upstream. A protocol implements the operations,
 * so flow.c passes bodies from one to the other and never asks which is which. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/message.h"
#include "worker/deadline.h"

struct request;
struct side;

/* What stands behind a body. */
struct trailers {
	const struct header *at;
	size_t count;
};

struct side_ops {
	/* Takes the head down; it goes out with the first piece of body, or at once when `last`.
	 * Returns like send_body. */
	int (*send_head)(struct side *side, const struct message *m, bool last);

	/* Sends a piece, in the framing that the head announced. `end`: NULL while more will come;
	 * else this is the last, and what stands behind it. 0; 1: sent, but hold the next until
	 * flow_drained; negative: the peer is lost. An empty piece that is not the last sends the
	 * head alone. */
	int (*send_body)(struct side *side, struct slice piece, const struct trailers *end);

	/* Since the last call (or send) the peer has read something of what waits. */
	bool (*moves)(struct side *side);

	/* Stop taking bytes of the body from the network; go on. */
	void (*hold)(struct side *side, bool hold);

	/* The request is over for this side. `whole`: both bodies went through, so the connection
	 * can serve another; else it is broken off so that the peer notices. The side is gone after
	 * it. */
	void (*release)(struct side *side, bool whole);
};

/* accept/caller.h and forward/exchange.h make the two of it. */
struct side {
	const struct side_ops *ops;
	struct request *req;
	struct deadline reading;          /* what was sent */
	void (*stuck)(struct side *side); /* it does not read */
};

/* The end of a body behind which nothing stands. Returns like send_body. */
int side_send_end(struct side *side);

/* Something waits for the peer to read it. Slow is fine as long as it moves; else `stuck`. */
void side_wait(struct side *side);
void side_drained(struct side *side); /* nothing waits any more */
