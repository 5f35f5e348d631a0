/* rule_key.c - writes a rule down in the one way that does not depend on the order of its keys. */

#include <stdlib.h>

#include "common/wire.h"
#include "master/load/rule_key.h"

static int by_name(const void *a, const void *b)
{
	const struct policy_values *x = a, *y = b;

	return slice_compare(x->name, y->name);
}

static int by_key(const void *a, const void *b)
{
	const struct value_entry *x = a, *y = b;

	return slice_compare(x->key, y->key);
}

static void *sorted(const struct list *list, size_t size, int (*order)(const void *, const void *),
	struct arena *arena)
{
	void *items = arena_room(arena, list->count, size);

	if (list->count > 0) {
		memcpy(items, list->items, list->count * size);
		qsort(items, list->count, size, order);
	}
	return items;
}

static void put_values(struct wire_writer *w, const struct list *list, struct arena *arena)
{
	const struct policy_values *values = sorted(list, sizeof(*values), by_name, arena);

	wire_put_u32(w, (uint32_t)list->count);
	for (size_t i = 0; i < list->count; i++) {
		field_encode(policy_values_fields, &values[i], w);
	}
}

static void put_value(struct wire_writer *w, const struct value *value, struct arena *arena);

static void put_map(struct wire_writer *w, const struct list *map, struct arena *arena)
{
	const struct value_entry *entries = sorted(map, sizeof(*entries), by_key, arena);

	for (size_t i = 0; i < map->count; i++) {
		wire_put_slice(w, entries[i].key);
		put_value(w, &entries[i].value, arena);
	}
}

static void put_value(struct wire_writer *w, const struct value *value, struct arena *arena)
{
	if (value->kind != VALUE_MAP && value->kind != VALUE_LIST) {
		value_encode(value, w);
		return;
	}
	wire_put_u8(w, (uint8_t)value->kind);
	wire_put_u32(w, (uint32_t)value->items.count);
	if (value->kind == VALUE_MAP) {
		put_map(w, &value->items, arena);
		return;
	}
	for (size_t i = 0; i < value->items.count; i++) {
		put_value(w, LIST_AT(value->items, struct value, i), arena);
	}
}

struct slice rule_key_bare(struct slice path, const struct policy_rule *rule, struct arena *arena)
{
	return arena_printf(
		arena, SLICE_FMT "\n" SLICE_FMT, SLICE_ARG(path), SLICE_ARG(rule->method));
}

struct slice rule_key(struct slice path, const struct policy_rule *rule, struct arena *arena)
{
	struct wire_writer w = { 0 };
	struct slice key;

	wire_put_slice(&w, path);
	wire_put_slice(&w, rule->method);
	put_values(&w, &rule->headers, arena);
	put_values(&w, &rule->query, arena);
	put_value(&w, &rule->body, arena);
	key = arena_copy(arena, wire_written(&w));
	wire_writer_fini(&w);
	return key;
}
