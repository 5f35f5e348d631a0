/* fill.c - replaces names by what they stand for. */

#include "master/load/fill.h"
#include "master/load/names.h"

/* The length of the "<name>" that begins at `at`; 0 when none does. */
static size_t name_at(struct slice text, size_t at)
{
	size_t end = slice_find(text, '>', at);

	return text.at[at] == '<' && end < text.len && names_is_valid(slice_sub(text, at + 1, end))
		       ? end + 1 - at
		       : 0;
}

bool fill_next(struct slice *rest, struct slice *before, struct slice *name)
{
	for (size_t at = 0; at < rest->len; at++) {
		size_t len = name_at(*rest, at);

		if (len > 0) {
			*before = slice_sub(*rest, 0, at);
			*name = slice_sub(*rest, at + 1, at + len - 1);
			*rest = slice_sub(*rest, at + len, rest->len);
			return true;
		}
	}
	*before = *rest;
	*rest = slice_sub(*rest, rest->len, rest->len);
	return false;
}

bool fill_is_name(struct slice pattern, struct slice *name)
{
	struct slice before, rest = pattern;

	return fill_next(&rest, &before, name) && before.len == 0 && rest.len == 0;
}

bool fill_each(const struct value *pattern, fill_fn *see, void *self)
{
	struct slice before, name, rest = pattern->kind == VALUE_TEXT ? pattern->text : SLICE("");

	while (fill_next(&rest, &before, &name)) {
		if (!see(self, name)) {
			return false;
		}
	}
	for (size_t i = 0; pattern->kind == VALUE_LIST && i < pattern->items.count; i++) {
		if (!fill_each(LIST_AT(pattern->items, struct value, i), see, self)) {
			return false;
		}
	}
	for (size_t i = 0; pattern->kind == VALUE_MAP && i < pattern->items.count; i++) {
		if (!fill_each(&LIST_AT(pattern->items, struct value_entry, i)->value, see, self)) {
			return false;
		}
	}
	return true;
}

bool fill_text(
	struct slice pattern, const struct value *given, struct arena *arena, struct slice *out)
{
	struct slice before, name, rest = pattern, filled = { NULL, 0 };

	while (fill_next(&rest, &before, &name)) {
		const struct value *value = value_find(given, name);

		if (value == NULL || value->kind != VALUE_TEXT) {
			return false;
		}
		filled = arena_join(arena, filled, arena_join(arena, before, value->text));
	}
	*out = filled.len == 0 ? before : arena_join(arena, filled, before);
	return true;
}

static bool fill_list(const struct value *pattern, const struct value *given, struct arena *arena,
	struct value *out)
{
	size_t count = pattern->items.count;

	*out = (struct value){ .kind = VALUE_LIST };
	out->items = (struct list){ arena_alloc(arena, count, sizeof(struct value)), count };
	for (size_t i = 0; i < count; i++) {
		if (!fill_value(LIST_AT(pattern->items, struct value, i), given, arena,
			    LIST_AT(out->items, struct value, i))) {
			return false;
		}
	}
	return true;
}

static bool fill_map(const struct value *pattern, const struct value *given, struct arena *arena,
	struct value *out)
{
	size_t count = pattern->items.count;

	*out = (struct value){ .kind = VALUE_MAP };
	out->items = (struct list){ arena_alloc(arena, count, sizeof(struct value_entry)), 0 };
	for (size_t i = 0; i < count; i++) {
		const struct value_entry *from = LIST_AT(pattern->items, struct value_entry, i);
		struct value_entry *to = LIST_AT(out->items, struct value_entry, out->items.count);

		to->key = from->key;
		out->items.count += fill_value(&from->value, given, arena, &to->value);
	}
	return count == 0 || out->items.count > 0;
}

bool fill_value(const struct value *pattern, const struct value *given, struct arena *arena,
	struct value *out)
{
	const struct value *whole;
	struct slice name;

	switch (pattern->kind) {
	case VALUE_TEXT:
		if (!fill_is_name(pattern->text, &name)) {
			*out = *pattern;
			return fill_text(pattern->text, given, arena, &out->text);
		}
		whole = value_find(given, name);
		if (whole != NULL) {
			*out = *whole;
		}
		return whole != NULL;
	case VALUE_LIST:
		return fill_list(pattern, given, arena, out);
	case VALUE_MAP:
		return fill_map(pattern, given, arena, out);
	case VALUE_NEVER:
	case VALUE_NULL:
	case VALUE_FLAG:
	case VALUE_NUMBER:
		*out = *pattern;
		return true;
	}
	return false;
}
