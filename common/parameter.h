/* parameter.h - whether a parameter of a query, or a field of a form, is what a rule wants it to
 * be. */

#pragma once

#include "common/field.h"
#include "common/judgement.h"
#include "common/query.h"

/* How the reference calls them when they are not. */
struct parameter_words {
	const char *called;
	const char *before, *after; /* a value that is missed */
};

extern const struct parameter_words parameter_of_query, parameter_of_form;

/* Each of `values` (struct slice) has to be there; none: the name has to. In doubt, unless `loose`:
 * other values beside them, and names that some server takes for this one. */
enum judgement parameter_judge(const struct query *query, struct slice name,
	const struct list *values, const struct parameter_words *words, bool loose,
	struct note *why);
