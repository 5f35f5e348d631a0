/* access.c - STEP_access: what the log says of a request. */

#include "worker/report/access.h"

#include "common/log.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

void access_arrived(struct request *req)
{
	struct log *log = req->worker->log;

	if (log_wants(log, LOG_INFO)) {
		log_info(log, "incoming request", LOG_TEXT("method", req->in.method),
			LOG_TEXT("integration", req->route->integration->name),
			LOG_TEXT("path", req->in.decoded_path),
			LOG_TEXT("caller_id", req->caller_id));
	}
}

static struct slice remote(struct request *req)
{
	bool six = slice_find(req->peer, ':', 0) < req->peer.len;

	return arena_printf(req->arena, six ? "[" SLICE_FMT "]:%u" : SLICE_FMT ":%u",
		SLICE_ARG(req->peer), req->peer_port);
}

static void refused_by_policy(struct request *req, const char *message)
{
	struct slice reason = req->answer.detail.len > 0 ? req->answer.detail : req->answer.reason;

	log_warn(req->worker->log, message, LOG_TEXT("integration", req->route->integration->name),
		LOG_TEXT("caller_id", req->caller_id), LOG_TEXT("reason", reason));
}

static void upstream_lost(struct request *req)
{
	log_warn(req->worker->log, "upstream failed",
		LOG_TEXT("integration", req->route->integration->name),
		LOG_TEXT("upstream", req->target->host), LOG_TEXT("reason", req->answer.reason));
}

static void answered(struct request *req, int status)
{
	log_info(req->worker->log, "upstream response", LOG_TEXT("host", req->sent_as),
		LOG_INT("status", status));
}

/* Our own answers, each with the words of the reference where it has any. */
static void refused(struct request *req)
{
	struct log *log = req->worker->log;

	switch (req->answer.kind) {
	case ANSWER_NONE:
	case ANSWER_COUNT:
	case ANSWER_health:
	case ANSWER_metrics:
	case ANSWER_options:
		break;
	case ANSWER_malformed:
	case ANSWER_ambiguous_path:
	case ANSWER_ambiguous_routing:
	case ANSWER_method_refused:
	case ANSWER_request_timeout:
	case ANSWER_expectation_failed:
		log_warn(log, "bad request", LOG_TEXT("remote", remote(req)),
			LOG_INT("status", req->answer.status),
			LOG_TEXT("reason", req->answer.text));
		break;
	case ANSWER_integration_not_found:
		log_warn(log, "no integration configured", LOG_TEXT("host", req->sent_as));
		break;
	case ANSWER_incoming_auth_failed:
		log_warn(log, "authentication failed", LOG_TEXT("host", req->sent_as),
			LOG_TEXT("remote", remote(req)), LOG_TEXT("reason", req->answer.detail));
		break;
	case ANSWER_denied:
		refused_by_policy(req, "request denied by denylist");
		break;
	case ANSWER_not_allowed:
	case ANSWER_constraint_failed:
	case ANSWER_ambiguous_request:
	case ANSWER_body_too_large:
	case ANSWER_body_encoded:
		refused_by_policy(req, "request blocked");
		break;
	case ANSWER_invalid_destination:
		log_warn(log, "invalid destination header",
			LOG_TEXT("integration", req->route->integration->name),
			LOG_TEXT("error", req->answer.text));
		break;
	case ANSWER_outgoing_auth_failed:
	case ANSWER_outgoing_auth_failed_compat:
		log_warn(log, "outgoing auth failed",
			LOG_TEXT("integration", req->route->integration->name),
			LOG_TEXT("error", req->answer.detail));
		break;
	case ANSWER_upstream_unsupported:
	case ANSWER_upstream_unresolved:
	case ANSWER_upstream_unreachable:
	case ANSWER_upstream_failed:
	case ANSWER_upstream_malformed:
	case ANSWER_upstream_timeout:
		upstream_lost(req);
		answered(req, req->answer.status);
		break;
	}
}

enum go step_access(struct request *req)
{
	if (!log_wants(req->worker->log, LOG_WARN)) {
		return GO_ON;
	}
	if (req->answer.kind != ANSWER_NONE) {
		refused(req);
	} else if (req->broken) {
		log_warn(req->worker->log, "request broken off", LOG_TEXT("host", req->sent_as),
			LOG_TEXT("remote", remote(req)),
			LOG_INT("sent", (int64_t)req->down.passed));
	} else if (log_wants(req->worker->log, LOG_INFO)) {
		answered(req, req->out.status);
	}
	return GO_ON;
}
