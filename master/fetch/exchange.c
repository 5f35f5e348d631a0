/* exchange.c - writes a request, and feeds what comes to the parser. */

#include <errno.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/http1.h"
#include "common/limits.h"
#include "common/secret.h"
#include "master/fetch/exchange.h"

enum { FIRST_ROOM = 16 * 1024 };

/* An answer on its way in. */
struct hearing {
	struct transport *transport;
	struct http1 parser;
	struct message *answer;
	bool head_only;
	unsigned interims;
	char *body;
	size_t len, room, max;
	char buffer[LIMIT_READ_BYTES];
};

int exchange_ask(struct transport *transport, const struct message *request, struct slice body,
	struct note *why)
{
	bool digs = slice_equal(request->method, SLICE("CONNECT")); /* it is to stay open then */
	struct slice head = http1_write_request(request, digs ? NULL : "close", request->arena);
	int err = transport_write(transport, head, why);

	return err < 0 ? err : transport_write(transport, body, why);
}

static int refuse_size(const struct hearing *hearing, struct note *why)
{
	return note_fail(why, -EFBIG, "the answer is longer than %zu bytes", hearing->max);
}

/* A head that is none yet (1xx) makes way for the next one. */
static int take_head(struct hearing *hearing, struct note *why)
{
	struct message *answer = hearing->answer;
	struct slice coding = message_header(answer, SLICE("Content-Encoding"));
	struct arena *arena = answer->arena;

	if (answer->status == 101 || hearing->interims == LIMIT_INTERIMS) {
		return note_fail(why, -EPROTO, "the answer is malformed: unexpected status %d",
			answer->status);
	}
	if (answer->status < 200) {
		hearing->interims++;
		*answer = (struct message){ .arena = arena };
		http1_begin(&hearing->parser, answer, hearing->head_only);
		return 0;
	}
	if (coding.len > 0 && !slice_equal_nocase(coding, SLICE("identity"))) {
		return note_fail(why, -EPROTO, "the answer is compressed, which nobody asked for");
	}
	if (hearing->head_only) {
		return 0;
	}
	if (answer->body == BODY_LENGTH && answer->body_length > hearing->max) {
		return refuse_size(hearing, why);
	}
	/* Only TLS tells the end of a connection from a cut; half a list must not pass for one. */
	if (answer->body == BODY_UNTIL_CLOSE && hearing->transport->tls == NULL) {
		return note_fail(why, -EPROTO, "the answer does not say where it ends");
	}
	return 0;
}

static int take_piece(struct hearing *hearing, struct slice piece, struct note *why)
{
	if (piece.len > hearing->max - hearing->len) {
		return refuse_size(hearing, why);
	}
	if (piece.len > hearing->room - hearing->len) {
		size_t room = 2 * (hearing->len + piece.len);

		room = room < FIRST_ROOM ? FIRST_ROOM : room;
		hearing->body = secret_grow(hearing->body, hearing->len, room);
		hearing->room = room;
	}
	memcpy(hearing->body + hearing->len, piece.at, piece.len);
	hearing->len += piece.len;
	return 0;
}

/* 1: the answer is complete; 0: more bytes are wanted. */
static int take_bytes(struct hearing *hearing, struct slice bytes, struct note *why)
{
	for (;;) {
		int err = 0;

		switch (http1_next(&hearing->parser, &bytes)) {
		case HTTP1_MORE:
			return 0;
		case HTTP1_HEAD:
			err = take_head(hearing, why);
			break;
		case HTTP1_BODY:
			err = take_piece(hearing, hearing->parser.piece, why);
			break;
		case HTTP1_END:
			return 1;
		case HTTP1_REFUSED:
			return note_fail(why, -EPROTO, "the answer is malformed: %s",
				hearing->parser.reason);
		}
		if (err < 0) {
			return err;
		}
	}
}

static int hear(struct hearing *hearing, struct note *why)
{
	struct transport *transport = hearing->transport;
	int done = 0;

	http1_init(&hearing->parser, HTTP1_RESPONSES);
	http1_begin(&hearing->parser, hearing->answer, hearing->head_only);
	while (done == 0) {
		ssize_t got =
			transport_read(transport, hearing->buffer, sizeof(hearing->buffer), why);

		if (got < 0) {
			return (int)got;
		}
		if (got == 0) {
			return hearing->answer->body == BODY_UNTIL_CLOSE
				       ? 0
				       : note_fail(why, -EPROTO,
						 "the connection ended before the answer did");
		}
		done = take_bytes(hearing, (struct slice){ hearing->buffer, (size_t)got }, why);
	}
	return done < 0 ? done : 0;
}

int exchange_hear(struct transport *transport, size_t max, struct message *answer,
	struct slice *body, struct note *why)
{
	struct hearing *hearing = calloc(1, sizeof(*hearing));
	int err;

	check(hearing != NULL);
	hearing->transport = transport;
	hearing->answer = answer;
	hearing->head_only = body == NULL;
	hearing->max = max;
	err = hear(hearing, why);
	secret_wipe(hearing->buffer, sizeof(hearing->buffer));
	if (err < 0) {
		secret_wipe(hearing->body, hearing->len);
		free(hearing->body);
	} else if (body != NULL) {
		*body = (struct slice){ hearing->body, hearing->len };
	}
	free(hearing);
	return err;
}
