/* drain.h - how a worker leaves: stop accepting and judging, hand the idle connections over, let
 * the requests that it has begun end, and be gone in time. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct drain;
struct worker;

struct drain *drain_new(struct worker *worker);
void drain_free(struct drain **drain);

/* Begins at the end of this turn, when what was read before has been judged. `hand_over`: idle
 * connections go to the next generation through the master; else they are closed. */
void drain_begin(struct drain *drain, uint32_t within_ms, bool hand_over);
bool drain_has_begun(const struct drain *drain);

/* A connection's request is over, or it was idle: hand it over, with the bytes that it kept, or end
 * it. */
void drain_connection(struct drain *drain, struct connection *c);

/* A connection is gone, or a message was sent: perhaps that was the last. */
void drain_proceed(struct drain *drain);
