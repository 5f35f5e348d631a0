/* demo_upstream.h - a small upstream for the demo, on a port of the loopback interface: it answers
 * every request with what it received. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/note.h"
#include "common/slice.h"

enum { DEMO_REQUEST_BYTES = 64 * 1024 };

struct demo_visit;

struct demo_upstream {
	uv_tcp_t listener;
	uint16_t port; /* 0: not open */
	unsigned requests;
	char last[DEMO_REQUEST_BYTES]; /* the request that came last, as it came */
	size_t last_len;
	struct demo_visit *visits; /* connections, in a list */
	unsigned visit_count;
};

int demo_upstream_open(struct demo_upstream *upstream, uv_loop_t *loop, struct note *why);

/* Closes its handles; the loop has to turn for that. Not open is fine. */
void demo_upstream_close(struct demo_upstream *upstream);

struct slice demo_upstream_last(const struct demo_upstream *upstream);
