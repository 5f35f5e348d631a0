/* form.h - whether a form has the fields that a rule's body asks for (spec/request.md 7.9). */

#pragma once

#include "common/judgement.h"
#include "common/query.h"
#include "common/value.h"

/* `wanted` is a map: a text, or a list of texts that all have to be there; an empty list: the field
 * has to. Anything else can't be compared with what is all text, and is in doubt. So is a form with
 * a fault, and what parameter_judge doubts. */
enum judgement form_judge(const struct value *wanted, const struct query *form, bool loose,
	struct arena *arena, struct note *why);
