/* connection.h - a caller's TCP connection, from the accept to its end. Idle, it is this struct and
 * nothing else; a request brings its own memory. */

#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "common/slice.h"
#include "worker/deadline.h"
#include "worker/stream.h"

struct http1_caller;
struct worker;

struct connection {
	struct stream stream;
	struct lifeline line;
	struct worker *worker;
	struct connection *next, **link; /* in worker->connections */
	struct deadline deadline;
	struct http1_caller *http1; /* the request at hand; NULL while idle */
	char *ahead;                /* bytes that came before their turn, or a head not yet whole */
	unsigned ahead_len;
	bool finished;  /* the caller has sent all it will */
	bool lingering; /* we have said all; waiting for the caller to hear it */
	bool leaving;   /* to be handed over when the channel has room */
	uint16_t peer_port;
	char peer[INET6_ADDRSTRLEN];
};

/* Takes the descriptor. */
void connection_accept(struct worker *worker, int fd, const struct sockaddr_storage *peer);

/* The same, from a worker of the previous generation, with the bytes that it had read but not
 * judged. */
void connection_adopt(struct worker *worker, int fd, struct slice unread);

/* Keeps bytes for later: what came before its turn, or a head that is not whole. False: more than
 * LIMIT_PIPELINED_BYTES and one read. */
bool connection_keep(struct connection *c, struct slice bytes);
void connection_forget_kept(struct connection *c);

/* The request is over. Serve the next, hand the connection over, or end it. */
void connection_next(struct connection *c);

/* Says goodbye in order, then closes. `heard_all`: the caller has nothing more to send. */
void connection_end(struct connection *c, bool heard_all);
void connection_reset(struct connection *c); /* so that the caller knows that something broke */
void connection_close(struct connection *c);
