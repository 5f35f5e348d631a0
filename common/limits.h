/* limits.h - every bound of the program, in one place: bytes, counts and deadlines. docs/limits.md
 * tells them to operators. */

#pragma once

enum {
	/* What a caller or an upstream may send as a head. Beyond: 431, or 502. */
	LIMIT_HEAD_BYTES = 64 * 1024,
	LIMIT_HEADERS = 256,
	LIMIT_CONNECTION_OPTIONS = 32, /* each is held against every header; beyond: 400, or 502 */
	LIMIT_TARGET_BYTES = 16 * 1024,
	LIMIT_TRAILER_BYTES = 16 * 1024,

	/* One read from a socket; and how much of a body may wait for the other side before no more
	 * is read. So at most the sum of both waits, per direction. */
	LIMIT_READ_BYTES = 48 * 1024,
	LIMIT_WAITING_BYTES = 32 * 1024,

	/* Bytes that a caller sent ahead of its turn (pipelined requests). */
	LIMIT_PIPELINED_BYTES = 64 * 1024,

	/* Deadlines of a caller's connection. */
	LIMIT_ACCEPT_PAUSE_MS = 1000, /* until accepting is tried again when descriptors ran out */
	LIMIT_HEAD_READ_MS = 30 * 1000,       /* from the first byte of a head to its last */
	LIMIT_BODY_PAUSE_MS = 60 * 1000,      /* between two reads or two writes of a body */
	LIMIT_KEEPALIVE_IDLE_MS = 180 * 1000, /* between two requests */
	LIMIT_LINGER_MS = 2 * 1000, /* for the caller to hear an answer that ends its connection */

	/* Deadlines towards an upstream, beside those of the integration. */
	LIMIT_DIAL_MS = 10 * 1000,                  /* for one address of the name ... */
	LIMIT_DIALS = 3,                            /* ... and so many are tried */
	LIMIT_RESPONSE_HEAD_MS = 15 * 60 * 1000,    /* where response_header_timeout says nothing */
	LIMIT_UPSTREAM_SILENCE_MS = 60 * 60 * 1000, /* between two reads of an answer's body */
	LIMIT_CONTINUE_MS = 1000,    /* for an upstream's 100 before the body is asked for anyway */
	LIMIT_INTERIMS = 16,         /* heads before the final one (1xx) */
	LIMIT_IDLE_UPSTREAMS = 4096, /* of one worker, over all pools */
	LIMIT_KEEPALIVE_MS = 30 * 1000, /* TCP: until a silent peer is asked whether it is there */

	/* Names: how long an answer of the system's resolver is fresh, and how many are kept. */
	LIMIT_NAME_FRESH_MS = 10 * 1000,
	LIMIT_NAME_WAIT_MS = 10 * 1000,
	LIMIT_NAMES = 4096,
	LIMIT_ADDRESSES = 16, /* of one name */

	/* Between master and workers. */
	LIMIT_CONTROL_BYTES =
		160 * 1024, /* one message: a handed-over connection carries its unread bytes */
	LIMIT_CONTROL_QUEUE = 1024, /* messages waiting to be sent to one worker */
	LIMIT_SECRET_BYTES = 64 * 1024,
	LIMIT_SECRETS = 65536,
	LIMIT_SNAPSHOT_BYTES = 128 * 1024 * 1024,
	LIMIT_WORKERS = 64,
	LIMIT_READY_MS = 20 * 1000,    /* exec'ed to READY */
	LIMIT_DRAIN_ACK_MS = 2 * 1000, /* DRAIN to DRAINING; a worker that is silent is killed */
	LIMIT_GENERATIONS = 8,         /* that leave, at a time; beyond: the oldest is ended */
	LIMIT_GOODBYE_MS = 1000,      /* for a worker to end after its last word, or its deadline */
	LIMIT_QUESTIONS = 64,         /* names that one worker may be waiting for */
	LIMIT_RESTART_FIRST_MS = 200, /* after a death before READY, doubling ... */
	LIMIT_RESTART_LAST_MS = 30 * 1000, /* ... up to this */

	/* The master's documents. */
	LIMIT_DOCUMENT_BYTES = 64 * 1024 * 1024,
	LIMIT_YAML_DEPTH = 64,
	LIMIT_YAML_NODES = 4 * 1000 * 1000,   /* after aliases are expanded */
	LIMIT_YAML_AHEAD_BYTES = 1024 * 1024, /* that are read before a value's beginning is sure */
	LIMIT_NAME_BYTES = 255,               /* an integration's name */

	/* The admin socket. */
	LIMIT_ADMIN_CLIENTS = 16,
	LIMIT_ADMIN_REQUEST_BYTES = 4096,
	LIMIT_ADMIN_WAIT_MS = 120 * 1000,

	/* The log: what waits for a slow reader of standard output; more is dropped and counted. */
	LIMIT_LOG_BYTES = 1024 * 1024,

	/* Metrics: integrations that ever had a series; later ones count as unknown. */
	LIMIT_SERIES = 4096,
};
