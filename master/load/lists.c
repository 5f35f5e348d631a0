/* lists.c - the keys of the two lists. */

#include "master/load/lists.h"

/* clang-format off */
#define ROW(key, type, object, member) \
	.name = key, .kind = type, .offset = offsetof(struct object, member)
#define ITEMS(table, item) .rows = table, .row_size = sizeof(struct item)

static const struct field method_fields[] = {
	{ ROW("method", FIELD_TEXT, method, name) },
	{ ROW("headers", FIELD_MAP, method, headers), ITEMS(policy_values_fields, policy_values),
	  .help = "headers that a request must have, with these values" },
	{ ROW("query", FIELD_MAP, method, query), ITEMS(policy_values_fields, policy_values),
	  .help = "query parameters that a request must have, with these values" },
	{ ROW("body", FIELD_VALUE, method, body),
	  .help = "what a request's body must contain" },
	{ 0 },
};

const struct field rule_fields[] = {
	{ ROW("path", FIELD_TEXT, rule, path),
	  .help = "path; '*' stands for one segment, '**' for any number of them" },
	{ ROW("methods", FIELD_MAP, rule, methods), ITEMS(method_fields, method),
	  .help = "methods, each with what else a request must have" },
	{ 0 },
};

static const struct field capability_fields[] = {
	{ ROW("name", FIELD_TEXT, capability, name), .help = "name of the capability" },
	{ ROW("params", FIELD_VALUE, capability, params), .help = "what it is limited to" },
	{ 0 },
};

static const struct field allow_caller_fields[] = {
	{ ROW("id", FIELD_TEXT, caller, id), .fallback = "*", .help = "who; '*' is everybody" },
	{ ROW("capabilities", FIELD_LIST, caller, capabilities), ITEMS(capability_fields, capability),
	  .help = "sets of rules that have a name" },
	{ ROW("rules", FIELD_LIST, caller, rules), ITEMS(rule_fields, rule),
	  .help = "what the caller may do" },
	{ 0 },
};

static const struct field deny_caller_fields[] = {
	{ ROW("id", FIELD_TEXT, caller, id), .fallback = "*", .help = "who; '*' is everybody" },
	{ ROW("rules", FIELD_LIST, caller, rules), ITEMS(rule_fields, rule),
	  .help = "what the caller may not do" },
	{ 0 },
};

static const struct field allow_entry_fields[] = {
	{ ROW("integration", FIELD_TEXT, entry, integration), .help = "name of the integration" },
	{ ROW("callers", FIELD_LIST, entry, callers), ITEMS(allow_caller_fields, caller),
	  .help = "who may use it" },
	{ 0 },
};

static const struct field deny_entry_fields[] = {
	{ ROW("integration", FIELD_TEXT, entry, integration), .help = "name of the integration" },
	{ ROW("callers", FIELD_LIST, entry, callers), ITEMS(deny_caller_fields, caller),
	  .help = "who may not do what" },
	{ 0 },
};

const struct field allowlist_row = {
	.name = "the allowlist", .kind = FIELD_LIST, ITEMS(allow_entry_fields, entry)
};
const struct field denylist_row = {
	.name = "the denylist", .kind = FIELD_LIST, ITEMS(deny_entry_fields, entry)
};

#undef ROW
#undef ITEMS
/* clang-format on */
