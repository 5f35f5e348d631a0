/* connection.c - the life of a caller's connection: idling, serving, and the ways in which it ends.
 *
 * The happy path: it is IDLE; with the first byte of a request it is BUSY, and when the answer is
 * out, IDLE again. What can fail: the answer is not all read yet (SENDING, then IDLE); the caller
 * is silent for too long, or leaves (CLOSED); the request or its answer ends the connection
 * (LINGERING, until the caller has heard it); the worker drains (handed over at once, or LEAVING
 * until the channel has room). */

#include "worker/accept/connection.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/secret.h"
#include "worker/accept/accept.h"
#include "worker/drain.h"
#include "worker/request.h"
#include "worker/worker.h"

/* clang-format off */
#define TO(state) (1u << (CONNECTION_##state))

/* Read it as the life of a caller's connection. */
static const unsigned moves[] = {
	[CONNECTION_IDLE]      = TO(BUSY) | TO(LEAVING) | TO(LINGERING) | TO(CLOSED),
	[CONNECTION_BUSY]      = TO(IDLE) | TO(SENDING) | TO(LINGERING) | TO(CLOSED),
	[CONNECTION_SENDING]   = TO(IDLE) | TO(CLOSED),
	[CONNECTION_LEAVING]   = TO(LINGERING) | TO(CLOSED),
	[CONNECTION_LINGERING] = TO(CLOSED),
	[CONNECTION_CLOSED]    = 0,
};
/* clang-format on */

/* The only line in the program that writes `state`. */
static void connection_move(struct connection *c, enum connection_state to)
{
	check((moves[c->state] & 1u << to) != 0);
	c->state = to;
}

static void on_gone(struct lifeline *line)
{
	struct connection *c = container_of(line, struct connection, line);
	struct worker *worker = c->worker;

	deadline_fini(&c->deadline);
	chain_remove(&c->place);
	connection_forget_kept(c);
	free(c);
	worker->connection_count--;
	accept_room(worker->acceptor);
	drain_proceed(worker->drain);
}

static void on_silent(struct deadline *deadline)
{
	connection_close(container_of(deadline, struct connection, deadline));
}

static void wait_on(struct connection *c)
{
	uint64_t now = uv_now(&c->worker->loop);

	deadline_set(c->worker->deadlines, &c->deadline,
		c->asks_by_ms > now ? c->asks_by_ms - now : 0, on_silent);
}

/* -read-timeout bounds the wait for a request too. */
static void wait_for_request(struct connection *c)
{
	int64_t ns = c->worker->snapshot->settings.read_timeout_ns;
	uint64_t ms = LIMIT_KEEPALIVE_IDLE_MS;

	if (ns > 0 && (uint64_t)ns / 1000000 < ms) {
		ms = (uint64_t)ns / 1000000;
	}
	c->asks_by_ms = uv_now(&c->worker->loop) + ms;
	wait_on(c);
}

static void name_peer(struct connection *c, const struct sockaddr_storage *peer)
{
	if (peer->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;

		c->peer_port = ntohs(six->sin6_port);
		/* A caller over IPv4 on a dual-stack socket is named as what it is. */
		if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
			(void)inet_ntop(
				AF_INET, &six->sin6_addr.s6_addr[12], c->peer, sizeof(c->peer));
			return;
		}
		(void)inet_ntop(AF_INET6, &six->sin6_addr, c->peer, sizeof(c->peer));
	} else if (peer->ss_family == AF_INET) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)peer;

		c->peer_port = ntohs(four->sin_port);
		(void)inet_ntop(AF_INET, &four->sin_addr, c->peer, sizeof(c->peer));
	}
}

static void on_bytes(struct stream *stream, struct slice bytes)
{
	struct connection *c = container_of(stream, struct connection, stream);

	if (c->state == CONNECTION_IDLE || c->state == CONNECTION_BUSY) {
		c->protocol->bytes(c, bytes);
	} /* else: what comes behind our goodbye */
}

static void on_ended(struct stream *stream, int err)
{
	struct connection *c = container_of(stream, struct connection, stream);

	c->finished = true;
	if (c->state == CONNECTION_BUSY) {
		c->protocol->ended(c, err);
	} else if (err != 0 || c->stream.unsent == 0) {
		connection_close(c);
	}
}

static void on_drained(struct stream *stream)
{
	struct connection *c = container_of(stream, struct connection, stream);

	if (c->state == CONNECTION_BUSY) {
		c->protocol->drained(c);
	} else if (c->state == CONNECTION_SENDING) {
		connection_next(c);
	} else if (c->finished) {
		connection_close(c);
	} else {
		deadline_set(c->worker->deadlines, &c->deadline, LIMIT_LINGER_MS, on_silent);
	}
}

static const struct stream_events stream_events = {
	.bytes = on_bytes,
	.ended = on_ended,
	.drained = on_drained,
};

void connection_open(struct worker *worker, const struct connection_protocol *protocol, int fd,
	const struct sockaddr_storage *peer, struct slice unread)
{
	struct connection *c = calloc(1, sizeof(*c));

	check(c != NULL);
	c->worker = worker;
	c->protocol = protocol;
	c->line.gone = on_gone;
	chain_add(&worker->connections, &c->place);
	worker->connection_count++;
	check(stream_init(&c->stream, worker->turn, &c->line, &worker->read_buffer,
		      &stream_events) == 0);
	name_peer(c, peer);
	wait_for_request(c);
	if (stream_open(&c->stream, fd) < 0) {
		(void)close(fd);
		connection_close(c);
	} else if (stream_start(&c->stream) < 0) {
		connection_close(c);
	} else if (unread.len > 0) {
		protocol->bytes(c, unread);
	}
}

struct request *connection_request(struct connection *c)
{
	struct request *req = request_new(c->worker);

	req->peer = slice_of(c->peer);
	req->peer_port = c->peer_port;
	return req;
}

void connection_busy(struct connection *c)
{
	connection_move(c, CONNECTION_BUSY);
	deadline_clear(&c->deadline);
}

bool connection_keep(struct connection *c, struct slice bytes)
{
	char *more;

	if (bytes.len > LIMIT_PIPELINED_BYTES + LIMIT_READ_BYTES - c->ahead_len) {
		return false;
	}
	more = realloc(c->ahead, c->ahead_len + bytes.len);
	check(more != NULL);
	memcpy(more + c->ahead_len, bytes.at, bytes.len);
	c->ahead = more;
	c->ahead_len += (unsigned)bytes.len;
	return true;
}

void connection_forget_kept(struct connection *c)
{
	if (c->ahead != NULL) {
		secret_wipe(c->ahead, c->ahead_len);
	}
	free(c->ahead);
	c->ahead = NULL;
	c->ahead_len = 0;
}

void connection_next(struct connection *c)
{
	struct slice ahead = { c->ahead, c->ahead_len };

	if (c->stream.unsent > 0) {
		/* A caller that does not read its answers gets no more of them: on_drained comes
		 * back to here. */
		connection_move(c, CONNECTION_SENDING);
		stream_hold(&c->stream, true);
		deadline_set(c->worker->deadlines, &c->deadline, LIMIT_BODY_PAUSE_MS, on_silent);
		return;
	}
	if (c->finished && ahead.len == 0) {
		connection_close(c);
		return;
	}
	connection_move(c, CONNECTION_IDLE);
	if (drain_has_begun(c->worker->drain)) {
		drain_connection(c->worker->drain, c);
		return;
	}
	wait_for_request(c);
	stream_hold(&c->stream, false);
	if (ahead.len > 0) {
		c->ahead = NULL;
		c->ahead_len = 0;
		c->protocol->bytes(c, ahead);
		secret_wipe((char *)ahead.at, ahead.len);
		free((char *)ahead.at);
	}
}

/* Closing while the caller still sends would reset the connection, and an answer on its way could
 * be lost with it (RFC 9112 section 9.6): so say that we are done, and hear the caller out for a
 * while. */
void connection_end(struct connection *c, bool heard_all)
{
	bool all_said = c->stream.unsent == 0;

	connection_forget_kept(c);
	if (all_said && (heard_all || c->finished)) {
		connection_close(c);
		return;
	}
	connection_move(c, CONNECTION_LINGERING);
	deadline_set(c->worker->deadlines, &c->deadline,
		all_said ? LIMIT_LINGER_MS : LIMIT_BODY_PAUSE_MS, on_silent);
	if (stream_finish(&c->stream) < 0) {
		connection_close(c);
		return;
	}
	stream_hold(&c->stream, false);
}

void connection_reset(struct connection *c)
{
	connection_move(c, CONNECTION_CLOSED);
	stream_reset(&c->stream);
}

void connection_close(struct connection *c)
{
	if (c->state != CONNECTION_CLOSED) {
		connection_move(c, CONNECTION_CLOSED);
		stream_close(&c->stream);
	}
}

bool connection_unwind(struct connection *c)
{
	if (c->state == CONNECTION_BUSY && c->protocol->unwind(c)) {
		connection_move(c, CONNECTION_IDLE);
		wait_on(c); /* what was no request has bought no time */
	}
	return c->state == CONNECTION_IDLE;
}

void connection_leave(struct connection *c)
{
	if (c->state != CONNECTION_LEAVING) {
		connection_move(c, CONNECTION_LEAVING);
		deadline_clear(&c->deadline);
		stream_hold(&c->stream, true);
	}
}

void connection_cut(struct connection *c)
{
	if (c->state == CONNECTION_BUSY) {
		c->protocol->ended(c, UV_ECANCELED);
	} else {
		connection_close(c);
	}
}
