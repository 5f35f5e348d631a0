/* conversation.h - a worker in the middle, with the test as its callers and as their upstream: both
 * ends are sockets, and what they say and hear is text. */

#pragma once

#include "test/lib/worker_fixture.h"

/* Two integrations that let everything through: "a" to the test, "named" to there by a name, which
 * the worker has to ask its master for. */
struct conversation {
	struct worker_fixture fixture;
	struct integration integrations[2];
	char destinations[2][64];
	int listener; /* the upstream's */
	int caller;   /* the test's ends of the newest connections; -1: there is none (any more) */
	int upstream;
	int crowd; /* who waits at the listener, and lets nobody else through; -1: nobody */
};

void conversation_open(struct conversation *c);
void conversation_close(struct conversation *c); /* with both ends */

void conversation_call(struct conversation *c);   /* a caller comes */
void conversation_answer(struct conversation *c); /* the upstream takes a connection */

/* From now on, nobody gets through to the upstream. */
void conversation_crowd(struct conversation *c);

/* A connected pair of TCP sockets; the second does not block. */
void conversation_pair(int ends[2]);

/* Says all of it, and turns the loop once. */
void conversation_say(struct conversation *c, int end, const char *text);

/* Turns the loop until what has come ends in `text`, and returns all of that, until the next call.
 * The process ends if it does not come. */
struct slice conversation_hear(struct conversation *c, int end, const char *text);

/* Turns until that end sees the connection end: 0, or negative when it was reset. */
int conversation_end(struct conversation *c, int end);

void conversation_leave(int *end); /* in order ... */
void conversation_reset(int *end); /* ... or not; *end is -1 then */

/* Lets time pass, and whatever is late be so. */
void conversation_wait(struct conversation *c, uint64_t ms);

/* The master has the worker drain. */
void conversation_drain(struct conversation *c, uint32_t within_ms, bool hand_over);

/* Turns until nothing of a request is left in the worker, and no connection. */
void conversation_until_gone(struct conversation *c);
