/* rule.h - rules and requests for tests, from a few words. */

#pragma once

#include "common/message.h"
#include "common/snapshot.h"

/* A rule from its members headers, query (names with lists of values) and body. */
struct policy_rule rule_of(const struct value *members, struct arena *arena);

/* A request with these lines as headers, no body yet. */
struct message *message_of(struct slice headers, struct slice query, struct arena *arena);
