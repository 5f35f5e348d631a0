/* policy.c - decides: first what is denied, then what is allowed. */

#include "common/policy.h"
#include <errno.h>

#include "common/path.h"
#include "common/policy_tree.h"
#include "common/text.h"

struct policy {
	struct policy_tree *allow, *deny;
	bool listed; /* the allowlist has an entry for it; without one it is open */
};

int policy_new(const struct integration *integration, struct arena *arena, struct policy **out,
	struct note *why)
{
	struct policy *policy = arena_make(arena, struct policy);

	policy->allow = policy_tree_new(&integration->allow, arena);
	policy->deny = policy_tree_new(&integration->deny, arena);
	policy->listed = integration->allow_listed;
	if (policy->allow == NULL || policy->deny == NULL) {
		return note_fail(why, -EPROTO, "a caller stands twice in a list");
	}
	*out = policy;
	return 0;
}

/* One question, while it is looked into. */
struct inquiry {
	const struct policy_question *question;
	struct policy_tree *tree; /* of the list at hand */
	bool denies;              /* that list is the denylist */
	bool needs_body;          /* only with it is it known whether a rule denies */
	struct policy_wish wish;
	struct policy_decision *out;
};

/* Holds the rule against the request, and tells whoever wants to know. */
static enum judgement try_rule(
	const struct inquiry *inquiry, struct slice caller, const struct policy_rule *rule)
{
	const struct policy_question *question = inquiry->question;
	bool loose = question->compat && !inquiry->denies;
	struct policy_trial trial = { .denies = inquiry->denies, .caller = caller, .rule = rule };
	struct note why;

	if (question->tried == NULL) {
		return constraint_holds(rule, question->reading, loose, NULL);
	}
	why.text[0] = '\0';
	trial.judgement = constraint_holds(rule, question->reading, loose, &why);
	trial.why = why.text;
	question->tried(question->self, &trial);
	return trial.judgement;
}

/* The answer. Why it is not yes is asked once more, because words are made for this rule only. */
static void settle(const struct inquiry *inquiry, enum policy_verdict verdict, struct slice caller,
	const struct policy_rule *rule, enum judgement judgement)
{
	struct policy_decision *out = inquiry->out;

	out->verdict = verdict;
	out->caller = caller;
	out->rule = rule;
	out->status = verdict == POLICY_DENIED ? 403 : judgement_status(judgement);
	if (verdict == POLICY_NOT_ALLOWED || verdict == POLICY_DOUBTFUL) {
		(void)constraint_holds(rule, inquiry->question->reading,
			inquiry->question->compat && !inquiry->denies, &out->why);
	}
}

/* Methods are compared byte for byte; but there are servers that take "get" for GET. */
static struct slice denied_method(const struct message *m)
{
	for (size_t i = 0; i < m->method.len; i++) {
		if (m->method.at[i] >= 'a' && m->method.at[i] <= 'z') {
			return text_upper(m->method, m->arena);
		}
	}
	return m->method;
}

/* Is it denied by what the denylist says of this caller? A doubt is a yes. Waiting for the body is
 * put off, since another rule may deny it without. */
static bool denied(struct inquiry *inquiry, struct slice caller)
{
	struct policy_search search;
	const struct policy_rule *rule;

	if (!policy_tree_search(inquiry->tree, caller, &inquiry->wish, &search)) {
		return false;
	}
	while ((rule = policy_tree_next(&search)) != NULL) {
		enum judgement judgement = try_rule(inquiry, caller, rule);

		if (judgement == JUDGEMENT_HOLDS) {
			settle(inquiry, POLICY_DENIED, caller, rule, judgement);
			return true;
		}
		if (judgement_is_doubt(judgement)) {
			settle(inquiry, POLICY_DOUBTFUL, caller, rule, judgement);
			return true;
		}
		inquiry->needs_body |= judgement == JUDGEMENT_NEEDS_BODY;
	}
	return false;
}

/* Is it allowed by any of the rules? Of those that might and don't, the first one is told. */
static void allow(struct inquiry *inquiry, struct slice caller, struct policy_search *search)
{
	enum judgement first_judgement = JUDGEMENT_FAILS;
	const struct policy_rule *rule, *first = NULL;
	bool undecided = false;

	while ((rule = policy_tree_next(search)) != NULL) {
		enum judgement judgement = try_rule(inquiry, caller, rule);

		if (judgement == JUDGEMENT_HOLDS) {
			settle(inquiry, POLICY_ALLOWED, caller, rule, judgement);
			return;
		}
		undecided |= judgement == JUDGEMENT_NEEDS_BODY;
		if (first == NULL) {
			first = rule;
			first_judgement = judgement;
		}
	}
	if (undecided) {
		inquiry->out->verdict = POLICY_NEEDS_BODY;
	} else if (first != NULL) {
		settle(inquiry, POLICY_NOT_ALLOWED, caller, first, first_judgement);
	}
}

/* A GET that is denied is denied as HEAD too: it tells as much. And so is a path that is denied
 * when parameters are put behind its segments, because there are servers that route by what stands
 * before them (security.md C2). */
static bool decide_denied(struct inquiry *inquiry, struct policy *policy, struct slice caller)
{
	const struct message *m = inquiry->question->reading->message;

	inquiry->tree = policy->deny;
	inquiry->denies = true;
	inquiry->wish = (struct policy_wish){
		.path = m->decoded_path,
		.method = denied_method(m),
		.head_is_get = true,
		.leaves_parameters = slice_find(m->decoded_path, ';', 0) < m->decoded_path.len,
	};
	return denied(inquiry, caller) ||
	       (!slice_equal(caller, SLICE("*")) && denied(inquiry, SLICE("*")));
}

/* A caller that is listed has its own rules only; everybody else has those of "*". */
static void decide_allowed(struct inquiry *inquiry, struct policy *policy, struct slice caller)
{
	const struct message *m = inquiry->question->reading->message;
	struct policy_search search;

	if (!policy->listed) {
		inquiry->out->verdict =
			inquiry->question->default_deny ? POLICY_NOT_ALLOWED : POLICY_ALLOWED;
		return;
	}
	inquiry->tree = policy->allow;
	inquiry->denies = false;
	inquiry->wish = (struct policy_wish){ .path = m->decoded_path, .method = m->method };
	if (policy_tree_search(policy->allow, caller, &inquiry->wish, &search)) {
		allow(inquiry, caller, &search);
	} else if (policy_tree_search(policy->allow, SLICE("*"), &inquiry->wish, &search)) {
		allow(inquiry, SLICE("*"), &search);
	}
}

void policy_decide(
	struct policy *policy, const struct policy_question *question, struct policy_decision *out)
{
	struct inquiry inquiry = { .question = question, .out = out };
	struct slice caller = question->caller.len == 0 ? SLICE("*") : question->caller;

	out->verdict = POLICY_NOT_ALLOWED;
	out->rule = NULL;
	out->caller = caller;
	out->status = 403;
	out->why.text[0] = '\0';
	if (path_has_dot_segment(question->reading->message->decoded_path)) {
		out->verdict = POLICY_DOUBTFUL;
		out->status = 400;
		note_append(&out->why, "dot segment in path");
		return;
	}
	if (decide_denied(&inquiry, policy, caller)) {
		return;
	}
	decide_allowed(&inquiry, policy, caller);
	if (out->verdict == POLICY_ALLOWED && inquiry.needs_body) {
		out->verdict = POLICY_NEEDS_BODY;
	}
}
