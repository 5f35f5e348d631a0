/* http1.h - an upstream that speaks HTTP/1: the request goes out as bytes, its answer's bytes
 * become req->out and req->down. */

#pragma once

#include "common/slice.h"

struct request;
struct upstream;

/* Sets req->exchange; req->upstream is open. */
void http1_upstream_begin(struct request *req);

/* What the connection hears. */
void http1_upstream_bytes(struct upstream *up, struct slice bytes);
void http1_upstream_ended(struct upstream *up, int err);
void http1_upstream_drained(struct upstream *up);
