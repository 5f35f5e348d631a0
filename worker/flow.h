/* flow.h - one body on its way from one side of a request to the other, with back-pressure. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/message.h"
#include "worker/side.h"

/* Until it is opened, bytes wait in the request's arena; from then on they are written from where
 * they were read, all pieces of one read at once. Whoever fills it is held as long as whoever takes
 * it is full, so at most LIMIT_WAITING_BYTES and one read wait at any time. Embed it, zeroed. */
struct flow {
	struct side *from; /* NULL: our own answer */
	struct side *to;   /* NULL until it is opened */
	struct arena *arena;
	char *waiting;
	size_t waiting_len, waiting_room;
	struct slice joined; /* pieces of this read: the only one, or in the worker's join_buffer */
	uint64_t passed;     /* bytes that came in */
	struct trailers trailers;
	bool ended;    /* the last byte came in */
	bool finished; /* ... and went out */
	bool full;     /* `to` asked to hold */
	bool broken;   /* `to` is lost */
};

/* The source's reports. */
void flow_push(struct flow *flow, struct slice piece); /* borrowed until flow_flush or flow_end */
void flow_flush(struct flow *flow);                    /* that is all in what was read */
void flow_end(struct flow *flow, struct trailers trailers);

/* Sends `head` and what waits to `to`, and lets the rest pass. */
void flow_open(struct flow *flow, struct side *to, const struct message *head);

/* The receiver's report: it takes more. */
void flow_drained(struct flow *flow);

/* Everything that came in still waits here, so it could be sent once more. */
bool flow_can_replay(const struct flow *flow);
void flow_rewind(struct flow *flow);
