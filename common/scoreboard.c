/* scoreboard.c - the counters' shared memory, and the Prometheus text made from it. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/scoreboard.h"

#define MAGIC UINT64_C(0x3164726f62746161) /* "aatbord1", so that nothing else passes for it */

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

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

static const uint64_t bucket_ns[BUCKETS - 1] = {
	100000000,
	250000000,
	500000000,
	1000000000,
	2500000000,
	5000000000,
	10000000000,
};

static const char *const bucket_names[BUCKETS] = {
	"0.1",
	"0.25",
	"0.5",
	"1",
	"2.5",
	"5",
	"10",
	"+Inf",
};

static const char *const refusal_names[REFUSAL_COUNT] = {
#define REFUSAL(name) [REFUSAL_##name] = #name,
	REFUSALS(REFUSAL)
#undef REFUSAL
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

static unsigned refusal_cell(enum refusal why, unsigned status)
{
	return CELL_REFUSALS + (unsigned)why * REFUSED_STATUSES + (status - REFUSED_FIRST);
}

void scoreboard_refusal(struct scoreboard *board, unsigned series, enum refusal why, int status)
{
	check(why > REFUSAL_none && why < REFUSAL_COUNT);
	check(status >= REFUSED_FIRST && status < REFUSED_FIRST + REFUSED_STATUSES);
	add(board, series, refusal_cell(why, (unsigned)status), 1);
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

static uint64_t total(const struct scoreboard *board, unsigned series, unsigned cell)
{
	uint64_t block = UINT64_C(1) << (cell / BLOCK_CELLS);
	uint64_t sum = 0;

	for (unsigned i = 0; i < board->stripes; i++) {
		struct stripe *stripe = &board->shared->stripes[i];

		if (atomic_load_explicit(&stripe->touched[series], memory_order_relaxed) & block) {
			sum += atomic_load_explicit(
				&stripe->cells[series][cell], memory_order_relaxed);
		}
	}
	return sum;
}

/* Has anybody ever written to the cells [from, to) of this row? Spares the search of a wide range.
 */
static bool written(const struct scoreboard *board, unsigned series, unsigned from, unsigned to)
{
	uint64_t blocks =
		(UINT64_MAX << from / BLOCK_CELLS) & (UINT64_MAX >> (63 - (to - 1) / BLOCK_CELLS));
	uint64_t touched = 0;

	for (unsigned i = 0; i < board->stripes; i++) {
		touched |= atomic_load_explicit(
			&board->shared->stripes[i].touched[series], memory_order_relaxed);
	}
	return (touched & blocks) != 0;
}

/* A series and what it is called, to be sorted. */
struct named {
	struct slice name;
	unsigned series;
};

static int by_name(const void *a, const void *b)
{
	return slice_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* The order of names that have a '|' behind them, which sorts above every letter: "rlo" comes
 * before "rl". So it is in the families whose key is joined from several labels. */
static int by_name_and_bar(const void *a, const void *b)
{
	struct slice x = ((const struct named *)a)->name;
	struct slice y = ((const struct named *)b)->name;
	size_t both = x.len < y.len ? x.len : y.len;
	int order = memcmp(x.at, y.at, both);

	return order != 0 ? order : (x.len < y.len) - (x.len > y.len);
}

/* What the writers below share: the text that grows, and the series in the order of the family. */
struct page {
	FILE *text;
	const struct scoreboard *board;
	struct named *rows;
	size_t count;
};

static void write_counter(const struct page *page, const char *family, unsigned cell)
{
	fprintf(page->text, "# TYPE %s counter\n", family);
	for (size_t i = 0; i < page->count; i++) {
		uint64_t value = total(page->board, page->rows[i].series, cell);

		if (value > 0) {
			fprintf(page->text, "%s{integration=\"" SLICE_FMT "\"} %" PRIu64 "\n",
				family, SLICE_ARG(page->rows[i].name), value);
		}
	}
}

static void write_histogram(const struct page *page, const char *family, enum duration_kind kind)
{
	unsigned first = CELL_DURATIONS + (unsigned)kind * DURATION_CELLS;

	fprintf(page->text, "# TYPE %s histogram\n", family);
	for (size_t i = 0; i < page->count; i++) {
		struct slice name = page->rows[i].name;
		uint64_t buckets[BUCKETS], count = 0, us;

		for (unsigned b = 0; b < BUCKETS; b++) {
			count += total(page->board, page->rows[i].series, first + b);
			buckets[b] = count;
		}
		if (count == 0) {
			continue;
		}
		for (unsigned b = 0; b < BUCKETS; b++) {
			fprintf(page->text,
				"%s_bucket{integration=\"" SLICE_FMT "\",le=\"%s\"} %" PRIu64 "\n",
				family, SLICE_ARG(name), bucket_names[b], buckets[b]);
		}
		us = (total(page->board, page->rows[i].series, first + BUCKETS) + 500) / 1000;
		fprintf(page->text,
			"%s_sum{integration=\"" SLICE_FMT "\"} %" PRIu64 ".%06" PRIu64 "\n", family,
			SLICE_ARG(name), us / 1000000, us % 1000000);
		fprintf(page->text, "%s_count{integration=\"" SLICE_FMT "\"} %" PRIu64 "\n", family,
			SLICE_ARG(name), count);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(
		refusal_names[*(const enum refusal *)a], refusal_names[*(const enum refusal *)b]);
}

static void write_refusals(const struct page *page, const char *family)
{
	enum refusal sorted[REFUSAL_COUNT - 1];

	for (unsigned i = 1; i < REFUSAL_COUNT; i++) {
		sorted[i - 1] = (enum refusal)i;
	}
	qsort(sorted, REFUSAL_COUNT - 1, sizeof(sorted[0]), by_text);
	fprintf(page->text, "# TYPE %s counter\n", family);
	for (size_t i = 0; i < page->count; i++) {
		if (!written(page->board, page->rows[i].series, CELL_REFUSALS, CELLS)) {
			continue;
		}
		for (unsigned cell = 0; cell < REFUSED_STATUSES * (REFUSAL_COUNT - 1); cell++) {
			unsigned status = REFUSED_FIRST + cell / (REFUSAL_COUNT - 1);
			enum refusal why = sorted[cell % (REFUSAL_COUNT - 1)];
			uint64_t value =
				total(page->board, page->rows[i].series, refusal_cell(why, status));

			if (value > 0) {
				fprintf(page->text,
					"%s{integration=\"" SLICE_FMT
					"\",code=\"%u\",reason=\"%s\"} %" PRIu64 "\n",
					family, SLICE_ARG(page->rows[i].name), status,
					refusal_names[why], value);
			}
		}
	}
}

static void write_responses(const struct page *page, const char *family)
{
	fprintf(page->text, "# TYPE %s counter\n", family);
	for (size_t i = 0; i < page->count; i++) {
		if (!written(page->board, page->rows[i].series, CELL_RESPONSES, CELL_REFUSALS)) {
			continue;
		}
		for (unsigned at = 0; at < STATUSES; at++) {
			uint64_t value =
				total(page->board, page->rows[i].series, CELL_RESPONSES + at);

			if (value > 0) {
				fprintf(page->text,
					"%s{integration=\"" SLICE_FMT "\",code=\"%u\"} %" PRIu64
					"\n",
					family, SLICE_ARG(page->rows[i].name), STATUS_FIRST + at,
					value);
			}
		}
	}
}

/* The names as this process knows them: the master believes its own account only. */
static size_t read_names(const struct scoreboard *board, struct named *rows)
{
	const char(*names)[NAME_ROOM] = (const char(*)[NAME_ROOM])board->names;
	unsigned count = board->series;

	if (names == NULL) {
		names = (const char(*)[NAME_ROOM])board->shared->names;
		count = atomic_load_explicit(&board->shared->series, memory_order_acquire);
	}
	if (count > LIMIT_SERIES) {
		count = LIMIT_SERIES;
	}
	for (unsigned i = 0; i < count; i++) {
		rows[i].name = (struct slice){ names[i], strnlen(names[i], NAME_ROOM) };
		rows[i].series = i;
	}
	return count;
}

char *scoreboard_text(const struct scoreboard *board, size_t *len)
{
	struct named *rows = calloc(LIMIT_SERIES, sizeof(*rows));
	char *text = NULL;
	struct page page = { open_memstream(&text, len), board, rows, 0 };

	check(page.text != NULL && rows != NULL);
	page.count = read_names(board, rows);
	qsort(rows, page.count, sizeof(*rows), by_name);
	write_counter(&page, "authtranslator_requests_total", CELL_REQUESTS);
	write_histogram(&page, "authtranslator_upstream_roundtrip_duration_seconds",
		DURATION_UPSTREAM_ROUNDTRIP);
	write_histogram(&page, "authtranslator_end_to_end_duration_seconds", DURATION_END_TO_END);
	write_histogram(&page, "authtranslator_pre_proxy_duration_seconds", DURATION_PRE_PROXY);
	write_histogram(&page, "authtranslator_response_processing_duration_seconds",
		DURATION_RESPONSE_PROCESSING);
	write_counter(&page, "authtranslator_rate_limit_events_total", CELL_RATE_LIMITED);
	write_counter(&page, "authtranslator_auth_failures_total", CELL_AUTH_FAILURES);
	qsort(rows, page.count, sizeof(*rows), by_name_and_bar);
	write_refusals(&page, "authtranslator_internal_responses_total");
	write_responses(&page, "authtranslator_upstream_responses_total");
	check(fclose(page.text) == 0);
	free(rows);
	return text;
}
