/* request.h - the journey of a request. This list is the map of the program: the order of the
 * steps, the files they are told in, and from it come the enum and the step table. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/message.h"
#include "common/scoreboard.h"
#include "worker/deadline.h"
#include "worker/flow.h"
#include "worker/forward/pool.h"
#include "worker/reply/answer.h"
#include "worker/turn.h"

/* clang-format off */
#define JOURNEY(STEP) \
	STEP(builtin)    /* decide/builtin.c      our own pages, and what is no proxy's work */ \
	STEP(canonical)  /* decide/canonical.c    the one reading of the request             */ \
	STEP(host)       /* decide/host.c         which integration is it for?               */ \
	STEP(identity)   /* decide/identity.c     who calls? verify, name, strip             */ \
	STEP(rules)      /* decide/rules.c        denied? allowed?                           */ \
	STEP(target)     /* decide/target.c       where exactly does it go?                  */ \
	STEP(credential) /* forward/credential.c  put our credential on                      */ \
	STEP(dial)       /* forward/dial.c        a connection, pooled or new                */ \
	STEP(exchange)   /* forward/exchange.c    send it, read the head of the answer       */ \
	STEP(head)       /* reply/head.c          what of the head goes back                 */ \
	STEP(relay)      /* reply/relay.c         the bodies, with back-pressure             */ \
	STEP(access)     /* report/access.c       the log lines                              */ \
	STEP(metrics)    /* report/metrics.c      counters and durations                     */
/* clang-format on */

enum step_id {
#define STEP(name) STEP_##name,
	JOURNEY(STEP)
#undef STEP
		STEP_COUNT
};

/* What a step says comes next. */
enum go {
	GO_ON = 1, /* the next step */
	GO_WAIT,   /* a callback will call request_ready; then this step again */
	GO_ANSWER, /* we have our own answer (answer_with): skip to STEP_head */
	GO_RETRY,  /* the pooled connection was dead: back to STEP_dial */
	GO_BROKEN, /* a peer is lost in the middle: skip to STEP_access */
};

/* What callbacks have told of it, beside where it is. */
enum request_state {
	REQUEST_SERVED,
	REQUEST_REFUSED,   /* what the caller sends makes no sense: heeded at the end of the turn */
	REQUEST_DISMISSED, /* that is our answer now */
	REQUEST_BROKEN,    /* a side is lost: nothing more can be said */
};

struct caller;
struct exchange;
struct route;
struct url;
struct worker;

struct request {
	struct turn_entry turn; /* first: the turn hands it back */
	enum step_id at;
	enum request_state state; /* moved by request_move only */
	struct worker *worker;
	struct arena *arena; /* all that ends with the request */

	struct caller *caller;       /* never NULL until the request ends */
	struct deadline caller_owes; /* the rest of its head, or of its body */
	struct message in;           /* from the caller; what is checked is what is sent */
	struct slice sent_as;        /* the name that the caller asked for, for texts and logs */
	struct slice peer;           /* the caller's address ... */
	uint16_t peer_port;          /* ... and port */
	const struct route *route;   /* set by STEP_host */
	struct slice caller_id;      /* set by STEP_identity; "*" when nobody says */
	size_t proof;                /* which incoming plugin is at work */
	bool expects_continue;       /* the caller waits for a 100 before it sends its body */

	uint16_t port;                 /* of `target` */
	const struct url *target;      /* set by STEP_target: where it goes */
	struct pool_wait dial;         /* STEP_dial's */
	int failed;                    /* why that came to nothing; 0: it did not */
	bool retried;                  /* a pooled connection was dead */
	struct upstream *upstream;     /* set by STEP_dial */
	struct exchange *exchange;     /* what passes there; begun by STEP_exchange */
	struct deadline upstream_owes; /* a connection, the head or more of the body of an answer */
	struct message out;            /* from the upstream, or our own answer */

	struct flow up;   /* the request's body, caller to upstream */
	struct flow down; /* the response's, upstream to caller */

	struct answer answer; /* our own; ANSWER_NONE while the upstream's is meant */
	struct request_refusal {
		enum answer_kind kind;
		int status;
		const char *reason;
	} refusal; /* told by request_refuse */

	uint64_t started_ns, handed_ns, answered_ns, processed_ns; /* uv_hrtime; 0: not yet */
	struct request *next_free;
};

typedef enum go step_fn(struct request *req);

#define STEP(name) step_fn step_##name;
JOURNEY(STEP)
#undef STEP

/* A request whose head is about to be read into `in`. `caller` may be set later, but before it is
 * ready. It comes from the worker's spare ones where there are any. */
struct request *request_new(struct worker *worker);

/* Queues it for the end of this loop turn. */
void request_ready(struct request *req);

/* A side is lost, or time is up: what has happened is reported, and the request ends. May be called
 * at any point after request_new. */
void request_abort(struct request *req);

/* What the caller sends makes no sense, or takes too long: as long as nothing of an answer is out,
 * the caller is told, and what may have begun upstream is broken off. The connection ends with
 * it. */
void request_refuse(struct request *req, enum answer_kind kind, int status, const char *reason);

/* Gives the upstream back, broken off: nothing more is heard from it, and what it has said (`out`
 * and `down`) is forgotten. Of the caller's body nothing more is passed on, unless flow_rewind
 * makes `up` ready for another try. */
void request_let_go(struct request *req);

/* Ends a request that never began its journey. */
void request_drop(struct request *req);

/* Frees the spare ones, at the end of the process. */
void requests_free(struct worker *worker);
