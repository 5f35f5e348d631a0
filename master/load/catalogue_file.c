/* catalogue_file.c - what a file of the catalogue may say, and whether it makes sense. */

#include "master/load/catalogue_file.h"
#include "common/file.h"
#include "common/limits.h"
#include "common/text.h"
#include "master/load/fill.h"
#include "master/load/lists.h"
#include "master/load/names.h"
#include "master/load/parse.h"
#include "master/load/quote.h"

/* A capability as it is written: rules with several methods each. */
struct written {
	struct slice name;
	struct list params; /* struct catalogue_param */
	struct list rules;  /* struct rule */
};

/* clang-format off */
#define ROW(key, type, object, member) \
	.name = key, .kind = type, .offset = offsetof(struct object, member)
#define ITEMS(table, item) .rows = table, .row_size = sizeof(struct item)

static const struct field flag_fields[] = {
	{ ROW("name", FIELD_TEXT, catalogue_flag, name) },
	{ ROW("help", FIELD_TEXT, catalogue_flag, help) },
	{ ROW("default", FIELD_TEXT, catalogue_flag, fallback) },
	{ ROW("required", FIELD_FLAG, catalogue_flag, required) },
	{ ROW("url", FIELD_FLAG, catalogue_flag, url) },
	{ 0 },
};

static const struct field auth_fields[] = {
	{ ROW("type", FIELD_TEXT, catalogue_auth, type) },
	{ ROW("params", FIELD_VALUE, catalogue_auth, params) },
	{ 0 },
};

static const struct field param_fields[] = {
	{ ROW("name", FIELD_TEXT, catalogue_param, name) },
	{ ROW("kind", FIELD_TEXT, catalogue_param, kind), .fallback = "text" },
	{ ROW("optional", FIELD_FLAG, catalogue_param, optional) },
	{ ROW("default", FIELD_TEXT, catalogue_param, fallback) },
	{ ROW("error", FIELD_TEXT, catalogue_param, error) },
	{ 0 },
};

static const struct field capability_fields[] = {
	{ ROW("name", FIELD_TEXT, written, name) },
	{ ROW("params", FIELD_LIST, written, params), ITEMS(param_fields, catalogue_param) },
	{ ROW("rules", FIELD_LIST, written, rules), ITEMS(rule_fields, rule) },
	{ 0 },
};

static const struct field file_fields[] = {
	{ ROW("integration", FIELD_TEXT, catalogue_integration, name) },
	{ ROW("flags", FIELD_LIST, catalogue_integration, flags), ITEMS(flag_fields, catalogue_flag) },
	{ ROW("destination", FIELD_TEXT, catalogue_integration, destination) },
	{ ROW("in_rate_limit", FIELD_NUMBER, catalogue_integration, in_rate_limit), .fallback = "100" },
	{ ROW("out_rate_limit", FIELD_NUMBER, catalogue_integration, out_rate_limit), .fallback = "100" },
	{ ROW("incoming_auth", FIELD_LIST, catalogue_integration, incoming_auth),
	  ITEMS(auth_fields, catalogue_auth) },
	{ ROW("outgoing_auth", FIELD_LIST, catalogue_integration, outgoing_auth),
	  ITEMS(auth_fields, catalogue_auth) },
	{ ROW("options", FIELD_VALUE, catalogue_integration, options) },
	{ ROW("capabilities", FIELD_LIST, catalogue_integration, capabilities),
	  ITEMS(capability_fields, written) },
	{ 0 },
};

#undef ROW
#undef ITEMS
/* clang-format on */

/* What is being looked at. */
struct site {
	struct document *document;
	struct arena *arena;
	struct catalogue_integration *in;
	const struct written *capability; /* NULL: the template */
	struct note *why;
	struct slice unknown; /* the first name in "<>" that nothing stands for */
};

static int check_name(const struct site *site)
{
	const struct yaml *place = document_place(site->document, &site->in->name, site->in);

	if (site->in->name.len == 0) {
		return yaml_fail(place, site->why, "missing integration");
	}
	if (!slice_equal(site->in->name, SLICE("*")) && !names_is_valid(site->in->name)) {
		return yaml_fail(place, site->why, "integration %s has invalid name",
			plain(site->in->name).text);
	}
	return 0;
}

static int check_flags(const struct site *site)
{
	const struct list *flags = &site->in->flags;
	struct names *known = names_new(site->arena);

	for (size_t i = 0; i < flags->count; i++) {
		const struct catalogue_flag *flag = LIST_AT(*flags, struct catalogue_flag, i);
		const struct yaml *place = document_place(site->document, &flag->name, flag);

		if (!names_is_valid(flag->name) || flag->name.at[0] == '-' ||
			slice_equal(flag->name, SLICE("name")) ||
			slice_equal(flag->name, SLICE("file"))) {
			return yaml_fail(place, site->why, "flag %s has invalid name",
				quote(flag->name).text);
		}
		if (names_put(known, flag->name, known) != NULL) {
			return yaml_fail(
				place, site->why, "duplicate flag %s", plain(flag->name).text);
		}
	}
	return 0;
}

/* Is it the name of a flag, or of a parameter? */
static bool is_known(void *self, struct slice name)
{
	struct site *site = self;
	bool known = false;

	for (size_t i = 0; site->capability == NULL && i < site->in->flags.count; i++) {
		known |=
			slice_equal(LIST_AT(site->in->flags, struct catalogue_flag, i)->name, name);
	}
	for (size_t i = 0; site->capability != NULL && i < site->capability->params.count; i++) {
		known |= slice_equal(
			LIST_AT(site->capability->params, struct catalogue_param, i)->name, name);
	}
	if (!known) {
		site->unknown = name;
	}
	return known;
}

/* In a path, a header or a query a parameter that need not be given would leave a hole. */
static bool is_certain(void *self, struct slice name)
{
	const struct site *site = self;
	bool optional = false;

	for (size_t i = 0; i < site->capability->params.count; i++) {
		const struct catalogue_param *param =
			LIST_AT(site->capability->params, struct catalogue_param, i);

		optional |= param->optional && slice_equal(param->name, name);
	}
	return !optional;
}

static bool each_name(struct slice text, fill_fn *see, struct site *site)
{
	return fill_each(&(struct value){ .kind = VALUE_TEXT, .text = text }, see, site);
}

static int fail_unknown(const struct site *site, const struct yaml *place)
{
	return yaml_fail(place, site->why, "nothing stands for <%s>: there is no %s of that name",
		plain(site->unknown).text, site->capability == NULL ? "flag" : "parameter");
}

static int fail_hole(const struct site *site, const struct yaml *place)
{
	return yaml_fail(place, site->why, "an optional parameter can stand in a body only");
}

static int check_auth(struct site *site, const struct list *auths)
{
	for (size_t i = 0; i < auths->count; i++) {
		const struct catalogue_auth *auth = LIST_AT(*auths, struct catalogue_auth, i);

		if (auth->type.len == 0) {
			return yaml_fail(document_place(site->document, &auth->type, auth),
				site->why, "an auth plugin needs a type");
		}
		if (!fill_each(&auth->params, is_known, site)) {
			return fail_unknown(
				site, document_place(site->document, &auth->params, auth));
		}
	}
	return 0;
}

/* More keys of an integration, as the configuration has them. */
static int check_options(struct site *site)
{
	const struct value *options = &site->in->options;
	const struct yaml *place = document_place(site->document, options, site->in);

	for (size_t i = 0; options->kind == VALUE_MAP && i < options->items.count; i++) {
		struct slice key = LIST_AT(options->items, struct value_entry, i)->key;

		if (field_find(file_fields, key, false) != NULL ||
			slice_equal(key, SLICE("name")) ||
			field_find(integration_fields, key, false) == NULL) {
			return yaml_fail(place, site->why, "%s is no option of an integration",
				quote(key).text);
		}
	}
	return 0;
}

static int check_template(struct site *site)
{
	struct catalogue_integration *in = site->in;
	int err;

	if (in->destination.len == 0) {
		return in->flags.count + in->incoming_auth.count + in->outgoing_auth.count == 0
			       ? 0
			       : yaml_fail(document_place(site->document, &in->destination, in),
					 site->why, "missing destination");
	}
	if (!each_name(in->destination, is_known, site)) {
		return fail_unknown(site, document_place(site->document, &in->destination, in));
	}
	err = check_flags(site);
	err = err < 0 ? err : check_auth(site, &in->incoming_auth);
	err = err < 0 ? err : check_auth(site, &in->outgoing_auth);
	return err < 0 ? err : check_options(site);
}

static int check_params(const struct site *site)
{
	const struct list *params = &site->capability->params;
	struct names *known = names_new(site->arena);
	unsigned lists = 0;

	for (size_t i = 0; i < params->count; i++) {
		const struct catalogue_param *param = LIST_AT(*params, struct catalogue_param, i);
		const struct yaml *place = document_place(site->document, &param->name, param);
		bool list = slice_equal(param->kind, SLICE("list"));

		if (!names_is_valid(param->name)) {
			return yaml_fail(place, site->why, "parameter %s has invalid name",
				quote(param->name).text);
		}
		if (!list && !slice_equal(param->kind, SLICE("text"))) {
			return yaml_fail(document_place(site->document, &param->kind, param),
				site->why, "kind %s is unknown (text or list is wanted)",
				quote(param->kind).text);
		}
		lists += list;
		if (lists > 1 || (list && (param->optional || param->fallback.len > 0))) {
			return yaml_fail(place, site->why,
				"a capability has one list at most, without default and not "
				"optional");
		}
		if (names_put(known, param->name, known) != NULL) {
			return yaml_fail(place, site->why, "duplicate parameter %s",
				plain(param->name).text);
		}
	}
	return 0;
}

/* Do the values of all headers, or query parameters, pass? */
static bool each_value(const struct list *constraints, fill_fn *see, struct site *site)
{
	for (size_t i = 0; i < constraints->count; i++) {
		const struct policy_values *values = LIST_AT(*constraints, struct policy_values, i);

		for (size_t k = 0; k < values->values.count; k++) {
			if (!each_name(*LIST_AT(values->values, struct slice, k), see, site)) {
				return false;
			}
		}
	}
	return true;
}

/* Adds the rule of one method. */
static int add_rule(
	struct site *site, const struct rule *rule, const struct method *method, struct list *to)
{
	const struct yaml *place = document_place(site->document, method, method);
	struct slice name = text_upper(text_trim(method->name), site->arena);

	if (!text_is_token(name)) {
		return yaml_fail(place, site->why, "invalid method %s", quote(method->name).text);
	}
	if (!each_value(&method->headers, is_known, site) ||
		!each_value(&method->query, is_known, site) ||
		!fill_each(&method->body, is_known, site)) {
		return fail_unknown(site, place);
	}
	if (!each_value(&method->headers, is_certain, site) ||
		!each_value(&method->query, is_certain, site)) {
		return fail_hole(site, place);
	}
	*LIST_AT(*to, struct policy_rule, to->count++) = (struct policy_rule){
		.path = text_trim(rule->path),
		.method = name,
		.headers = method->headers,
		.query = method->query,
		.has_body = method->body.kind == VALUE_MAP && method->body.items.count > 0,
		.body = method->body,
	};
	return 0;
}

static int add_rules(struct site *site, const struct rule *rule, struct list *to)
{
	const struct yaml *place = document_place(site->document, &rule->path, rule);
	int err = 0;

	if (text_trim(rule->path).len == 0 || rule->methods.count == 0) {
		return yaml_fail(place, site->why, "a rule needs a path and methods");
	}
	if (!each_name(rule->path, is_known, site)) {
		return fail_unknown(site, place);
	}
	if (!each_name(rule->path, is_certain, site)) {
		return fail_hole(site, place);
	}
	for (size_t m = 0; err == 0 && m < rule->methods.count; m++) {
		err = add_rule(site, rule, LIST_AT(rule->methods, struct method, m), to);
	}
	return err;
}

/* What a capability comes to. */
static int build_capability(struct site *site, struct catalogue_capability *to)
{
	const struct written *from = site->capability;
	size_t count = 0;
	int err;

	if (!names_is_valid(from->name) || from->rules.count == 0) {
		return yaml_fail(document_place(site->document, &from->name, from), site->why,
			"capability %s needs a name and rules", quote(from->name).text);
	}
	err = check_params(site);
	for (size_t i = 0; i < from->rules.count; i++) {
		count += LIST_AT(from->rules, struct rule, i)->methods.count;
	}
	to->name = from->name;
	to->params = from->params;
	to->rules.items = arena_alloc(site->arena, count, sizeof(struct policy_rule));
	for (size_t i = 0; err == 0 && i < from->rules.count; i++) {
		err = add_rules(site, LIST_AT(from->rules, struct rule, i), &to->rules);
	}
	return err;
}

static int build_capabilities(struct site *site)
{
	struct list from = site->in->capabilities;
	struct list to = { arena_alloc(
				   site->arena, from.count, sizeof(struct catalogue_capability)),
		from.count };
	struct names *known = names_new(site->arena);
	int err = 0;

	for (size_t i = 0; err == 0 && i < from.count; i++) {
		site->capability = LIST_AT(from, struct written, i);
		if (names_put(known, site->capability->name, known) != NULL) {
			return yaml_fail(document_place(site->document, &site->capability->name,
						 site->capability),
				site->why, "duplicate capability %s",
				plain(site->capability->name).text);
		}
		err = build_capability(site, LIST_AT(to, struct catalogue_capability, i));
	}
	site->in->capabilities = to;
	return err;
}

int catalogue_file_read(
	const char *path, struct arena *arena, struct catalogue_integration *out, struct note *why)
{
	struct catalogue_integration in = { 0 };
	struct document document;
	struct site site = { .document = &document, .arena = arena, .in = &in, .why = why };
	struct slice text;
	int err = file_read(slice_of(path), LIMIT_DOCUMENT_BYTES, &text, why);

	if (err < 0) {
		return err;
	}
	err = document_open(&document, text, arena_string(arena, slice_of(path)), arena, NULL, why);
	file_forget(&text);
	err = err < 0 ? err : parse_mapping(&document, document.root, file_fields, &in, why);
	err = err < 0 ? err : check_name(&site);
	err = err < 0 ? err : check_template(&site);
	err = err < 0 ? err : build_capabilities(&site);
	if (err == 0) {
		in.name = text_lower(in.name, arena);
		*out = in;
	}
	return err;
}
