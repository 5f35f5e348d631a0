/* control_queue.h - what one side has to say and the socket does not take yet: in order, within a
 * bound. There is no loop in it: its owner asks whether anything waits, and flushes when it may. */

#pragma once

#include <stdbool.h>

#include "common/control.h"

struct control_parcel;

/* Begin with { .socket = ... }, which stays the owner's; end with control_queue_clear. */
struct control_queue {
	int socket;
	struct control_parcel *first, *last;
	unsigned count;
};

/* Sends a message, or keeps a copy of it, and of its descriptor, behind those that wait. 0;
 * -ENOBUFS when LIMIT_CONTROL_QUEUE wait already; or why it can't be sent or kept. */
int control_queue_put(
	struct control_queue *queue, enum control_type type, struct slice payload, int fd);

/* Sends what waits. 0 when all of it is sent; -EAGAIN when the socket is full before that. Another
 * error is the end of the conversation: a message is lost, and those behind it are dropped. */
int control_queue_flush(struct control_queue *queue);

bool control_queue_is_empty(const struct control_queue *queue);
bool control_queue_has_room(const struct control_queue *queue);

/* Drops what waits: payloads are wiped, descriptors closed. */
void control_queue_clear(struct control_queue *queue);
