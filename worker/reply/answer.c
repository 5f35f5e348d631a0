/* answer.c - makes heads and bodies of our own answers. */

#include "worker/reply/answer.h"

#include <time.h>

#include "worker/request.h"
#include "worker/worker.h"

static const struct {
	int status;
	const char *reason;
	enum refusal refusal;
	const char *text;
} answers[ANSWER_COUNT] = {
#define ANSWER(name, status, reason, refusal, text)                                                \
	[ANSWER_##name] = { status, reason, REFUSAL_##refusal, text },
	ANSWERS(ANSWER)
#undef ANSWER
};

void answer_with(struct request *req, enum answer_kind kind)
{
	req->answer = (struct answer){
		.kind = kind,
		.status = answers[kind].status,
		.reason = slice_of(answers[kind].reason),
		.text = slice_of(answers[kind].text),
		.refusal = answers[kind].refusal,
	};
	req->out = (struct message){ .arena = req->arena };
}

void answer_about(struct request *req, enum answer_kind kind, struct slice what)
{
	struct slice text = slice_of(answers[kind].text);
	size_t varies = slice_find(text, '%', 0);

	answer_with(req, kind);
	req->answer.text = arena_printf(req->arena, SLICE_FMT SLICE_FMT SLICE_FMT,
		SLICE_ARG(slice_sub(text, 0, varies)), SLICE_ARG(what),
		SLICE_ARG(slice_sub(text, varies + 1, text.len)));
}

/* RFC 9110 section 5.6.7. Made once a second. */
static struct slice date(struct request *req)
{
	struct worker *worker = req->worker;
	time_t now = time(NULL);
	struct tm tm;

	if (now != worker->date_s) {
		(void)gmtime_r(&now, &tm);
		(void)strftime(
			worker->date, sizeof(worker->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		worker->date_s = now;
	}
	return arena_copy(req->arena, slice_of(worker->date));
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
		message_add_header(out, SLICE("X-AT-Error-Reason"), printable(req, answer->reason));
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
