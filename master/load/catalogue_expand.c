/* catalogue_expand.c - from a capability and its parameters to rules (spec/integrations.md section
 * 2). */

#include <errno.h>

#include "master/load/catalogue.h"
#include "master/load/fill.h"
#include "master/load/quote.h"

/* One expansion. */
struct expansion {
	const struct catalogue_capability *capability;
	struct value given;                 /* a map: what stands for each parameter */
	const struct catalogue_param *list; /* the parameter that is one ... */
	const struct value *elements;       /* ... and what was given for it */
	bool compat;
	struct arena *arena;
	struct note *why;
};

static const struct catalogue_capability *find(
	const struct catalogue *catalogue, struct slice integration, struct slice name)
{
	const struct catalogue_integration *in = catalogue_find(catalogue, integration);

	for (size_t i = 0; in != NULL && i < in->capabilities.count; i++) {
		const struct catalogue_capability *capability =
			LIST_AT(in->capabilities, struct catalogue_capability, i);

		if (slice_equal(capability->name, name)) {
			return capability;
		}
	}
	return NULL;
}

static const struct catalogue_param *find_param(
	const struct catalogue_capability *capability, struct slice name)
{
	for (size_t i = 0; i < capability->params.count; i++) {
		const struct catalogue_param *param =
			LIST_AT(capability->params, struct catalogue_param, i);

		if (slice_equal(param->name, name)) {
			return param;
		}
	}
	return NULL;
}

static int check_names(const struct expansion *e, const struct value *params)
{
	for (size_t i = 0; params->kind == VALUE_MAP && i < params->items.count; i++) {
		struct slice name = LIST_AT(params->items, struct value_entry, i)->key;

		if (find_param(e->capability, name) == NULL) {
			return note_fail(e->why, -EINVAL, "unknown param %s for capability %s",
				plain(name).text, plain(e->capability->name).text);
		}
	}
	return 0;
}

static int fail_param(
	const struct expansion *e, const struct catalogue_param *param, const char *text)
{
	return note_fail(e->why, -EINVAL, "invalid params for capability %s: %s%s",
		plain(e->capability->name).text, plain(param->name).text, text);
}

/* In the words of the catalogue, or as the reference says it in most places. */
static int fail_missing(const struct expansion *e, const struct catalogue_param *param)
{
	if (param->error.len > 0) {
		return note_fail(e->why, -EINVAL, "invalid params for capability %s: %s",
			plain(e->capability->name).text, plain(param->error).text);
	}
	return fail_param(e, param,
		param->optional ? " must be a non-empty string or null" : " parameter required");
}

static void give(struct expansion *e, struct slice name, const struct value *value)
{
	*LIST_AT(e->given.items, struct value_entry, e->given.items.count++) =
		(struct value_entry){ name, *value };
}

/* Takes one parameter from what was given; NULL: it was not. */
static int take(struct expansion *e, const struct catalogue_param *param, const struct value *value)
{
	const struct value fallback = { .kind = VALUE_TEXT, .text = param->fallback };

	if (value != NULL && value->kind == VALUE_TEXT && value->text.len > 0 &&
		!slice_equal(param->kind, SLICE("list"))) {
		give(e, param->name, value);
		return 0;
	}
	if (param->fallback.len > 0) {
		give(e, param->name, &fallback);
		return 0;
	}
	if (param->optional && (value == NULL || value->kind == VALUE_NULL)) {
		return 0;
	}
	if (slice_equal(param->kind, SLICE("list")) && value != NULL && value->kind == VALUE_LIST &&
		value->items.count > 0) {
		e->list = param;
		e->elements = value;
		return 0;
	}
	return fail_missing(e, param);
}

static int take_all(struct expansion *e, const struct value *params)
{
	const struct list *wanted = &e->capability->params;
	int err = 0;

	e->given = (struct value){ .kind = VALUE_MAP };
	e->given.items.items = arena_alloc(e->arena, wanted->count + 1, sizeof(struct value_entry));
	for (size_t i = 0; err == 0 && i < wanted->count; i++) {
		const struct catalogue_param *param = LIST_AT(*wanted, struct catalogue_param, i);

		err = take(e, param, value_find(params, param->name));
	}
	return err;
}

/* Nobody who names a repository means all of them, or those beside it. */
static int check_segments(
	const struct expansion *e, const struct catalogue_param *param, struct slice text)
{
	static const char *const refused[] = { "", ".", "..", "*", "**" };
	struct slice segment, rest = text;

	while (slice_next(&rest, '/', &segment)) {
		for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
			if (slice_equal(segment, slice_of(refused[i]))) {
				return fail_param(e, param,
					i == 0 ? " has an empty segment, which is for -compat only"
					       : " has a segment of dots or stars, which is for "
						 "-compat only");
			}
		}
	}
	return 0;
}

/* What becomes part of a text must be one. */
static int fill_words(const struct expansion *e, struct slice pattern, bool path, struct slice *out)
{
	struct slice before, name, rest = pattern;

	while (fill_next(&rest, &before, &name)) {
		const struct catalogue_param *param = find_param(e->capability, name);
		const struct value *value = value_find(&e->given, name);
		int err;

		if (value == NULL || value->kind != VALUE_TEXT) {
			return fail_missing(e, param);
		}
		err = path && !e->compat ? check_segments(e, param, value->text) : 0;
		if (err < 0) {
			return err;
		}
	}
	return fill_text(pattern, &e->given, e->arena, out) ? 0 : -EINVAL;
}

/* The values that headers, or query parameters, must have. */
static int fill_constraints(const struct expansion *e, const struct list *from, struct list *to)
{
	int err = 0;

	to->items = arena_alloc(e->arena, from->count, sizeof(struct policy_values));
	to->count = from->count;
	for (size_t i = 0; i < from->count; i++) {
		const struct policy_values *pattern = LIST_AT(*from, struct policy_values, i);
		struct policy_values *filled = LIST_AT(*to, struct policy_values, i);
		struct list values = { arena_alloc(e->arena, pattern->values.count,
					       sizeof(struct slice)),
			pattern->values.count };

		*filled = (struct policy_values){ pattern->name, values };
		for (size_t k = 0; err == 0 && k < values.count; k++) {
			err = fill_words(e, *LIST_AT(pattern->values, struct slice, k), false,
				LIST_AT(values, struct slice, k));
		}
	}
	return err;
}

static int add_rules(const struct expansion *e, struct list *to)
{
	const struct list *from = &e->capability->rules;

	for (size_t i = 0; i < from->count; i++) {
		const struct policy_rule *pattern = LIST_AT(*from, struct policy_rule, i);
		struct policy_rule *rule = LIST_AT(*to, struct policy_rule, to->count++);
		int err;

		*rule = *pattern;
		err = fill_words(e, pattern->path, true, &rule->path);
		err = err < 0 ? err : fill_constraints(e, &pattern->headers, &rule->headers);
		err = err < 0 ? err : fill_constraints(e, &pattern->query, &rule->query);
		if (err < 0) {
			return err;
		}
		rule->has_body = pattern->has_body &&
				 fill_value(&pattern->body, &e->given, e->arena, &rule->body);
	}
	return 0;
}

/* The rules once, or once for each element of the list. */
static int add_all(struct expansion *e, struct list *rules)
{
	size_t given = e->given.items.count;
	size_t times = e->list == NULL ? 1 : e->elements->items.count;
	struct list made = { arena_alloc(e->arena, times * e->capability->rules.count,
				     sizeof(struct policy_rule)),
		0 };
	int err = 0;

	for (size_t i = 0; err == 0 && i < times; i++) {
		e->given.items.count = given;
		if (e->list != NULL) {
			give(e, e->list->name, LIST_AT(e->elements->items, struct value, i));
		}
		err = add_rules(e, &made);
	}
	if (err == 0) {
		*rules = made;
	}
	return err;
}

int catalogue_expand(const struct catalogue *catalogue, struct slice integration,
	struct slice capability, const struct value *params, bool compat, struct arena *arena,
	struct list *rules, struct note *why)
{
	struct expansion e = { .compat = compat, .arena = arena, .why = why };
	int err;

	e.capability = find(catalogue, integration, capability);
	if (e.capability == NULL) {
		e.capability = find(catalogue, SLICE("*"), capability);
	}
	if (e.capability == NULL) {
		return note_fail(why, -ENOENT, "unknown capability %s%s", plain(capability).text,
			catalogue->shipped ? ""
					   : " (the integrations that came with this program "
					     "were not found)");
	}
	err = check_names(&e, params);
	err = err < 0 ? err : take_all(&e, params);
	return err < 0 ? err : add_all(&e, rules);
}
