/* side.h - one side of a request: its caller or its upstream. HTTP/1 (and later HTTP/2) implements
 * it for both, so reply/relay.c pumps from one to the other and never asks which is which. */

#pragma once

#include <stdbool.h>

#include "common/message.h"

struct side;

struct side_ops {
	/* Takes the head down; it goes out with the first piece of body, or at once when `last`.
	 * Returns like send_body. */
	int (*send_head)(struct side *side, const struct message *m, bool last);

	/* Sends a piece, in the framing that the head announced. 0; 1: sent, but hold the next
	 * until flow_drained; negative: the peer is lost. An empty piece that is not the last sends
	 * the head alone. */
	int (*send_body)(struct side *side, struct slice piece, bool last);

	/* What stands behind a chunked body; for the next send_body that is the last. */
	void (*add_trailers)(struct side *side, const struct header *trailers, size_t count);

	/* A head that is not the final one (1xx). */
	int (*send_interim)(struct side *side, const struct message *m);

	/* Stop taking bytes of the body from the network; go on. */
	void (*hold)(struct side *side, bool hold);

	/* The request is over for this side. `whole`: both bodies went through, so the connection
	 * can serve another; else it is broken off so that the peer notices. The side is gone after
	 * it. */
	void (*release)(struct side *side, bool whole);
};

struct side {
	const struct side_ops *ops;
	struct request *req;
};
