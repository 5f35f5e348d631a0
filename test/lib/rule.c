/* rule.c - builds what a load and a parser would have built. */

#include "test/lib/rule.h"

static struct list texts_of(const struct value *list, struct arena *arena)
{
	struct list texts = { arena_alloc(arena, list->items.count, sizeof(struct slice)),
		list->items.count };

	for (size_t i = 0; i < texts.count; i++) {
		*LIST_AT(texts, struct slice, i) = LIST_AT(list->items, struct value, i)->text;
	}
	return texts;
}

static struct list values_of(const struct value *map, struct arena *arena)
{
	struct list values = { NULL, map == NULL ? 0 : map->items.count };

	values.items = arena_alloc(arena, values.count, sizeof(struct policy_values));
	for (size_t i = 0; i < values.count; i++) {
		const struct value_entry *entry = LIST_AT(map->items, struct value_entry, i);

		*LIST_AT(values, struct policy_values, i) =
			(struct policy_values){ entry->key, texts_of(&entry->value, arena) };
	}
	return values;
}

struct policy_rule rule_of(const struct value *members, struct arena *arena)
{
	const struct value *body = value_find(members, SLICE("body"));
	struct policy_rule rule = { .path = SLICE("/x"), .method = SLICE("POST") };

	rule.headers = values_of(value_find(members, SLICE("headers")), arena);
	rule.query = values_of(value_find(members, SLICE("query")), arena);
	rule.has_body = body != NULL;
	rule.body = body == NULL ? rule.body : *body;
	return rule;
}

struct message *message_of(struct slice headers, struct slice query, struct arena *arena)
{
	struct message *m = arena_make(arena, struct message);
	struct slice line;

	m->arena = arena;
	m->query = query;
	while (slice_next(&headers, '\n', &line)) {
		size_t colon = slice_find(line, ':', 0);

		message_add_header(m, slice_sub(line, 0, colon),
			slice_trim(slice_sub(line, colon + 1, line.len)));
	}
	return m;
}
