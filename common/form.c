/* form.c - holds a rule's body against a form, field by field. */

#include "common/form.h"
#include "common/parameter.h"

/* The texts that a rule wants of a field; false when it wants something that is no text, too. */
static bool texts_of(const struct value *wanted, struct arena *arena, struct list *out)
{
	const struct list one = { (void *)wanted, 1 };
	const struct list *values = wanted->kind == VALUE_LIST ? &wanted->items : &one;
	bool all = true;

	*out = (struct list){ arena_room(arena, values->count, sizeof(struct slice)), 0 };
	for (size_t i = 0; i < values->count; i++) {
		const struct value *value = LIST_AT(*values, struct value, i);

		if (value->kind == VALUE_TEXT) {
			*LIST_AT(*out, struct slice, out->count++) = value->text;
		} else {
			all = false;
		}
	}
	return all;
}

enum judgement form_judge(const struct value *wanted, const struct query *form, bool loose,
	struct arena *arena, struct note *why)
{
	enum judgement sum = JUDGEMENT_HOLDS;

	if (form->fault != NULL) {
		return judge(why, JUDGEMENT_DOUBTFUL, "invalid form encoding");
	}
	for (size_t i = 0; sum != JUDGEMENT_FAILS && i < wanted->items.count; i++) {
		const struct value_entry *field = LIST_AT(wanted->items, struct value_entry, i);
		struct list texts;
		bool all = texts_of(&field->value, arena, &texts);

		sum = judgement_both(sum,
			parameter_judge(form, field->key, &texts, &parameter_of_form, loose, why));
		if (sum != JUDGEMENT_FAILS && !all) {
			sum = judge(why, JUDGEMENT_DOUBTFUL, "invalid rule");
		}
	}
	return sum;
}
