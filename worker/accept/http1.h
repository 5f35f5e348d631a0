/* http1.h - a caller that speaks HTTP/1: its connection's bytes become a request, its answer
 * becomes bytes. */

#pragma once

#include "common/slice.h"

struct connection;

/* What the connection hears. A request begins with its first byte. */
void http1_caller_bytes(struct connection *c, struct slice bytes);
void http1_caller_ended(struct connection *c, int err);
void http1_caller_drained(struct connection *c);

/* The worker drains: a request whose head is not whole yet has not been judged, and moves on with
 * its connection. False: it is being served here. */
bool http1_caller_unwind(struct connection *c);
