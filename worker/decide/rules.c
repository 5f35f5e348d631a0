/* rules.c - STEP_rules: denied? allowed? The denylist first; then the allowlist, where there is one
 * for the integration. */

#include "common/path.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

enum { FEW_SEGMENTS = 64 };

/* The request's path, split once for all rules. */
struct asked {
	struct slice method;
	const struct slice *segments;
	size_t count;
	bool has_parameters; /* behind a ';' in one of the segments */
};

typedef bool matching_fn(const struct slice *pattern, size_t pattern_count,
	const struct slice *path, size_t path_count);

static struct asked split(struct request *req, struct slice *few)
{
	struct slice path = req->in.decoded_path;
	struct asked asked = { .method = req->in.method, .segments = few };
	struct slice *many;

	asked.count = path_segments(path, few, FEW_SEGMENTS);
	asked.has_parameters = slice_find(path, ';', 0) < path.len;
	if (asked.count > FEW_SEGMENTS) {
		many = arena_alloc(req->arena, asked.count, sizeof(*many));
		(void)path_segments(path, many, asked.count);
		asked.segments = many;
	}
	return asked;
}

static bool has_method(const struct policy_rule *rule, struct slice method)
{
	for (size_t i = 0; i < rule->methods.count; i++) {
		if (slice_equal(*LIST_AT(rule->methods, const struct slice, i), method)) {
			return true;
		}
	}
	return false;
}

/* The first rule of this caller that covers the request. */
static const struct route_rule *match(
	const struct route_caller *caller, const struct asked *asked, matching_fn *matches)
{
	for (size_t i = 0; i < caller->rule_count; i++) {
		const struct route_rule *rule = &caller->rules[i];

		if (has_method(rule->rule, asked->method) &&
			matches(rule->segments, rule->segment_count, asked->segments,
				asked->count)) {
			return rule;
		}
	}
	return NULL;
}

static const struct route_caller *find(const struct route_list *list, struct slice id)
{
	for (size_t i = 0; i < list->count; i++) {
		if (slice_equal(list->callers[i].id, id)) {
			return &list->callers[i];
		}
	}
	return NULL;
}

/* A GET that is denied is denied as HEAD too: it tells as much (security.md C2). And so is a path
 * that is denied when parameters are put behind its segments: it may well lead there. */
static const struct route_rule *match_denied(
	const struct route_caller *caller, const struct asked *asked)
{
	matching_fn *matches = asked->has_parameters ? path_covers : path_matches;
	struct asked as_get = *asked;
	const struct route_rule *rule = match(caller, asked, matches);

	if (rule == NULL && slice_equal(asked->method, SLICE("HEAD"))) {
		as_get.method = SLICE("GET");
		rule = match(caller, &as_get, matches);
	}
	return rule;
}

/* Who is refused learns no rule; the log does, and callers of the looser reading. */
static void deny(struct request *req, struct slice id, const struct route_rule *rule)
{
	struct slice detail = arena_printf(req->arena,
		"denylist matched caller " SLICE_FMT " " SLICE_FMT " " SLICE_FMT, SLICE_ARG(id),
		SLICE_ARG(req->in.method), SLICE_ARG(rule->rule->path));

	if (req->worker->snapshot->settings.compat) {
		answer_about(req, ANSWER_denied_compat, detail);
		req->answer.reason = detail;
	} else {
		answer_with(req, ANSWER_denied);
	}
	req->answer.detail = detail;
}

/* The caller's own list, then everybody's. */
static bool is_denied(struct request *req, const struct asked *asked)
{
	const struct slice ids[] = { req->caller_id, SLICE("*") };
	size_t count = slice_equal(ids[0], ids[1]) ? 1 : 2;

	for (size_t i = 0; i < count; i++) {
		const struct route_caller *caller = find(&req->route->deny, ids[i]);
		const struct route_rule *rule = caller == NULL ? NULL : match_denied(caller, asked);

		if (rule != NULL) {
			deny(req, ids[i], rule);
			return true;
		}
	}
	return false;
}

/* A caller that is listed has its own rules only; everybody else has those of "*". */
static bool is_allowed(const struct request *req, const struct asked *asked)
{
	const struct route *route = req->route;
	const struct route_caller *caller;

	if (!route->integration->allow_listed) {
		return !req->worker->snapshot->settings.default_deny;
	}
	caller = find(&route->allow, req->caller_id);
	if (caller == NULL) {
		caller = find(&route->allow, SLICE("*"));
	}
	return caller != NULL && match(caller, asked, path_matches) != NULL;
}

enum go step_rules(struct request *req)
{
	struct slice few[FEW_SEGMENTS];
	struct asked asked = split(req, few);

	if (is_denied(req, &asked)) {
		return GO_ANSWER;
	}
	if (!is_allowed(req, &asked)) {
		answer_with(req, ANSWER_not_allowed);
		return GO_ANSWER;
	}
	return GO_ON;
}
