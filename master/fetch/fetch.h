/* fetch.h - asks another server for something: HTTP/1.1, plain or with TLS, one request and the
 * whole answer. Blocks, so only the loader's process and commands call it, never the master's loop.
 *
 * Proxies and authorities are those that the environment names, as it would for a Go program. */

#pragma once

#include "common/message.h"
#include "common/note.h"

struct fetch {
	struct slice method; /* empty: GET */
	struct slice url;    /* user-info becomes a Basic Authorization */
	const struct header *headers;
	size_t header_count;
	struct slice body;   /* at == NULL: none */
	const char *ca_file; /* the authorities that count; NULL: the system's */
	int64_t timeout_ns;  /* for all of it; 0 or less: none */
	size_t max_bytes;    /* of the answer's body: a longer one is an error */
	unsigned redirects;  /* so many are followed, of a request without a body; 0: they are
				answers */
};

struct fetch_answer {
	struct message head; /* status and headers; lives in the arena */
	struct slice body;   /* for fetch_forget */
};

/* Any status is an answer. A request with user-info or headers of its own is taken to hold
 * credentials, so a redirect of it is followed within its origin only. The note shows nothing of
 * the URL that may be a secret. */
int fetch_run(
	const struct fetch *fetch, struct arena *arena, struct fetch_answer *out, struct note *why);

void fetch_forget(struct fetch_answer *answer); /* wipes and frees the body */
