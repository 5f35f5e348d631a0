/* query_fuzz.c - any query: what has no fault says the same when it is written anew. */

#include <stdint.h>

#include "common/check.h"
#include "common/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { MAX = 64 };

/* Every byte escaped. */
static struct slice escaped(struct slice text, struct arena *arena)
{
	struct slice sum = SLICE("");

	for (size_t i = 0; i < text.len; i++) {
		sum = arena_join(arena, sum,
			arena_printf(arena, "%%%02x", (unsigned)(unsigned char)text.at[i]));
	}
	return sum;
}

static struct slice written(const struct query *query, struct arena *arena)
{
	struct slice sum = SLICE("");

	for (size_t i = 0; i < query->count; i++) {
		struct slice pair =
			arena_join(arena, escaped(query->pairs[i].name, arena), SLICE("="));

		sum = arena_join(arena, sum, i == 0 ? SLICE("") : SLICE("&"));
		sum = arena_join(arena, sum, pair);
		sum = arena_join(arena, sum, escaped(query->pairs[i].value, arena));
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice raw = { (const char *)bytes, len };
	struct arena *arena = arena_new("fuzz", 4096);
	struct query query, again;

	query_read(raw, MAX, arena, &query);
	check(query.count <= MAX);
	for (size_t i = 0; i < query.count; i++) {
		check(memchr(query.pairs[i].name.at, '\0', query.pairs[i].name.len) == NULL);
		check(!query_name_resembles(query.pairs[i].name, query.pairs[i].name));
		(void)query_name_resembles(query.pairs[i].name, query.pairs[i].value);
	}
	query_read(written(&query, arena), MAX, arena, &again);
	check(again.fault == NULL && again.count == query.count);
	for (size_t i = 0; i < query.count; i++) {
		check(slice_equal(again.pairs[i].name, query.pairs[i].name));
		check(slice_equal(again.pairs[i].value, query.pairs[i].value));
	}
	arena_free(&arena);
	return 0;
}
