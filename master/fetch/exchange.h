/* exchange.h - one request and its answer over one connection, read in full. */

#pragma once

#include "common/message.h"
#include "master/fetch/transport.h"

/* `request->body_length` bytes of body, if it has one. */
int exchange_ask(struct transport *transport, const struct message *request, struct slice body,
	struct note *why);

/* The head goes to `answer`, whose arena is set; the body, of at most `max` bytes, is the caller's
 * to wipe and to free. `body` is NULL for the answer to CONNECT, which has none. Refused: an answer
 * whose end can't be told from a cut, and a compressed one. */
int exchange_hear(struct transport *transport, size_t max, struct message *answer,
	struct slice *body, struct note *why);
