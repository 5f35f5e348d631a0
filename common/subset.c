/* subset.c - walks down a rule's value and the data beside it. */

#include "common/subset.h"
#include "common/decimal.h"
#include "common/text.h"

/* Where in the data we are: the name of a member, and what that is a member of. */
struct place {
	const struct place *outer; /* NULL: of the body itself */
	struct slice name;
};

/* What all members and elements are judged by. */
struct walk {
	bool loose;
	struct note *why;
};

static enum judgement walk_down(const struct walk *walk, const struct value *wanted,
	const struct value *data, const struct place *place);

static void append_place(struct note *note, const struct place *place)
{
	if (place == NULL) {
		return;
	}
	append_place(note, place->outer);
	note_append(note, "%s" SLICE_FMT, place->outer == NULL ? "" : ".", SLICE_ARG(place->name));
}

static enum judgement because(const struct walk *walk, enum judgement judgement, const char *before,
	const struct place *place, const char *after)
{
	if (walk->why != NULL) {
		*walk->why->text = '\0';
		note_append(walk->why, "%s", before);
		append_place(walk->why, place);
		note_append(walk->why, "%s", after);
	}
	return judgement;
}

/* The member of that name, and whether another one goes by nearly the same. */
static const struct value *find(const struct value *map, struct slice name, bool *resembled)
{
	const struct value *found = NULL;

	for (size_t i = 0; i < map->items.count; i++) {
		const struct value_entry *entry = LIST_AT(map->items, struct value_entry, i);

		if (slice_equal(entry->key, name)) {
			found = &entry->value;
		} else if (text_equal_folded(entry->key, name)) {
			*resembled = true;
		}
	}
	return found;
}

static enum judgement member(const struct walk *walk, const struct value_entry *wanted,
	const struct value *data, const struct place *outer)
{
	const struct place place = { outer, wanted->key };
	bool resembled = false;
	const struct value *found = find(data, wanted->key, &resembled);

	if (resembled && !walk->loose) {
		return because(walk, JUDGEMENT_DOUBTFUL, "ambiguous body field ", &place, "");
	}
	if (found == NULL) {
		return because(walk, JUDGEMENT_FAILS, "missing body field ", &place, "");
	}
	return walk_down(walk, &wanted->value, found, &place);
}

static enum judgement members(const struct walk *walk, const struct value *wanted,
	const struct value *data, const struct place *place)
{
	bool batch = data->kind == VALUE_LIST && !walk->loose;
	enum judgement sum = JUDGEMENT_HOLDS;

	if (data->kind != VALUE_MAP) {
		return because(walk, batch ? JUDGEMENT_DOUBTFUL : JUDGEMENT_FAILS, "body field ",
			place, " not object");
	}
	for (size_t i = 0; sum != JUDGEMENT_FAILS && i < wanted->items.count; i++) {
		const struct value_entry *entry = LIST_AT(wanted->items, struct value_entry, i);

		sum = judgement_both(sum, member(walk, entry, data, place));
	}
	return sum;
}

/* The best that any of the elements does. */
static enum judgement any_element(bool loose, const struct value *wanted, const struct value *list)
{
	const struct walk silent = { loose, NULL };
	enum judgement best = JUDGEMENT_FAILS;

	for (size_t i = 0; best != JUDGEMENT_HOLDS && i < list->items.count; i++) {
		enum judgement judged =
			walk_down(&silent, wanted, LIST_AT(list->items, struct value, i), NULL);

		best = judged == JUDGEMENT_FAILS ? best : judged;
	}
	return best;
}

/* Is it, without a list around it, what one element of the rule's list wants? */
static bool is_element(const struct value *data, const struct value *wanted)
{
	const struct walk silent = { false, NULL };

	for (size_t i = 0; i < wanted->items.count; i++) {
		const struct value *element = LIST_AT(wanted->items, struct value, i);

		if (walk_down(&silent, element, data, NULL) != JUDGEMENT_FAILS) {
			return true;
		}
	}
	return false;
}

static enum judgement elements(const struct walk *walk, const struct value *wanted,
	const struct value *data, const struct place *place)
{
	enum judgement sum = JUDGEMENT_HOLDS;

	if (data->kind != VALUE_LIST) {
		bool alone = !walk->loose && is_element(data, wanted);

		return because(walk, alone ? JUDGEMENT_DOUBTFUL : JUDGEMENT_FAILS, "body field ",
			place, " not array");
	}
	for (size_t i = 0; sum != JUDGEMENT_FAILS && i < wanted->items.count; i++) {
		const struct value *element = LIST_AT(wanted->items, struct value, i);

		sum = judgement_both(sum, any_element(walk->loose, element, data));
	}
	return sum == JUDGEMENT_HOLDS
		       ? sum
		       : because(walk, sum, "body field ", place, " missing element");
}

static enum judgement single(const struct walk *walk, const struct value *wanted,
	const struct value *data, const struct place *place)
{
	bool holds = value_equal(wanted, data) && wanted->kind != VALUE_NEVER;
	bool rounded = wanted->kind == VALUE_NUMBER && data->kind == VALUE_NUMBER &&
		       wanted->number == data->number;
	bool listed = !walk->loose && data->kind == VALUE_LIST &&
		      any_element(false, wanted, data) != JUDGEMENT_FAILS;

	if (holds) {
		return JUDGEMENT_HOLDS;
	}
	return because(walk, rounded || listed ? JUDGEMENT_DOUBTFUL : JUDGEMENT_FAILS,
		"body field ", place, " value mismatch");
}

static enum judgement walk_down(const struct walk *walk, const struct value *wanted,
	const struct value *data, const struct place *place)
{
	switch (wanted->kind) {
	case VALUE_MAP:
		return members(walk, wanted, data, place);
	case VALUE_LIST:
		return elements(walk, wanted, data, place);
	case VALUE_NEVER:
	case VALUE_NULL:
	case VALUE_FLAG:
	case VALUE_NUMBER:
	case VALUE_TEXT:
		break;
	}
	return single(walk, wanted, data, place);
}

enum judgement subset_judge(
	const struct value *wanted, const struct value *data, bool loose, struct note *why)
{
	const struct walk walk = { loose, why };

	return walk_down(&walk, wanted, data, NULL);
}
