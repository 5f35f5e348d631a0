/* rule_key.h - what makes two rules the same: a key that tells rules apart, to be put into names.
 */

#pragma once

#include "common/snapshot.h"

/* Of the path as it is given, the rule's method, and all that the rule asks for besides; however
 * its mappings are ordered. */
struct slice rule_key(struct slice path, const struct policy_rule *rule, struct arena *arena);

/* Of path and method only. */
struct slice rule_key_bare(struct slice path, const struct policy_rule *rule, struct arena *arena);
