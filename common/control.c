/* control.c - sends and receives one message of the conversation, and refuses what has no rule. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/check.h"
#include "common/control.h"

/* Room for more descriptors than any message may carry, so that one too many is seen and closed. */
enum { FDS_ROOM = 4 };

#define SPAWNED  CONTROL_IN(CONTROL_SPAWNED)
#define STANDBY  CONTROL_IN(CONTROL_STANDBY)
#define SERVING  CONTROL_IN(CONTROL_SERVING)
#define ENDING   CONTROL_IN(CONTROL_ENDING)
#define LEAVING  CONTROL_IN(CONTROL_LEAVING)
#define STARTED  (SERVING | ENDING | LEAVING)
#define ANY_TIME (SPAWNED | STANDBY | STARTED)

/* Sizes as wire.h writes them: a u32 has 4 bytes, a slice 4 and its own. */
/* clang-format off */
const struct control_rule control_from_master[CONTROL_TYPES] = {
	/*                        phases             min max                             fds */
	[CONTROL_HELLO]      = { SPAWNED,            12, 12,                              0 },
	[CONTROL_SCOREBOARD] = { SPAWNED,             0, 0,                               1 },
	[CONTROL_LISTEN]     = { SPAWNED | SERVING,   4, 4,                               1 },
	[CONTROL_RELEASE]    = { SERVING,             4, 4,                               0 },
	[CONTROL_SECRET]     = { ANY_TIME,            8, 8 + LIMIT_SECRET_BYTES,          0 },
	[CONTROL_SNAPSHOT]   = { SPAWNED,             8, 8,                               1 },
	[CONTROL_START]      = { STANDBY,             0, 0,                               0 },
	[CONTROL_DRAIN]      = { SERVING,             5, 5,                               0 },
	[CONTROL_ADOPT]      = { SERVING,             4, LIMIT_CONTROL_BYTES,             1 },
	[CONTROL_ADDRESSES]  = { STARTED,             8, 8 + LIMIT_ADDRESSES * (4 + 28),  0 },
};

const struct control_rule control_from_worker[CONTROL_TYPES] = {
	[CONTROL_READY]      = { SPAWNED,             0, 0,                               0 },
	[CONTROL_FAILED]     = { SPAWNED,             4, 4 + sizeof(((struct note *)0)->text), 0 },
	[CONTROL_DRAINING]   = { ENDING,              0, 0,                               0 },
	[CONTROL_HANDOVER]   = { LEAVING,             4, LIMIT_CONTROL_BYTES,             1 },
	[CONTROL_DRAINED]    = { LEAVING,             0, 0,                               0 },
	[CONTROL_RESOLVE]    = { STARTED,            12, 12 + CONTROL_HOST_BYTES,         0 },
};

const char *const control_names[CONTROL_TYPES] = {
	[CONTROL_NONE]       = "nothing",
	[CONTROL_HELLO]      = "hello",
	[CONTROL_SCOREBOARD] = "scoreboard",
	[CONTROL_LISTEN]     = "listen",
	[CONTROL_RELEASE]    = "release",
	[CONTROL_SECRET]     = "secret",
	[CONTROL_SNAPSHOT]   = "snapshot",
	[CONTROL_START]      = "start",
	[CONTROL_DRAIN]      = "drain",
	[CONTROL_ADOPT]      = "adopt",
	[CONTROL_ADDRESSES]  = "addresses",
	[CONTROL_READY]      = "ready",
	[CONTROL_FAILED]     = "failed",
	[CONTROL_DRAINING]   = "draining",
	[CONTROL_HANDOVER]   = "handover",
	[CONTROL_DRAINED]    = "drained",
	[CONTROL_RESOLVE]    = "resolve",
};

const char *const control_phase_names[CONTROL_PHASES] = {
	[CONTROL_SPAWNED] = "spawned",
	[CONTROL_STANDBY] = "standby",
	[CONTROL_SERVING] = "serving",
	[CONTROL_ENDING]  = "ending",
	[CONTROL_LEAVING] = "leaving",
};

/* What moves a worker on. Read it as its life. */
static const struct {
	enum control_type said;
	enum control_phase from, to;
} moves[] = {
	{ CONTROL_READY,    CONTROL_SPAWNED, CONTROL_STANDBY },
	{ CONTROL_START,    CONTROL_STANDBY, CONTROL_SERVING },
	{ CONTROL_DRAIN,    CONTROL_SERVING, CONTROL_ENDING },
	{ CONTROL_DRAINING, CONTROL_ENDING,  CONTROL_LEAVING },
};
/* clang-format on */

void control_advance(enum control_phase *phase, enum control_type said)
{
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		if (moves[i].said == said) {
			check(*phase == moves[i].from);
			*phase = moves[i].to;
			return;
		}
	}
}

int control_judge(const struct control_rule *rules, enum control_phase phase, unsigned type,
	size_t len, int fds, struct note *why)
{
	const struct control_rule *rule;

	if (type >= CONTROL_TYPES || rules[type].phases == 0) {
		return note_fail(why, -EPROTO, "message %u is not for this side", type);
	}
	rule = &rules[type];
	if (!(rule->phases & CONTROL_IN(phase))) {
		return note_fail(why, -EPROTO, "%s out of turn", control_names[type]);
	}
	if (len < rule->min || len > rule->max) {
		return note_fail(why, -EPROTO, "%s of %zu bytes", control_names[type], len);
	}
	if (fds != rule->fds) {
		return note_fail(why, -EPROTO, "%s with %d descriptors", control_names[type], fds);
	}
	return 0;
}

/* One descriptor's room, aligned as the kernel wants it. */
union one_fd {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void attach(struct msghdr *message, union one_fd *room, int fd)
{
	struct cmsghdr *header;

	message->msg_control = room->bytes;
	message->msg_controllen = sizeof(room->bytes);
	header = CMSG_FIRSTHDR(message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
}

int control_send(int socket, enum control_type type, struct slice payload, int fd)
{
	uint8_t tag = (uint8_t)type;
	struct iovec parts[] = {
		{ &tag, sizeof(tag) },
		{ (void *)payload.at, payload.len }, /* sendmsg does not write to it */
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	union one_fd room = { 0 };
	ssize_t sent;

	if (payload.len > LIMIT_CONTROL_BYTES) {
		return -EMSGSIZE;
	}
	if (fd >= 0) {
		attach(&message, &room, fd);
	}
	/* That the other side left without reading all is told once, before EPIPE. */
	do {
		sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && (errno == EINTR || errno == ECONNRESET));
	if (sent >= 0) {
		return 0;
	}
	if (errno == ETOOMANYREFS) {
		return -EAGAIN; /* descriptors are on their way: they arrive, and then it goes on */
	}
	return errno == ENOBUFS ? -ENOMEM : -errno; /* the first is for queues (control_queue.h) */
}

/* Everything that came along with one message. */
struct baggage {
	int fds[FDS_ROOM];
	int count;
};

static void unpack(struct msghdr *message, struct baggage *bag)
{
	bag->count = 0;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
		header = CMSG_NXTHDR(message, header)) {
		size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
			continue;
		}
		for (size_t i = 0; i < count && bag->count < FDS_ROOM; i++) {
			memcpy(&bag->fds[bag->count++], CMSG_DATA(header) + i * sizeof(int),
				sizeof(int));
		}
	}
}

/* recvmsg without its moods: the length, -EAGAIN, or -EPIPE at the end. */
static ssize_t take(int socket, struct msghdr *message)
{
	ssize_t got;

	/* That the other side left without reading all is told once, before its last words. */
	do {
		got = recvmsg(socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	if (got > 0) {
		return got;
	}
	return got == 0 ? -EPIPE : -errno;
}

int control_receive(int socket, const struct control_rule *rules, enum control_phase phase,
	void *buffer, struct control_message *out, struct note *why)
{
	uint8_t tag = CONTROL_NONE;
	struct iovec parts[] = { { &tag, sizeof(tag) }, { buffer, LIMIT_CONTROL_BYTES } };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(FDS_ROOM * sizeof(int))];
	} room;
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes),
	};
	struct baggage bag;
	ssize_t got = take(socket, &message);
	size_t len = (size_t)got - sizeof(tag);
	int err;

	if (got < 0) {
		return (int)got;
	}
	unpack(&message, &bag);
	if (message.msg_flags & MSG_TRUNC) {
		err = note_fail(why, -EPROTO, "message %u is too long", tag);
		goto fail;
	}
	if ((message.msg_flags & MSG_CTRUNC) && bag.count < FDS_ROOM) {
		err = note_fail(why, -EMFILE, "no descriptor left for what came with a message");
		goto fail;
	}
	err = control_judge(rules, phase, tag, len, bag.count, why);
	if (err < 0) {
		goto fail;
	}
	out->type = (enum control_type)tag;
	out->payload = wire_reader_of((struct slice){ buffer, len });
	out->fd = bag.count == 1 ? bag.fds[0] : -1;
	return 0;

fail:
	while (bag.count > 0) {
		close(bag.fds[--bag.count]);
	}
	return err;
}
