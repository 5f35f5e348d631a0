/* http1.h - an upstream that speaks HTTP/1: the request goes out as bytes, its answer's bytes
 * become req->out and req->down. */

#pragma once

#include "worker/forward/pool.h"

extern const struct upstream_protocol upstream_http1;
