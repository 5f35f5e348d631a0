/* constraint.h - whether a request has what a rule asks for beyond its path and method: headers,
 * parameters of the query, fields of the body. */

#pragma once

#include "common/json.h"
#include "common/judgement.h"
#include "common/message.h"
#include "common/query.h"
#include "common/snapshot.h"

/* A request, as constraints read it. The caller fills the first part, zero elsewhere; each of the
 * others is read when a rule first asks for it, and kept for the next rule. It takes memory from
 * message->arena only. */
struct reading {
	const struct message *message;
	bool has_body; /* `body` is the whole of it, as it will be sent on */
	struct slice body;

	/* constraint.c's own. */
	bool query_known, form_known, json_known;
	struct query query, form;
	enum json_fault json_fault;
	struct value json;
};

/* Judges in the order headers, query, body, and in each as the rule is written; a part that fails
 * outweighs doubts of others. `why` (may be NULL, which is quicker) is filled unless it holds: with
 * the reference's words where it has some (spec/request.md section 7).
 *
 * `loose` is for allow rules under -compat. Then some doubts are the caller's benefit, as in the
 * reference:
 *   - any one of several values of a header, parameter or form field may be the wanted one
 *   - pairs of the query with a ';' or a bad escape are not there
 *   - names that some server takes for the constrained one are other names
 *   - a body of unknown type holds; the first Content-Type counts, wherever in it a type is named
 * What stays doubtful all the same: duplicate keys in JSON, numbers that are equal only when
 * rounded, bytes that are no UTF-8, a compressed body, a name of a body field in the query too, a
 * header's twin with '_'. Rules that deny are never held loosely. */
enum judgement constraint_holds(
	const struct policy_rule *rule, struct reading *reading, bool loose, struct note *why);
