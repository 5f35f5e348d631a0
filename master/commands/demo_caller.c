/* demo_caller.c - connects, sends, reads to the end; the connection never outlives the call. */

#include "master/commands/demo_caller.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>

#include "common/check.h"

struct call {
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	struct slice request;
	struct demo_answer *answer;
	int err;
	bool gone; /* the connection has closed */
};

/* Whatever ends it, closing is the last thing that happens. */
static void end(struct call *call, int err)
{
	if (!uv_is_closing((uv_handle_t *)&call->tcp)) {
		call->err = err;
		uv_close((uv_handle_t *)&call->tcp, demo_stage_on_closed);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct demo_answer *answer = container_of((uv_tcp_t *)handle, struct call, tcp)->answer;

	(void)suggested;
	*buf = uv_buf_init(
		answer->bytes + answer->len, (unsigned)(sizeof(answer->bytes) - answer->len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct call *call = container_of((uv_tcp_t *)stream, struct call, tcp);

	(void)buf;
	if (got >= 0) {
		call->answer->len += (size_t)got;
	} else {
		end(call, got == UV_EOF ? 0 : (int)got);
	}
}

static void on_written(uv_write_t *request, int status)
{
	if (status < 0) {
		end(container_of(request, struct call, write), status);
	}
}

static void on_connected(uv_connect_t *request, int status)
{
	struct call *call = container_of(request, struct call, connect);
	uv_stream_t *stream = (uv_stream_t *)&call->tcp;
	uv_buf_t buf = uv_buf_init((char *)call->request.at, (unsigned)call->request.len);

	if (status < 0 || (status = uv_read_start(stream, on_alloc, on_read)) < 0 ||
		(status = uv_write(&call->write, stream, &buf, 1, on_written)) < 0) {
		end(call, status);
	}
}

/* "HTTP/1.1 200 ..." */
static int read_status(const struct demo_answer *answer)
{
	struct slice bytes = { answer->bytes, answer->len };
	unsigned long long status;

	return slice_starts_with(bytes, SLICE("HTTP/1.1 ")) &&
			       slice_to_number(slice_sub(bytes, 9, 12), 599, &status)
		       ? (int)status
		       : -1;
}

int demo_caller_ask(struct demo_stage *stage, uint16_t port, struct slice request,
	struct demo_answer *out, struct note *why)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct call call = { .request = request, .answer = out };
	int err;

	out->len = 0;
	check(uv_tcp_init(&stage->loop, &call.tcp) == 0);
	call.tcp.data = &call.gone;
	err = uv_tcp_connect(&call.connect, &call.tcp, (struct sockaddr *)&address, on_connected);
	if (err < 0) {
		end(&call, err);
	}
	err = demo_stage_wait(stage, &call.gone, "the proxy's answer", why);
	end(&call, err);
	while (!call.gone) {
		(void)uv_run(&stage->loop, UV_RUN_NOWAIT);
	}
	if (err == 0 && call.err < 0) {
		err = note_fail(
			why, call.err, "the proxy was not heard: %s", uv_strerror(call.err));
	}
	if (err == 0 && (out->status = read_status(out)) < 0) {
		err = note_fail(why, -EPROTO, "the proxy's answer makes no sense");
	}
	return err;
}
