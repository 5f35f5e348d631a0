/* demo_upstream.c - hears one request on a connection, tells it back, and hears the rest out.
 *
 * The happy path: bytes come until the head is whole, and the body, where the head says how long it
 * is; then the answer goes out, our side is closed, and what still comes is thrown away until the
 * other side is closed too. What can fail: the connection breaks, or a head is larger than we
 * remember; it is closed then. */

#include "master/commands/demo_upstream.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "master/commands/demo_head.h"

enum { MOST_VISITS = 64, PIECE_BYTES = 16 * 1024, HEAD_ROOM = 160 };

/* One connection. */
struct demo_visit {
	uv_tcp_t tcp;
	uv_write_t write;
	uv_shutdown_t shutdown;
	struct demo_upstream *upstream;
	struct demo_visit *next, **link;
	bool answered;
	char request[DEMO_REQUEST_BYTES];
	size_t len;
	char piece[PIECE_BYTES];
	char answer[HEAD_ROOM + DEMO_REQUEST_BYTES];
};

static void on_gone(uv_handle_t *handle)
{
	struct demo_visit *visit = container_of((uv_tcp_t *)handle, struct demo_visit, tcp);

	*visit->link = visit->next;
	if (visit->next != NULL) {
		visit->next->link = visit->link;
	}
	visit->upstream->visit_count--;
	free(visit);
}

static void leave(struct demo_visit *visit)
{
	if (!uv_is_closing((uv_handle_t *)&visit->tcp)) {
		uv_close((uv_handle_t *)&visit->tcp, on_gone);
	}
}

static void on_finished(uv_shutdown_t *request, int status)
{
	if (status < 0) {
		leave(container_of(request, struct demo_visit, shutdown));
	}
}

static void on_written(uv_write_t *request, int status)
{
	struct demo_visit *visit = container_of(request, struct demo_visit, write);

	if (status < 0 ||
		uv_shutdown(&visit->shutdown, (uv_stream_t *)&visit->tcp, on_finished) < 0) {
		leave(visit);
	}
}

/* The text is the request itself. */
static void answer(struct demo_visit *visit)
{
	static const char intro[] = "the upstream received:\n\n";
	size_t len = (size_t)snprintf(visit->answer, HEAD_ROOM,
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s",
		sizeof(intro) - 1 + visit->len + 1, intro);
	uv_buf_t buf;

	memcpy(visit->answer + len, visit->request, visit->len);
	len += visit->len;
	visit->answer[len++] = '\n';
	buf = uv_buf_init(visit->answer, (unsigned)len);
	visit->answered = true;
	if (uv_write(&visit->write, (uv_stream_t *)&visit->tcp, &buf, 1, on_written) < 0) {
		leave(visit);
	}
}

static void remember(struct demo_upstream *upstream, const struct demo_visit *visit)
{
	memcpy(upstream->last, visit->request, visit->len);
	upstream->last_len = visit->len;
	upstream->requests++;
}

/* What does not fit is not waited for, nor is a body in chunks, whose end it would have to find. */
static bool is_whole(const struct demo_visit *visit)
{
	struct slice head = demo_head_of((struct slice){ visit->request, visit->len });
	unsigned long long body = 0;

	if (head.at == NULL) {
		return false;
	}
	(void)slice_to_number(demo_head_value(head, SLICE("Content-Length")), SIZE_MAX / 2, &body);
	return visit->len >= head.len + 2 + body || visit->len == sizeof(visit->request);
}

static void take(struct demo_visit *visit, const char *bytes, size_t len)
{
	size_t room = sizeof(visit->request) - visit->len;

	if (visit->answered) {
		return;
	}
	len = len < room ? len : room;
	memcpy(visit->request + visit->len, bytes, len);
	visit->len += len;
	if (is_whole(visit)) {
		remember(visit->upstream, visit);
		answer(visit);
	} else if (visit->len == sizeof(visit->request)) {
		leave(visit);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct demo_visit *visit = container_of((uv_tcp_t *)handle, struct demo_visit, tcp);

	(void)suggested;
	*buf = uv_buf_init(visit->piece, sizeof(visit->piece));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct demo_visit *visit = container_of((uv_tcp_t *)stream, struct demo_visit, tcp);

	if (got < 0) {
		leave(visit);
		return;
	}
	take(visit, buf->base, (size_t)got);
}

static void on_visit(uv_stream_t *listener, int status)
{
	struct demo_upstream *upstream =
		container_of((uv_tcp_t *)listener, struct demo_upstream, listener);
	struct demo_visit *visit;

	if (status < 0) {
		return;
	}
	visit = calloc(1, sizeof(*visit));
	check(visit != NULL);
	visit->upstream = upstream;
	visit->next = upstream->visits;
	visit->link = &upstream->visits;
	if (visit->next != NULL) {
		visit->next->link = &visit->next;
	}
	upstream->visits = visit;
	upstream->visit_count++;
	check(uv_tcp_init(listener->loop, &visit->tcp) == 0);
	if (uv_accept(listener, (uv_stream_t *)&visit->tcp) < 0 ||
		upstream->visit_count > MOST_VISITS ||
		uv_read_start((uv_stream_t *)&visit->tcp, on_alloc, on_read) < 0) {
		leave(visit);
	}
}

int demo_upstream_open(struct demo_upstream *upstream, uv_loop_t *loop, struct note *why)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int len = sizeof(address), err;

	check(uv_tcp_init(loop, &upstream->listener) == 0);
	err = uv_tcp_bind(&upstream->listener, (struct sockaddr *)&address, 0);
	if (err == 0) {
		err = uv_listen((uv_stream_t *)&upstream->listener, MOST_VISITS, on_visit);
	}
	if (err == 0) {
		err = uv_tcp_getsockname(&upstream->listener, (struct sockaddr *)&address, &len);
	}
	if (err < 0) {
		uv_close((uv_handle_t *)&upstream->listener, NULL);
		return note_fail(why, err, "the demo upstream can't listen: %s", uv_strerror(err));
	}
	upstream->port = ntohs(address.sin_port);
	return 0;
}

void demo_upstream_close(struct demo_upstream *upstream)
{
	if (upstream->port == 0) {
		return;
	}
	for (struct demo_visit *visit = upstream->visits; visit != NULL; visit = visit->next) {
		leave(visit);
	}
	uv_close((uv_handle_t *)&upstream->listener, NULL);
	upstream->port = 0;
}

struct slice demo_upstream_last(const struct demo_upstream *upstream)
{
	return (struct slice){ upstream->last, upstream->last_len };
}
