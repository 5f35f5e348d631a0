/* builtin.c - STEP_builtin: our own pages, and what is no proxy's work. */

#include <stdlib.h>
#include <time.h>

#include "worker/request.h"
#include "worker/worker.h"

/* RFC 3339, in local time as the reference has it. */
static struct slice last_reload(const struct request *req)
{
	time_t at = (time_t)req->worker->snapshot->settings.loaded_at_s;
	char text[40], zone[8];
	struct tm tm;

	(void)localtime_r(&at, &tm);
	(void)strftime(zone, sizeof(zone), "%z", &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	if (tm.tm_gmtoff == 0) {
		return arena_printf(req->arena, "%sZ", text);
	}
	return arena_printf(req->arena, "%s%.3s:%s", text, zone, zone + 3);
}

static enum go health(struct request *req)
{
	answer_with(req, ANSWER_health);
	message_add_header(&req->out, SLICE("X-Last-Reload"), last_reload(req));
	return GO_ANSWER;
}

static enum go metrics(struct request *req)
{
	size_t len;
	char *text = scoreboard_text(req->worker->board, &len);

	answer_with(req, ANSWER_metrics);
	req->answer.text = arena_copy(req->arena, (struct slice){ text, len });
	free(text);
	message_add_header(&req->out, SLICE("Content-Type"), SLICE("text/plain; version=0.0.4"));
	return GO_ANSWER;
}

enum go step_builtin(struct request *req)
{
	const struct message *in = &req->in;

	if (slice_equal(in->path, SLICE("/_at_internal/healthz"))) {
		return health(req);
	}
	if (req->worker->snapshot->settings.metrics_enabled &&
		slice_equal(in->path, SLICE("/_at_internal/metrics"))) {
		return metrics(req);
	}
	if (slice_equal(in->method, SLICE("CONNECT")) || slice_equal(in->method, SLICE("TRACE"))) {
		answer_with(req, ANSWER_method_refused);
		req->answer.close = true; /* a tunnel is what the caller speaks next */
		return GO_ANSWER;
	}
	if (slice_equal(in->path, SLICE("*"))) {
		answer_with(req, ANSWER_options);
		return GO_ANSWER;
	}
	return GO_ON;
}
