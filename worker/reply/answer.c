/* answer.c - makes heads and bodies of our own answers. */

#include "worker/reply/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "common/check.h"
#include "worker/request.h"
#include "worker/worker.h"

static const struct {
	int status;
	const char *reason;
	enum refusal refusal;
} answers[ANSWER_COUNT] = {
#define ANSWER(name, status, reason, refusal) [ANSWER_##name] = { status, reason, REFUSAL_##refusal },
	ANSWERS(ANSWER)
#undef ANSWER
};

void answer_with(struct request *req, enum answer_kind kind, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	check(len >= 0);
	if ((size_t)len >= sizeof(text)) {
		len = sizeof(text) - 1;
	}
	req->answer = (struct answer){
		.kind = kind,
		.status = answers[kind].status,
		.reason = slice_of(answers[kind].reason),
		.text = arena_copy(req->arena, (struct slice){ text, (size_t)len }),
		.refusal = answers[kind].refusal,
	};
	req->out = (struct message){ .arena = req->arena };
}

/* RFC 9110 section 5.6.7. */
static struct slice date(struct request *req)
{
	time_t now = time(NULL);
	char text[40];
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	return arena_copy(req->arena,
		(struct slice){ text,
			strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm) });
}

/* Bytes that a caller sent (a host in a text) must not become a header of their own. */
static struct slice printable(struct request *req, struct slice text)
{
	char *clean = arena_bytes(req->arena, text.len);

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		clean[i] = c < ' ' || c == 0x7f ? '?' : (char)c;
	}
	return (struct slice){ clean, text.len };
}

void answer_write(struct request *req)
{
	const struct answer *answer = &req->answer;
	struct message *out = &req->out;
	struct slice text = answer->text;

	out->status = answer->status;
	out->body = BODY_LENGTH;
	if (answer->reason.len > 0) {
		message_add_header(out, SLICE("X-AT-Upstream-Error"),
			answer->refusal == REFUSAL_upstream_failure ||
					answer->refusal == REFUSAL_upstream_timeout
				? SLICE("true")
				: SLICE("false"));
		message_add_header(
			out, SLICE("X-AT-Error-Reason"), printable(req, answer->reason));
		message_add_header(out, SLICE("Content-Type"), SLICE("text/plain; charset=utf-8"));
		message_add_header(out, SLICE("X-Content-Type-Options"), SLICE("nosniff"));
		if (text.len > 0) {
			text = arena_join(req->arena, text, SLICE("\n"));
		}
	}
	message_add_header(out, SLICE("Date"), date(req));
	out->body_length = text.len;
	req->down = (struct flow){
		.arena = req->arena,
		.waiting = (char *)text.at,
		.waiting_len = text.len,
		.waiting_room = text.len,
		.ended = true,
	};
}
