/* template.c - fills a template (spec/integrations.md section 1). */

#include <errno.h>

#include "common/text.h"
#include "common/url.h"
#include "master/edit/template.h"
#include "master/edit/values.h"
#include "master/load/fill.h"
#include "master/load/names.h"
#include "master/load/quote.h"
#include "master/load/slots.h"

/* "-a, -b and -c are required": all of them, whichever is missing. */
static int fail_missing(const struct catalogue_integration *in, struct note *why)
{
	struct note list = { "" };
	size_t wanted = 0, told = 0;

	for (size_t i = 0; i < in->flags.count; i++) {
		wanted += LIST_AT(in->flags, struct catalogue_flag, i)->required;
	}
	for (size_t i = 0; i < in->flags.count; i++) {
		const struct catalogue_flag *flag = LIST_AT(in->flags, struct catalogue_flag, i);

		if (flag->required) {
			told++;
			note_append(&list, "%s-" SLICE_FMT,
				told == 1        ? ""
				: told == wanted ? " and "
						 : ", ",
				SLICE_ARG(flag->name));
		}
	}
	return note_fail(why, -EINVAL, "%s %s required", list.text, wanted == 1 ? "is" : "are");
}

/* A bare host gets a scheme; one slash at the end goes, because a path may follow. */
static struct slice as_url(struct slice text, struct arena *arena)
{
	if (!slice_starts_with_nocase(text, SLICE("https://")) &&
		!slice_starts_with_nocase(text, SLICE("http://"))) {
		text = arena_join(arena, SLICE("https://"), text);
	}
	return slice_sub(text, 0, text.len - slice_ends_with(text, SLICE("/")));
}

/* What stands for each flag: a map. */
static int take_flags(const struct catalogue_integration *in, const char *const *given,
	struct arena *arena, struct value *out, struct note *why)
{
	*out = values_map(NULL);
	for (size_t i = 0; i < in->flags.count; i++) {
		const struct catalogue_flag *flag = LIST_AT(in->flags, struct catalogue_flag, i);
		struct slice text = slice_of(given[i]);

		text = text.len == 0 ? flag->fallback : text;
		if (text.len == 0 && flag->required) {
			return fail_missing(in, why);
		}
		text = flag->url ? as_url(text, arena) : text;
		*out = values_set(out, flag->name, values_text(text), arena);
	}
	return 0;
}

/* What is pasted in the place of a reference may be a secret: it is not shown. */
static int check_secrets(const struct value *params, struct arena *arena, struct note *why)
{
	struct value secrets = values_list(value_find(params, SLICE("secrets")));
	struct slots *slots = slots_new(arena);
	struct slot *slot;

	for (size_t i = 0; i < secrets.items.count; i++) {
		const struct value *secret = LIST_AT(secrets.items, struct value, i);

		if (secret->kind != VALUE_TEXT ||
			slots_take(slots, secret->text, &slot, NULL) < 0) {
			return note_fail(why, -EINVAL,
				"a secret is named by a reference such as env:NAME or file:PATH");
		}
	}
	return 0;
}

static int fill_auth(const struct list *auths, const struct value *flags, struct arena *arena,
	struct value *out, struct note *why)
{
	int err = 0;

	*out = values_list(NULL);
	for (size_t i = 0; err == 0 && i < auths->count; i++) {
		const struct catalogue_auth *auth = LIST_AT(*auths, struct catalogue_auth, i);
		struct value entry = values_map(NULL), params;

		if (!fill_value(&auth->params, flags, arena, &params)) {
			params = values_map(NULL);
		}
		entry = values_set(&entry, SLICE("type"), values_text(auth->type), arena);
		entry = values_set(&entry, SLICE("params"), values_map(&params), arena);
		*out = values_put(out, out->items.count, entry, arena);
		err = check_secrets(&params, arena, why);
	}
	return err;
}

static struct value number(int64_t number, struct arena *arena)
{
	struct value value = { .kind = VALUE_NULL };

	(void)value_number(arena_printf(arena, "%lld", (long long)number), &value);
	return value;
}

/* What the server would refuse is not written. */
static int check(struct slice name, struct slice destination, struct arena *arena, struct note *why)
{
	struct url url;
	struct note what;

	if (!names_is_valid(name)) {
		return note_fail(why, -EINVAL,
			"-name takes letters, digits, '.', '_' and '-': others would not load");
	}
	if (url_check_destination(destination, arena, &url, &what) < 0) {
		return note_fail(why, -EINVAL, "integration %s %s", plain(name).text, what.text);
	}
	return 0;
}

int template_fill(const struct catalogue_integration *in, struct slice name,
	const char *const *given, struct arena *arena, struct value *out, struct note *why)
{
	struct value flags, incoming, outgoing, entry = values_map(NULL);
	struct slice lower = text_lower(name, arena), destination;
	int err = take_flags(in, given, arena, &flags, why);

	if (err == 0 && !fill_text(in->destination, &flags, arena, &destination)) {
		err = note_fail(why, -EINVAL, "the destination can't be told");
	}
	err = err < 0 ? err : check(lower, destination, arena, why);
	err = err < 0 ? err : fill_auth(&in->incoming_auth, &flags, arena, &incoming, why);
	err = err < 0 ? err : fill_auth(&in->outgoing_auth, &flags, arena, &outgoing, why);
	if (err < 0) {
		return err;
	}
	entry = values_set(&entry, SLICE("name"), values_text(lower), arena);
	entry = values_set(&entry, SLICE("destination"), values_text(destination), arena);
	entry = values_set(&entry, SLICE("in_rate_limit"), number(in->in_rate_limit, arena), arena);
	entry = values_set(
		&entry, SLICE("out_rate_limit"), number(in->out_rate_limit, arena), arena);
	entry = values_set(&entry, SLICE("incoming_auth"), incoming, arena);
	entry = values_set(&entry, SLICE("outgoing_auth"), outgoing, arena);
	for (size_t i = 0; in->options.kind == VALUE_MAP && i < in->options.items.count; i++) {
		const struct value_entry *option =
			LIST_AT(in->options.items, struct value_entry, i);

		entry = values_set(&entry, option->key, option->value, arena);
	}
	*out = entry;
	return 0;
}

struct value template_update(
	const struct value *entry, const struct value *filled, struct arena *arena)
{
	static const char *const kept[] = { "name", "in_rate_limit", "out_rate_limit" };
	struct value made = values_map(entry);

	for (size_t i = 0; i < filled->items.count; i++) {
		const struct value_entry *said = LIST_AT(filled->items, struct value_entry, i);
		bool keep = said->value.kind == VALUE_LIST && said->value.items.count == 0;

		for (size_t k = 0; k < sizeof(kept) / sizeof(*kept); k++) {
			keep |= slice_equal(said->key, slice_of(kept[k]));
		}
		if (!keep) {
			made = values_set(&made, said->key, said->value, arena);
		}
	}
	return made;
}
