/* demo_caller.h - a caller for the demo: sends one request and waits for the whole answer. */

#pragma once

#include "common/slice.h"
#include "master/commands/demo_stage.h"

enum { DEMO_ANSWER_BYTES = 64 * 1024 };

struct demo_answer {
	int status;
	char bytes[DEMO_ANSWER_BYTES]; /* all of it, with its head */
	size_t len;
};

/* The request has to say "Connection: close", because the answer is over when the connection is. */
int demo_caller_ask(struct demo_stage *stage, uint16_t port, struct slice request,
	struct demo_answer *out, struct note *why);
