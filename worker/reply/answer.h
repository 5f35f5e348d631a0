/* answer.h - our own answers: one table says status, reason, metric and text of each. */

#pragma once

#include "common/scoreboard.h"
#include "common/slice.h"

/* clang-format off */
/*     kind                         status  X-AT-Error-Reason              counted as
 *              text: what varies stands for "%" */
#define ANSWERS(ANSWER) \
	ANSWER(health,                      200, NULL,                             none, \
		"") \
	ANSWER(metrics,                     200, NULL,                             none, \
		"") \
	ANSWER(options,                     200, NULL,                             none, \
		"") \
	ANSWER(malformed,                   400, "malformed request",              bad_request, \
		"%") \
	ANSWER(ambiguous_path,              400, "ambiguous path",                 bad_request, \
		"Bad Request: %") \
	ANSWER(ambiguous_routing,           400, "ambiguous routing header",       bad_request, \
		"Bad Request: X-AT-Int or X-AT-Destination given more than once") \
	ANSWER(method_refused,              405, "method not allowed",             bad_request, \
		"Method Not Allowed") \
	ANSWER(request_timeout,             408, "request timeout",                bad_request, \
		"%") \
	ANSWER(expectation_failed,          417, "expectation failed",             bad_request, \
		"") \
	ANSWER(integration_not_found,       404, "integration not found",          integration_not_found, \
		"integration for host % not found") \
	ANSWER(incoming_auth_failed,        401, "authentication failed",          incoming_auth_failure, \
		"Unauthorized: authentication failed for integration %") \
	ANSWER(denied,                      403, "denylist match",                 denylist_match, \
		"Forbidden: denylist match") \
	ANSWER(denied_compat,               403, "denylist match",                 denylist_match, \
		"Forbidden: %") \
	ANSWER(not_allowed,                 403, "no allowlist match",             no_allowlist_match, \
		"Forbidden: no allowlist match") \
	ANSWER(invalid_destination,         400, "invalid destination",            invalid_destination, \
		"Bad Request: %") \
	ANSWER(outgoing_auth_failed,        502, "outgoing authentication failed", outgoing_auth_failure, \
		"Bad Gateway: outgoing authentication failed for integration %") \
	ANSWER(outgoing_auth_failed_compat, 401, "authentication failed",          outgoing_auth_failure, \
		"Unauthorized: authentication failed for integration %") \
	ANSWER(upstream_unsupported,        502, "upstream scheme not supported",  upstream_failure, \
		"Bad Gateway: upstream scheme not supported") \
	ANSWER(upstream_unresolved,         502, "upstream name not resolved",     upstream_failure, \
		"Bad Gateway: upstream name not resolved") \
	ANSWER(upstream_unreachable,        502, "upstream not reachable",         upstream_failure, \
		"Bad Gateway: upstream not reachable") \
	ANSWER(upstream_unconnected,        504, "upstream timeout",               upstream_timeout, \
		"Gateway Timeout: no connection to upstream") \
	ANSWER(upstream_failed,             502, "upstream failed",                upstream_failure, \
		"Bad Gateway: upstream failed") \
	ANSWER(upstream_malformed,          502, "upstream answer malformed",      upstream_failure, \
		"Bad Gateway: upstream answer malformed") \
	ANSWER(upstream_timeout,            504, "upstream timeout",               upstream_timeout, \
		"Gateway Timeout: upstream did not answer")
/* clang-format on */

enum answer_kind {
	ANSWER_NONE, /* the upstream's answer is meant */
#define ANSWER(name, status, reason, refusal, text) ANSWER_##name,
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

/* Decides for this answer, with the table's text. The step returns GO_ANSWER. */
void answer_with(struct request *req, enum answer_kind kind);

/* The same where the text has something that varies, which lives as long as the request. */
void answer_about(struct request *req, enum answer_kind kind, struct slice what);

/* Turns req->answer into req->out and a body that waits in req->down. */
void answer_write(struct request *req);
