/* access.h - the log lines of a request (spec/observability.md section 4). */

#pragma once

struct request;

/* The caller is known: "incoming request". The rest is STEP_access. */
void access_arrived(struct request *req);
