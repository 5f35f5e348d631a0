/* metrics.c - STEP_metrics: counters and durations (spec/observability.md section 1). */

#include <uv.h>

#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

static bool is_own_page(const struct request *req)
{
	return req->answer.kind != ANSWER_NONE && req->answer.reason.len == 0;
}

static void count_answer(struct request *req, unsigned series)
{
	struct scoreboard *board = req->worker->board;

	if (req->answer.kind != ANSWER_NONE) {
		scoreboard_refusal(board, series, req->answer.refusal, req->answer.status);
		if (req->answer.refusal == REFUSAL_incoming_auth_failure ||
			req->answer.refusal == REFUSAL_outgoing_auth_failure) {
			scoreboard_auth_failure(board, series);
		}
	} else if (req->answered_ns != 0) {
		scoreboard_response(board, series, req->out.status);
		scoreboard_duration(board, series, DURATION_UPSTREAM_ROUNDTRIP,
			req->answered_ns - req->handed_ns);
		scoreboard_duration(board, series, DURATION_RESPONSE_PROCESSING,
			req->processed_ns > req->answered_ns ? req->processed_ns - req->answered_ns
							     : 0);
	}
}

enum go step_metrics(struct request *req)
{
	struct scoreboard *board = req->worker->board;
	unsigned series = req->route == NULL ? SERIES_UNKNOWN : req->route->series;
	uint64_t now = uv_hrtime();

	if (is_own_page(req)) {
		return GO_ON;
	}
	scoreboard_request(board, series);
	count_answer(req, series);
	scoreboard_duration(board, series, DURATION_PRE_PROXY,
		(req->handed_ns != 0 ? req->handed_ns : now) - req->started_ns);
	scoreboard_duration(board, series, DURATION_END_TO_END, now - req->started_ns);
	return GO_ON;
}
