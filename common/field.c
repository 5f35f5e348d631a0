/* field.c - carries structs to another process and finds keys, by the rows that describe them. */

#include <string.h>

#include "common/field.h"
#include "common/value.h"

enum {
	FIELD_NAME_BYTES = 64, /* the longest name that is compared with others for likeness */
};

static void encode_list(const struct field *row, const struct list *list, struct wire_writer *w)
{
	wire_put_u32(w, (uint32_t)list->count);
	for (size_t i = 0; i < list->count; i++) {
		if (row->kind == FIELD_TEXT_LIST) {
			wire_put_slice(w, *LIST_AT(*list, struct slice, i));
		} else if (row->kind == FIELD_SECRET_LIST) {
			wire_put_u32(w, *LIST_AT(*list, uint32_t, i));
		} else {
			field_encode(row->rows, (char *)list->items + i * row->row_size, w);
		}
	}
}

void field_encode(const struct field *fields, const void *object, struct wire_writer *w)
{
	for (const struct field *row = fields; row->name != NULL; row++) {
		const void *member = (const char *)object + row->offset;

		switch (row->kind) {
		case FIELD_TEXT:
		case FIELD_PARAMS:
			wire_put_slice(w, *(const struct slice *)member);
			break;
		case FIELD_NUMBER:
		case FIELD_DURATION:
			wire_put_u64(w, (uint64_t)(*(const int64_t *)member));
			break;
		case FIELD_FLAG:
			wire_put_u8(w, *(const bool *)member);
			break;
		case FIELD_SECRET:
			wire_put_u32(w, *(const uint32_t *)member);
			break;
		case FIELD_TEXT_LIST:
		case FIELD_SECRET_LIST:
		case FIELD_LIST:
		case FIELD_MAP:
			encode_list(row, member, w);
			break;
		case FIELD_VALUE:
			value_encode(member, w);
			break;
		}
	}
}

/* The fewest bytes that one value of this row, or one item of its list, is written in. */
static size_t least_bytes(const struct field *row, bool item)
{
	size_t sum = 0;

	switch (row->kind) {
	case FIELD_NUMBER:
	case FIELD_DURATION:
		return sizeof(uint64_t);
	case FIELD_FLAG:
	case FIELD_VALUE:
		return sizeof(uint8_t);
	case FIELD_LIST:
	case FIELD_MAP:
		for (const struct field *r = row->rows; item && r->name != NULL; r++) {
			sum += least_bytes(r, false);
		}
		return item ? sum : sizeof(uint32_t);
	case FIELD_TEXT:
	case FIELD_PARAMS:
	case FIELD_SECRET:
	case FIELD_TEXT_LIST:
	case FIELD_SECRET_LIST:
		break;
	}
	return sizeof(uint32_t); /* a slot, or the length of what may be empty */
}

static struct slice decode_text(struct arena *arena, struct wire_reader *r)
{
	struct slice text = wire_get_slice(r, SIZE_MAX);

	return text.len == 0 ? (struct slice){ NULL, 0 } : arena_copy(arena, text);
}

/* Nothing is allocated before the bytes that are left have room for as many items, so that memory
 * stays within a small multiple of the input. */
static void decode_list(
	const struct field *row, struct arena *arena, struct wire_reader *r, struct list *out)
{
	size_t item = row->kind == FIELD_TEXT_LIST     ? sizeof(struct slice)
		      : row->kind == FIELD_SECRET_LIST ? sizeof(uint32_t)
						       : row->row_size;
	size_t least = least_bytes(row, true);
	struct list list = { NULL, wire_get_u32(r, UINT32_MAX) };

	if (r->bad || least == 0 || list.count > (size_t)(r->end - r->at) / least) {
		r->bad = true;
		return;
	}
	list.items = list.count == 0 ? NULL : arena_alloc(arena, list.count, item);
	for (size_t i = 0; i < list.count && !r->bad; i++) {
		void *at = (char *)list.items + i * item;

		if (row->kind == FIELD_TEXT_LIST) {
			*(struct slice *)at = decode_text(arena, r);
		} else if (row->kind == FIELD_SECRET_LIST) {
			*(uint32_t *)at = wire_get_u32(r, UINT32_MAX);
		} else {
			field_decode(row->rows, arena, r, at);
		}
	}
	*out = list;
}

void field_decode(
	const struct field *fields, struct arena *arena, struct wire_reader *r, void *object)
{
	for (const struct field *row = fields; row->name != NULL; row++) {
		void *member = FIELD_MEMBER(row, object);

		switch (row->kind) {
		case FIELD_TEXT:
		case FIELD_PARAMS:
			*(struct slice *)member = decode_text(arena, r);
			break;
		case FIELD_NUMBER:
		case FIELD_DURATION:
			*(int64_t *)member = (int64_t)wire_get_u64(r, UINT64_MAX);
			break;
		case FIELD_FLAG:
			*(bool *)member = wire_get_u8(r, 1);
			break;
		case FIELD_SECRET:
			*(uint32_t *)member = wire_get_u32(r, UINT32_MAX);
			break;
		case FIELD_TEXT_LIST:
		case FIELD_SECRET_LIST:
		case FIELD_LIST:
		case FIELD_MAP:
			decode_list(row, arena, r, member);
			break;
		case FIELD_VALUE:
			value_decode(arena, r, member);
			break;
		}
	}
}

const struct field *field_find(const struct field *fields, struct slice name, bool nocase)
{
	for (const struct field *row = fields; row->name != NULL; row++) {
		struct slice key = slice_of(row->name);

		if (row->internal) {
			continue;
		}
		if (nocase ? slice_equal_nocase(key, name) : slice_equal(key, name)) {
			return row;
		}
	}
	return NULL;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* How many letters have to be added, taken away, changed or swapped with their neighbour to make
 * `b` of `a`, in whichever case. Neither is longer than FIELD_NAME_BYTES. */
static size_t distance(struct slice a, struct slice b)
{
	/* Row i of the table holds the distances of a's first i letters; three rows are enough. */
	size_t rows[3][FIELD_NAME_BYTES + 1];

	for (size_t i = 0; i <= a.len; i++) {
		size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *old = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			if (i == 0) {
				now[j] = j;
				continue;
			}
			bool same = lower(a.at[i - 1]) == lower(b.at[j - 1]);

			now[j] = least(least(before[j], now[j - 1]) + 1, before[j - 1] + !same);
			if (i > 1 && j > 1 && lower(a.at[i - 1]) == lower(b.at[j - 2]) &&
				lower(a.at[i - 2]) == lower(b.at[j - 1])) {
				now[j] = least(now[j], old[j - 2] + 1);
			}
		}
	}
	return rows[a.len % 3][b.len];
}

const char *field_nearest(const struct field *fields, struct slice name)
{
	const char *nearest = NULL;
	size_t bound = name.len / 3 + 1; /* from here on it is another word */

	if (name.len > FIELD_NAME_BYTES) {
		return NULL;
	}
	for (const struct field *row = fields; row->name != NULL; row++) {
		struct slice key = slice_of(row->name);
		size_t far;

		if (row->internal || key.len > FIELD_NAME_BYTES) {
			continue;
		}
		far = distance(name, key);
		if (far < bound && far < key.len) {
			bound = far;
			nearest = row->name;
		}
	}
	return nearest;
}
