/* http1.h - HTTP/1 on the wire (RFC 9112): bytes in, messages out, and back. It never touches a
 * descriptor. llhttp reads, with no leniency; what it would let pass and two servers could read
 * differently (a bare LF, a folded line, bytes above 127 in a target, a list of codings) is refused
 * here. */

#pragma once

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/message.h"
#include "common/slice.h"

enum http1_role { HTTP1_REQUESTS, HTTP1_RESPONSES };

/* What http1_next found. */
enum http1_event {
	HTTP1_MORE, /* every byte is taken; nothing more to tell yet */
	HTTP1_HEAD, /* the message's head is complete */
	HTTP1_BODY, /* `piece` is the next part of the body; borrows from the bytes that were fed */
	HTTP1_END,  /* the message is complete; http1_begin makes ready for the next */
	HTTP1_REFUSED, /* not HTTP as we speak it: `refusal` and `reason` say what to answer */
};

/* Reads one direction of one connection. Embed it; its members are read by others, and written by
 * http1.c alone. It holds no memory of its own: text goes to the message's arena. */
struct http1 {
	llhttp_t parser;
	struct message *message;

	struct slice piece; /* HTTP1_BODY */
	int refusal;        /* HTTP1_REFUSED: 400, 414, 431, 501 or 505 */
	const char *reason;
	bool keep_alive; /* HTTP1_HEAD: the peer would use this connection again */
	bool http10;     /* HTTP1_HEAD: it speaks HTTP/1.0 */
	struct list_of_headers {
		struct header *at;
		size_t count, room;
	} trailers; /* HTTP1_END of a chunked response */

	/* Private. */
	enum { HTTP1_IN_HEAD, HTTP1_IN_LENGTH, HTTP1_IN_CHUNKS, HTTP1_TO_CLOSE, HTTP1_DONE } where;
	bool answers_head; /* the response is to a HEAD request */
	bool paused_at_head, paused_at_end;
	bool line_ended;   /* the first line of the head */
	size_t line_len;   /* of it, so far */
	char line_end[10]; /* its last bytes: as long as " HTTP/1.1" and a CR */
	char last;         /* framing byte before the ones at hand */
	uint64_t left;     /* of a body of known length */
	size_t taken;      /* bytes of the head, or of the trailers, so far */
	char *text;        /* names and values; grows by moving */
	size_t text_len, text_room;
	size_t name_at, name_len, value_len; /* the header being read, inside `text` */
	struct slice target;
	struct http1_framing {
		struct slice host, length, coding;
		unsigned hosts, lengths, codings; /* how many of them came */
	} framing; /* what says where the message goes and ends: no part of message->headers */
};

void http1_init(struct http1 *h, enum http1_role role);

/* The next message goes to `message`, whose arena outlives it. `answers_head`: it is the response
 * to a HEAD request, so it has no body. */
void http1_begin(struct http1 *h, struct message *message, bool answers_head);

/* Takes from the front of `bytes` up to the next event. */
enum http1_event http1_next(struct http1 *h, struct slice *bytes);

/* The head as it is sent, in `arena`. The framing header is made from body and body_length; Host
 * from authority; `connection` is the value of a Connection header, or NULL for none. */
struct slice http1_write_request(
	const struct message *m, const char *connection, struct arena *arena);
struct slice http1_write_response(
	const struct message *m, const char *connection, struct arena *arena);

/* What goes out at once: the head, if it is still to go, and a piece of the body in its framing. */
enum { HTTP1_PIECES = 5, HTTP1_CHUNK_HEAD = 20 };

struct http1_frame {
	struct slice pieces[HTTP1_PIECES];
	unsigned count;
	char chunk_head[HTTP1_CHUNK_HEAD];
};

/* `end` is what http1_write_last_chunk made, behind the last piece of a chunked body; else empty.
 * The frame borrows all of it. */
void http1_write_frame(struct http1_frame *frame, struct slice head, struct slice piece,
	bool chunked, struct slice end);

/* What ends a chunked body. */
struct slice http1_write_last_chunk(
	const struct header *trailers, size_t count, struct arena *arena);

const char *http1_reason_phrase(int status); /* never NULL */
