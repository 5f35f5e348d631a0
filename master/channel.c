/* channel.c - polls one control socket for what there is to do. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/secret.h"
#include "master/channel.h"

/* Messages that are heard before other workers have their turn. */
enum { TURN = 64 };

static void on_poll(uv_poll_t *poll, int status, int events);

/* Polls for what there is to do, and for nothing else: it would spin. */
static void poll_again(struct channel *channel)
{
	int events = (channel->held ? 0 : UV_READABLE) |
		     (control_queue_is_empty(&channel->queue) ? 0 : UV_WRITABLE);

	if (events == 0 || channel->over) {
		check(uv_poll_stop(&channel->poll) == 0);
	} else {
		check(uv_poll_start(&channel->poll, events, on_poll) == 0);
	}
}

static void end(struct channel *channel, int err, const struct note *why)
{
	channel->over = true;
	control_queue_clear(&channel->queue);
	poll_again(channel);
	channel->events->ended(channel, err, why);
}

/* A worker that does not listen any more has left: reading will tell, behind its last words. */
static void send_waiting(struct channel *channel)
{
	int err = control_queue_flush(&channel->queue);
	struct note why;

	if (err == 0) {
		channel->events->eased(channel);
	} else if (err != -EAGAIN && err != -EPIPE) {
		err = note_fail(&why, err, "could not be told all: %s", strerror(-err));
		end(channel, err, &why);
	}
}

/* At most so many; true when there may be more. */
static bool receive_some(struct channel *channel, int most)
{
	while (most-- > 0 && !channel->held && !channel->over) {
		struct control_message message;
		struct note why = { "" };
		int err = control_receive(channel->queue.socket, control_from_worker,
			channel->phase, channel->buffer, &message, &why);

		if (err == -EAGAIN) {
			return false;
		}
		if (err == -EMFILE) {
			continue; /* our own want, not the worker's fault */
		}
		if (err < 0) {
			end(channel, err, &why);
			return false;
		}
		control_advance(&channel->phase, message.type);
		channel->events->message(channel, &message);
	}
	return !channel->held && !channel->over;
}

/* A negative status means that the worker is gone; libuv has stopped polling, and what the worker
 * said last can still be read. */
static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct channel *channel = container_of(poll, struct channel, poll);

	if (status < 0 || (events & UV_WRITABLE)) {
		send_waiting(channel);
	}
	if (!channel->over && (status < 0 || (events & UV_READABLE))) {
		(void)receive_some(channel, TURN);
	}
	if (!channel->over) {
		poll_again(channel);
	}
}

int channel_open(struct channel *channel, uv_loop_t *loop, int socket,
	const struct channel_events *events, struct note *why)
{
	int err = uv_poll_init(loop, &channel->poll, socket);

	if (err < 0) {
		close(socket);
		return note_fail(why, err, "poll: %s", uv_strerror(err));
	}
	channel->queue = (struct control_queue){ .socket = socket };
	channel->phase = CONTROL_SPAWNED;
	channel->held = false;
	channel->over = false;
	channel->events = events;
	channel->buffer = malloc(LIMIT_CONTROL_BYTES);
	check(channel->buffer != NULL);
	poll_again(channel);
	return 0;
}

void channel_close(struct channel *channel, uv_close_cb closed)
{
	channel->over = true;
	control_queue_clear(&channel->queue);
	uv_close((uv_handle_t *)&channel->poll, closed);
	close(channel->queue.socket);
	secret_wipe(channel->buffer, LIMIT_CONTROL_BYTES); /* callers' unread bytes */
	free(channel->buffer);
	channel->buffer = NULL;
}

int channel_send(struct channel *channel, enum control_type type, struct slice payload, int fd)
{
	struct note why;
	int err;

	if (channel->over) {
		return -EPIPE;
	}
	err = control_judge(control_from_master, channel->phase, type, payload.len, fd >= 0, &why);
	if (err < 0 || (err = control_queue_put(&channel->queue, type, payload, fd)) < 0) {
		return err;
	}
	control_advance(&channel->phase, type);
	poll_again(channel);
	return 0;
}

bool channel_clear(const struct channel *channel)
{
	return control_queue_is_empty(&channel->queue) && !channel->over;
}

void channel_hold(struct channel *channel, bool hold)
{
	channel->held = hold;
	if (!channel->over) {
		poll_again(channel);
	}
}

void channel_hear(struct channel *channel)
{
	while (receive_some(channel, TURN)) {
	}
}
