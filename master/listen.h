/* listen.h - binds the listening sockets, once: they are the master's until it is told to stop, and
 * every generation of workers gets copies, so a reload never closes the door. */

#pragma once

#include "common/limits.h"
#include "common/note.h"

/* One address, one socket for each worker: the kernel spreads the callers over them. */
struct listener {
	char name[64]; /* "127.0.0.1:8080", with the port that the kernel chose if it was to */
	unsigned count;
	int sockets[LIMIT_WORKERS];
};

/* `addr` as Go writes it: "host:port"; an empty host is every address, IPv4 and IPv6. */
int listener_open(const char *addr, unsigned count, struct listener *out, struct note *why);
void listener_close(struct listener *listener); /* its name stays; once more does nothing */
