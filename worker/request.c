/* request.c - takes a request from step to step. The only place that does. */

#include "worker/request.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/http1.h"
#include "worker/accept/caller.h"
#include "worker/forward/exchange.h"
#include "worker/worker.h"

enum { FIRST_BLOCK = 16 * 1024, MOST_SPARE = 1024 };

static step_fn *const journey[STEP_COUNT] = {
#define STEP(name) [STEP_##name] = step_##name,
	JOURNEY(STEP)
#undef STEP
};

/* clang-format off */
#define TO(state) (1u << (REQUEST_##state))

static const unsigned moves[] = {
	[REQUEST_SERVED]    = TO(REFUSED) | TO(BROKEN),
	[REQUEST_REFUSED]   = TO(DISMISSED) | TO(BROKEN),
	[REQUEST_DISMISSED] = TO(BROKEN),
	[REQUEST_BROKEN]    = 0,
};
/* clang-format on */

/* The only line in the program that writes `state`. */
static void request_move(struct request *req, enum request_state to)
{
	check((moves[req->state] & 1u << to) != 0);
	req->state = to;
}

static void request_break(struct request *req)
{
	if (req->state != REQUEST_BROKEN) {
		request_move(req, REQUEST_BROKEN);
	}
}

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
			request_break(req);
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

	if (req != NULL) {
		worker->spare = req->next_free;
		worker->spare_count--;
	} else {
		req = calloc(1, sizeof(*req));
		check(req != NULL);
		req->arena = arena_new("request", FIRST_BLOCK);
	}
	/* The deadlines stay on the wheel, where the next request will want them. */
	*req = (struct request){ .turn.run = on_turn,
		.worker = worker,
		.arena = req->arena,
		.caller_owes = req->caller_owes,
		.upstream_owes = req->upstream_owes,
		.caller_id = SLICE("*"),
		.in.arena = req->arena,
		.out.arena = req->arena,
		.up.arena = req->arena,
		.down.arena = req->arena,
		.started_ns = uv_hrtime() };
	return req;
}

void request_ready(struct request *req)
{
	turn_add(req->worker->turn, &req->turn);
}

void request_abort(struct request *req)
{
	request_break(req);
	request_ready(req);
}

static void release_upstream(struct request *req, bool whole)
{
	deadline_clear(&req->upstream_owes);
	if (req->exchange != NULL) {
		exchange_release(req->exchange, whole);
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
	if (req->state == REQUEST_SERVED) {
		request_move(req, REQUEST_REFUSED);
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
		request_move(req, REQUEST_BROKEN);
		return;
	}
	request_move(req, REQUEST_DISMISSED);
	request_let_go(req);
	req->up.ended = true;
	if (req->in.method.len == 0) {
		req->in.method = SLICE("GET"); /* none was understood; it is not a HEAD */
	}
	answer_about(req, refusal->kind,
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

	if (req->state == REQUEST_REFUSED) {
		heed_refusal(req);
	}
	if (req->state == REQUEST_BROKEN && req->at < STEP_access) {
		req->at = STEP_access;
	}
	request_run(req);
}

/* Both sides let go, and the memory is kept for the next. */
static void request_end(struct request *req)
{
	bool up_done = req->up.ended && (req->up.finished || req->exchange == NULL);
	bool whole = req->state != REQUEST_BROKEN && req->down.finished;

	release_upstream(req, whole && up_done);
	turn_remove(req->worker->turn, &req->turn);
	caller_release(req->caller, whole && req->up.ended && !req->answer.close);
	request_drop(req);
}

static void request_free(struct request *req)
{
	deadline_fini(&req->caller_owes);
	deadline_fini(&req->upstream_owes);
	arena_free(&req->arena);
	free(req);
}

void request_drop(struct request *req)
{
	struct worker *worker = req->worker;

	turn_remove(worker->turn, &req->turn);
	if (worker->spare_count == MOST_SPARE) {
		request_free(req);
		return;
	}
	deadline_clear(&req->caller_owes);
	deadline_clear(&req->upstream_owes);
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
		request_free(req);
	}
	worker->spare_count = 0;
}
