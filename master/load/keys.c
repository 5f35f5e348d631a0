/* keys.c - finds keys that stand twice, and puts in what merge keys ask for. */

#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "master/load/keys.h"
#include "master/load/quote.h"

/* A pair that may belong to the mapping. Of those with the same key the lowest source is taken. */
struct candidate {
	struct yaml_pair pair;
	size_t source; /* 0: the mapping itself; 1, 2, ...: what its merge key names, in that order
			*/
	size_t order;  /* within the source */
};

struct candidates {
	struct candidate *items;
	size_t count;
};

static bool is_merge_key(const struct yaml *key)
{
	return key->plain && slice_equal(key->text, SLICE("<<")) &&
	       (key->tag.len == 0 || slice_equal(key->tag, SLICE("tag:yaml.org,2002:merge")));
}

static int by_source(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->source != y->source) {
		return x->source < y->source ? -1 : 1;
	}
	return (x->order > y->order) - (x->order < y->order);
}

static int by_key(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = slice_compare(x->pair.key->text, y->pair.key->text);

	return order != 0 ? order : by_source(a, b);
}

/* What a merge key names: one mapping, or a list of them. */
static int check_merged(const struct yaml *value, struct note *why)
{
	if (value->kind == YAML_SCALAR) {
		return yaml_fail(value, why, "a merge key takes a mapping or a list of mappings");
	}
	for (size_t i = 0; value->kind == YAML_LIST && i < value->count; i++) {
		if (value->items[i]->kind != YAML_MAP) {
			return yaml_fail(value->items[i], why, "a merge key takes mappings only");
		}
	}
	return 0;
}

/* Finds the merge key; NULL when there is none. */
static int find_merged(const struct yaml *map, const struct yaml **merged, struct note *why)
{
	*merged = NULL;
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml *key = map->pairs[i].key;

		if (key->kind != YAML_SCALAR) {
			return yaml_fail(key, why,
				"a key of a mapping must be a word, not a list or a mapping");
		}
		if (is_merge_key(key)) {
			*merged = map->pairs[i].value;
		}
	}
	return *merged == NULL ? 0 : check_merged(*merged, why);
}

static void add_pairs(struct candidates *all, const struct yaml *map, size_t source)
{
	struct candidate *more =
		reallocarray(all->items, all->count + map->count + 1, sizeof(*all->items));

	check(more != NULL);
	all->items = more;
	for (size_t i = 0; i < map->count; i++) {
		all->items[all->count++] = (struct candidate){ map->pairs[i], source, i };
	}
}

/* The mapping's own pairs, and those that its merge key asks for. */
static int gather(const struct yaml *map, struct candidates *all, struct note *why)
{
	const struct yaml *merged;
	int err = find_merged(map, &merged, why);

	if (err < 0) {
		return err;
	}
	add_pairs(all, map, 0);
	if (merged != NULL && merged->kind == YAML_MAP) {
		add_pairs(all, merged, 1);
	}
	for (size_t i = 0; merged != NULL && merged->kind == YAML_LIST && i < merged->count; i++) {
		add_pairs(all, merged->items[i], i + 1);
	}
	return 0;
}

/* Keeps one pair for each key. Two of the mapping itself are an error; the first such is told. */
static int unite(struct candidates *all, struct note *why)
{
	const struct yaml *again = NULL, *first = NULL;
	size_t kept = 0, order = SIZE_MAX;

	qsort(all->items, all->count, sizeof(*all->items), by_key);
	for (size_t i = 0; i < all->count; i++) {
		const struct candidate c = all->items[i];
		const struct yaml *last = kept == 0 ? NULL : all->items[kept - 1].pair.key;

		if (last == NULL || !slice_equal(c.pair.key->text, last->text)) {
			all->items[kept++] = c;
		} else if (c.source == 0 && c.order < order) {
			again = c.pair.key;
			first = last;
			order = c.order;
		}
	}
	if (again != NULL) {
		return yaml_fail(again, why, "mapping key %s already defined at line %u, column %u",
			quote(again->text).text, first->line, first->column);
	}
	all->count = kept;
	qsort(all->items, all->count, sizeof(*all->items), by_source);
	return 0;
}

int keys_settle(struct yaml *map, struct arena *arena, struct note *why)
{
	struct candidates all = { NULL, 0 };
	int err = gather(map, &all, why);

	if (err == 0) {
		err = unite(&all, why);
	}
	if (err == 0) {
		if (all.count > map->count) {
			map->pairs = arena_alloc(arena, all.count, sizeof(*map->pairs));
		}
		map->count = 0;
		for (size_t i = 0; i < all.count; i++) {
			if (!is_merge_key(all.items[i].pair.key)) {
				map->pairs[map->count++] = all.items[i].pair;
			}
		}
	}
	free(all.items);
	return err;
}
