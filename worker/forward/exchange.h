/* exchange.h - the upstream's side of one request, whatever it speaks: a protocol reports what
 * comes of the answer, and here are the rules of it: how long each part may take, what is passed
 * on, and what an answer that breaks off means. */

#pragma once

#include <stdbool.h>

#include "common/slice.h"
#include "worker/deadline.h"
#include "worker/side.h"

enum exchange_state {
	EXCHANGE_SILENT,   /* nothing of an answer has come */
	EXCHANGE_HEARD,    /* something has */
	EXCHANGE_ANSWERED, /* its head is in req->out, and its body goes to req->down */
	EXCHANGE_DEAD,     /* the upstream left in silence, as a pooled connection may */
	EXCHANGE_FAILED,   /* it left later, or said nonsense, or was too late */
};

/* A protocol embeds it, zeroed, in what it has of a request: it ends with the request's memory. */
struct exchange {
	struct side side;
	enum exchange_state state;  /* moved by exchange_move only */
	int failed;                 /* DEAD or FAILED: why */
	bool said_all;              /* the whole request is on its way */
	unsigned interims;          /* heads that were not the final one */
	struct deadline continuing; /* the caller waits for a 100 */
};

/* The connection is the request's. Sets req->exchange. */
void exchange_init(struct exchange *exchange, const struct side_ops *ops, struct request *req);

/* What a protocol reports, in the order in which it happens. */
bool exchange_hears(struct exchange *exchange); /* bytes; false: nothing more is wanted */
bool exchange_head(struct exchange *exchange);  /* in req->out; false: another one follows it */
void exchange_body(struct exchange *exchange, struct slice piece); /* borrowed until _pause */
void exchange_end(struct exchange *exchange, struct header *trailers, size_t count);
void exchange_pause(struct exchange *exchange); /* that is all in what was read */

/* ... and at any time: what came is no answer, or the upstream is lost; it has read all that was
 * sent. */
void exchange_failed(struct exchange *exchange, int err);
void exchange_drained(struct exchange *exchange);

/* What a protocol tells of its own operations: the result of a send, which is handed back, and that
 * it holds the upstream or lets it go on. */
int exchange_sent(struct exchange *exchange, int result, bool last);
void exchange_held(struct exchange *exchange, bool held);

/* From the steps, as side_ops has it. The request has neither exchange nor upstream after it. */
void exchange_release(struct exchange *exchange, bool whole);
