/* connection.h - a caller's TCP connection, from the accept to its end. Idle, it is this struct and
 * nothing else; a request brings its own memory. */

#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "common/chain.h"
#include "common/slice.h"
#include "worker/deadline.h"
#include "worker/stream.h"

struct connection;
struct request;
struct worker;

/* What a connection speaks. Told from the loop; it says connection_busy when a request has begun,
 * and connection_next, _end or _reset when that is over. */
struct connection_protocol {
	/* While the connection is IDLE or BUSY; borrowed until it returns. */
	void (*bytes)(struct connection *c, struct slice bytes);

	/* While it is BUSY. 0: the caller has sent all it will; else it is lost. */
	void (*ended)(struct connection *c, int err);

	/* While it is BUSY: the caller has read all that was sent. */
	void (*drained)(struct connection *c);

	/* While it is BUSY: forgets what has not been judged, as its bytes move on with the
	 * connection. False: something is being served here. */
	bool (*unwind)(struct connection *c);
};

enum connection_state {
	CONNECTION_IDLE,      /* nothing of a request is here */
	CONNECTION_BUSY,      /* there is: its protocol has it */
	CONNECTION_SENDING,   /* the request is over; the caller has still to read the answer */
	CONNECTION_LEAVING,   /* to be handed over when the channel has room */
	CONNECTION_LINGERING, /* we have said all; waiting for the caller to hear it */
	CONNECTION_CLOSED,
};

struct connection {
	struct stream stream;
	struct lifeline line;
	struct worker *worker;
	struct chain_link place;                    /* in worker->connections */
	const struct connection_protocol *protocol; /* what it speaks, ... */
	void *session;                              /* ... and what that has of it */
	enum connection_state state;                /* moved by connection_move only */
	struct deadline deadline;                   /* of every state but BUSY */
	uint64_t asks_by_ms; /* the loop's time by which the next request is to begin */
	char *ahead;         /* bytes that came before their turn, or a head not yet whole */
	unsigned ahead_len;
	bool finished; /* the caller has sent all it will; answers may still go out */
	uint16_t peer_port;
	char peer[INET6_ADDRSTRLEN];
};

/* Takes the descriptor. `unread` is what another worker has read of it and not judged. */
void connection_open(struct worker *worker, const struct connection_protocol *protocol, int fd,
	const struct sockaddr_storage *peer, struct slice unread);

/* Memory for a request of this caller's. */
struct request *connection_request(struct connection *c);
void connection_busy(struct connection *c); /* the first has begun */

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

/* Back to IDLE, as if nothing had been read. False: something is being served here. */
bool connection_unwind(struct connection *c);

/* The worker drains: it waits to be handed over; its time is up. */
void connection_leave(struct connection *c);
void connection_cut(struct connection *c);
