/* caller.h - the caller's side of one request, whatever it speaks: a protocol reports what comes of
 * the request, and here are the rules of it: how long each part may take, and what becomes of a
 * caller that breaks off. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/message.h"
#include "common/slice.h"
#include "worker/deadline.h"
#include "worker/reply/answer.h"
#include "worker/side.h"

struct caller;

struct caller_ops {
	struct side_ops side;

	/* A head that is not the final one (1xx). Returns like send_body. */
	int (*send_interim)(struct caller *caller, const struct message *m);
};

/* A protocol embeds it, zeroed, in what it has of a request: it ends with the request's memory. */
struct caller {
	struct side side;
	const struct caller_ops *ops;
	bool judged;                         /* the head is whole, or refused: it is served here */
	struct deadline read_by, written_by; /* -read-timeout and -write-timeout, where given */
};

/* The first bytes of a request have come. Sets req->caller. */
void caller_init(struct caller *caller, const struct caller_ops *ops, struct request *req);

/* What a protocol reports, in the order in which it happens. The head is in req->in. */
void caller_begun(struct caller *caller); /* there is a piece of a head; the rest is to come */
void caller_head(struct caller *caller);  /* it is whole: the journey begins */
void caller_body(struct caller *caller, struct slice piece); /* borrowed until _pause or _end */
void caller_pause(struct caller *caller); /* that is all of it in what was read */
void caller_end(struct caller *caller);   /* once or more; the request is whole */

/* ... and at any time: what has come is not HTTP; the caller has sent all it will (0), or is lost;
 * it has read all that was sent. */
void caller_refuse(struct caller *caller, enum answer_kind kind, int status, const char *reason);
void caller_left(struct caller *caller, int err);
void caller_drained(struct caller *caller);

/* The request has not been judged, so it can be forgotten here: its bytes are judged by whoever
 * gets them next. False: it is being served. */
bool caller_unwind(struct caller *caller);

/* What a protocol tells of its own operations: the result of a send, which is handed back, and that
 * it holds the caller or lets it go on. */
int caller_sent(struct caller *caller, int result);
void caller_held(struct caller *caller, bool held);

/* From the steps. */
void caller_send_interim(struct caller *caller, const struct message *m);
void caller_release(struct caller *caller, bool whole); /* as side_ops has it */
