/* value.c - untyped values: made, looked into, compared, carried to another process. */

#include <math.h>

#include "common/decimal.h"
#include "common/limits.h"
#include "common/value.h"

bool value_number(struct slice text, struct value *out)
{
	double nearest;

	if (!decimal_is_valid(text)) {
		return false;
	}
	nearest = decimal_nearest(text);
	if (!isfinite(nearest)) {
		return false;
	}
	*out = (struct value){ .kind = VALUE_NUMBER, .number = nearest, .text = text };
	return true;
}

const struct value *value_find(const struct value *map, struct slice key)
{
	for (size_t i = 0; map->kind == VALUE_MAP && i < map->items.count; i++) {
		const struct value_entry *entry = LIST_AT(map->items, struct value_entry, i);

		if (slice_equal(entry->key, key)) {
			return &entry->value;
		}
	}
	return NULL;
}

static bool lists_equal(const struct list *a, const struct list *b)
{
	bool equal = a->count == b->count;

	for (size_t i = 0; equal && i < a->count; i++) {
		equal = value_equal(LIST_AT(*a, struct value, i), LIST_AT(*b, struct value, i));
	}
	return equal;
}

static bool maps_equal(const struct value *a, const struct value *b)
{
	bool equal = a->items.count == b->items.count;

	for (size_t i = 0; equal && i < a->items.count; i++) {
		const struct value_entry *entry = LIST_AT(a->items, struct value_entry, i);
		const struct value *other = value_find(b, entry->key);

		equal = other != NULL && value_equal(&entry->value, other);
	}
	return equal;
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind) {
		return false;
	}
	switch (a->kind) {
	case VALUE_NULL:
		return true;
	case VALUE_FLAG:
		return a->flag == b->flag;
	case VALUE_NUMBER:
		return decimal_equal(a->text, b->text);
	case VALUE_NEVER:
	case VALUE_TEXT:
		return slice_equal(a->text, b->text);
	case VALUE_LIST:
		return lists_equal(&a->items, &b->items);
	case VALUE_MAP:
		return maps_equal(a, b);
	}
	return false;
}

void value_encode(const struct value *value, struct wire_writer *w)
{
	wire_put_u8(w, (uint8_t)value->kind);
	switch (value->kind) {
	case VALUE_NULL:
		break;
	case VALUE_FLAG:
		wire_put_u8(w, value->flag);
		break;
	case VALUE_NEVER:
	case VALUE_NUMBER:
	case VALUE_TEXT:
		wire_put_slice(w, value->text);
		break;
	case VALUE_LIST:
		wire_put_u32(w, (uint32_t)value->items.count);
		for (size_t i = 0; i < value->items.count; i++) {
			value_encode(LIST_AT(value->items, struct value, i), w);
		}
		break;
	case VALUE_MAP:
		wire_put_u32(w, (uint32_t)value->items.count);
		for (size_t i = 0; i < value->items.count; i++) {
			const struct value_entry *entry =
				LIST_AT(value->items, struct value_entry, i);

			wire_put_slice(w, entry->key);
			value_encode(&entry->value, w);
		}
		break;
	}
}

static struct slice decode_text(struct arena *arena, struct wire_reader *r)
{
	return arena_copy(arena, wire_get_slice(r, SIZE_MAX));
}

static void decode(struct arena *arena, struct wire_reader *r, unsigned depth, struct value *out);

/* Room for the items, each of which takes `least` bytes at least. */
static struct list list_room(
	struct arena *arena, struct wire_reader *r, size_t least, size_t item_size)
{
	struct list list = { NULL, wire_get_u32(r, UINT32_MAX) };

	if (r->bad || list.count > (size_t)(r->end - r->at) / least) {
		r->bad = true;
		return (struct list){ NULL, 0 };
	}
	list.items = arena_alloc(arena, list.count, item_size);
	return list;
}

static struct list decode_list(struct arena *arena, struct wire_reader *r, unsigned depth)
{
	struct list list = list_room(arena, r, sizeof(uint8_t), sizeof(struct value));

	for (size_t i = 0; i < list.count && !r->bad; i++) {
		decode(arena, r, depth, LIST_AT(list, struct value, i));
	}
	return list;
}

static struct list decode_map(struct arena *arena, struct wire_reader *r, unsigned depth)
{
	struct list list =
		list_room(arena, r, sizeof(uint32_t) + sizeof(uint8_t), sizeof(struct value_entry));

	for (size_t i = 0; i < list.count && !r->bad; i++) {
		struct value_entry *entry = LIST_AT(list, struct value_entry, i);

		entry->key = decode_text(arena, r);
		decode(arena, r, depth, &entry->value);
	}
	return list;
}

static void decode(struct arena *arena, struct wire_reader *r, unsigned depth, struct value *out)
{
	struct value value = { .kind = wire_get_u8(r, VALUE_MAP) };

	if (r->bad || depth > LIMIT_YAML_DEPTH) {
		r->bad = true;
		return;
	}
	switch (value.kind) {
	case VALUE_NULL:
		break;
	case VALUE_FLAG:
		value.flag = wire_get_u8(r, 1);
		break;
	case VALUE_NUMBER:
		r->bad |= !value_number(decode_text(arena, r), &value);
		break;
	case VALUE_NEVER:
	case VALUE_TEXT:
		value.text = decode_text(arena, r);
		break;
	case VALUE_LIST:
		value.items = decode_list(arena, r, depth + 1);
		break;
	case VALUE_MAP:
		value.items = decode_map(arena, r, depth + 1);
		break;
	}
	*out = value;
}

void value_decode(struct arena *arena, struct wire_reader *r, struct value *out)
{
	decode(arena, r, 0, out);
}
