/* json.c - a reader of JSON that would rather refuse than guess. */

#include <stdlib.h>

#include "common/json.h"
#include "common/json_text.h"
#include "common/limits.h"

/* The members of objects and lists that are still open wait in `open`, the innermost last: how many
 * there will be is known at the bracket that closes them. */
struct reader {
	struct slice text;
	size_t at;
	struct arena *arena;
	struct value_entry *open;
	size_t open_count, open_room;
	size_t values;
	unsigned depth;
	enum json_fault fault;
};

enum { FIRST_OPEN = 32 };

static bool fail(struct reader *r, enum json_fault fault)
{
	r->fault = fault;
	return false;
}

static void skip_white(struct reader *r)
{
	while (r->at < r->text.len &&
		(r->text.at[r->at] == ' ' || r->text.at[r->at] == '\n' ||
			r->text.at[r->at] == '\t' || r->text.at[r->at] == '\r')) {
		r->at++;
	}
}

/* Behind white space: is this byte next? Then it is taken. */
static bool takes(struct reader *r, char byte)
{
	skip_white(r);
	if (r->at == r->text.len || r->text.at[r->at] != byte) {
		return false;
	}
	r->at++;
	return true;
}

static bool read_value(struct reader *r, struct value *out);

static bool read_text(struct reader *r, struct slice *out)
{
	return json_text_read(r->text, &r->at, r->arena, out) || fail(r, JSON_INVALID);
}

static bool read_word(struct reader *r, struct slice word, struct value value, struct value *out)
{
	if (!slice_starts_with(slice_sub(r->text, r->at, r->text.len), word)) {
		return fail(r, JSON_INVALID);
	}
	r->at += word.len;
	*out = value;
	return true;
}

static bool read_number(struct reader *r, struct value *out)
{
	size_t end = r->at;

	while (end < r->text.len && memchr("+-.0123456789Ee", r->text.at[end], 15) != NULL) {
		end++;
	}
	if (!value_number(slice_sub(r->text, r->at, end), out)) {
		return fail(r, JSON_INVALID);
	}
	r->at = end;
	return true;
}

static void push(struct reader *r, const struct value_entry *entry)
{
	if (r->open_count == r->open_room) {
		size_t room = r->open_room == 0 ? FIRST_OPEN : 2 * r->open_room;
		struct value_entry *more = arena_room(r->arena, room, sizeof(*more));

		if (r->open_count > 0) {
			memcpy(more, r->open, r->open_count * sizeof(*more));
		}
		r->open = more;
		r->open_room = room;
	}
	r->open[r->open_count++] = *entry;
}

/* One value after the other up to `close`; in an object each behind its name. */
static bool read_members(struct reader *r, char close)
{
	struct value_entry entry = { .key = { NULL, 0 } };

	r->at++;
	if (takes(r, close)) {
		return true;
	}
	do {
		if (close == '}') {
			skip_white(r);
			if (!read_text(r, &entry.key)) {
				return false;
			}
			if (!takes(r, ':')) {
				return fail(r, JSON_INVALID);
			}
		}
		if (!read_value(r, &entry.value)) {
			return false;
		}
		push(r, &entry);
	} while (takes(r, ','));
	return takes(r, close) || fail(r, JSON_INVALID);
}

static bool read_list(struct reader *r, struct value *out)
{
	size_t first = r->open_count;
	struct list items;

	if (!read_members(r, ']')) {
		return false;
	}
	items.count = r->open_count - first;
	items.items = arena_room(r->arena, items.count, sizeof(struct value));
	for (size_t i = 0; i < items.count; i++) {
		*LIST_AT(items, struct value, i) = r->open[first + i].value;
	}
	r->open_count = first;
	*out = (struct value){ .kind = VALUE_LIST, .items = items };
	return true;
}

static int by_key(const void *a, const void *b)
{
	return slice_compare(
		((const struct value_entry *)a)->key, ((const struct value_entry *)b)->key);
}

static bool read_object(struct reader *r, struct value *out)
{
	size_t first = r->open_count;
	struct list items;

	if (!read_members(r, '}')) {
		return false;
	}
	items.count = r->open_count - first;
	items.items = arena_room(r->arena, items.count, sizeof(struct value_entry));
	if (items.count > 0) {
		memcpy(items.items, &r->open[first], items.count * sizeof(struct value_entry));
		qsort(items.items, items.count, sizeof(struct value_entry), by_key);
	}
	for (size_t i = 1; i < items.count; i++) {
		if (slice_equal(LIST_AT(items, struct value_entry, i - 1)->key,
			    LIST_AT(items, struct value_entry, i)->key)) {
			return fail(r, JSON_REPEATED_NAME);
		}
	}
	r->open_count = first;
	*out = (struct value){ .kind = VALUE_MAP, .items = items };
	return true;
}

static bool read_nested(struct reader *r, struct value *out)
{
	bool read;

	if (r->depth == LIMIT_JSON_DEPTH) {
		return fail(r, JSON_TOO_LARGE);
	}
	r->depth++;
	read = r->text.at[r->at] == '{' ? read_object(r, out) : read_list(r, out);
	r->depth--;
	return read;
}

static bool read_value(struct reader *r, struct value *out)
{
	skip_white(r);
	if (r->at == r->text.len) {
		return fail(r, JSON_INVALID);
	}
	if (r->values++ == LIMIT_JSON_VALUES) {
		return fail(r, JSON_TOO_LARGE);
	}
	*out = (struct value){ .kind = VALUE_TEXT };
	switch (r->text.at[r->at]) {
	case '{':
	case '[':
		return read_nested(r, out);
	case '"':
		return read_text(r, &out->text);
	case 'n':
		return read_word(r, SLICE("null"), (struct value){ .kind = VALUE_NULL }, out);
	case 't':
		return read_word(
			r, SLICE("true"), (struct value){ .kind = VALUE_FLAG, .flag = true }, out);
	case 'f':
		return read_word(r, SLICE("false"), (struct value){ .kind = VALUE_FLAG }, out);
	default:
		return read_number(r, out);
	}
}

enum json_fault json_read(struct slice bytes, struct arena *arena, struct value *out)
{
	struct reader r = { .text = bytes, .arena = arena };
	struct value value;

	if (!read_value(&r, &value)) {
		return r.fault;
	}
	skip_white(&r);
	if (r.at < bytes.len) {
		return JSON_INVALID;
	}
	*out = value;
	return JSON_READ;
}
