/* scoreboard_cells.h - how the counters lie in their memory: for scoreboard.c, which counts, and
 * scoreboard_text.c, which tells. Nobody else includes it. */

#pragma once

#include "common/limits.h"
#include "common/scoreboard.h"

enum {
	NAME_ROOM = LIMIT_NAME_BYTES + 1,
	BUCKETS = 8, /* of a histogram, the last one without an upper bound */
	STATUS_FIRST = 100,
	STATUSES = 500,
	REFUSED_FIRST = 400, /* our own refusals are 4xx and 5xx */
	REFUSED_STATUSES = 200,

	/* A row, cell by cell. */
	CELL_REQUESTS = 0,
	CELL_AUTH_FAILURES,
	CELL_RATE_LIMITED,
	CELL_DURATIONS,
	DURATION_CELLS = BUCKETS + 1, /* the buckets, then the sum in nanoseconds */
	CELL_RESPONSES = CELL_DURATIONS + DURATION_COUNT * DURATION_CELLS,
	CELL_REFUSALS = CELL_RESPONSES + STATUSES,
	CELLS = CELL_REFUSALS + REFUSAL_COUNT * REFUSED_STATUSES,
	BLOCK_CELLS = 64,
};

/* One worker's counters. Most of the memory is never written, and a page that nobody wrote costs
 * nothing as long as nobody reads it either: `touched` has a bit for each block of cells that holds
 * something, and only those are read. */
struct stripe {
	_Atomic uint64_t touched[LIMIT_SERIES];
	_Atomic uint64_t cells[LIMIT_SERIES][CELLS];
};

_Static_assert(CELLS <= 64 * BLOCK_CELLS, "one bit for each block of a row");

struct shared {
	uint64_t magic;
	_Atomic uint32_t series;
	char names[LIMIT_SERIES][NAME_ROOM];
	struct stripe stripes[];
};

struct scoreboard {
	struct shared *shared;
	size_t mapped;
	unsigned stripes;
	unsigned mine; /* the stripe that this process writes */

	/* The master's own account of the names: workers can write to the shared one. NULL in
	 * workers. */
	char (*names)[NAME_ROOM];
	unsigned series;
};

static inline unsigned scoreboard_refusal_cell(enum refusal why, unsigned status)
{
	return CELL_REFUSALS + (unsigned)why * REFUSED_STATUSES + (status - REFUSED_FIRST);
}
