/* values.c - copies lists and mappings, and changes the copy. */

#include "master/edit/values.h"

struct value values_list(const struct value *value)
{
	return value != NULL && value->kind == VALUE_LIST ? *value
							  : (struct value){ .kind = VALUE_LIST };
}

struct value values_map(const struct value *value)
{
	return value != NULL && value->kind == VALUE_MAP ? *value
							 : (struct value){ .kind = VALUE_MAP };
}

/* A copy with room for one item more. */
static struct value copy(const struct value *value, size_t size, struct arena *arena)
{
	struct value made = { .kind = value->kind };

	made.items.count = value->items.count;
	made.items.items = arena_alloc(arena, value->items.count + 1, size);
	if (made.items.count > 0) {
		memcpy(made.items.items, value->items.items, made.items.count * size);
	}
	return made;
}

/* The list's item at `index` goes, and what follows moves up. */
static void close_gap(struct list *list, size_t index, size_t size)
{
	char *items = list->items;

	list->count--;
	memmove(items + index * size, items + (index + 1) * size, (list->count - index) * size);
}

static size_t find(const struct value *map, struct slice key)
{
	size_t i = 0;

	while (i < map->items.count &&
		!slice_equal(LIST_AT(map->items, struct value_entry, i)->key, key)) {
		i++;
	}
	return i;
}

struct value values_set(
	const struct value *map, struct slice key, struct value value, struct arena *arena)
{
	struct value made = copy(map, sizeof(struct value_entry), arena);
	size_t index = find(map, key);

	*LIST_AT(made.items, struct value_entry, index) = (struct value_entry){ key, value };
	made.items.count += index == made.items.count;
	return made;
}

struct value values_unset(const struct value *map, struct slice key, struct arena *arena)
{
	struct value made = copy(map, sizeof(struct value_entry), arena);
	size_t index = find(map, key);

	if (index < made.items.count) {
		close_gap(&made.items, index, sizeof(struct value_entry));
	}
	return made;
}

struct value values_put(
	const struct value *list, size_t index, struct value item, struct arena *arena)
{
	struct value made = copy(list, sizeof(struct value), arena);

	*LIST_AT(made.items, struct value, index) = item;
	made.items.count += index == made.items.count;
	return made;
}

struct value values_drop(const struct value *list, size_t index, struct arena *arena)
{
	struct value made = copy(list, sizeof(struct value), arena);

	close_gap(&made.items, index, sizeof(struct value));
	return made;
}

struct value values_text(struct slice text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

struct slice values_word(const struct value *map, struct slice key)
{
	const struct value *word = value_find(map, key);

	return word != NULL && (word->kind == VALUE_TEXT || word->kind == VALUE_NUMBER) ? word->text
											: SLICE("");
}
