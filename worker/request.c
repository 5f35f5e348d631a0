/* request.c - takes a request from step to step. The only place that does. */

#include "worker/request.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/http1.h"
#include "worker/forward/pool.h"
#include "worker/worker.h"

enum { FIRST_BLOCK = 16 * 1024, MOST_SPARE = 1024 };

static step_fn *const journey[STEP_COUNT] = {
#define STEP(name) [STEP_##name] = step_##name,
	JOURNEY(STEP)
#undef STEP
};

static void request_end(struct request *req);

/* Walks until a step waits or the journey is over. */
static void request_run(struct request *req)
{
	while (req->at < STEP_COUNT) {
		switch (journey[req->at](req)) {
		case GO_ON:
			req->at++;
			break;
		case GO_WAIT:
			return;
		case GO_ANSWER:
			req->at = STEP_head;
			break;
		case GO_RETRY:
			req->at = STEP_dial;
			break;
		case GO_BROKEN:
			req->broken = true;
			req->at = STEP_access;
			break;
		}
	}
	request_end(req);
}

static void on_turn(struct turn_entry *entry);

struct request *request_new(struct worker *worker)
{
	struct request *req = worker->spare;
	struct arena *arena;

	if (req != NULL) {
		worker->spare = req->next_free;
		worker->spare_count--;
		arena = req->arena;
	} else {
		req = malloc(sizeof(*req));
		check(req != NULL);
		arena = arena_new("request", FIRST_BLOCK);
	}
	*req = (struct request){ .turn.run = on_turn,
		.worker = worker,
		.arena = arena,
		.caller_id = SLICE("*"),
		.in.arena = arena,
		.out.arena = arena,
		.up.arena = arena,
		.down.arena = arena,
		.started_ns = uv_hrtime() };
	return req;
}

void request_ready(struct request *req)
{
	turn_add(req->worker->turn, &req->turn);
}

void request_abort(struct request *req)
{
	req->broken = true;
	request_ready(req);
}

static void release_upstream(struct request *req, bool whole)
{
	deadline_clear(&req->deadline);
	if (req->exchange != NULL) {
		req->exchange->ops->release(req->exchange, whole);
	} else if (req->upstream != NULL) {
		pool_give_back(req->upstream, false); /* dialled, and not come to speak */
		req->upstream = NULL;
	}
}

void request_let_go(struct request *req)
{
	release_upstream(req, false);
	req->up.broken = true; /* what still comes of the body has nowhere to go */
	req->failed = 0;
	req->out = (struct message){ .arena = req->arena };
	req->down = (struct flow){ .arena = req->arena };
}

void request_refuse(struct request *req, enum answer_kind kind, int status, const char *reason)
{
	if (req->refusal.status == 0) {
		req->refusal = (struct request_refusal){ kind, status, reason };
		request_ready(req);
	}
}

/* As long as nothing of an answer is out, the caller is told, and what may have begun upstream is
 * broken off. */
static void heed_refusal(struct request *req)
{
	const struct request_refusal *refusal = &req->refusal;

	if (req->at >= STEP_head) {
		req->broken = true;
		return;
	}
	request_let_go(req);
	req->up.ended = true;
	if (req->in.method.len == 0) {
		req->in.method = SLICE("GET"); /* none was understood; it is not a HEAD */
	}
	answer_with(req, refusal->kind,
		arena_printf(req->arena, "%d %s: %s", refusal->status,
			http1_reason_phrase(refusal->status), refusal->reason));
	req->answer.status = refusal->status;
	req->answer.reason = slice_of(refusal->reason);
	req->answer.close = true;
	req->at = STEP_head;
}

static void on_turn(struct turn_entry *entry)
{
	struct request *req = container_of(entry, struct request, turn);

	if (req->refusal.status != 0 && !req->refusal_heeded) {
		req->refusal_heeded = true;
		heed_refusal(req);
	}
	if (req->broken && req->at < STEP_access) {
		req->at = STEP_access;
	}
	request_run(req);
}

/* Both sides let go, and the memory is kept for the next. */
static void request_end(struct request *req)
{
	bool up_done = req->up.ended && (req->up.finished || req->exchange == NULL);
	bool whole = !req->broken && req->down.finished;

	release_upstream(req, whole && up_done);
	turn_remove(req->worker->turn, &req->turn);
	req->caller->ops->release(req->caller, whole && req->up.ended && !req->answer.close);
	request_drop(req);
}

void request_drop(struct request *req)
{
	struct worker *worker = req->worker;

	deadline_fini(&req->deadline);
	turn_remove(worker->turn, &req->turn);
	if (worker->spare_count == MOST_SPARE) {
		arena_free(&req->arena);
		free(req);
		return;
	}
	arena_reset(req->arena);
	req->next_free = worker->spare;
	worker->spare = req;
	worker->spare_count++;
}

void requests_free(struct worker *worker)
{
	while (worker->spare != NULL) {
		struct request *req = worker->spare;

		worker->spare = req->next_free;
		arena_free(&req->arena);
		free(req);
	}
	worker->spare_count = 0;
}
