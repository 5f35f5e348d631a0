/* patch.c - compares the tree with what is wanted, and changes the text where they differ.
 *
 * Down to the smallest part: a mapping that differs in one key is the same mapping, and a list that
 * has one item more is the same list. Each difference is a splice; they are made at the end. */

#include "master/edit/patch.h"
#include "master/edit/emit.h"
#include "master/edit/splice.h"
#include "master/load/untyped.h"
#include "master/load/yaml.h"

struct work {
	struct splices splices;
	struct arena *arena;
	unsigned step; /* as the document indents */
	struct note *why;
};

/* Where a value stands, or would: behind a colon, a dash, or nothing at all. */
struct place {
	enum { AT_ROOT, AT_KEY, AT_ITEM, IN_FLOW } kind;
	size_t from;     /* right behind the colon or the dash */
	unsigned column; /* of the key or the dash, from 0 on */
};

/* An item of a list with its dash, or a key with its value. */
struct part {
	size_t from, to;
	bool here; /* not somewhere else, through an alias or a merge key */
	bool gone;
};

static int fail_stuck(const struct work *w, const struct yaml *at)
{
	return yaml_fail(at, w->why,
		"can't be changed here alone: change it by hand (an alias, a merge key, or an "
		"unusual form)");
}

static bool is_flow(const struct work *w, const struct yaml *node)
{
	return node->from < node->to && strchr("[{", w->splices.text.at[node->from]) != NULL;
}

/* The dash in front of an item, not before `least`; `least` when there is none. */
static size_t dash_before(
	const struct work *w, const struct yaml *list, const struct yaml *item, size_t least)
{
	for (size_t at = item->from; at-- > least;) {
		if (w->splices.text.at[at] == '-' &&
			at - splices_line(&w->splices, at) + 1 == list->column) {
			return at;
		}
	}
	return least;
}

static struct part *parts_of_list(const struct work *w, const struct yaml *list)
{
	struct part *parts = arena_alloc(w->arena, list->count, sizeof(*parts));
	size_t end = list->from;

	for (size_t i = 0; i < list->count; i++) {
		const struct yaml *item = list->items[i];
		struct part *part = &parts[i];

		part->from = is_flow(w, list) ? item->from : dash_before(w, list, item, end);
		part->to = item->to;
		part->here = item->from < item->to && item->from >= end && item->to <= list->to &&
			     (is_flow(w, list) || w->splices.text.at[part->from] == '-');
		end = part->here ? part->to : end;
	}
	return parts;
}

static struct part *parts_of_map(const struct work *w, const struct yaml *map)
{
	struct part *parts = arena_alloc(w->arena, map->count, sizeof(*parts));
	size_t end = map->from;

	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_pair *pair = &map->pairs[i];
		struct part *part = &parts[i];

		part->from = pair->key->from;
		part->to = pair->value->to > pair->key->to ? pair->value->to : pair->key->to;
		part->here = pair->key->from >= end && part->to <= map->to;
		end = part->here ? part->to : end;
	}
	return parts;
}

/* Takes parts[from] to parts[to - 1] out; `kept` is the end of what stays in front of them. Of a
 * block whole lines go, so that comments between them stay. */
static bool take_run_out(struct work *w, const struct yaml *node, const struct part *parts,
	size_t from, size_t to, size_t kept)
{
	struct splices *s = &w->splices;
	bool flow = is_flow(w, node);
	size_t line = splices_line(s, parts[from].from);

	if (!flow && splices_is_blank(s, line, parts[from].from)) {
		for (size_t i = from; i < to; i++) {
			splices_add(s, splices_line(s, parts[i].from),
				splices_next_line(s, parts[i].to), SLICE(""));
		}
		return true;
	}
	if (to < node->count && parts[to].here) {
		splices_add(s, parts[from].from, parts[to].from, SLICE(""));
		return true;
	}
	if (flow && kept > node->from) {
		splices_add(s, kept, parts[to - 1].to, SLICE(""));
		return true;
	}
	return false;
}

static int take_out(struct work *w, const struct yaml *node, const struct part *parts)
{
	size_t kept = node->from;

	for (size_t i = 0, to; i < node->count; i = to) {
		to = i + 1;
		if (!parts[i].gone) {
			kept = parts[i].here ? parts[i].to : kept;
			continue;
		}
		while (to < node->count && parts[to].gone && parts[to].here) {
			to++;
		}
		if (!parts[i].here || !take_run_out(w, node, parts, i, to, kept)) {
			return fail_stuck(w, node);
		}
	}
	return 0;
}

/* Adds the items or entries of `more` at the end. */
static int put_in(
	struct work *w, const struct yaml *node, const struct part *parts, const struct value *more)
{
	size_t last = node->count;
	struct slice text;

	if (more->items.count == 0) {
		return 0;
	}
	if (!is_flow(w, node)) {
		splices_add_lines(&w->splices, splices_next_line(&w->splices, node->to),
			emit_block(more, node->column - 1, w->step, w->arena));
		return 0;
	}
	while (last > 0 && parts[last - 1].gone) {
		last--;
	}
	if (last == 0 || !parts[last - 1].here) {
		return fail_stuck(w, node);
	}
	text = emit_flow(more, true, w->arena);
	text = arena_join(w->arena, SLICE(", "), slice_sub(text, 1, text.len - 1));
	splices_add(&w->splices, parts[last - 1].to, parts[last - 1].to, text);
	return 0;
}

/* The column in which a block at `place` begins. */
static unsigned column_in(const struct work *w, const struct place *place)
{
	switch (place->kind) {
	case AT_KEY:
		return (place->column + w->step) / w->step * w->step;
	case AT_ITEM:
		return place->column + 2;
	case AT_ROOT:
	case IN_FLOW:
		break;
	}
	return 0;
}

/* Writes a block where another value stood, or none. */
static void replace_by_block(struct work *w, const struct yaml *node, const struct place *place,
	const struct value *wanted)
{
	struct splices *s = &w->splices;
	unsigned column = column_in(w, place);
	struct slice lines = emit_block(wanted, column, w->step, w->arena);
	size_t from = node->from, to = node->to;

	if (place->kind == AT_ROOT && from == to) {
		splices_add_lines(s, s->text.len, lines);
		return;
	}
	lines = slice_sub(lines, 0, lines.len - 1);
	if (place->kind == AT_ITEM) {
		from = place->from;
		lines = arena_join(w->arena, SLICE(" "), slice_sub(lines, column, lines.len));
	} else if (place->kind == AT_KEY) {
		/* Behind a comment beside the key, unless there is a value that has to go. */
		size_t end = splices_line_end(s, place->from);

		from = to <= place->from || node->from > end ? end : place->from;
		lines = arena_join(w->arena, SLICE("\n"), lines);
	}
	splices_add(s, from, to < from ? from : to, lines);
}

/* The same for what stands in the line. */
static void replace_in_line(struct work *w, const struct yaml *node, const struct place *place,
	const struct value *wanted)
{
	struct splices *s = &w->splices;
	struct slice text = emit_flow(wanted, place->kind == IN_FLOW, w->arena);
	bool beside = node->from < node->to &&
		      (place->kind == AT_ROOT || node->from <= place->from ||
			      splices_is_blank(s, place->from, node->from)) &&
		      splices_line_end(s, place->from) >= node->from;

	if (beside || place->kind == AT_ROOT) {
		splices_add(s, node->from, node->to, text);
	} else {
		splices_add(s, place->from, node->to < place->from ? place->from : node->to,
			arena_join(w->arena, SLICE(" "), text));
	}
}

static int change(struct work *w, const struct yaml *node, const struct place *place,
	const struct value *wanted);

/* Where the value of a key stands; 0 when that can't be told. */
static size_t behind_colon(const struct work *w, const struct yaml *key)
{
	size_t at = key->to;

	while (at < w->splices.text.len && w->splices.text.at[at] == ' ') {
		at++;
	}
	return at < w->splices.text.len && w->splices.text.at[at] == ':' ? at + 1 : 0;
}

/* The entries of `wanted` that the mapping does not have. */
static struct value entries_beyond(
	const struct work *w, const struct yaml *map, const struct value *wanted)
{
	struct value more = { .kind = VALUE_MAP };

	more.items.items = arena_alloc(w->arena, wanted->items.count, sizeof(struct value_entry));
	for (size_t i = 0; i < wanted->items.count; i++) {
		const struct value_entry *entry = LIST_AT(wanted->items, struct value_entry, i);
		size_t k = 0;

		while (k < map->count && !slice_equal(map->pairs[k].key->text, entry->key)) {
			k++;
		}
		if (k == map->count) {
			*LIST_AT(more.items, struct value_entry, more.items.count++) = *entry;
		}
	}
	return more;
}

static int change_map(
	struct work *w, const struct yaml *map, const struct place *at, const struct value *wanted)
{
	struct part *parts = parts_of_map(w, map);
	struct value more = entries_beyond(w, map, wanted);
	int err = 0;

	if (is_flow(w, map) && more.items.count == wanted->items.count) {
		replace_in_line(w, map, at, wanted); /* nothing of it stays */
		return 0;
	}
	for (size_t i = 0; err == 0 && i < map->count; i++) {
		const struct yaml_pair *pair = &map->pairs[i];
		const struct value *value = value_find(wanted, pair->key->text);
		const struct place place = { is_flow(w, map) ? IN_FLOW : AT_KEY,
			parts[i].here ? behind_colon(w, pair->key) : 0, map->column - 1 };

		parts[i].gone = value == NULL;
		err = value == NULL ? 0 : change(w, pair->value, &place, value);
	}
	err = err < 0 ? err : put_in(w, map, parts, &more);
	return err < 0 ? err : take_out(w, map, parts);
}

/* The next item from `at` on that is equal to `value`; `list->count` when there is none. */
static size_t find_equal(
	const struct work *w, const struct yaml *list, size_t at, const struct value *value)
{
	struct value item;

	for (; at < list->count; at++) {
		untyped_read(list->items[at], w->arena, &item);
		if (value_equal(&item, value)) {
			break;
		}
	}
	return at;
}

static int change_list(struct work *w, const struct yaml *list, const struct value *wanted)
{
	struct part *parts = parts_of_list(w, list);
	size_t at = 0, i = 0, count = wanted->items.count;
	struct value more = { .kind = VALUE_LIST };
	int err = 0;

	/* What is equal stays; between two such items each that differs becomes the next. */
	while (err == 0 && i < count && at < list->count) {
		const struct value *item = LIST_AT(wanted->items, struct value, i);
		size_t same = find_equal(w, list, at, item);
		struct place place = { is_flow(w, list) ? IN_FLOW : AT_ITEM,
			parts[at].here ? parts[at].from + 1 : 0, list->column - 1 };

		if (same == list->count) {
			err = change(w, list->items[at++], &place, item);
		} else {
			for (; at < same; at++) {
				parts[at].gone = true;
			}
			at++;
		}
		i++;
	}
	for (; at < list->count; at++) {
		parts[at].gone = true;
	}
	more.items = (struct list){ LIST_AT(wanted->items, struct value, i), count - i };
	err = err < 0 ? err : put_in(w, list, parts, &more);
	return err < 0 ? err : take_out(w, list, parts);
}

/* The last item or entry goes: comments between them stay. */
static int empty(struct work *w, const struct yaml *node, const struct place *place,
	const struct value *wanted)
{
	bool list = node->kind == YAML_LIST;
	struct part *parts = list ? parts_of_list(w, node) : parts_of_map(w, node);

	for (size_t i = 0; i < node->count; i++) {
		parts[i].gone = true;
	}
	splices_add(&w->splices, place->from, place->from,
		arena_join(w->arena, SLICE(" "), emit_flow(wanted, false, w->arena)));
	return take_out(w, node, parts);
}

static int change(struct work *w, const struct yaml *node, const struct place *place,
	const struct value *wanted)
{
	struct value has;

	untyped_read(node, w->arena, &has);
	if (value_equal(&has, wanted)) {
		return 0;
	}
	if (place->kind != AT_ROOT && (place->from == 0 || node->from + 1 < place->from)) {
		return fail_stuck(w, node);
	}
	if (has.kind == wanted->kind && emit_is_block(&has) && emit_is_block(wanted)) {
		return has.kind == VALUE_MAP ? change_map(w, node, place, wanted)
					     : change_list(w, node, wanted);
	}
	if (place->kind == AT_KEY && !is_flow(w, node) && emit_is_block(&has) &&
		(wanted->kind == VALUE_LIST || wanted->kind == VALUE_MAP)) {
		return empty(w, node, place, wanted);
	}
	if (place->kind != IN_FLOW && emit_is_block(wanted)) {
		replace_by_block(w, node, place, wanted);
	} else {
		replace_in_line(w, node, place, wanted);
	}
	return 0;
}

/* How far lists stand inside of what they are in: the first that is in a block tells. */
static unsigned find_step(const struct work *w, const struct yaml *node)
{
	bool map = node->kind == YAML_MAP, flow = is_flow(w, node);
	unsigned step = 0;

	for (size_t i = 0; step == 0 && !flow && map && i < node->count; i++) {
		const struct yaml *value = node->pairs[i].value;
		unsigned own = node->column - 1, child = value->column - 1;

		if (value->kind == YAML_LIST && value->count > 0 && !is_flow(w, value) &&
			child >= own && value->from > node->from) {
			return child == (own + EMIT_STEP) / EMIT_STEP * EMIT_STEP ? EMIT_STEP : 2;
		}
		step = find_step(w, value);
	}
	for (size_t i = 0; step == 0 && !flow && node->kind == YAML_LIST && i < node->count; i++) {
		step = find_step(w, node->items[i]);
	}
	return step;
}

/* Does the text mean what it should? */
static int prove(struct work *w, struct slice text, const struct yaml *root,
	const struct value *wanted, const char *name)
{
	const struct yaml *again;
	struct value value;

	if (yaml_read(text, name, w->arena, &again, NULL) < 0) {
		return fail_stuck(w, root);
	}
	untyped_read(again, w->arena, &value);
	return value_equal(&value, wanted) ? 0 : fail_stuck(w, root);
}

int patch(struct slice text, const char *name, const struct value *wanted, struct arena *arena,
	struct slice *out, struct note *why)
{
	struct slice mark =
		slice_starts_with(text, SLICE("\xef\xbb\xbf")) ? slice_sub(text, 0, 3) : SLICE("");
	struct work w = {
		.splices = { .text = slice_sub(text, mark.len, text.len), .arena = arena },
		.arena = arena,
		.why = why,
	};
	const struct place place = { .kind = AT_ROOT };
	const struct yaml *root;
	struct slice made;
	int err = yaml_read(w.splices.text, name, arena, &root, why);

	if (err < 0) {
		return err;
	}
	w.step = find_step(&w, root);
	w.step = w.step == 0 ? EMIT_STEP : w.step;
	err = change(&w, root, &place, wanted);
	if (err == 0 && !splices_apply(&w.splices, &made)) {
		err = fail_stuck(&w, root);
	}
	err = err < 0 ? err : prove(&w, made, root, wanted, name);
	if (err == 0) {
		*out = arena_join(arena, mark, made);
	}
	return err;
}
