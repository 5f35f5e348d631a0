/* flow.c - passes a body on, and holds its source while its receiver is full. */

#include "worker/flow.h"

#include "common/arena.h"
#include "common/limits.h"
#include "worker/request.h"
#include "worker/worker.h"

enum { FIRST_ROOM = 2048 };

/* Our own answers have no source: they are whole from the start. */
static void hold(struct flow *flow)
{
	if (!flow->full && flow->from != NULL) {
		flow->full = true;
		flow->from->ops->hold(flow->from, true);
	}
}

static void heed(struct flow *flow, int sent)
{
	if (sent < 0) {
		flow->broken = true;
		return;
	}
	flow->finished = flow->ended;
	if (sent > 0) {
		hold(flow);
	}
}

static void wait(struct flow *flow, struct slice piece)
{
	if (flow->waiting_room - flow->waiting_len < piece.len) {
		size_t room = flow->waiting_room == 0 ? FIRST_ROOM : 2 * flow->waiting_room;
		char *more;

		while (room - flow->waiting_len < piece.len) {
			room *= 2;
		}
		more = arena_bytes(flow->arena, room);
		if (flow->waiting_len > 0) {
			memcpy(more, flow->waiting, flow->waiting_len);
		}
		flow->waiting = more;
		flow->waiting_room = room;
	}
	memcpy(flow->waiting + flow->waiting_len, piece.at, piece.len);
	flow->waiting_len += piece.len;
	if (flow->waiting_len > LIMIT_WAITING_BYTES) {
		hold(flow);
	}
}

/* Mostly a read brings one piece, and that is sent from where it lies. Many small ones would each
 * cost a system call or, once the receiver is full, more room to wait than they are long. */
static void join(struct flow *flow, struct slice piece)
{
	struct slice room = flow->to->req->worker->join_buffer, *joined = &flow->joined;

	if (joined->len + piece.len > room.len) {
		flow_flush(flow);
	}
	if (joined->len == 0) {
		*joined = piece;
		return;
	}
	if (joined->at != room.at) {
		memcpy((char *)room.at, joined->at, joined->len);
		joined->at = room.at;
	}
	memcpy((char *)room.at + joined->len, piece.at, piece.len);
	joined->len += piece.len;
}

static struct slice take_joined(struct flow *flow)
{
	struct slice joined = flow->joined;

	flow->joined = (struct slice){ NULL, 0 };
	return joined;
}

void flow_push(struct flow *flow, struct slice piece)
{
	flow->passed += piece.len;
	if (flow->broken || piece.len == 0) {
		return;
	}
	if (flow->to == NULL) {
		wait(flow, piece);
	} else {
		join(flow, piece);
	}
}

void flow_flush(struct flow *flow)
{
	struct slice piece = take_joined(flow);

	if (piece.len > 0 && !flow->broken) {
		heed(flow, flow->to->ops->send_body(flow->to, piece, NULL));
	}
}

void flow_end(struct flow *flow, struct trailers trailers)
{
	struct slice piece = take_joined(flow);

	flow->ended = true;
	flow->trailers = trailers;
	if (flow->to != NULL && !flow->broken) {
		heed(flow, flow->to->ops->send_body(flow->to, piece, &flow->trailers));
	}
}

void flow_open(struct flow *flow, struct side *to, const struct message *head)
{
	struct slice waiting = { flow->waiting, flow->waiting_len };
	bool bodiless = flow->ended && waiting.len == 0 && flow->trailers.count == 0;
	int sent = to->ops->send_head(to, head, bodiless);

	flow->to = to;
	if (sent >= 0 && !bodiless) {
		sent = to->ops->send_body(to, waiting, flow->ended ? &flow->trailers : NULL);
	}
	if (sent == 0 && flow->full) {
		flow_drained(flow);
	}
	heed(flow, sent);
}

void flow_drained(struct flow *flow)
{
	if (flow->full && !flow->broken) {
		flow->full = false;
		flow->from->ops->hold(flow->from, false);
	}
}

bool flow_can_replay(const struct flow *flow)
{
	return flow->ended && flow->passed == flow->waiting_len;
}

void flow_rewind(struct flow *flow)
{
	flow->to = NULL;
	flow->finished = false;
	flow->broken = false;
}
