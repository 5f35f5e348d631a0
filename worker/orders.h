/* orders.h - what the master tells this worker to know and to do. */

#pragma once

#include "common/control.h"

struct worker;

/* Does what an order says that came by the rules (control_from_master). Takes its descriptor. A
 * negative result, with a note, ends the conversation: the order made no sense. */
int orders_obey(struct worker *worker, struct control_message *message, struct note *why);
