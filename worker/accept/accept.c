/* accept.c - takes connections, a few at a time, while there is room for them. */

#include "worker/accept/accept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "worker/accept/connection.h"
#include "worker/accept/http1.h"
#include "worker/deadline.h"
#include "worker/lifeline.h"
#include "worker/worker.h"

enum {
	AT_ONCE =
		16, /* accepted in one loop turn from one socket, so that callers take turns too */
	RESERVED = 256, /* descriptors for the control channel and the like */
	MOST_FILES = 1024 * 1024,
};

/* What callers speak. */
static const struct connection_protocol *const spoken = &connection_http1;

/* One listening socket. */
struct gate {
	uv_poll_t poll;
	struct lifeline line;
	struct acceptor *acceptor;
	unsigned slot;
	int fd;
	struct gate *next;
};

struct acceptor {
	struct worker *worker;
	struct gate *gates;
	unsigned most; /* connections */
	bool started, paused;
	struct deadline retry;
};

/* Three quarters of the descriptors are for callers: most of them idle, and then need no upstream.
 */
static unsigned room_for_connections(void)
{
	struct rlimit files = { 1024, 1024 };
	unsigned all;

	(void)getrlimit(RLIMIT_NOFILE, &files);
	all = files.rlim_cur > MOST_FILES ? MOST_FILES : (unsigned)files.rlim_cur;
	return all < 4 * RESERVED ? all / 2 : (all - RESERVED) / 4 * 3;
}

struct acceptor *accept_new(struct worker *worker)
{
	struct acceptor *a = calloc(1, sizeof(*a));

	check(a != NULL);
	a->worker = worker;
	a->most = room_for_connections();
	return a;
}

void accept_free(struct acceptor **acceptor)
{
	deadline_fini(&(*acceptor)->retry);
	free(*acceptor);
	*acceptor = NULL;
}

static void on_knock(uv_poll_t *poll, int status, int events);

static void open_gate(struct gate *gate)
{
	if (gate->acceptor->started && !gate->acceptor->paused) {
		check(uv_poll_start(&gate->poll, UV_READABLE, on_knock) == 0);
	}
}

static void resume(struct acceptor *a)
{
	a->paused = false;
	for (struct gate *gate = a->gates; gate != NULL; gate = gate->next) {
		open_gate(gate);
	}
}

static void on_retry(struct deadline *deadline)
{
	struct acceptor *a = container_of(deadline, struct acceptor, retry);

	if (a->paused) {
		resume(a);
	}
}

/* Too many connections, or descriptors: whoever comes waits in the kernel's queue, until one has
 * left or, because others may have used up the descriptors, for a while. */
static void pause_all(struct acceptor *a, const char *why)
{
	a->paused = true;
	for (struct gate *gate = a->gates; gate != NULL; gate = gate->next) {
		(void)uv_poll_stop(&gate->poll);
	}
	deadline_set(a->worker->deadlines, &a->retry, LIMIT_ACCEPT_PAUSE_MS, on_retry);
	log_warn(a->worker->log, "accepting paused", LOG_STR("reason", why),
		LOG_INT("connections", a->worker->connection_count));
}

void accept_room(struct acceptor *a)
{
	if (a->paused && a->worker->connection_count < a->most) {
		resume(a);
	}
}

static void on_knock(uv_poll_t *poll, int status, int events)
{
	struct gate *gate = container_of(poll, struct gate, poll);
	struct acceptor *a = gate->acceptor;

	(void)events;
	if (status < 0) {
		return;
	}
	for (unsigned i = 0; i < AT_ONCE; i++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof(peer);
		int fd;

		if (a->worker->connection_count >= a->most) {
			pause_all(a, "too many connections");
			return;
		}
		fd = accept4(
			gate->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			connection_open(a->worker, spoken, fd, &peer, (struct slice){ NULL, 0 });
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != ECONNABORTED && errno != EINTR && errno != EPROTO) {
			pause_all(a, strerror(errno));
			return;
		} /* else: that one caller left before its turn */
	}
}

static void on_gate_gone(struct lifeline *line)
{
	struct gate *gate = container_of(line, struct gate, line);

	(void)close(gate->fd);
	free(gate);
}

int accept_add(struct acceptor *a, unsigned slot, int fd, struct note *why)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	int err;

	check(gate != NULL);
	gate->acceptor = a;
	gate->slot = slot;
	gate->fd = fd;
	gate->line.gone = on_gate_gone;
	err = uv_poll_init(&a->worker->loop, &gate->poll, fd);
	if (err < 0) {
		free(gate);
		(void)close(fd);
		return note_fail(why, err, "listening socket: %s", uv_strerror(err));
	}
	lifeline_open(&gate->line, (uv_handle_t *)&gate->poll);
	gate->next = a->gates;
	a->gates = gate;
	open_gate(gate);
	return 0;
}

void accept_remove(struct acceptor *a, unsigned slot)
{
	struct gate **at = &a->gates;

	while (*at != NULL) {
		struct gate *gate = *at;

		if (gate->slot == slot) {
			*at = gate->next;
			lifeline_close((uv_handle_t *)&gate->poll);
		} else {
			at = &gate->next;
		}
	}
}

void accept_adopt(struct acceptor *a, int fd, struct slice unread)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof(peer);

	/* It fails when the caller has left on the way: reading will tell. */
	(void)getpeername(fd, (struct sockaddr *)&peer, &len);
	connection_open(a->worker, spoken, fd, &peer, unread);
}

void accept_start(struct acceptor *a)
{
	a->started = true;
	for (struct gate *gate = a->gates; gate != NULL; gate = gate->next) {
		open_gate(gate);
	}
}

void accept_stop(struct acceptor *a)
{
	a->started = false;
	while (a->gates != NULL) {
		struct gate *gate = a->gates;

		a->gates = gate->next;
		lifeline_close((uv_handle_t *)&gate->poll);
	}
}
