/* constraint.c - puts together what headers, query and body say to a rule. */

#include "common/constraint.h"
#include "common/body.h"
#include "common/form.h"
#include "common/headers.h"
#include "common/json.h"
#include "common/limits.h"
#include "common/parameter.h"
#include "common/subset.h"

/* A rule that is held against a request. */
struct trial {
	const struct policy_rule *rule;
	struct reading *reading;
	bool loose;
	struct note *why;
};

static const struct query *query_of(struct reading *reading)
{
	if (!reading->query_known) {
		query_read(reading->message->query, LIMIT_QUERY_PARAMETERS, reading->message->arena,
			&reading->query);
		reading->query_known = true;
	}
	return &reading->query;
}

static const struct query *form_of(struct reading *reading)
{
	if (!reading->form_known) {
		query_read(
			reading->body, LIMIT_FORM_FIELDS, reading->message->arena, &reading->form);
		reading->form_known = true;
	}
	return &reading->form;
}

static enum json_fault json_of(struct reading *reading)
{
	if (!reading->json_known) {
		reading->json_fault =
			json_read(reading->body, reading->message->arena, &reading->json);
		reading->json_known = true;
	}
	return reading->json_fault;
}

static enum judgement judge_header(const struct trial *t, const struct policy_values *wanted)
{
	return headers_judge(t->reading->message, wanted, t->loose, t->why);
}

/* Does every server read the same pairs in it as we do? */
static enum judgement judge_query_itself(const struct trial *t)
{
	const struct query *query = query_of(t->reading);

	if (query->fault == NULL || t->loose) {
		return JUDGEMENT_HOLDS;
	}
	return judge(t->why, JUDGEMENT_MALFORMED, "ambiguous query: %s", query->fault);
}

static enum judgement judge_parameter(const struct trial *t, const struct policy_values *wanted)
{
	enum judgement judged = judge_query_itself(t);

	return judged != JUDGEMENT_HOLDS
		       ? judged
		       : parameter_judge(query_of(t->reading), wanted->name, &wanted->values,
				 &parameter_of_query, t->loose, t->why);
}

static enum judgement judge_all(const struct trial *t, const struct list *wanted,
	enum judgement (*judge_one)(const struct trial *t, const struct policy_values *wanted))
{
	enum judgement sum = JUDGEMENT_HOLDS;

	for (size_t i = 0; sum != JUDGEMENT_FAILS && i < wanted->count; i++) {
		sum = judgement_both(
			sum, judge_one(t, LIST_AT(*wanted, const struct policy_values, i)));
	}
	return sum;
}

static bool names_parameter(const struct policy_rule *rule, struct slice name)
{
	for (size_t i = 0; i < rule->query.count; i++) {
		if (slice_equal(LIST_AT(rule->query, struct policy_values, i)->name, name)) {
			return true;
		}
	}
	return false;
}

static bool is_in_query(const struct trial *t, struct slice field)
{
	const struct query *query = query_of(t->reading);

	for (size_t i = 0; i < query->count; i++) {
		struct slice name = query->pairs[i].name;

		if (slice_equal(name, field) || (!t->loose && query_name_resembles(name, field))) {
			return true;
		}
	}
	return false;
}

/* There are APIs that take a parameter from the query or from the body, and nobody knows which of
 * the two wins (security.md F7c). Where the rule itself asks for it in the query, it is judged. */
static enum judgement judge_doubled_fields(const struct trial *t)
{
	const struct list *fields = &t->rule->body.items;

	for (size_t i = 0; i < fields->count; i++) {
		struct slice field = LIST_AT(*fields, struct value_entry, i)->key;

		if (!names_parameter(t->rule, field) && is_in_query(t, field)) {
			return judge(t->why, JUDGEMENT_DOUBTFUL,
				"body field " SLICE_FMT " is in the query, too", SLICE_ARG(field));
		}
	}
	return judge_query_itself(t);
}

static enum judgement judge_json(const struct trial *t)
{
	const struct value empty = { .kind = VALUE_MAP };
	const struct value *json = &t->reading->json;

	switch (json_of(t->reading)) {
	case JSON_READ:
		break;
	case JSON_INVALID:
		return judge(t->why, JUDGEMENT_DOUBTFUL, "invalid json");
	case JSON_REPEATED_NAME:
		return judge(t->why, JUDGEMENT_MALFORMED, "invalid json: a name stands twice");
	case JSON_TOO_LARGE:
		return judge(t->why, JUDGEMENT_TOO_LARGE, "invalid json: too deep or too long");
	}
	if (json->kind != VALUE_MAP && json->kind != VALUE_NULL) {
		return judge(t->why, JUDGEMENT_DOUBTFUL, "invalid json");
	}
	return subset_judge(
		&t->rule->body, json->kind == VALUE_NULL ? &empty : json, t->loose, t->why);
}

/* A body that is known to be empty holds no field, whatever it is called. */
static bool is_empty(const struct reading *reading)
{
	const struct message *m = reading->message;

	return reading->has_body
		       ? reading->body.len == 0
		       : m->body == BODY_NONE || (m->body == BODY_LENGTH && m->body_length == 0);
}

static enum judgement judge_body(const struct trial *t)
{
	bool empty = is_empty(t->reading);
	enum body_syntax syntax = BODY_OPAQUE;
	enum judgement judged = body_syntax_of(t->reading->message, t->loose, &syntax, t->why);

	if (judged != JUDGEMENT_HOLDS ? !empty : syntax == BODY_OPAQUE) {
		return judged;
	}
	judged = judge_doubled_fields(t);
	if (judged != JUDGEMENT_HOLDS) {
		return judged;
	}
	if (!t->reading->has_body && !empty) {
		return JUDGEMENT_NEEDS_BODY;
	}
	switch (syntax) {
	case BODY_JSON:
		return empty ? judge(t->why, JUDGEMENT_FAILS, "invalid json") : judge_json(t);
	case BODY_FORM:
		return form_judge(&t->rule->body, form_of(t->reading), t->loose,
			t->reading->message->arena, t->why);
	case BODY_OPAQUE:
		break;
	}
	return judge(t->why, JUDGEMENT_FAILS, "empty body");
}

enum judgement constraint_holds(
	const struct policy_rule *rule, struct reading *reading, bool loose, struct note *why)
{
	const struct trial trial = { rule, reading, loose, why };
	enum judgement sum = judge_all(&trial, &rule->headers, judge_header);

	if (sum != JUDGEMENT_FAILS) {
		sum = judgement_both(sum, judge_all(&trial, &rule->query, judge_parameter));
	}
	/* A request that is in doubt already is not worth waiting for its body. */
	return sum == JUDGEMENT_HOLDS && rule->has_body ? judge_body(&trial) : sum;
}
