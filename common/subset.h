/* subset.h - whether data from JSON has all that a rule's value asks for (spec/request.md 7.5). */

#pragma once

#include "common/judgement.h"
#include "common/value.h"

/* Of a map its members, and there may be others; of a list an element for each of the rule's, in
 * any order. The notes are the reference's: "body field a.b value mismatch". No number is a text.
 *
 * In doubt are numbers that are equal only when they are rounded to doubles; and unless `loose`
 *   - a name that differs in the case of letters only
 *   - a list where the rule has a map, because some servers take it for a batch
 *   - a list where the rule has one value, or one value where it has a list, if it is that value */
enum judgement subset_judge(
	const struct value *wanted, const struct value *data, bool loose, struct note *why);
