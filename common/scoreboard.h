/* scoreboard.h - the counters, in memory that the master makes and every worker shares. One stripe
 * per worker number, summed when somebody asks; a stripe outlives its worker, so no counter ever
 * goes back, neither over a reload nor over a crash. */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/note.h"
#include "common/slice.h"

struct scoreboard;

/* Our own answers: what is counted as authtranslator_internal_responses_total. */
#define REFUSALS(REFUSAL)                                                                          \
	REFUSAL(integration_not_found)                                                             \
	REFUSAL(incoming_auth_failure)                                                             \
	REFUSAL(caller_rate_limited)                                                               \
	REFUSAL(integration_rate_limited)                                                          \
	REFUSAL(denylist_match)                                                                    \
	REFUSAL(no_allowlist_match)                                                                \
	REFUSAL(constraint_failure)                                                                \
	REFUSAL(invalid_destination)                                                               \
	REFUSAL(outgoing_auth_failure)                                                             \
	REFUSAL(no_proxy_configured)                                                               \
	REFUSAL(bad_request)                                                                       \
	REFUSAL(upstream_failure)                                                                  \
	REFUSAL(upstream_timeout)

enum refusal {
	REFUSAL_none,
#define REFUSAL(name) REFUSAL_##name,
	REFUSALS(REFUSAL)
#undef REFUSAL
		REFUSAL_COUNT
};

enum duration_kind {
	DURATION_UPSTREAM_ROUNDTRIP,
	DURATION_END_TO_END,
	DURATION_PRE_PROXY,
	DURATION_RESPONSE_PROCESSING,
	DURATION_COUNT,
};

enum { SERIES_UNKNOWN = 0 }; /* the row of requests that belong to no integration */

/* The master makes it once, for `stripes` workers; *fd is its memfd, to be passed on. */
int scoreboard_create(unsigned stripes, struct scoreboard **out, int *fd, struct note *why);

/* A worker maps what it was given. `stripe` is its worker number. Refuses a memfd of the wrong
 * size. */
int scoreboard_open(int fd, unsigned stripe, struct scoreboard **out, struct note *why);
void scoreboard_close(struct scoreboard **board);

/* Master only: the row of this integration, a new one if it never had one. When all rows are taken,
 * SERIES_UNKNOWN. */
unsigned scoreboard_series(struct scoreboard *board, struct slice name);

/* Worker: one more. Relaxed atomic additions, because two generations may share a stripe. */
void scoreboard_request(struct scoreboard *board, unsigned series);
void scoreboard_auth_failure(struct scoreboard *board, unsigned series);
void scoreboard_rate_limited(struct scoreboard *board, unsigned series);
void scoreboard_refusal(struct scoreboard *board, unsigned series, enum refusal why, int status);
void scoreboard_response(struct scoreboard *board, unsigned series, int status);
void scoreboard_duration(
	struct scoreboard *board, unsigned series, enum duration_kind kind, uint64_t ns);

/* Worker and master: the Prometheus text of spec/observability.md section 1.2. Returns malloc'ed
 * text that the caller frees. */
char *scoreboard_text(const struct scoreboard *board, size_t *len);
