/* answer.h - our own answers: one table says status, reason, text and metric of each. */

#pragma once

#include "common/scoreboard.h"
#include "common/slice.h"

/* clang-format off */
/*           kind                  status  X-AT-Error-Reason                     counted as */
#define ANSWERS(ANSWER) \
	ANSWER(health,                 200, NULL,                                    none) \
	ANSWER(metrics,                200, NULL,                                    none) \
	ANSWER(options,                200, NULL,                                    none) \
	ANSWER(malformed,              400, "malformed request",                     bad_request) \
	ANSWER(ambiguous_path,         400, "ambiguous path",                        bad_request) \
	ANSWER(ambiguous_routing,      400, "ambiguous routing header",              bad_request) \
	ANSWER(method_refused,         405, "method not allowed",                    bad_request) \
	ANSWER(request_timeout,        408, "request timeout",                       bad_request) \
	ANSWER(expectation_failed,     417, "expectation failed",                    bad_request) \
	ANSWER(integration_not_found,  404, "integration not found",                 integration_not_found) \
	ANSWER(incoming_auth_failed,   401, "authentication failed",                 incoming_auth_failure) \
	ANSWER(denied,                 403, "denylist match",                        denylist_match) \
	ANSWER(not_allowed,            403, "no allowlist match",                    no_allowlist_match) \
	ANSWER(constraint_failed,      403, "constraint failed",                     constraint_failure) \
	ANSWER(ambiguous_request,      400, "ambiguous request",                     constraint_failure) \
	ANSWER(body_too_large,         413, "request body too large",                constraint_failure) \
	ANSWER(body_encoded,           415, "request body encoded",                  constraint_failure) \
	ANSWER(invalid_destination,    400, "invalid destination",                   invalid_destination) \
	ANSWER(outgoing_auth_failed,   502, "outgoing authentication failed",        outgoing_auth_failure) \
	ANSWER(outgoing_auth_failed_compat, 401, "authentication failed",            outgoing_auth_failure) \
	ANSWER(upstream_unsupported,   502, "upstream scheme not supported",         upstream_failure) \
	ANSWER(upstream_unresolved,    502, "upstream name not resolved",            upstream_failure) \
	ANSWER(upstream_unreachable,   502, "upstream not reachable",                upstream_failure) \
	ANSWER(upstream_failed,        502, "upstream failed",                       upstream_failure) \
	ANSWER(upstream_malformed,     502, "upstream answer malformed",             upstream_failure) \
	ANSWER(upstream_timeout,       504, "upstream timeout",                      upstream_timeout)
/* clang-format on */

enum answer_kind {
	ANSWER_NONE, /* the upstream's answer is meant */
#define ANSWER(name, status, reason, refusal) ANSWER_##name,
	ANSWERS(ANSWER)
#undef ANSWER
		ANSWER_COUNT
};

/* What STEP_head makes a head and a body of. */
struct answer {
	enum answer_kind kind;
	int status;
	struct slice reason; /* empty: no X-AT-* headers, i.e. one of our own pages */
	struct slice text;   /* the body */
	struct slice detail; /* for the log only: what the caller is not told */
	enum refusal refusal;
	bool close; /* the connection can't be used after it */
};

struct request;

/* Decides for this answer; `text` is its body, in the words of spec/request.md, and lives as long
 * as the request. The step returns GO_ANSWER. */
void answer_with(struct request *req, enum answer_kind kind, struct slice text);

/* Turns req->answer into req->out and a body that waits in req->down. */
void answer_write(struct request *req);
