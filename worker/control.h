/* control.h - this worker's end of the conversation with its master (common/control.h). What the
 * master says is an order, and orders.c obeys it. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/note.h"
#include "common/slice.h"

struct control;
struct worker;

/* Takes the channel on CONTROL_FD. */
int control_open(struct worker *worker, struct control **out, struct note *why);
void control_free(struct control **control); /* behind the loop's end */

/* What we say, in the order of the conversation. What the socket does not take at once waits, and
 * what a master that is gone would have been told is forgotten. */

void control_say_ready(struct control *control);
void control_say_failed(struct control *control, const struct note *why);

/* The master is asked for the addresses of a name; they come to resolver_answer. */
int control_resolve(struct control *control, uint32_t question, struct slice name, uint16_t port);

void control_say_draining(struct control *control);

/* The master is asked to give this connection to the next generation. The descriptor is copied; the
 * caller closes its own. -ENOBUFS: not now, until the queue is empty; else negative when it can't
 * be sent. */
int control_hand_over(struct control *control, int fd, struct slice unread);

void control_say_drained(struct control *control); /* and the conversation ends */

bool control_has_room(const struct control *control);
bool control_is_busy(const struct control *control); /* something waits to be sent */
