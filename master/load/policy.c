/* policy.c - checks allowlist.yaml and denylist.yaml in the reference's order (spec/config.md
 * sections 10 and 11), and gives each integration its rules.
 *
 * This version enforces paths and methods. A rule that says more than that is refused: to load it
 * without the rest would open what somebody meant to keep shut. */

#include "common/path.h"
#include "common/text.h"
#include "master/load/lists.h"
#include "master/load/plan.h"
#include "master/load/quote.h"

/* The one capability that needs no constraints. */
static const struct slice full_access = { "dangerously_allow_full_access", 29 };
static const struct slice full_methods[] = {
	{ "DELETE", 6 },
	{ "GET", 3 },
	{ "HEAD", 4 },
	{ "OPTIONS", 7 },
	{ "PATCH", 5 },
	{ "POST", 4 },
	{ "PUT", 3 },
};

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

/* Notes that a rule has this path and method; false when one had them before. */
static bool is_new(struct names *known, struct arena *arena, struct slice path, struct slice method)
{
	struct slice key =
		arena_printf(arena, SLICE_FMT "\n" SLICE_FMT, SLICE_ARG(path), SLICE_ARG(method));

	return names_put(known, key, known) == NULL;
}

static bool has_constraint(const struct site *site, const struct method *method)
{
	const struct yaml *body = places_find(&site->document->members, &method->body);

	return method->headers.count > 0 || method->query.count > 0 ||
	       (body != NULL && body->count > 0);
}

/* One method of a rule: is it one, and has it not been there before? In an allowlist rules with
 * other constraints are alternatives, in a denylist they are not. */
static int check_method(const struct site *site, const struct rule *rule, size_t index,
	const struct method *method, struct names *known)
{
	const struct yaml *place = document_place(site->document, method, method);
	struct arena *arena = site->plan->arena;
	struct slice name = text_upper(text_trim(method->name), arena);
	struct slice path = text_trim(rule->path);

	if (!text_is_token(name)) {
		return yaml_fail(place, site->why,
			"integration %s: caller %s rule %zu invalid method %s",
			plain(site->name).text, caller_id(site).text, index,
			quote(method->name).text);
	}
	if (site->allow) {
		if (has_constraint(site, method) ||
			is_new(known, arena, normalised(arena, rule->path), name)) {
			return 0;
		}
		return yaml_fail(place, site->why,
			"integration %s: duplicate rule for caller %s path %s method %s",
			plain(site->name).text, caller_id(site).text, quote(rule->path).text,
			plain(name).text);
	}
	if (is_new(known, arena, path, name)) {
		return 0;
	}
	return yaml_fail(place, site->why,
		"integration %s: duplicate rule for caller %s path %s method %s (rule %zu)",
		plain(site->name).text, caller_id(site).text, quote(path).text, plain(name).text,
		index);
}

static int check_rules(const struct site *site)
{
	struct names *known = names_new(site->plan->arena);
	int err = 0;

	for (size_t i = 0; err == 0 && i < site->caller->rules.count; i++) {
		const struct rule *rule = LIST_AT(site->caller->rules, struct rule, i);

		if (text_trim(rule->path).len == 0) {
			return fail_rule(site, document_place(site->document, &rule->path, rule), i,
				"missing path");
		}
		if (rule->methods.count == 0) {
			return fail_rule(site, document_place(site->document, &rule->methods, rule),
				i, "has no methods");
		}
		for (size_t m = 0; err == 0 && m < rule->methods.count; m++) {
			err = check_method(
				site, rule, i, LIST_AT(rule->methods, struct method, m), known);
		}
	}
	return err;
}

static int check_capabilities(const struct site *site)
{
	for (size_t i = 0; i < site->caller->capabilities.count; i++) {
		const struct capability *capability =
			LIST_AT(site->caller->capabilities, struct capability, i);
		const struct yaml *params =
			places_find(&site->document->members, &capability->params);

		if (!slice_equal(capability->name, full_access)) {
			return yaml_fail(
				document_place(site->document, &capability->name, capability),
				site->why,
				"integration %s: unknown capability %s (this version has " SLICE_FMT
				" only)",
				plain(site->name).text, plain(capability->name).text,
				SLICE_ARG(full_access));
		}
		if (params != NULL && params->count > 0) {
			const struct yaml *key = params->pairs[0].key;

			return yaml_fail(key, site->why,
				"integration %s: unknown param %s for capability " SLICE_FMT,
				plain(site->name).text, plain(key->text).text,
				SLICE_ARG(full_access));
		}
	}
	return 0;
}

/* What the reference checks of a caller. */
static int check_caller(const struct site *site, struct names *callers)
{
	const struct caller *caller = site->caller;
	const struct yaml *place = document_place(site->document, &caller->id, caller);
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
	err = check_capabilities(site);
	return err < 0 ? err : check_rules(site);
}

/* Refuses what this version would not enforce. */
static int check_enforced(const struct site *site)
{
	for (size_t i = 0; i < site->caller->rules.count; i++) {
		const struct rule *rule = LIST_AT(site->caller->rules, struct rule, i);

		for (size_t m = 0; m < rule->methods.count; m++) {
			const struct method *method = LIST_AT(rule->methods, struct method, m);

			if (has_constraint(site, method)) {
				return fail_rule(site,
					document_place(site->document, method, method), i,
					"has constraints on headers, query or body; they are not "
					"enforced by this version, so the rule is refused rather "
					"than loosened");
			}
		}
	}
	return 0;
}

/* Adds the rule to the caller's, and makes sure that no generated rule says what another one says.
 */
static int add_rule(const struct site *site, struct policy_caller *to, struct names *known,
	struct slice path, struct list methods, bool generated)
{
	size_t index = to->rules.count++;

	*LIST_AT(to->rules, struct policy_rule, index) =
		(struct policy_rule){ text_trim(path), methods };
	for (size_t i = 0; i < methods.count; i++) {
		struct slice method = *LIST_AT(methods, struct slice, i);

		if (!is_new(known, site->plan->arena, path, method) && generated) {
			return yaml_fail(document_place(site->document, site->caller, site->caller),
				site->why,
				"integration %s: duplicate rule for caller %s path %s method %s "
				"(index %zu rule %zu)",
				plain(site->name).text, caller_id(site).text, quote(path).text,
				plain(method).text, site->index, index);
		}
	}
	return 0;
}

/* The caller's rules as the snapshot has them: those that are written, then those of capabilities.
 */
static int build_caller(const struct site *site, struct policy_caller *to)
{
	const struct caller *from = site->caller;
	struct arena *arena = site->plan->arena;
	struct names *known = names_new(arena);
	int err = 0;

	to->id = from->id;
	to->rules.items = arena_alloc(
		arena, from->rules.count + from->capabilities.count, sizeof(struct policy_rule));
	for (size_t i = 0; err == 0 && i < from->rules.count; i++) {
		const struct rule *rule = LIST_AT(from->rules, struct rule, i);
		struct list methods = { arena_alloc(
						arena, rule->methods.count, sizeof(struct slice)),
			rule->methods.count };

		for (size_t m = 0; m < methods.count; m++) {
			struct slice name = LIST_AT(rule->methods, struct method, m)->name;

			*LIST_AT(methods, struct slice, m) = text_upper(text_trim(name), arena);
		}
		err = add_rule(site, to, known, rule->path, methods, false);
	}
	for (size_t i = 0; err == 0 && i < from->capabilities.count; i++) {
		err = add_rule(site, to, known, SLICE("/**"),
			(struct list){ (void *)full_methods,
				sizeof(full_methods) / sizeof(*full_methods) },
			true);
	}
	return err;
}

/* Gives an integration the rules of its entry. */
static int build_entry(struct site *site, const struct entry *entry)
{
	struct integration *in = names_find(site->plan->by_name, site->name);
	struct list callers = { NULL, entry->callers.count };
	int err = 0;

	if (in == NULL) {
		return yaml_fail(document_place(site->document, &entry->integration, entry),
			site->why, "integration %s is not in the configuration",
			plain(site->name).text);
	}
	callers.items = arena_alloc(site->plan->arena, callers.count, sizeof(struct policy_caller));
	for (site->index = 0; err == 0 && site->index < callers.count; site->index++) {
		site->caller = LIST_AT(entry->callers, struct caller, site->index);
		err = check_enforced(site);
		if (err == 0) {
			err = build_caller(
				site, LIST_AT(callers, struct policy_caller, site->index));
		}
	}
	if (site->allow) {
		in->allow = callers;
		in->allow_listed = callers.count > 0;
	} else {
		in->deny = callers;
	}
	return err;
}

/* What the reference checks of an entry. */
static int check_entry(
	struct site *site, const struct entry *entry, size_t index, struct names *entries)
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
		err = check_caller(site, callers);
	}
	return err;
}

static int plan_list(struct plan *plan, struct document *document, bool allow, struct note *why)
{
	struct site site = { .plan = plan, .document = document, .why = why, .allow = allow };
	struct names *names = names_new(plan->arena);
	struct list entries = { NULL, 0 };
	int err = parse_list(
		document, document->root, allow ? &allowlist_row : &denylist_row, &entries, why);

	for (size_t i = 0; err == 0 && i < entries.count; i++) {
		const struct entry *entry = LIST_AT(entries, struct entry, i);

		site.name = text_lower(entry->integration, plan->arena);
		err = check_entry(&site, entry, i, names);
	}
	for (size_t i = 0; err == 0 && i < entries.count; i++) {
		const struct entry *entry = LIST_AT(entries, struct entry, i);

		site.name = text_lower(entry->integration, plan->arena);
		err = build_entry(&site, entry);
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
