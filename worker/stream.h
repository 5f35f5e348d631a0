/* stream.h - one TCP connection, to a caller or to an upstream: bytes in, bytes out, with
 * back-pressure both ways. What stands on either side of it never sees libuv. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "common/slice.h"
#include "worker/lifeline.h"

struct stream;
struct turn;

/* Told from the loop; they report, and decide nothing. What they made ready runs right behind them,
 * while the memory that it needs is at hand. */
struct stream_events {
	void (*bytes)(struct stream *stream, struct slice bytes); /* borrowed until it returns */
	void (*ended)(
		struct stream *stream, int err); /* 0: the peer has sent all it will; else lost */
	void (*drained)(struct stream *stream);  /* what stream_write left behind is written */
};

/* Embed it. Idle, it holds no buffer. */
struct stream {
	uv_tcp_t tcp;
	struct turn *turn; /* runs behind each event */
	const struct stream_events *events;
	struct slice *shared; /* the worker's read buffer: each read lands there */
	size_t unsent;        /* bytes that wait for the peer to read */
	size_t unsent_seen;   /* of them, when stream_moves looked last */
	bool reading, held, ended;
};

/* An unconnected stream; its handle lives on `line`. `shared` is room for one read. */
int stream_init(struct stream *stream, struct turn *turn, struct lifeline *line,
	struct slice *shared, const struct stream_events *events);
int stream_open(struct stream *stream, int fd); /* takes the descriptor on success */
int stream_start(struct stream *stream);        /* begins to read */

/* Stops and goes on taking bytes from the network. */
void stream_hold(struct stream *stream, bool hold);

/* Writes now what the socket takes, in one call; keeps a copy of the rest. 0: all is written; 1:
 * some waits, so stop until `drained`; negative: the peer is lost. */
int stream_write(struct stream *stream, const struct slice *pieces, unsigned count);

/* Since the last call (or write) the peer has read something of what waits. */
bool stream_moves(struct stream *stream);

int stream_finish(struct stream *stream); /* says that nothing more will be sent */
void stream_close(struct stream *stream); /* what is unsent is lost */
void stream_reset(struct stream *stream); /* the same, and the peer is told that something broke */
int stream_fd(const struct stream *stream);
