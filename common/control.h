/* control.h - the conversation between the master and one worker: a Unix SOCK_SEQPACKET pair, the
 * worker's end on descriptor CONTROL_FD. One message type per fact. Neither side trusts the other:
 * a message that has no row for the phase, or the wrong size or number of descriptors, ends the
 * conversation before any handler sees a byte of it.
 *
 *     master                                   worker
 *     HELLO  SCOREBOARD  LISTEN...  SECRET...
 *     SNAPSHOT                          ->     decodes, opens its plugins
 *                                       <-     READY, or FAILED(why)
 *     START                             ->     accepts
 *     RESOLVE is asked, ADDRESSES told, at any time from START on
 *     LISTEN, RELEASE                   ->     a sibling's socket, while that sibling is away
 *     ADOPT(connection)                 ->     from a worker of the previous generation
 *     DRAIN(deadline)                   ->     stops accepting and judging
 *                                       <-     DRAINING: from here on nothing is judged here
 *                                       <-     HANDOVER(connection)...
 *                                       <-     DRAINED, and the worker ends
 */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/limits.h"
#include "common/note.h"
#include "common/slice.h"
#include "common/wire.h"

enum {
	CONTROL_FD = 3,
	CONTROL_VERSION = 1,
	CONTROL_HOST_BYTES = 255, /* the longest name that RESOLVE may ask for */
};

enum control_type {
	CONTROL_NONE,
	/* master to worker */
	CONTROL_HELLO,      /* u32 version, u32 generation, u32 worker number */
	CONTROL_SCOREBOARD, /* one descriptor: the counters (scoreboard.h) */
	CONTROL_LISTEN,     /* u32 slot, one descriptor: a listening socket */
	CONTROL_RELEASE,    /* u32 slot: stop accepting on it, its own worker is back */
	CONTROL_SECRET,     /* u32 slot, slice value */
	CONTROL_SNAPSHOT,   /* u64 length, one descriptor: sealed and read-only */
	CONTROL_START,      /* nothing */
	CONTROL_DRAIN,     /* u32 milliseconds until the end, u8 whether to hand connections over */
	CONTROL_ADOPT,     /* slice unread bytes, one descriptor: a caller's connection */
	CONTROL_ADDRESSES, /* u32 question, i.e. the worker's own number for it; u32 count (0: no
			    * such name); count slices, each a struct sockaddr_in or sockaddr_in6 */
	/* worker to master */
	CONTROL_READY,    /* nothing */
	CONTROL_FAILED,   /* slice why */
	CONTROL_DRAINING, /* nothing */
	CONTROL_HANDOVER, /* slice unread bytes, one descriptor */
	CONTROL_DRAINED,  /* nothing */
	CONTROL_RESOLVE,  /* u32 question, slice name, u32 port */
	CONTROL_TYPES,
};

/* Where a worker is in its life; both sides keep the same account, with control_advance. */
enum control_phase {
	CONTROL_SPAWNED, /* being told what it is to know */
	CONTROL_STANDBY, /* said READY; holds everything, accepts nothing */
	CONTROL_SERVING, /* was told to START */
	CONTROL_ENDING,  /* was told to DRAIN; judges what it had read */
	CONTROL_LEAVING, /* said DRAINING; judges nothing any more */
	CONTROL_PHASES,
};

#define CONTROL_IN(phase) (1u << (phase))

/* What may be said, by whom, when, of which size. */
struct control_rule {
	unsigned phases; /* CONTROL_IN(...) of the phases in which it may arrive; 0: never */
	size_t min, max; /* payload bytes, without the type */
	int fds;
};

extern const struct control_rule control_from_master[CONTROL_TYPES];
extern const struct control_rule control_from_worker[CONTROL_TYPES];
extern const char *const control_names[CONTROL_TYPES];
extern const char *const control_phase_names[CONTROL_PHASES];

/* `said` was said, by either side, and the rules allowed it: moves the phase on, if it is one of
 * the messages that do. Nothing else writes a phase. */
void control_advance(enum control_phase *phase, enum control_type said);

/* One message as it arrived. */
struct control_message {
	enum control_type type;
	struct wire_reader payload; /* borrows from the buffer that control_receive was given */
	int fd;                     /* -1: none. The receiver owns it */
};

/* 0 when a message of this type, size and number of descriptors may be said in this phase; else
 * -EPROTO, and why not. */
int control_judge(const struct control_rule *rules, enum control_phase phase, unsigned type,
	size_t len, int fds, struct note *why);

/* Sends one message on `socket`; `fd` is -1 or travels along (the sender keeps its own copy). 0;
 * -EAGAIN when the socket is full; -EPIPE when the other side has left; or another error. Never
 * waits. */
int control_send(int socket, enum control_type type, struct slice payload, int fd);

/* Takes one message off `socket` and holds it against `rules`. 0; -EAGAIN when there is none;
 * -EPIPE at the end of the conversation; -EPROTO with a note when the rules are broken, -EMFILE
 * when this process had no descriptor left to receive one (nobody's fault: that message is lost,
 * the conversation may go on); whatever came along has been closed then. `buffer` has
 * LIMIT_CONTROL_BYTES. Never waits. */
int control_receive(int socket, const struct control_rule *rules, enum control_phase phase,
	void *buffer, struct control_message *out, struct note *why);
