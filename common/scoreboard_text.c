/* scoreboard_text.c - the Prometheus text of all counters, in the reference's order. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/scoreboard.h"
#include "common/scoreboard_cells.h"

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

/* Has anybody ever written to the cells [from, to) of this row? It spares searching them all. */
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
			uint64_t value = total(page->board, page->rows[i].series,
				scoreboard_refusal_cell(why, status));

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
