/* control.c - the worker's end of the conversation with its master (common/control.h). */

#include "worker/control.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/check.h"
#include "common/control.h"
#include "common/secret.h"
#include "worker/accept/accept.h"
#include "worker/accept/connection.h"
#include "worker/drain.h"
#include "worker/forward/resolve.h"
#include "worker/route.h"
#include "worker/vault.h"
#include "worker/worker.h"

/* A message that the socket did not take yet. */
struct outgoing_message {
	struct outgoing_message *next;
	enum control_type type;
	int fd; /* our copy; -1: none */
	size_t len;
	char payload[];
};

struct control {
	struct worker *worker;
	uv_poll_t poll;
	struct lifeline line;
	bool open;  /* the master is there */
	bool ended; /* nothing more will be said */
	struct outgoing_message *queue, **last;
	unsigned queued;
	char buffer[LIMIT_CONTROL_BYTES];
};

typedef int handler(struct worker *worker, struct wire_reader *r, int fd, struct note *why);

static handler *const handlers[CONTROL_TYPES];

/* ---- saying ---- */

static void on_ready(uv_poll_t *poll, int status, int events);

static void watch(struct control *control)
{
	if (control->open) {
		check(uv_poll_start(&control->poll,
			      UV_READABLE | (control->queue == NULL ? 0 : UV_WRITABLE),
			      on_ready) == 0);
	}
}

static int enqueue(struct control *control, enum control_type type, struct slice payload, int fd)
{
	struct outgoing_message *m;
	int copy = -1;

	if (control->queued >= LIMIT_CONTROL_QUEUE) {
		return -ENOBUFS;
	}
	if (fd >= 0 && (copy = fcntl(fd, F_DUPFD_CLOEXEC, CONTROL_FD + 1)) < 0) {
		return -errno;
	}
	m = malloc(sizeof(*m) + payload.len);
	check(m != NULL);
	*m = (struct outgoing_message){ .type = type, .fd = copy, .len = payload.len };
	if (payload.len > 0) {
		memcpy(m->payload, payload.at, payload.len);
	}
	*control->last = m;
	control->last = &m->next;
	control->queued++;
	watch(control);
	return 0;
}

static int say(struct control *control, enum control_type type, struct slice payload, int fd)
{
	int err;

	if (!control->open) {
		return -EPIPE;
	}
	if (control->queue != NULL) {
		return enqueue(control, type, payload, fd);
	}
	err = control_send(CONTROL_FD, type, payload, fd);
	return err == -EAGAIN ? enqueue(control, type, payload, fd) : err;
}

static void drop_first(struct control *control)
{
	struct outgoing_message *m = control->queue;

	control->queue = m->next;
	if (control->queue == NULL) {
		control->last = &control->queue;
	}
	control->queued--;
	if (m->fd >= 0) {
		(void)close(m->fd);
	}
	secret_wipe(m->payload, m->len); /* a caller's unread bytes, tokens and all */
	free(m);
}

static void send_queue(struct control *control)
{
	while (control->queue != NULL) {
		struct outgoing_message *m = control->queue;
		int err = control_send(
			CONTROL_FD, m->type, (struct slice){ m->payload, m->len }, m->fd);

		if (err == -EAGAIN) {
			return;
		}
		drop_first(control); /* another error is the master's end: reading will tell */
	}
	watch(control);
	drain_look(control->worker->drain);
}

void control_say_draining(struct control *control)
{
	(void)say(control, CONTROL_DRAINING, (struct slice){ NULL, 0 }, -1);
}

void control_say_drained(struct control *control)
{
	(void)say(control, CONTROL_DRAINED, (struct slice){ NULL, 0 }, -1);
	control->ended = true;
	if (control->open) {
		lifeline_close((uv_handle_t *)&control->poll);
		control->open = false;
	}
}

int control_hand_over(struct control *control, int fd, struct slice unread)
{
	struct wire_writer w = { 0 };
	int err;

	wire_put_slice(&w, unread);
	err = say(control, CONTROL_HANDOVER, wire_written(&w), fd);
	wire_writer_fini(&w);
	return err;
}

int control_resolve(struct control *control, uint32_t question, struct slice name, uint16_t port)
{
	struct wire_writer w = { 0 };
	int err;

	wire_put_u32(&w, question);
	wire_put_slice(&w, name);
	wire_put_u32(&w, port);
	err = say(control, CONTROL_RESOLVE, wire_written(&w), -1);
	wire_writer_fini(&w);
	return err;
}

bool control_has_room(const struct control *control)
{
	return control->queued < LIMIT_CONTROL_QUEUE;
}

bool control_is_busy(const struct control *control)
{
	return control->queue != NULL;
}

/* ---- hearing ---- */

static void on_line_gone(struct lifeline *line)
{
	(void)line; /* main.c frees it when the loop has ended */
}

/* Without a master nobody would tell us about reloads or replace us: finish what has begun. */
static void lose_master(struct control *control, const char *why)
{
	if (!control->open) {
		return;
	}
	control->open = false;
	lifeline_close((uv_handle_t *)&control->poll);
	while (control->queue != NULL) {
		drop_first(control);
	}
	log_error(control->worker->log, "control channel lost", LOG_STR("reason", why));
	if (control->worker->phase < CONTROL_SERVING) {
		uv_stop(&control->worker->loop);
	}
	drain_begin(control->worker->drain, LIMIT_DRAIN_MS, false);
	drain_look(control->worker->drain);
}

static int hear(struct control *control, struct note *why)
{
	struct worker *worker = control->worker;
	struct control_message m;
	int err = control_receive(
		CONTROL_FD, control_from_master, worker->phase, control->buffer, &m, why);

	if (err < 0) {
		return err;
	}
	return handlers[m.type](worker, &m.payload, m.fd, why);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct control *control = container_of(poll, struct control, poll);
	struct note why = { "the master is gone" };
	int err = 0;

	if (status == 0 && (events & UV_WRITABLE) != 0) {
		send_queue(control);
	}
	while (control->open && err == 0) {
		err = status < 0 ? -EPIPE : hear(control, &why);
		if (err == -EMFILE) { /* one message is lost, and the conversation goes on */
			log_warn(control->worker->log, "control message lost",
				LOG_STR("reason", why.text));
			err = 0;
		}
	}
	if (err < 0 && err != -EAGAIN) {
		lose_master(control, why.text);
	}
}

int control_open(struct worker *worker, struct control **out, struct note *why)
{
	struct control *control = calloc(1, sizeof(*control));
	int err;

	check(control != NULL);
	control->worker = worker;
	control->last = &control->queue;
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
	while ((*control)->queue != NULL) {
		drop_first(*control);
	}
	free(*control);
	*control = NULL;
}

/* ---- what each message means, in the order of the conversation ---- */

static int malformed(struct note *why, const char *what)
{
	return note_fail(why, -EPROTO, "%s: malformed", what);
}

static int on_hello(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	uint32_t version = wire_get_u32(r, UINT32_MAX);
	uint32_t generation = wire_get_u32(r, UINT32_MAX);
	uint32_t number = wire_get_u32(r, LIMIT_WORKERS - 1);

	(void)fd;
	if (!wire_finished(r)) {
		return malformed(why, "hello");
	}
	if (version != CONTROL_VERSION) {
		return note_fail(why, -EPROTO, "master speaks version %u, this worker %d", version,
			CONTROL_VERSION);
	}
	worker->generation = generation;
	worker->number = number;
	return 0;
}

static int on_scoreboard(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	int err = -EPROTO;

	if (!wire_finished(r) || worker->board != NULL) {
		err = malformed(why, "scoreboard");
	} else {
		err = scoreboard_open(fd, worker->number, &worker->board, why);
	}
	(void)close(fd);
	return err;
}

static int on_listen(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	uint32_t slot = wire_get_u32(r, UINT32_MAX);

	if (!wire_finished(r)) {
		(void)close(fd);
		return malformed(why, "listen");
	}
	return acceptor_add(worker->acceptor, slot, fd, why);
}

static int on_release(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	uint32_t slot = wire_get_u32(r, UINT32_MAX);

	(void)fd;
	if (!wire_finished(r)) {
		return malformed(why, "release");
	}
	acceptor_remove(worker->acceptor, slot);
	return 0;
}

static int on_secret(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	uint32_t slot = wire_get_u32(r, LIMIT_SECRETS - 1);
	struct slice value = wire_get_slice(r, LIMIT_SECRET_BYTES);
	int err = 0;

	(void)fd;
	if (!wire_finished(r) || !vault_put(worker->vault, slot, value)) {
		err = malformed(why, "secret");
	}
	secret_wipe((char *)value.at, value.len); /* it stood in the channel's buffer */
	return err;
}

/* Maps the memfd for as long as it takes to decode it. */
static int decode_snapshot(struct worker *worker, int fd, size_t len, struct note *why)
{
	struct snapshot *snapshot;
	struct stat st;
	void *bytes;
	int err;

	if (fstat(fd, &st) < 0 || st.st_size < 0 || (size_t)st.st_size != len || len == 0) {
		return malformed(why, "snapshot");
	}
	bytes = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		return note_fail(why, -errno, "snapshot: mmap: %s", strerror(errno));
	}
	err = snapshot_decode((struct slice){ bytes, len }, worker->arena, &snapshot, why);
	(void)munmap(bytes, len);
	if (err == 0) {
		worker->snapshot = snapshot;
	}
	return err;
}

static int check_slots(struct worker *worker, struct note *why)
{
	for (size_t slot = 0; slot < worker->snapshot->secrets.count; slot++) {
		if (!vault_has(worker->vault, (uint32_t)slot)) {
			return note_fail(why, -EPROTO, "secret slot %zu was not filled", slot);
		}
	}
	return 0;
}

/* The last of what we are told: open everything, then say READY, or why not. */
static int on_snapshot(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	uint64_t len = wire_get_u64(r, LIMIT_SNAPSHOT_BYTES);
	struct wire_writer w = { 0 };
	int err = -EPROTO;

	if (!wire_finished(r) || worker->snapshot != NULL || worker->board == NULL) {
		err = malformed(why, "snapshot");
	} else if ((err = decode_snapshot(worker, fd, (size_t)len, why)) == 0 &&
		   (err = check_slots(worker, why)) == 0) {
		log_set(worker->log, (enum log_level)worker->snapshot->settings.log_level,
			worker->snapshot->settings.log_json);
		err = routes_open(worker, why);
	}
	(void)close(fd);
	if (err == 0) {
		worker->phase = CONTROL_STANDBY;
		return say(worker->control, CONTROL_READY, (struct slice){ NULL, 0 }, -1);
	}
	wire_put_slice(&w, slice_of(why->text));
	(void)say(worker->control, CONTROL_FAILED, wire_written(&w), -1);
	wire_writer_fini(&w);
	return err;
}

static int on_start(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	(void)fd;
	if (!wire_finished(r)) {
		return malformed(why, "start");
	}
	worker->phase = CONTROL_SERVING;
	acceptor_start(worker->acceptor);
	return 0;
}

static int on_drain(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	uint32_t within_ms = wire_get_u32(r, UINT32_MAX);
	bool hand_over = wire_get_u8(r, 1) != 0;

	(void)fd;
	if (!wire_finished(r)) {
		return malformed(why, "drain");
	}
	drain_begin(worker->drain, within_ms, hand_over);
	return 0;
}

static int on_adopt(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	struct slice unread = wire_get_slice(r, LIMIT_CONTROL_BYTES);

	if (!wire_finished(r)) {
		(void)close(fd);
		return malformed(why, "adopt");
	}
	connection_adopt(worker, fd, unread);
	secret_wipe((char *)unread.at, unread.len);
	return 0;
}

static int on_addresses(struct worker *worker, struct wire_reader *r, int fd, struct note *why)
{
	uint32_t question = wire_get_u32(r, UINT32_MAX);
	uint32_t count = wire_get_u32(r, LIMIT_ADDRESSES);
	struct slice addresses[LIMIT_ADDRESSES];

	(void)fd;
	for (uint32_t i = 0; i < count; i++) {
		addresses[i] = wire_get_slice(r, sizeof(struct sockaddr_storage));
	}
	if (!wire_finished(r)) {
		return malformed(why, "addresses");
	}
	resolver_answer(worker->resolver, question, addresses, count);
	return 0;
}

static handler *const handlers[CONTROL_TYPES] = {
	[CONTROL_HELLO] = on_hello,
	[CONTROL_SCOREBOARD] = on_scoreboard,
	[CONTROL_LISTEN] = on_listen,
	[CONTROL_RELEASE] = on_release,
	[CONTROL_SECRET] = on_secret,
	[CONTROL_SNAPSHOT] = on_snapshot,
	[CONTROL_START] = on_start,
	[CONTROL_DRAIN] = on_drain,
	[CONTROL_ADOPT] = on_adopt,
	[CONTROL_ADDRESSES] = on_addresses,
};
