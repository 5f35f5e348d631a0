/* stream.c - reading into one shared buffer, and writing without waiting. */

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/check.h"
#include "worker/stream.h"
#include "worker/turn.h"

enum { MOST_PIECES = 8, SMALL_BYTES = 2048 };

/* What a socket did not take at once. */
struct unsent {
	uv_write_t request;
	struct stream *stream;
	size_t len;
	char bytes[];
};

int stream_init(struct stream *s, struct turn *turn, struct lifeline *line, struct slice *shared,
	const struct stream_events *events)
{
	int err = uv_tcp_init(turn_loop(turn), &s->tcp);

	if (err < 0) {
		return err;
	}
	lifeline_open(line, (uv_handle_t *)&s->tcp);
	s->turn = turn;
	s->events = events;
	s->shared = shared;
	s->unsent = s->unsent_seen = 0;
	s->reading = s->held = s->ended = false;
	return 0;
}

int stream_open(struct stream *s, int fd)
{
	return uv_tcp_open(&s->tcp, fd);
}

/* libuv would read with read(), which for a socket is a detour, into room that it asks for here. We
 * have none to give, so it tells us that there are bytes, and leaves them to us. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *none)
{
	(void)handle;
	(void)suggested;
	*none = uv_buf_init(NULL, 0);
}

static void stop(struct stream *s)
{
	s->reading = false;
	(void)uv_read_stop((uv_stream_t *)&s->tcp);
}

static void end(struct stream *s, int err)
{
	s->ended = true;
	stop(s);
	s->events->ended(s, err);
}

static ssize_t receive(struct stream *s)
{
	ssize_t got;

	do {
		got = recv(stream_fd(s), (char *)s->shared->at, s->shared->len, 0);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/* One read for each time that the loop finds bytes: so no peer keeps the others waiting. */
static void on_readable(uv_stream_t *handle, ssize_t no_room, const uv_buf_t *none)
{
	struct stream *s = container_of((uv_tcp_t *)handle, struct stream, tcp);
	struct turn *turn = s->turn;
	ssize_t got;

	(void)none;
	if (s->held) {
		stop(s);
		return;
	}
	got = no_room == UV_ENOBUFS ? receive(s) : no_room;
	if (got > 0) {
		s->events->bytes(s, (struct slice){ s->shared->at, (size_t)got });
	} else if (got != -EAGAIN) {
		end(s, got == UV_EOF ? 0 : (int)got);
	}
	turn_run(turn);
}

int stream_start(struct stream *s)
{
	int err = uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_readable);

	if (err == 0) {
		s->reading = true;
	}
	return err;
}

/* Holding is lazy: only when bytes do arrive is the loop told to stop, because telling it costs two
 * system calls, and mostly nothing arrives. */
void stream_hold(struct stream *s, bool hold)
{
	s->held = hold;
	if (!hold && !s->reading && !s->ended && !uv_is_closing((uv_handle_t *)&s->tcp)) {
		check(stream_start(s) == 0);
	}
}

static void on_written(uv_write_t *request, int status)
{
	struct unsent *unsent = container_of(request, struct unsent, request);
	struct stream *s = unsent->stream;
	struct turn *turn = s->turn;

	s->unsent -= unsent->len;
	free(unsent);
	if (uv_is_closing((uv_handle_t *)&s->tcp)) {
		return;
	}
	if (status < 0) {
		s->events->ended(s, status);
	} else if (s->unsent == 0) {
		s->events->drained(s);
	}
	turn_run(turn);
}

/* Keeps what lies behind the first `skip` bytes, and has the loop write it. */
static int keep(
	struct stream *s, const struct slice *pieces, unsigned count, size_t skip, size_t len)
{
	struct unsent *unsent = malloc(sizeof(*unsent) + len);
	uv_buf_t buf;
	size_t at = 0;
	int err;

	check(unsent != NULL);
	unsent->stream = s;
	unsent->len = len;
	for (unsigned i = 0; i < count; i++) {
		size_t gone = skip < pieces[i].len ? skip : pieces[i].len;

		skip -= gone;
		if (pieces[i].len > gone) {
			memcpy(unsent->bytes + at, pieces[i].at + gone, pieces[i].len - gone);
			at += pieces[i].len - gone;
		}
	}
	check(at == len);
	buf = uv_buf_init(unsent->bytes, (unsigned)len);
	err = uv_write(&unsent->request, (uv_stream_t *)&s->tcp, &buf, 1, on_written);
	if (err < 0) {
		free(unsent);
		return err;
	}
	s->unsent += len;
	s->unsent_seen = uv_stream_get_write_queue_size((uv_stream_t *)&s->tcp);
	return 1;
}

/* One small piece is cheaper for the kernel than a list of them. */
static void gather(const struct slice *pieces, unsigned count, char *small, uv_buf_t *bufs)
{
	size_t at = 0;

	for (unsigned i = 0; i < count; i++) {
		if (pieces[i].len > 0) {
			memcpy(small + at, pieces[i].at, pieces[i].len);
			at += pieces[i].len;
		}
	}
	bufs[0] = uv_buf_init(small, (unsigned)at);
}

/* What the socket takes at once. libuv's own way is write(), which for a socket is a detour. */
static ssize_t send_now(struct stream *s, uv_buf_t *bufs, unsigned count)
{
	/* On Unix a uv_buf_t is a struct iovec. */
	struct msghdr pieces = { .msg_iov = (struct iovec *)bufs, .msg_iovlen = count };
	int fd = stream_fd(s);
	ssize_t done;

	do {
		done = count == 1 ? send(fd, bufs->base, bufs->len, MSG_NOSIGNAL)
				  : sendmsg(fd, &pieces, MSG_NOSIGNAL);
	} while (done < 0 && errno == EINTR);
	if (done < 0) {
		return errno == EAGAIN ? 0 : -errno;
	}
	return done;
}

int stream_write(struct stream *s, const struct slice *pieces, unsigned count)
{
	uv_buf_t bufs[MOST_PIECES];
	char small[SMALL_BYTES];
	size_t total = 0;
	ssize_t done = 0;
	unsigned used = 0;

	check(count <= MOST_PIECES);
	for (unsigned i = 0; i < count; i++) {
		if (pieces[i].len > 0) {
			bufs[used++] = uv_buf_init((char *)pieces[i].at, (unsigned)pieces[i].len);
			total += pieces[i].len;
		}
	}
	if (total == 0) {
		return s->unsent > 0;
	}
	if (s->unsent == 0) {
		if (used > 1 && total <= sizeof(small)) {
			gather(pieces, count, small, bufs);
			used = 1;
		}
		done = send_now(s, bufs, used);
		if (done < 0) {
			return (int)done;
		}
	}
	return (size_t)done == total ? 0
				     : keep(s, pieces, count, (size_t)done, total - (size_t)done);
}

bool stream_moves(struct stream *s)
{
	size_t unsent = uv_stream_get_write_queue_size((uv_stream_t *)&s->tcp);
	bool moves = unsent < s->unsent_seen;

	s->unsent_seen = unsent;
	return moves;
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
	(void)status; /* the peer's end, or the deadline, closes the stream */
	free(request);
}

int stream_finish(struct stream *s)
{
	uv_shutdown_t *request = malloc(sizeof(*request));
	int err;

	check(request != NULL);
	err = uv_shutdown(request, (uv_stream_t *)&s->tcp, on_shutdown);
	if (err < 0) {
		free(request);
	}
	return err;
}

void stream_close(struct stream *s)
{
	lifeline_close((uv_handle_t *)&s->tcp);
}

void stream_reset(struct stream *s)
{
	static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int fd = stream_fd(s);

	if (fd >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	}
	stream_close(s);
}

int stream_fd(const struct stream *s)
{
	uv_os_fd_t fd;

	return uv_fileno((const uv_handle_t *)&s->tcp, &fd) == 0 ? fd : -1;
}
