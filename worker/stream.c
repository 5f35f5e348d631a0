/* stream.c - reading into one shared buffer, and writing without waiting. */

#include <stdlib.h>

#include "common/check.h"
#include "worker/stream.h"

enum { MOST_PIECES = 8, SMALL_BYTES = 2048 };

/* What a socket did not take at once. */
struct unsent {
	uv_write_t request;
	struct stream *stream;
	size_t len;
	char bytes[];
};

int stream_init(struct stream *s, uv_loop_t *loop, struct lifeline *line, struct slice *shared,
	const struct stream_events *events)
{
	int err = uv_tcp_init(loop, &s->tcp);

	if (err < 0) {
		return err;
	}
	lifeline_open(line, (uv_handle_t *)&s->tcp);
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

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct stream *s = container_of((uv_tcp_t *)handle, struct stream, tcp);

	(void)suggested;
	if (s->held) {
		*buf = uv_buf_init(NULL, 0); /* on_read stops the reading */
		return;
	}
	*buf = uv_buf_init((char *)s->shared->at, (unsigned)s->shared->len);
}

static void on_read(uv_stream_t *handle, ssize_t got, const uv_buf_t *buf)
{
	struct stream *s = container_of((uv_tcp_t *)handle, struct stream, tcp);

	if (got > 0) {
		s->events->bytes(s, (struct slice){ buf->base, (size_t)got });
	} else if (got == UV_ENOBUFS) {
		s->reading = false;
		(void)uv_read_stop(handle);
	} else if (got < 0) {
		s->reading = false;
		s->ended = true;
		(void)uv_read_stop(handle);
		s->events->ended(s, got == UV_EOF ? 0 : (int)got);
	}
}

int stream_start(struct stream *s)
{
	int err = uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_read);

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
	bool closing = uv_is_closing((uv_handle_t *)&s->tcp);

	s->unsent -= unsent->len;
	free(unsent);
	if (closing) {
		return;
	}
	if (status < 0) {
		s->events->ended(s, status);
	} else if (s->unsent == 0) {
		s->events->drained(s);
	}
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
		done = uv_try_write((uv_stream_t *)&s->tcp, bufs, used);
		if (done == UV_EAGAIN) {
			done = 0;
		}
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
