/* rules.c - STEP_rules: denied? allowed? What the policy decides, as an answer. */

#include "common/policy.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

/* All of the request's body, kept back until the rules have seen it. Nothing keeps it yet, so a
 * rule that has to see it refuses. */
static enum go request_body(struct request *req, struct slice *bytes)
{
	*bytes = (struct slice){ NULL, 0 };
	answer_with(req, ANSWER_constraint_failed, SLICE("Forbidden: error reading body"));
	req->answer.detail = SLICE("error reading body");
	return GO_ANSWER;
}

/* In the reference's words, where it has some. */
static struct slice reason_of(struct request *req, const struct policy_decision *decision)
{
	if (decision->verdict == POLICY_DENIED) {
		return arena_printf(req->arena,
			"denylist matched caller " SLICE_FMT " " SLICE_FMT " " SLICE_FMT,
			SLICE_ARG(decision->caller), SLICE_ARG(req->in.method),
			SLICE_ARG(decision->rule->path));
	}
	if (decision->rule == NULL && decision->verdict == POLICY_NOT_ALLOWED) {
		return SLICE("no allowlist match");
	}
	return arena_copy(req->arena, slice_of(decision->why.text));
}

/* How a refusal is told. */
struct wording {
	enum answer_kind kind;
	struct slice status, text;
};

static struct wording wording_of(const struct policy_decision *decision)
{
	struct slice forbidden = SLICE("Forbidden: ");

	switch (decision->status) {
	case 400:
		return (struct wording){ ANSWER_ambiguous_request, SLICE("Bad Request: "),
			SLICE("ambiguous request") };
	case 413:
		return (struct wording){ ANSWER_body_too_large, SLICE("Content Too Large: "),
			SLICE("request body too large") };
	case 415:
		return (struct wording){ ANSWER_body_encoded, SLICE("Unsupported Media Type: "),
			SLICE("request body encoded") };
	default:
		break;
	}
	if (decision->verdict == POLICY_DENIED || decision->verdict == POLICY_DOUBTFUL) {
		return (struct wording){ ANSWER_denied, forbidden, SLICE("denylist match") };
	}
	if (decision->rule == NULL) {
		return (struct wording){ ANSWER_not_allowed, forbidden,
			SLICE("no allowlist match") };
	}
	return (struct wording){ ANSWER_constraint_failed, forbidden, SLICE("constraint failed") };
}

/* Who is refused learns what kind of a refusal it is, and no rule (security.md F31); the log does,
 * and callers of the looser reading. */
static void refuse(struct request *req, const struct policy_decision *decision)
{
	const struct wording told = wording_of(decision);
	struct slice reason = reason_of(req, decision);
	bool compat = req->worker->snapshot->settings.compat;

	answer_with(
		req, told.kind, arena_join(req->arena, told.status, compat ? reason : told.text));
	if (compat) {
		req->answer.reason = reason;
	}
	req->answer.detail = reason;
	if (decision->rule != NULL && decision->rule->origin.len > 0) {
		req->answer.detail = arena_printf(req->arena, SLICE_FMT " (" SLICE_FMT ")",
			SLICE_ARG(reason), SLICE_ARG(decision->rule->origin));
	}
}

enum go step_rules(struct request *req)
{
	const struct settings *settings = &req->worker->snapshot->settings;
	struct reading reading = { .message = &req->in };
	const struct policy_question question = {
		.caller = req->caller_id,
		.reading = &reading,
		.compat = settings->compat,
		.default_deny = settings->default_deny,
	};
	struct policy_decision decision;

	policy_decide(req->route->policy, &question, &decision);
	if (decision.verdict == POLICY_NEEDS_BODY) {
		enum go go = request_body(req, &reading.body);

		if (go != GO_ON) {
			return go;
		}
		reading.has_body = true;
		policy_decide(req->route->policy, &question, &decision);
	}
	if (decision.verdict != POLICY_ALLOWED) {
		refuse(req, &decision);
		return GO_ANSWER;
	}
	return GO_ON;
}
