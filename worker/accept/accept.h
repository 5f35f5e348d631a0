/* accept.h - taking callers' connections off the listening sockets. */

#pragma once

#include "common/note.h"
#include "common/slice.h"

struct acceptor;
struct worker;

struct acceptor *accept_new(struct worker *worker);
void accept_free(struct acceptor **acceptor);

/* A listening socket of ours or, for a while, of a sibling that is away. Takes the descriptor.
 * Accepting begins with accept_start, or at once when that was before. */
int accept_add(struct acceptor *acceptor, unsigned slot, int fd, struct note *why);
void accept_remove(struct acceptor *acceptor, unsigned slot);

void accept_start(struct acceptor *acceptor);

/* Ends it for good. The master holds the sockets: who knocks now waits in the kernel's queue for
 * the next generation. */
void accept_stop(struct acceptor *acceptor);

/* A connection from a worker of the previous generation, with the bytes that it had read but not
 * judged. Takes the descriptor. */
void accept_adopt(struct acceptor *acceptor, int fd, struct slice unread);

/* A connection has ended: there is room for another. */
void accept_room(struct acceptor *acceptor);
