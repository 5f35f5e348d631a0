/* policy.h - what allowlist and denylist say of one integration, compiled; and what they say of a
 * request. */

#pragma once

#include "common/constraint.h"
#include "common/snapshot.h"

struct policy;

/* The integration's lists have to live as long. Everything is in the arena. */
int policy_new(const struct integration *integration, struct arena *arena, struct policy **out,
	struct note *why);

/* A rule whose path and method fit, and what came of holding it against the request. */
struct policy_trial {
	bool denies;         /* it is the denylist's */
	struct slice caller; /* of whose rules it is: the caller's own, or those of "*" */
	const struct policy_rule *rule;
	enum judgement judgement;
	const char *why; /* empty when it holds */
};

struct policy_question {
	struct slice caller;
	struct reading *reading; /* of the request; its path is without dot segments */
	bool compat;
	bool default_deny; /* an integration without an allowlist entry is closed */

	/* Called for each rule that is tried, for whoever wants to explain the answer; may be NULL.
	 */
	void (*tried)(void *self, const struct policy_trial *trial);
	void *self;
};

/* The zero value is a refusal. */
enum policy_verdict {
	POLICY_NOT_ALLOWED, /* by no rule; `rule` is the first whose path and method fit, or NULL */
	POLICY_DENIED,      /* by `rule` */
	POLICY_DOUBTFUL, /* nobody knows whether `rule` denies it; without one: its path is none */
	POLICY_NEEDS_BODY, /* ask again with a reading that has the body */
	POLICY_ALLOWED,    /* by `rule`; NULL: the integration is open */
};

struct policy_decision {
	enum policy_verdict verdict;
	const struct policy_rule *rule;
	struct slice caller; /* of whose rules it is */
	int status;          /* of a refusal: 400, 403, 413 or 415 */
	struct note why;     /* of a refusal; it may hold words of the rule */
};

/* Denylist first, the caller's rules and then those of "*"; then the allowlist, where a caller that
 * is named has its own rules only (spec/request.md sections 5 and 7.8). A body is asked for only if
 * it can make a difference. Allocates nothing but what the reading takes. */
void policy_decide(
	struct policy *policy, const struct policy_question *question, struct policy_decision *out);
