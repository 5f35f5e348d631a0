/* grants.c - finds the caller's capabilities, and makes a list with others. */

#include "master/edit/grants.h"
#include "common/text.h"
#include "master/edit/values.h"

/* Where an item whose `key` is `word` stands in a list; its length when there is none. */
static size_t find(const struct value *list, struct slice key, struct slice word, bool nocase)
{
	size_t i = 0;

	for (; i < list->items.count; i++) {
		struct slice has = values_word(LIST_AT(list->items, struct value, i), key);

		if (nocase ? slice_equal_nocase(has, word) : slice_equal(has, word)) {
			break;
		}
	}
	return i;
}

/* A caller without an id is everybody. */
static size_t find_caller(const struct value *callers, struct slice id)
{
	size_t index = find(callers, SLICE("id"), id, false);

	for (size_t i = 0; index == callers->items.count && slice_equal(id, SLICE("*")) &&
			   i < callers->items.count;
		i++) {
		const struct value *caller = LIST_AT(callers->items, struct value, i);

		if (caller->kind == VALUE_MAP && values_word(caller, SLICE("id")).len == 0) {
			index = i;
		}
	}
	return index;
}

/* The list under `key` of the item at `index`, empty where that is not there. */
static struct value list_in(const struct value *list, size_t index, struct slice key)
{
	return index < list->items.count
		       ? values_list(value_find(LIST_AT(list->items, struct value, index), key))
		       : values_list(NULL);
}

/* The item at `index`, or a new one that is called `word`. */
static struct value item_at(const struct value *list, size_t index, const char *key,
	struct slice word, struct arena *arena)
{
	struct value none = values_map(NULL);

	return index < list->items.count
		       ? *LIST_AT(list->items, struct value, index)
		       : values_set(&none, slice_of(key), values_text(word), arena);
}

/* Where a grant stands, as far as it does. */
struct way {
	struct value entries, callers, capabilities;
	size_t entry, caller;
};

static struct way find_way(const struct value *list, const struct grant *grant)
{
	struct way way = { .entries = values_list(list) };

	way.entry = find(&way.entries, SLICE("integration"), grant->integration, true);
	way.callers = list_in(&way.entries, way.entry, SLICE("callers"));
	way.caller = find_caller(&way.callers, grant->caller);
	way.capabilities = list_in(&way.callers, way.caller, SLICE("capabilities"));
	return way;
}

/* The allowlist with other callers for the integration. */
static struct value with_callers(
	const struct way *way, const struct grant *grant, struct value callers, struct arena *arena)
{
	struct value entry = item_at(&way->entries, way->entry, "integration",
		text_lower(grant->integration, arena), arena);

	entry = values_set(&entry, SLICE("callers"), callers, arena);
	return values_put(&way->entries, way->entry, entry, arena);
}

static struct value with_caller(
	const struct way *way, const struct grant *grant, struct value caller, struct arena *arena)
{
	return with_callers(
		way, grant, values_put(&way->callers, way->caller, caller, arena), arena);
}

struct value grants_add(const struct value *list, const struct grant *grant, struct arena *arena)
{
	struct way way = find_way(list, grant);
	size_t index = find(&way.capabilities, SLICE("name"), grant->capability, false);
	struct value capability =
		item_at(&way.capabilities, index, "name", grant->capability, arena);
	struct value caller = item_at(&way.callers, way.caller, "id", grant->caller, arena);

	capability = values_set(&capability, SLICE("params"), grant->params, arena);
	caller = values_set(&caller, SLICE("capabilities"),
		values_put(&way.capabilities, index, capability, arena), arena);
	return with_caller(&way, grant, caller, arena);
}

/* Callers but for nulls, which are nobody. */
static size_t count_callers(const struct value *callers)
{
	size_t count = 0;

	for (size_t i = 0; i < callers->items.count; i++) {
		count += LIST_AT(callers->items, struct value, i)->kind == VALUE_MAP;
	}
	return count;
}

enum grants_outcome grants_remove(
	const struct value *list, const struct grant *grant, struct arena *arena, struct value *out)
{
	struct way way = find_way(list, grant);
	size_t before = way.capabilities.items.count, index;
	const struct value *caller;
	struct value left;

	while ((index = find(&way.capabilities, SLICE("name"), grant->capability, false)) <
		way.capabilities.items.count) {
		way.capabilities = values_drop(&way.capabilities, index, arena);
	}
	if (way.capabilities.items.count == before) {
		return GRANTS_SAME;
	}
	caller = LIST_AT(way.callers.items, struct value, way.caller);
	if (way.capabilities.items.count > 0) {
		left = values_set(caller, SLICE("capabilities"), way.capabilities, arena);
		*out = with_caller(&way, grant, left, arena);
		return GRANTS_REMOVED;
	}
	left = values_list(value_find(caller, SLICE("rules")));
	if (left.items.count > 0) {
		left = values_unset(caller, SLICE("capabilities"), arena);
		*out = with_caller(&way, grant, left, arena);
		return GRANTS_REMOVED;
	}
	if (count_callers(&way.callers) == 1) {
		return GRANTS_WOULD_OPEN;
	}
	*out = with_callers(&way, grant, values_drop(&way.callers, way.caller, arena), arena);
	return GRANTS_LAST;
}
