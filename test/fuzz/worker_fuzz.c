/* worker_fuzz.c - any messages from a master, any bytes from callers and from an upstream: a worker
 * takes them or ends the conversation, and whatever has happened it can leave. */

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "test/lib/clock.h"
#include "test/lib/worker_fixture.h"

enum { MOST_PEERS = 16, MOST_STEPS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The worker, and us as its master, its callers and their upstream. */
struct stage {
	struct worker_fixture fixture;
	struct integration integrations[2];
	char destination[64]; /* of the first */
	int scoreboard;
	int upstream;          /* listens there */
	int peers[MOST_PEERS]; /* callers, and visits to the upstream, in the order of their coming
				*/
	unsigned peer_count;
};

/* What one byte of the input does. */
enum deed { DEED_MESSAGE, DEED_SAY, DEED_LEAVE, DEED_WAIT, DEED_TURN, DEED_COUNT };

static uint32_t take_number(struct wire_reader *input)
{
	uint32_t low = wire_get_u8(input, UINT8_MAX);

	return low | (uint32_t)wire_get_u8(input, UINT8_MAX) << 8;
}

/* As many bytes as the next two say, or as there are. */
static struct slice take_bytes(struct wire_reader *input)
{
	size_t len = take_number(input), left = (size_t)(input->end - input->at);
	struct slice bytes = { (const char *)input->at, len < left ? len : left };

	input->at += bytes.len;
	return bytes;
}

static int open_memory(struct slice bytes)
{
	int fd = memfd_create("snapshot", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len);
	return fd;
}

static int open_listener(uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	check(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0);
	check(listen(fd, MOST_PEERS) == 0);
	check(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static int open_connection(struct stage *stage)
{
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	stage->peers[stage->peer_count++] = ends[0];
	return ends[1];
}

/* What travels with a message of this type, as a master would send it; -1: nothing. */
static int descriptor_for(struct stage *stage, unsigned type, struct slice payload)
{
	uint16_t port;

	if (type == CONTROL_SCOREBOARD) {
		return dup(stage->scoreboard);
	}
	if (type == CONTROL_LISTEN) {
		return open_listener(&port);
	}
	if (type == CONTROL_SNAPSHOT) {
		return open_memory(payload);
	}
	if (type == CONTROL_ADOPT && stage->peer_count < MOST_PEERS) {
		return open_connection(stage);
	}
	return -1;
}

/* The input is what matters: sizes that are no choice are made for it. */
static void send_message(struct stage *stage, struct wire_reader *input)
{
	unsigned type = wire_get_u8(input, UINT8_MAX) % (CONTROL_TYPES + 1);
	struct slice payload = take_bytes(input);
	int fd = descriptor_for(stage, type, payload);
	struct wire_writer w = { 0 };

	if (type == CONTROL_SNAPSHOT) {
		wire_put_u64(&w, payload.len);
		payload = wire_written(&w);
	} else if (type == CONTROL_ADOPT) {
		wire_put_slice(&w, payload);
		payload = wire_written(&w);
	}
	(void)control_send(stage->fixture.master, (enum control_type)type, payload, fd);
	wire_writer_fini(&w);
	if (fd >= 0) {
		check(close(fd) == 0);
	}
}

/* The upstream takes every connection, as long as there is room to remember it. */
static void welcome(struct stage *stage)
{
	while (stage->peer_count < MOST_PEERS) {
		int fd = accept4(stage->upstream, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			return;
		}
		stage->peers[stage->peer_count++] = fd;
	}
}

static void act(struct stage *stage, struct wire_reader *input)
{
	uint8_t choice = wire_get_u8(input, UINT8_MAX);
	int peer =
		stage->peer_count == 0 ? -1 : stage->peers[choice / DEED_COUNT % stage->peer_count];
	struct slice bytes;

	switch ((enum deed)(choice % DEED_COUNT)) {
	case DEED_MESSAGE:
		send_message(stage, input);
		break;
	case DEED_SAY:
		bytes = take_bytes(input);
		(void)send(peer, bytes.at, bytes.len, MSG_NOSIGNAL);
		break;
	case DEED_LEAVE:
		(void)shutdown(peer, choice & 0x80 ? SHUT_RDWR : SHUT_WR);
		break;
	case DEED_WAIT:
		clock_move(take_number(input));
		break;
	case DEED_TURN:
	case DEED_COUNT:
		break;
	}
	worker_fixture_turn(&stage->fixture);
	welcome(stage);
}

/* The worker has just been spawned. Or it serves: one integration goes to our upstream, the other
 * to a name, which only the input can tell. */
static struct scoreboard *stage_open(struct stage *stage, bool spawned)
{
	struct scoreboard *board;
	struct note why;
	uint16_t port;

	stage->integrations[0] = (struct integration){ .name = SLICE("a") };
	stage->integrations[1] = (struct integration){ .name = SLICE("b"),
		.destination = SLICE("http://*.example:8080/base?q") };
	stage->upstream = open_listener(&port);
	(void)snprintf(stage->destination, sizeof(stage->destination), "http://127.0.0.1:%u", port);
	stage->integrations[0].destination = slice_of(stage->destination);
	check(scoreboard_create(1, &board, &stage->scoreboard, &why) == 0);
	if (spawned) {
		worker_fixture_start(&stage->fixture);
	} else {
		worker_fixture_open(&stage->fixture, LIST_OF(stage->integrations));
	}
	return board;
}

static void stage_close(struct stage *stage, struct scoreboard *board)
{
	worker_fixture_close(&stage->fixture);
	for (unsigned i = 0; i < stage->peer_count; i++) {
		check(close(stage->peers[i]) == 0);
	}
	scoreboard_close(&board);
	check(close(stage->scoreboard) == 0 && close(stage->upstream) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct wire_reader input = wire_reader_of((struct slice){ (const char *)bytes, len });
	struct stage stage = { 0 };
	struct scoreboard *board;

	(void)signal(SIGPIPE, SIG_IGN);
	board = stage_open(&stage, wire_get_u8(&input, UINT8_MAX) & 1);
	for (int i = 0; i < MOST_STEPS && input.at < input.end; i++) {
		act(&stage, &input);
	}
	stage_close(&stage, board);
	return 0;
}
