/* channel.c - the queue, the poll handle and the phases behind one control socket. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/secret.h"
#include "master/channel.h"

/* Messages that are heard before other workers have their turn. */
enum { TURN = 64 };

/* A message that waits. It may hold a secret. */
struct parcel {
	struct parcel *next;
	enum control_type type;
	int fd; /* our own copy, or -1 */
	size_t len;
	char bytes[];
};

const char *const channel_phase_names[] = {
	[CONTROL_SPAWNED] = "spawned",
	[CONTROL_STANDBY] = "standby",
	[CONTROL_SERVING] = "serving",
	[CONTROL_ENDING] = "ending",
};

/* The messages that move a worker on. The rules let each come in the phase before it only. */
static enum control_phase phase_after(enum control_phase phase, enum control_type type)
{
	return type == CONTROL_READY   ? CONTROL_STANDBY
	       : type == CONTROL_START ? CONTROL_SERVING
	       : type == CONTROL_DRAIN ? CONTROL_ENDING
				       : phase;
}

static void parcel_free(struct parcel *parcel)
{
	if (parcel->fd >= 0) {
		close(parcel->fd);
	}
	secret_wipe(parcel->bytes, parcel->len);
	free(parcel);
}

static void drop_first(struct channel *channel)
{
	struct parcel *parcel = channel->first;

	channel->first = parcel->next;
	channel->queued--;
	parcel_free(parcel);
}

static void drop_all(struct channel *channel)
{
	while (channel->first != NULL) {
		drop_first(channel);
	}
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Polls for what there is to do, and for nothing else. */
static void poll_again(struct channel *channel)
{
	int events = (channel->held ? 0 : UV_READABLE) | (channel->first ? UV_WRITABLE : 0);

	if (events == 0 || channel->over) {
		check(uv_poll_stop(&channel->poll) == 0);
	} else {
		check(uv_poll_start(&channel->poll, events, on_poll) == 0);
	}
}

/* The other side can't take it any more, which reading will tell with the proper words. */
static void send_queued(struct channel *channel)
{
	while (channel->first != NULL) {
		struct parcel *parcel = channel->first;
		struct slice payload = { parcel->bytes, parcel->len };
		int err = control_send(channel->socket, parcel->type, payload, parcel->fd);

		if (err == -EAGAIN) {
			return;
		}
		drop_first(channel);
		if (err < 0) {
			drop_all(channel);
			return;
		}
	}
	channel->events->eased(channel);
}

static void end(struct channel *channel, int err, const struct note *why)
{
	channel->over = true;
	drop_all(channel);
	poll_again(channel);
	channel->events->ended(channel, err, why);
}

/* At most so many; true when there may be more. */
static bool receive_some(struct channel *channel, int most)
{
	while (most-- > 0 && !channel->held && !channel->over) {
		struct control_message message;
		struct note why = { "" };
		int err = control_receive(channel->socket, control_from_worker, channel->phase,
			channel->buffer, &message, &why);

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
		channel->phase = phase_after(channel->phase, message.type);
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
		send_queued(channel);
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
	channel->socket = socket;
	channel->phase = CONTROL_SPAWNED;
	channel->held = false;
	channel->over = false;
	channel->events = events;
	channel->first = channel->last = NULL;
	channel->queued = 0;
	channel->buffer = malloc(LIMIT_CONTROL_BYTES);
	check(channel->buffer != NULL);
	poll_again(channel);
	return 0;
}

void channel_close(struct channel *channel, uv_close_cb closed)
{
	channel->over = true;
	drop_all(channel);
	uv_close((uv_handle_t *)&channel->poll, closed);
	close(channel->socket);
	secret_wipe(channel->buffer, LIMIT_CONTROL_BYTES); /* callers' unread bytes */
	free(channel->buffer);
	channel->buffer = NULL;
}

static int enqueue(struct channel *channel, enum control_type type, struct slice payload, int fd)
{
	struct parcel *parcel;
	int copy = -1;

	if (channel->queued >= LIMIT_CONTROL_QUEUE) {
		return -ENOBUFS;
	}
	if (fd >= 0) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (copy < 0) {
			return -errno;
		}
	}
	parcel = malloc(sizeof(*parcel) + payload.len);
	check(parcel != NULL);
	*parcel = (struct parcel){ .type = type, .fd = copy, .len = payload.len };
	if (payload.len > 0) {
		memcpy(parcel->bytes, payload.at, payload.len);
	}
	if (channel->first == NULL) {
		channel->first = parcel;
	} else {
		channel->last->next = parcel;
	}
	channel->last = parcel;
	channel->queued++;
	poll_again(channel);
	return 0;
}

int channel_send(struct channel *channel, enum control_type type, struct slice payload, int fd)
{
	const struct control_rule *rule = &control_from_master[type];
	int err = -EAGAIN;

	if (channel->over) {
		return -EPIPE;
	}
	if (!(rule->phases & CONTROL_IN(channel->phase)) || payload.len < rule->min ||
		payload.len > rule->max || (fd >= 0) != (rule->fds == 1)) {
		return -EPROTO;
	}
	if (channel->first == NULL) {
		err = control_send(channel->socket, type, payload, fd);
	}
	if (err == -EAGAIN) {
		err = enqueue(channel, type, payload, fd);
	}
	if (err == 0) {
		channel->phase = phase_after(channel->phase, type);
	}
	return err;
}

bool channel_clear(const struct channel *channel)
{
	return channel->first == NULL && !channel->over;
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
