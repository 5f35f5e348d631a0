/* control.c - says and hears on the control channel, until one side leaves. */

#include "worker/control.h"

#include <errno.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/control_queue.h"
#include "common/secret.h"
#include "worker/drain.h"
#include "worker/lifeline.h"
#include "worker/orders.h"
#include "worker/worker.h"

struct control {
	struct worker *worker;
	uv_poll_t poll;
	struct lifeline line;
	bool open; /* the master is there, and not all has been said */
	struct control_queue queue;
	char buffer[LIMIT_CONTROL_BYTES];
};

static void on_ready(uv_poll_t *poll, int status, int events);

static void watch(struct control *control)
{
	int events = UV_READABLE | (control_is_busy(control) ? UV_WRITABLE : 0);

	check(uv_poll_start(&control->poll, events, on_ready) == 0);
}

static int say(struct control *control, enum control_type type, struct slice payload, int fd)
{
	int err;

	if (!control->open) {
		return -EPIPE;
	}
	err = control_queue_put(&control->queue, type, payload, fd);
	if (err == 0) {
		control_advance(&control->worker->phase, type);
	}
	if (control_is_busy(control)) {
		watch(control);
	}
	return err;
}

static int say_written(
	struct control *control, enum control_type type, struct wire_writer *w, int fd)
{
	int err = say(control, type, wire_written(w), fd);

	wire_writer_fini(w);
	return err;
}

void control_say_ready(struct control *control)
{
	(void)say(control, CONTROL_READY, SLICE(""), -1);
}

void control_say_failed(struct control *control, const struct note *why)
{
	struct wire_writer w = { 0 };

	wire_put_slice(&w, slice_of(why->text));
	(void)say_written(control, CONTROL_FAILED, &w, -1);
}

int control_resolve(struct control *control, uint32_t question, struct slice name, uint16_t port)
{
	struct wire_writer w = { 0 };

	wire_put_u32(&w, question);
	wire_put_slice(&w, name);
	wire_put_u32(&w, port);
	return say_written(control, CONTROL_RESOLVE, &w, -1);
}

void control_say_draining(struct control *control)
{
	(void)say(control, CONTROL_DRAINING, SLICE(""), -1);
}

int control_hand_over(struct control *control, int fd, struct slice unread)
{
	struct wire_writer w = { 0 };

	wire_put_slice(&w, unread);
	return say_written(control, CONTROL_HANDOVER, &w, fd);
}

static void hang_up(struct control *control)
{
	control->open = false;
	control_queue_clear(&control->queue);
	lifeline_close((uv_handle_t *)&control->poll);
}

void control_say_drained(struct control *control)
{
	(void)say(control, CONTROL_DRAINED, SLICE(""), -1);
	if (control->open) {
		hang_up(control);
	}
}

bool control_has_room(const struct control *control)
{
	return control_queue_has_room(&control->queue);
}

bool control_is_busy(const struct control *control)
{
	return !control_queue_is_empty(&control->queue);
}

/* Without a master nobody would tell us about reloads or replace us: finish what has begun, in the
 * time that the master would have given for it. */
static void lose_master(struct control *control, const char *why)
{
	struct worker *worker = control->worker;
	int64_t drain_ns =
		worker->snapshot == NULL ? 0 : worker->snapshot->settings.drain_timeout_ns;
	int64_t drain_ms = drain_ns / 1000000;

	hang_up(control);
	log_error(worker->log, "control channel lost", LOG_STR("reason", why));
	drain_begin(worker->drain, drain_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)drain_ms, false);
	drain_proceed(worker->drain);
}

/* A master that does not listen any more has left, which hearing tells. */
static void send_waiting(struct control *control)
{
	int err = control_queue_flush(&control->queue);

	if (err == -EAGAIN) {
		return;
	}
	if (err < 0 && err != -EPIPE) {
		lose_master(control, strerror(-err));
		return;
	}
	watch(control);
	drain_proceed(control->worker->drain);
}

/* One message, obeyed. Nothing of it stays in the buffer: it may have been a secret. */
static int hear(struct control *control, struct note *why)
{
	struct worker *worker = control->worker;
	struct control_message message;
	size_t len;
	int err = control_receive(
		CONTROL_FD, control_from_master, worker->phase, control->buffer, &message, why);

	if (err == -EMFILE) { /* that one is lost, and the conversation goes on */
		log_warn(worker->log, "control message lost", LOG_STR("reason", why->text));
		return 0;
	}
	if (err < 0) {
		return err;
	}
	len = (size_t)(message.payload.end - message.payload.at);
	control_advance(&worker->phase, message.type);
	err = orders_obey(worker, &message, why);
	secret_wipe(control->buffer, len);
	return err;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct control *control = container_of(poll, struct control, poll);
	struct note why = { "the master is gone" };
	int err = status < 0 ? -EPIPE : 0;

	if (err == 0 && (events & UV_WRITABLE) != 0) {
		send_waiting(control);
	}
	while (control->open && err == 0) {
		err = hear(control, &why);
	}
	if (control->open && err != -EAGAIN) {
		lose_master(control, why.text);
	}
}

static void on_line_gone(struct lifeline *line)
{
	(void)line; /* worker_fini frees it when the loop has ended */
}

int control_open(struct worker *worker, struct control **out, struct note *why)
{
	struct control *control = calloc(1, sizeof(*control));
	int err;

	check(control != NULL);
	control->worker = worker;
	control->queue.socket = CONTROL_FD;
	control->line.gone = on_line_gone;
	err = uv_poll_init(&worker->loop, &control->poll, CONTROL_FD);
	if (err < 0) {
		free(control);
		return note_fail(why, err,
			"descriptor %d is no control channel: this program is started by "
			"authtranslator",
			CONTROL_FD);
	}
	lifeline_open(&control->line, (uv_handle_t *)&control->poll);
	control->open = true;
	watch(control);
	*out = control;
	return 0;
}

void control_free(struct control **control)
{
	secret_wipe((*control)->buffer, sizeof((*control)->buffer)); /* what was refused is there */
	free(*control);
	*control = NULL;
}
