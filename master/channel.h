/* channel.h - one worker's control socket on the master's loop: says and hears what the rules
 * allow, and keeps account of the worker's phase. */

#pragma once

#include <stdbool.h>
#include <uv.h>

#include "common/control_queue.h"
#include "common/note.h"

struct channel;

struct channel_events {
	/* Its descriptor is the handler's. The handler may close the channel. */
	void (*message)(struct channel *channel, struct control_message *message);

	/* Everything has been sent, after something had to wait. */
	void (*eased)(struct channel *channel);

	/* The last event: the other side left (-EPIPE), or broke a rule, as `why` says. */
	void (*ended)(struct channel *channel, int err, const struct note *why);
};

/* Embedded in its owner; container_of leads back. */
struct channel {
	uv_poll_t poll;
	struct control_queue queue; /* what waits to be sent; has the socket */
	enum control_phase phase;   /* moved by what is said (control_advance) */
	bool held; /* nothing is read: what comes waits in the socket, and there in the worker */
	bool over; /* ended was told, or channel_close was called */
	const struct channel_events *events;
	char *buffer; /* LIMIT_CONTROL_BYTES */
};

/* Takes the socket, also when it fails. */
int channel_open(struct channel *channel, uv_loop_t *loop, int socket,
	const struct channel_events *events, struct note *why);
void channel_close(struct channel *channel, uv_close_cb closed);

/* 0 when it was sent or waits to be; -EPROTO when it is not to be said in this phase; -EPIPE when
 * the worker has left; -ENOBUFS when too much waits already. `fd` stays the caller's. */
int channel_send(struct channel *channel, enum control_type type, struct slice payload, int fd);

bool channel_clear(const struct channel *channel); /* nothing waits, and it is not over */
void channel_hold(struct channel *channel, bool hold);

/* Hears all that is there now, for the last time before the end. */
void channel_hear(struct channel *channel);
