/* policy.c - checks allowlist.yaml and denylist.yaml in the reference's order (spec/config.md
 * sections 10 and 11), and gives each integration its rules: one for each path and method. */

#include "common/path.h"
#include "common/text.h"
#include "master/load/catalogue.h"
#include "master/load/lists.h"
#include "master/load/plan.h"
#include "master/load/quote.h"
#include "master/load/rule_key.h"

/* The caller whose rules are being looked at. */
struct site {
	struct plan *plan;
	struct document *document;
	struct note *why;
	bool allow;        /* the allowlist, not the denylist */
	struct slice name; /* of the integration, in lower case */
	const struct caller *caller;
	size_t index; /* the caller's */
};

/* What a caller's entry comes to: the rules that are written, and then those of capabilities. */
struct granted {
	struct policy_caller caller;
	size_t written;
};

/* As each of the lists writes it in its messages. */
static struct quote caller_id(const struct site *site)
{
	return site->allow ? quote(site->caller->id) : plain(site->caller->id);
}

static int fail_rule(
	const struct site *site, const struct yaml *place, size_t index, const char *what)
{
	return yaml_fail(place, site->why, "integration %s: caller %s rule %zu %s",
		plain(site->name).text, caller_id(site).text, index, what);
}

/* The path as its segments, so that "/x" and "x/" are the same. */
static struct slice normalised(struct arena *arena, struct slice path)
{
	size_t count = path_segments(path, NULL, 0), len = 0;
	struct slice *segments = arena_alloc(arena, count, sizeof(*segments));
	char *to = arena_bytes(arena, path.len + 1);

	(void)path_segments(path, segments, count);
	for (size_t i = 0; i < count; i++) {
		to[len++] = '/';
		memcpy(to + len, segments[i].at, segments[i].len);
		len += segments[i].len;
	}
	return (struct slice){ to, len };
}

/* Notes that the caller has this rule; false when it had it before. */
static bool is_new(struct names *known, struct slice key)
{
	return names_put(known, key, known) == NULL;
}

static int fail_duplicate(const struct site *site, const struct yaml *place, struct slice path,
	const struct policy_rule *rule, const char *where)
{
	return yaml_fail(place, site->why,
		"integration %s: duplicate rule for caller %s path %s method %s%s",
		plain(site->name).text, caller_id(site).text, quote(path).text,
		plain(rule->method).text, where);
}

/* A value that equals no JSON makes a rule that nobody meant: one that never denies, or never
 * allows. */
static bool can_match(const struct value *value)
{
	bool can = value->kind != VALUE_NEVER;

	for (size_t i = 0; value->kind == VALUE_LIST && i < value->items.count; i++) {
		can = can && can_match(LIST_AT(value->items, struct value, i));
	}
	for (size_t i = 0; value->kind == VALUE_MAP && i < value->items.count; i++) {
		can = can && can_match(&LIST_AT(value->items, struct value_entry, i)->value);
	}
	return can;
}

/* One method of a rule, as the snapshot has it. */
static int read_method(const struct site *site, const struct rule *rule, size_t index,
	const struct method *method, struct policy_rule *out)
{
	const struct yaml *place = document_place(site->document, method, method);
	struct arena *arena = site->plan->arena;

	*out = (struct policy_rule){
		.path = text_trim(rule->path),
		.method = text_upper(text_trim(method->name), arena),
		.headers = method->headers,
		.query = method->query,
		.has_body = method->body.kind == VALUE_MAP && method->body.items.count > 0,
		.origin = arena_printf(
			arena, "%s:%u:%u", place->document, place->line, place->column),
	};
	if (!text_is_token(out->method)) {
		struct note what = { "" };

		note_append(&what, "invalid method %s", quote(method->name).text);
		return fail_rule(site, place, index, what.text);
	}
	if (out->has_body) {
		out->body = method->body;
	}
	if (out->has_body && !site->plan->compat && !can_match(&out->body)) {
		return fail_rule(site, document_place(site->document, &method->body, method), index,
			"has a value in its body that no JSON can be, such as a date without quotes");
	}
	return 0;
}

/* Has the rule not been there before? In an allowlist rules that ask for something else are
 * alternatives, in a denylist they are not. */
static int check_once(const struct site *site, const struct rule *rule, size_t index,
	const struct method *method, const struct policy_rule *flat, struct names *known)
{
	const struct yaml *place = document_place(site->document, method, method);
	struct arena *arena = site->plan->arena;
	struct note where = { "" };

	if (site->allow) {
		struct slice key = rule_key(normalised(arena, rule->path), flat, arena);

		return is_new(known, key) ? 0 : fail_duplicate(site, place, rule->path, flat, "");
	}
	note_append(&where, " (rule %zu)", index);
	return is_new(known, rule_key_bare(flat->path, flat, arena))
		       ? 0
		       : fail_duplicate(site, place, flat->path, flat, where.text);
}

static int read_rule(const struct site *site, const struct rule *rule, size_t index,
	struct names *known, struct list *rules)
{
	int err = 0;

	if (text_trim(rule->path).len == 0) {
		return fail_rule(site, document_place(site->document, &rule->path, rule), index,
			"missing path");
	}
	if (rule->methods.count == 0) {
		return fail_rule(site, document_place(site->document, &rule->methods, rule), index,
			"has no methods");
	}
	for (size_t i = 0; err == 0 && i < rule->methods.count; i++) {
		const struct method *method = LIST_AT(rule->methods, struct method, i);
		struct policy_rule *flat = LIST_AT(*rules, struct policy_rule, rules->count);

		err = read_method(site, rule, index, method, flat);
		if (err == 0) {
			err = check_once(site, rule, index, method, flat, known);
		}
		rules->count++;
	}
	return err;
}

/* What each of the caller's capabilities allows, as a list of rules. */
static int expand_capabilities(const struct site *site, struct list *lists)
{
	const struct plan *plan = site->plan;

	for (size_t i = 0; i < site->caller->capabilities.count; i++) {
		const struct capability *capability =
			LIST_AT(site->caller->capabilities, struct capability, i);
		const struct yaml *place =
			document_place(site->document, &capability->name, capability);
		struct slice origin = arena_printf(plan->arena, "capability %s at %s:%u:%u",
			plain(capability->name).text, place->document, place->line, place->column);
		struct note what;

		if (catalogue_expand(plan->catalogue, site->name, capability->name,
			    &capability->params, plan->compat, plan->arena, &lists[i], &what) < 0) {
			return yaml_fail(place, site->why, "integration %s: %s",
				plain(site->name).text, what.text);
		}
		for (size_t k = 0; k < lists[i].count; k++) {
			LIST_AT(lists[i], struct policy_rule, k)->origin = origin;
		}
	}
	return 0;
}

/* Puts the rules together: those that are written, one for each method, and then the lists. */
static int read_rules(const struct site *site, const struct list *lists, struct granted *out)
{
	struct list *rules = &out->caller.rules;
	struct arena *arena = site->plan->arena;
	struct names *known = names_new(arena);
	size_t room = 0;
	int err = 0;

	for (size_t i = 0; i < site->caller->rules.count; i++) {
		room += LIST_AT(site->caller->rules, struct rule, i)->methods.count;
	}
	for (size_t i = 0; i < site->caller->capabilities.count; i++) {
		room += lists[i].count;
	}
	rules->items = arena_alloc(arena, room, sizeof(struct policy_rule));
	for (size_t i = 0; err == 0 && i < site->caller->rules.count; i++) {
		err = read_rule(
			site, LIST_AT(site->caller->rules, struct rule, i), i, known, rules);
	}
	out->written = rules->count;
	for (size_t i = 0; err == 0 && i < site->caller->capabilities.count; i++) {
		for (size_t k = 0; k < lists[i].count; k++) {
			*LIST_AT(*rules, struct policy_rule, rules->count++) =
				*LIST_AT(lists[i], struct policy_rule, k);
		}
	}
	return err;
}

/* What is checked of a caller on its own. */
static int read_caller(const struct site *site, struct names *callers, struct granted *out)
{
	const struct caller *caller = site->caller;
	const struct yaml *place = document_place(site->document, &caller->id, caller);
	struct list *lists =
		arena_alloc(site->plan->arena, caller->capabilities.count, sizeof(struct list));
	int err;

	if (names_put(callers, caller->id, callers) != NULL) {
		struct note where = { "" };

		if (!site->allow) {
			note_append(&where, " in denylist %s (index %zu)", plain(site->name).text,
				site->index);
		}
		return yaml_fail(place, site->why, "integration %s: duplicate caller id %s%s",
			plain(site->name).text, quote(caller->id).text, where.text);
	}
	if (site->allow && caller->rules.count == 0 && caller->capabilities.count == 0) {
		return yaml_fail(place, site->why,
			"integration %s: caller %s has no rules or capabilities",
			plain(site->name).text, caller_id(site).text);
	}
	out->caller.id = caller->id;
	err = expand_capabilities(site, lists);
	return err < 0 ? err : read_rules(site, lists, out);
}

/* What is checked of an entry on its own. */
static int read_entry(struct site *site, const struct entry *entry, size_t index,
	struct names *entries, struct granted *granted)
{
	const struct yaml *place = document_place(site->document, &entry->integration, entry);
	struct names *callers = names_new(site->plan->arena);
	const char *list = site->allow ? "allowlist" : "denylist";
	int err = 0;

	if (entry->integration.len == 0) {
		return yaml_fail(place, site->why, "%s entry %zu missing integration", list, index);
	}
	if (names_put(entries, site->name, entries) != NULL) {
		return yaml_fail(place, site->why, "duplicate integration %s in %s",
			plain(site->name).text, list);
	}
	for (site->index = 0; err == 0 && site->index < entry->callers.count; site->index++) {
		site->caller = LIST_AT(entry->callers, struct caller, site->index);
		err = read_caller(site, callers, &granted[site->index]);
	}
	return err;
}

/* Does a rule as it would be written begin here, and not another method of the one before? */
static bool begins(const struct policy_rule *before, const struct policy_rule *rule)
{
	return !slice_equal(before->path, rule->path) ||
	       slice_compare(before->method, rule->method) >= 0;
}

/* Does a capability allow what another rule allows, too? Such a rule has a number as if it were
 * written, with all its methods. */
static int check_generated(const struct site *site, const struct granted *granted)
{
	struct arena *arena = site->plan->arena;
	struct names *known = names_new(arena);
	size_t number = site->caller->rules.count;

	for (size_t i = 0; i < granted->caller.rules.count; i++) {
		const struct policy_rule *rule =
			LIST_AT(granted->caller.rules, const struct policy_rule, i);
		bool first = is_new(known, rule_key(rule->path, rule, arena));

		if (i > granted->written && begins(rule - 1, rule)) {
			number++;
		}
		if (!first && i >= granted->written) {
			struct note where = { "" };

			note_append(&where, " (index %zu rule %zu)", site->index, number);
			return fail_duplicate(site,
				document_place(site->document, site->caller, site->caller),
				rule->path, rule, where.text);
		}
	}
	return 0;
}

/* Gives an integration the rules of its entry. */
static int build_entry(struct site *site, const struct entry *entry, const struct granted *granted)
{
	struct integration *in = names_find(site->plan->by_name, site->name);
	struct list callers = { NULL, entry->callers.count };

	if (in == NULL) {
		return yaml_fail(document_place(site->document, &entry->integration, entry),
			site->why, "integration %s is not in the configuration",
			plain(site->name).text);
	}
	callers.items = arena_alloc(site->plan->arena, callers.count, sizeof(struct policy_caller));
	for (site->index = 0; site->index < callers.count; site->index++) {
		int err;

		site->caller = LIST_AT(entry->callers, struct caller, site->index);
		err = check_generated(site, &granted[site->index]);
		if (err < 0) {
			return err;
		}
		*LIST_AT(callers, struct policy_caller, site->index) = granted[site->index].caller;
	}
	if (site->allow) {
		in->allow = callers;
		in->allow_listed = callers.count > 0;
	} else {
		in->deny = callers;
	}
	return 0;
}

static int plan_list(struct plan *plan, struct document *document, bool allow, struct note *why)
{
	struct site site = { .plan = plan, .document = document, .why = why, .allow = allow };
	struct names *names = names_new(plan->arena);
	struct list entries = { NULL, 0 };
	int err = parse_list(
		document, document->root, allow ? &allowlist_row : &denylist_row, &entries, why);
	struct granted **granted = arena_alloc(plan->arena, entries.count, sizeof(*granted));

	for (size_t i = 0; err == 0 && i < entries.count; i++) {
		const struct entry *entry = LIST_AT(entries, struct entry, i);

		site.name = text_lower(entry->integration, plan->arena);
		granted[i] = arena_alloc(plan->arena, entry->callers.count, sizeof(**granted));
		err = read_entry(&site, entry, i, names, granted[i]);
	}
	for (size_t i = 0; err == 0 && i < entries.count; i++) {
		const struct entry *entry = LIST_AT(entries, struct entry, i);

		site.name = text_lower(entry->integration, plan->arena);
		err = build_entry(&site, entry, granted[i]);
	}
	return err;
}

int plan_allowlist(struct plan *plan, struct document *document, struct note *why)
{
	return plan_list(plan, document, true, why);
}

int plan_denylist(struct plan *plan, struct document *document, struct note *why)
{
	return plan_list(plan, document, false, why);
}
