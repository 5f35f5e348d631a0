/* conversation.c - sockets over loopback, read byte by byte, so that nothing is taken that was not
 * asked for. */

#include "test/lib/conversation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "worker/accept/accept.h"
#include "worker/deadline.h"

enum { MOST_CALLERS = 64, MOST_HEARD = 256 * 1024 };

static int listen_somewhere(struct sockaddr_in *address)
{
	socklen_t len = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	check(fd >= 0 && bind(fd, (struct sockaddr *)address, len) == 0);
	check(listen(fd, MOST_CALLERS) == 0);
	check(getsockname(fd, (struct sockaddr *)address, &len) == 0);
	return fd;
}

void conversation_open(struct conversation *c)
{
	static const char *const hosts[] = { "127.0.0.1", "name.example" };
	struct sockaddr_in address;

	*c = (struct conversation){
		.integrations = { { .name = SLICE("a") }, { .name = SLICE("named") } },
		.caller = -1,
		.upstream = -1,
		.crowd = -1,
	};
	c->listener = listen_somewhere(&address);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		(void)snprintf(c->destinations[i], sizeof(c->destinations[i]), "http://%s:%u",
			hosts[i], ntohs(address.sin_port));
		c->integrations[i].destination = slice_of(c->destinations[i]);
	}
	worker_fixture_open(&c->fixture, LIST_OF(c->integrations));
}

void conversation_close(struct conversation *c)
{
	worker_fixture_close(&c->fixture);
	check(close(c->listener) == 0);
	check(c->caller < 0 || close(c->caller) == 0);
	check(c->upstream < 0 || close(c->upstream) == 0);
	check(c->crowd < 0 || close(c->crowd) == 0);
}

void conversation_crowd(struct conversation *c)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	check(listen(c->listener, 0) == 0); /* room for one that waits */
	check(getsockname(c->listener, (struct sockaddr *)&address, &len) == 0);
	c->crowd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(c->crowd >= 0 && connect(c->crowd, (struct sockaddr *)&address, len) == 0);
}

void conversation_pair(int ends[2])
{
	struct sockaddr_in address;
	int listener = listen_somewhere(&address);

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(ends[0] >= 0);
	check(connect(ends[0], (struct sockaddr *)&address, sizeof(address)) == 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	check(ends[1] >= 0 && close(listener) == 0);
}

void conversation_call(struct conversation *c)
{
	static const struct slice nothing = { NULL, 0 };
	int ends[2];

	conversation_pair(ends);
	accept_adopt(c->fixture.worker.acceptor, ends[0], nothing);
	c->caller = ends[1];
}

void conversation_answer(struct conversation *c)
{
	worker_fixture_until(&c->fixture, (c->upstream = accept4(c->listener, NULL, NULL,
						   SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0);
}

void conversation_say(struct conversation *c, int end, const char *text)
{
	struct slice bytes = slice_of(text);

	check(send(end, bytes.at, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len);
	worker_fixture_turn(&c->fixture);
}

/* Takes what is there, and nothing behind `text`. */
static bool take(int end, struct slice text, char *bytes, size_t *len)
{
	struct slice heard = { bytes, *len };

	while (!slice_ends_with(heard, text) && heard.len < MOST_HEARD &&
		recv(end, bytes + heard.len, 1, 0) == 1) {
		heard.len++;
	}
	*len = heard.len;
	return slice_ends_with(heard, text);
}

struct slice conversation_hear(struct conversation *c, int end, const char *text)
{
	static char bytes[MOST_HEARD];
	size_t len = 0;

	worker_fixture_until(&c->fixture, take(end, slice_of(text), bytes, &len));
	return (struct slice){ bytes, len };
}

int conversation_end(struct conversation *c, int end)
{
	ssize_t got;
	char byte;

	worker_fixture_until(
		&c->fixture, (got = recv(end, &byte, 1, 0)) == 0 || (got < 0 && errno != EAGAIN));
	return (int)got;
}

void conversation_leave(int *end)
{
	check(close(*end) == 0);
	*end = -1;
}

void conversation_reset(int *end)
{
	static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	check(setsockopt(*end, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0);
	conversation_leave(end);
}

void conversation_wait(struct conversation *c, uint64_t ms)
{
	worker_fixture_pass(&c->fixture, ms + DEADLINE_TICK_MS);
}

void conversation_drain(struct conversation *c, uint32_t within_ms, bool hand_over)
{
	struct wire_writer w = { 0 };

	wire_put_u32(&w, within_ms);
	wire_put_u8(&w, hand_over);
	check(control_send(c->fixture.master, CONTROL_DRAIN, wire_written(&w), -1) == 0);
	wire_writer_fini(&w);
	worker_fixture_turn(&c->fixture);
}

void conversation_until_gone(struct conversation *c)
{
	const struct worker *worker = &c->fixture.worker;

	worker_fixture_until(
		&c->fixture, worker->connection_count == 0 && worker->upstream_count == 0);
}
