/* fake_worker.c - one process, one poll loop, and the words that tell it what to do. */

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/control.h"
#include "common/file.h"
#include "common/scoreboard.h"
#include "common/snapshot.h"
#include "master/load/memfile.h"
#include "test/lib/fake_worker.h"

enum { MOST = 1024 };

struct fake {
	enum control_phase phase;
	unsigned generation, slot, before; /* workers that were started before this one */
	unsigned secrets;
	struct scoreboard *board;
	const char *text; /* of the snapshot */
	struct {
		int fd;
		unsigned slot;
	} listening[64];
	unsigned listening_count;
	int callers[MOST];
	unsigned caller_count;
	char buffer[LIMIT_CONTROL_BYTES];
};

/* Does the snapshot hold this word for us? *rest is what follows a colon. */
static bool told(const struct fake *fake, const char *word, const char **rest)
{
	struct slice left = slice_of(fake->text), piece;

	while (slice_next(&left, ' ', &piece)) {
		size_t at = slice_find(piece, '@', 0), colon = slice_find(piece, ':', 0);

		if (!slice_equal(slice_sub(piece, 0, at < colon ? at : colon), slice_of(word)) ||
			(at < piece.len && (unsigned)atoi(piece.at + at + 1) != fake->slot)) {
			continue;
		}
		if (rest != NULL && colon < piece.len) {
			*rest = piece.at + colon + 1;
		}
		return true;
	}
	return false;
}

static void say(enum control_type type, struct wire_writer *w, int fd)
{
	struct pollfd room = { CONTROL_FD, POLLOUT, 0 };
	struct slice payload = w == NULL ? SLICE("") : wire_written(w);
	int err;

	while ((err = control_send(CONTROL_FD, type, payload, fd)) == -EAGAIN) {
		(void)poll(&room, 1, -1);
	}
	if (err < 0) {
		_exit(9);
	}
	if (w != NULL) {
		wire_writer_fini(w);
	}
}

static void say_failed(const char *why)
{
	struct wire_writer w = { 0 };

	wire_put_slice(&w, slice_of(why));
	say(CONTROL_FAILED, &w, -1);
}

static void begin(struct fake *fake)
{
	const char *rest = "";
	unsigned from, to;

	if (told(fake, "crash", NULL)) {
		_exit(3);
	}
	if (told(fake, "crash-from", &rest) && sscanf(rest, "%u-%u", &from, &to) == 2 &&
		fake->before >= from && fake->before <= to) {
		_exit(4);
	}
	if (told(fake, "garbage", NULL)) {
		(void)send(CONTROL_FD, "\xc8garbage", 8, 0);
	}
	if (told(fake, "fail", NULL)) {
		say_failed("no such plugin\x01");
	}
	if (told(fake, "secrets", &rest) && (unsigned)atoi(rest) != fake->secrets) {
		say_failed("secrets are missing");
	}
	if (!told(fake, "silent", NULL)) {
		say(CONTROL_READY, NULL, -1);
		fake->phase = CONTROL_STANDBY;
	}
}

static void hear_snapshot(struct fake *fake, struct wire_reader *payload, int fd)
{
	struct arena *arena = arena_new("snapshot", 1024); /* for as long as we live */
	struct snapshot *snapshot;
	struct slice bytes;

	check(wire_get_u64(payload, LIMIT_SNAPSHOT_BYTES) > 0);
	check(memfile_read(fd, LIMIT_SNAPSHOT_BYTES, &bytes, NULL) == 0);
	check(snapshot_decode(bytes, arena, &snapshot, NULL) == 0);
	file_forget(&bytes);
	close(fd);
	fake->text = arena_string(arena, snapshot->settings.x_at_int_host);
	begin(fake);
}

/* The number of starts before ours stands in the counter that all share. */
static void hear_scoreboard(struct fake *fake, int fd)
{
	static const char counter[] = "requests_total{integration=\"unknown\"} ";
	char *text, *found;
	size_t len;

	check(scoreboard_open(fd, fake->slot, &fake->board, NULL) == 0);
	close(fd);
	text = scoreboard_text(fake->board, &len);
	found = strstr(text, counter);
	fake->before = found == NULL ? 0 : (unsigned)atoi(found + sizeof(counter) - 1);
	scoreboard_request(fake->board, SERIES_UNKNOWN);
	free(text);
}

static void hear_release(struct fake *fake, unsigned slot)
{
	for (unsigned i = 0; i < fake->listening_count; i++) {
		if (fake->listening[i].slot == slot) {
			close(fake->listening[i].fd);
			fake->listening[i] = fake->listening[--fake->listening_count];
			return;
		}
	}
	_exit(8);
}

static void keep(struct fake *fake, int caller, const char *greeting)
{
	check(fake->caller_count < MOST);
	fake->callers[fake->caller_count++] = caller;
	(void)send(caller, greeting, strlen(greeting), MSG_NOSIGNAL);
}

static void hear_adopt(struct fake *fake, struct wire_reader *payload, int caller)
{
	char greeting[80];

	(void)snprintf(greeting, sizeof(greeting), "adopted by g%u %zu\n", fake->generation,
		wire_get_slice(payload, LIMIT_CONTROL_BYTES).len);
	check(wire_finished(payload));
	keep(fake, caller, greeting);
}

static void await_word(int caller)
{
	char word;

	check(recv(caller, &word, 1, 0) == 1);
}

static void hear_drain(struct fake *fake, struct wire_reader *payload)
{
	static const char unread[LIMIT_CONTROL_BYTES];
	const char *rest = "4";
	bool handover;

	(void)wire_get_u32(payload, UINT32_MAX);
	handover = wire_get_u8(payload, 1) != 0;
	if (told(fake, "stubborn", NULL)) {
		return;
	}
	say(CONTROL_DRAINING, NULL, -1);
	(void)told(fake, "unread", &rest);
	while (handover && fake->caller_count > 0) {
		int caller = fake->callers[--fake->caller_count];
		struct wire_writer w = { 0 };

		if (told(fake, "busy", NULL)) {
			await_word(caller);
		}
		wire_put_slice(&w, (struct slice){ unread, (size_t)atoi(rest) });
		say(CONTROL_HANDOVER, &w, caller);
		close(caller);
	}
	if (!told(fake, "lingers", NULL)) {
		say(CONTROL_DRAINED, NULL, -1);
		_exit(0);
	}
}

static void hear_start(struct fake *fake)
{
	struct wire_writer w = { 0 };

	fake->phase = CONTROL_SERVING;
	if (told(fake, "resolve", NULL)) {
		wire_put_u32(&w, 77);
		wire_put_slice(&w, SLICE("127.0.0.1"));
		wire_put_u32(&w, 8080);
		say(CONTROL_RESOLVE, &w, -1);
	}
}

static void hear_addresses(struct fake *fake, struct wire_reader *payload)
{
	struct sockaddr_in address;
	struct slice first;

	check(wire_get_u32(payload, UINT32_MAX) == 77);
	check(wire_get_u32(payload, LIMIT_ADDRESSES) == 1);
	first = wire_get_slice(payload, sizeof(struct sockaddr_in6));
	check(wire_finished(payload) && first.len == sizeof(address));
	memcpy(&address, first.at, first.len);
	check(address.sin_family == AF_INET && ntohs(address.sin_port) == 8080 &&
		address.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	scoreboard_auth_failure(fake->board, SERIES_UNKNOWN);
}

static void hear(struct fake *fake, struct control_message *message)
{
	struct wire_reader *payload = &message->payload;

	if (message->type == CONTROL_HELLO) {
		check(wire_get_u32(payload, UINT32_MAX) == CONTROL_VERSION);
		fake->generation = wire_get_u32(payload, UINT32_MAX);
		fake->slot = wire_get_u32(payload, LIMIT_WORKERS);
	} else if (message->type == CONTROL_SCOREBOARD) {
		hear_scoreboard(fake, message->fd);
	} else if (message->type == CONTROL_LISTEN) {
		fake->listening[fake->listening_count].fd = message->fd;
		fake->listening[fake->listening_count++].slot = wire_get_u32(payload, 63);
	} else if (message->type == CONTROL_RELEASE) {
		hear_release(fake, wire_get_u32(payload, 63));
	} else if (message->type == CONTROL_SECRET) {
		check(wire_get_u32(payload, UINT32_MAX) == fake->secrets++);
	} else if (message->type == CONTROL_SNAPSHOT) {
		hear_snapshot(fake, payload, message->fd);
	} else if (message->type == CONTROL_START) {
		hear_start(fake);
	} else if (message->type == CONTROL_DRAIN) {
		fake->phase = CONTROL_ENDING;
		hear_drain(fake, payload);
	} else if (message->type == CONTROL_ADOPT) {
		hear_adopt(fake, payload, message->fd);
	} else if (message->type == CONTROL_ADDRESSES) {
		hear_addresses(fake, payload);
	}
}

static void hear_all(struct fake *fake)
{
	struct control_message message;
	struct note why;
	int err;

	while ((err = control_receive(CONTROL_FD, control_from_master, fake->phase, fake->buffer,
			&message, &why)) == 0) {
		hear(fake, &message);
	}
	if (err != -EAGAIN) {
		_exit(err == -EPIPE ? 0 : 7);
	}
}

static void accept_one(struct fake *fake, int listening)
{
	int caller = accept(listening, NULL, NULL);
	char greeting[40];

	if (caller >= 0) {
		(void)snprintf(
			greeting, sizeof(greeting), "g%u s%u\n", fake->generation, fake->slot);
		keep(fake, caller, greeting);
	}
}

/* That nothing of the master's came along is part of every test. */
static void check_surroundings(void)
{
	sigset_t blocked;

	check(sigprocmask(SIG_SETMASK, NULL, &blocked) == 0 && sigisemptyset(&blocked));
	check(signal(SIGPIPE, SIG_DFL) == SIG_DFL);
	check(getenv("PATH") == NULL && getenv("HOME") == NULL);
	check(lseek(4, 0, SEEK_CUR) < 0 && errno == EBADF);
}

void fake_worker_if_started_as_one(char **argv)
{
	static struct fake fake;

	if (strcmp(argv[0], "authtranslator-worker") != 0) {
		return;
	}
	check_surroundings();
	for (;;) {
		struct pollfd polled[65] = { { CONTROL_FD, POLLIN, 0 } };
		unsigned count = fake.phase == CONTROL_SERVING ? fake.listening_count : 0;

		for (unsigned i = 0; i < count; i++) {
			polled[i + 1] = (struct pollfd){ fake.listening[i].fd, POLLIN, 0 };
		}
		check(poll(polled, count + 1, -1) > 0);
		for (unsigned i = 0; i < count; i++) {
			if (polled[i + 1].revents != 0) {
				accept_one(&fake, polled[i + 1].fd);
			}
		}
		if (polled[0].revents != 0) {
			hear_all(&fake);
		}
	}
}
