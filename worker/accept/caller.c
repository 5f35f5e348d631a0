/* caller.c - what is made of a caller's reports, and how long a caller may take.
 *
 * The happy path: the head is whole, the request becomes ready; its body's pieces go into req->up
 * until the last. Then, from the steps: head and pieces of the answer go out, and release lets the
 * connection serve the next. What can fail: the head is malformed, too large or too late (answered,
 * then closed); the caller leaves or falls silent before its body is whole (aborted); it leaves
 * later (a half-close, the answer still goes out; if it is really gone, writing says so); it does
 * not read its answer (aborted). */

#include "worker/accept/caller.h"

#include "common/check.h"
#include "common/limits.h"
#include "worker/request.h"
#include "worker/worker.h"

/* Of a whole request or answer; nearly nobody sets these. */
static void limit(struct caller *caller, struct deadline *deadline, int64_t ns,
	void (*late)(struct deadline *deadline))
{
	if (ns > 0) {
		deadline_set(caller->side.req->worker->deadlines, deadline, (uint64_t)ns / 1000000,
			late);
	}
}

static void on_read_late(struct deadline *deadline)
{
	caller_refuse(container_of(deadline, struct caller, read_by), ANSWER_request_timeout, 408,
		"request timeout");
}

static void on_stuck(struct side *side)
{
	request_abort(side->req);
}

void caller_init(struct caller *caller, const struct caller_ops *ops, struct request *req)
{
	caller->ops = ops;
	caller->side.ops = &ops->side;
	caller->side.req = req;
	caller->side.stuck = on_stuck;
	req->caller = caller;
	req->up.from = &caller->side;
	limit(caller, &caller->read_by, req->worker->snapshot->settings.read_timeout_ns,
		on_read_late);
}

static void wait_for(struct caller *caller, uint64_t ms, void (*late)(struct deadline *deadline))
{
	struct request *req = caller->side.req;

	deadline_set(req->worker->deadlines, &req->caller_owes, ms, late);
}

static void on_head_late(struct deadline *deadline)
{
	caller_refuse(container_of(deadline, struct request, caller_owes)->caller,
		ANSWER_request_timeout, 408, "request timeout");
}

void caller_begun(struct caller *caller)
{
	wait_for(caller, LIMIT_HEAD_READ_MS, on_head_late);
}

static void on_body_late(struct deadline *deadline)
{
	request_abort(container_of(deadline, struct request, caller_owes));
}

static void on_write_late(struct deadline *deadline)
{
	request_abort(container_of(deadline, struct caller, written_by)->side.req);
}

void caller_head(struct caller *caller)
{
	struct request *req = caller->side.req;

	caller->judged = true;
	limit(caller, &caller->written_by, req->worker->snapshot->settings.write_timeout_ns,
		on_write_late);
	if (req->in.body == BODY_NONE) {
		deadline_clear(&req->caller_owes);
	} else {
		wait_for(caller, LIMIT_BODY_PAUSE_MS, on_body_late);
	}
	request_ready(req);
}

/* Whoever sends its body does not wait for a 100 any more. */
void caller_body(struct caller *caller, struct slice piece)
{
	struct request *req = caller->side.req;

	req->expects_continue = false;
	wait_for(caller, LIMIT_BODY_PAUSE_MS, on_body_late);
	flow_push(&req->up, piece);
}

void caller_pause(struct caller *caller)
{
	flow_flush(&caller->side.req->up);
}

/* A request's trailers are not passed on: no rule has seen them. */
void caller_end(struct caller *caller)
{
	struct request *req = caller->side.req;

	if (!req->up.ended) {
		req->expects_continue = false;
		deadline_clear(&req->caller_owes);
		deadline_clear(&caller->read_by);
		flow_end(&req->up, (struct trailers){ NULL, 0 });
	}
}

void caller_refuse(struct caller *caller, enum answer_kind kind, int status, const char *reason)
{
	caller->judged = true;
	caller->side.ops->hold(&caller->side, true);
	request_refuse(caller->side.req, kind, status, reason);
}

void caller_left(struct caller *caller, int err)
{
	struct request *req = caller->side.req;

	if (err != 0 || !req->up.ended) {
		request_abort(req);
	}
}

void caller_drained(struct caller *caller)
{
	side_drained(&caller->side);
	flow_drained(&caller->side.req->down);
}

/* Before the request's memory goes. */
static void forget_deadlines(struct caller *caller)
{
	deadline_fini(&caller->side.reading);
	deadline_fini(&caller->read_by);
	deadline_fini(&caller->written_by);
}

bool caller_unwind(struct caller *caller)
{
	if (caller->judged) {
		return false;
	}
	forget_deadlines(caller);
	request_drop(caller->side.req);
	return true;
}

int caller_sent(struct caller *caller, int result)
{
	if (result > 0) {
		side_wait(&caller->side);
	}
	return result;
}

/* Whom we hold can't be late. */
void caller_held(struct caller *caller, bool held)
{
	struct request *req = caller->side.req;

	if (held) {
		deadline_clear(&req->caller_owes);
	} else if (!req->up.ended) {
		wait_for(caller, LIMIT_BODY_PAUSE_MS, on_body_late);
	}
}

void caller_send_interim(struct caller *caller, const struct message *m)
{
	(void)caller->ops->send_interim(caller, m); /* a caller that is lost is told by the next */
}

void caller_release(struct caller *caller, bool whole)
{
	forget_deadlines(caller);
	caller->side.ops->release(&caller->side, whole);
}
