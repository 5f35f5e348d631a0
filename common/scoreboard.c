/* scoreboard.c - makes the counters' shared memory, and counts in it. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/check.h"
#include "common/scoreboard.h"
#include "common/scoreboard_cells.h"

#define MAGIC UINT64_C(0x3164726f62746161) /* "aatbord1", so that nothing else passes for it */

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static const uint64_t bucket_ns[BUCKETS - 1] = {
	100000000,
	250000000,
	500000000,
	1000000000,
	2500000000,
	5000000000,
	10000000000,
};

static int map(int fd, unsigned stripes, struct scoreboard **out, struct note *why)
{
	size_t size = sizeof(struct shared) + stripes * sizeof(struct stripe);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct scoreboard *board;

	if (memory == MAP_FAILED) {
		return note_fail(why, -errno, "scoreboard: mmap: %s", strerror(errno));
	}
	board = calloc(1, sizeof(*board));
	check(board != NULL);
	board->shared = memory;
	board->mapped = size;
	board->stripes = stripes;
	*out = board;
	return 0;
}

int scoreboard_create(unsigned stripes, struct scoreboard **out, int *fd, struct note *why)
{
	size_t size = sizeof(struct shared) + stripes * sizeof(struct stripe);
	int made = memfd_create("authtranslator-scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct scoreboard *board = NULL;
	int err;

	check(stripes > 0 && stripes <= LIMIT_WORKERS);
	if (made < 0) {
		return note_fail(why, -errno, "scoreboard: memfd_create: %s", strerror(errno));
	}
	/* Sealed in size: a worker that could shrink it could end everybody with SIGBUS. */
	if (ftruncate(made, (off_t)size) < 0 || fcntl(made, F_ADD_SEALS, SEALS) < 0) {
		err = note_fail(why, -errno, "scoreboard: %s", strerror(errno));
		goto fail;
	}
	err = map(made, stripes, &board, why);
	if (err < 0) {
		goto fail;
	}
	board->names = calloc(LIMIT_SERIES, NAME_ROOM);
	check(board->names != NULL);
	board->shared->magic = MAGIC;
	check(scoreboard_series(board, SLICE("unknown")) == SERIES_UNKNOWN);
	*out = board;
	*fd = made;
	return 0;

fail:
	close(made);
	return err;
}

int scoreboard_open(int fd, unsigned stripe, struct scoreboard **out, struct note *why)
{
	struct scoreboard *board;
	struct stat file;
	size_t rest;
	int err;

	if (fstat(fd, &file) < 0 || (fcntl(fd, F_GET_SEALS) & SEALS) != SEALS) {
		return note_fail(why, -EINVAL, "scoreboard: not a sealed memory file");
	}
	rest = (size_t)file.st_size - sizeof(struct shared);
	if ((size_t)file.st_size < sizeof(struct shared) || rest % sizeof(struct stripe) != 0 ||
		rest / sizeof(struct stripe) > LIMIT_WORKERS ||
		rest / sizeof(struct stripe) <= stripe) {
		return note_fail(why, -EINVAL, "scoreboard: wrong size");
	}
	err = map(fd, (unsigned)(rest / sizeof(struct stripe)), &board, why);
	if (err < 0) {
		return err;
	}
	if (board->shared->magic != MAGIC) {
		scoreboard_close(&board);
		return note_fail(why, -EINVAL, "scoreboard: not one of ours");
	}
	board->mine = stripe;
	*out = board;
	return 0;
}

void scoreboard_close(struct scoreboard **board)
{
	if (*board == NULL) {
		return;
	}
	check(munmap((*board)->shared, (*board)->mapped) == 0);
	free((*board)->names);
	free(*board);
	*board = NULL;
}

unsigned scoreboard_series(struct scoreboard *board, struct slice name)
{
	unsigned at;

	check(board->names != NULL);
	for (at = 0; at < board->series; at++) {
		if (slice_equal(slice_of(board->names[at]), name)) {
			return at;
		}
	}
	if (at == LIMIT_SERIES || name.len == 0 || name.len >= NAME_ROOM) {
		return SERIES_UNKNOWN;
	}
	memcpy(board->names[at], name.at, name.len);
	memcpy(board->shared->names[at], board->names[at], NAME_ROOM);
	board->series = at + 1;
	atomic_store_explicit(&board->shared->series, at + 1, memory_order_release);
	return at;
}

static void add(struct scoreboard *board, unsigned series, unsigned cell, uint64_t more)
{
	struct stripe *stripe = &board->shared->stripes[board->mine];
	uint64_t block = UINT64_C(1) << (cell / BLOCK_CELLS);

	check(series < LIMIT_SERIES && cell < CELLS);
	if (!(atomic_load_explicit(&stripe->touched[series], memory_order_relaxed) & block)) {
		atomic_fetch_or_explicit(&stripe->touched[series], block, memory_order_relaxed);
	}
	atomic_fetch_add_explicit(&stripe->cells[series][cell], more, memory_order_relaxed);
}

void scoreboard_request(struct scoreboard *board, unsigned series)
{
	add(board, series, CELL_REQUESTS, 1);
}

void scoreboard_auth_failure(struct scoreboard *board, unsigned series)
{
	add(board, series, CELL_AUTH_FAILURES, 1);
}

void scoreboard_rate_limited(struct scoreboard *board, unsigned series)
{
	add(board, series, CELL_RATE_LIMITED, 1);
}

void scoreboard_refusal(struct scoreboard *board, unsigned series, enum refusal why, int status)
{
	check(why > REFUSAL_none && why < REFUSAL_COUNT);
	check(status >= REFUSED_FIRST && status < REFUSED_FIRST + REFUSED_STATUSES);
	add(board, series, scoreboard_refusal_cell(why, (unsigned)status), 1);
}

/* The status is the upstream's word: one that HTTP does not know has no counter. */
void scoreboard_response(struct scoreboard *board, unsigned series, int status)
{
	if (status >= STATUS_FIRST && status < STATUS_FIRST + STATUSES) {
		add(board, series, CELL_RESPONSES + (unsigned)(status - STATUS_FIRST), 1);
	}
}

void scoreboard_duration(
	struct scoreboard *board, unsigned series, enum duration_kind kind, uint64_t ns)
{
	unsigned first = CELL_DURATIONS + (unsigned)kind * DURATION_CELLS;
	unsigned bucket = 0;

	while (bucket < BUCKETS - 1 && ns > bucket_ns[bucket]) {
		bucket++;
	}
	add(board, series, first + bucket, 1);
	add(board, series, first + BUCKETS, ns);
}
