/* http1_fuzz.c - any bytes as HTTP/1, from callers and from upstreams: where the network cuts them
 * changes nothing, and a head that was taken is read as the same again when we have written it. */

#include "common/check.h"
#include "common/http1.h"
#include "common/limits.h"
#include "common/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* One reading of the input, and an account of it that can be compared with another's. */
struct reading {
	enum http1_role role;
	bool answers_head;
	struct arena *arena;
	struct http1 http1;
	struct message message;
	bool in_body;
	size_t begin; /* of this message, in the account */
	struct wire_writer account, body;
};

static void begin_message(struct reading *r)
{
	r->message = (struct message){ .arena = r->arena };
	r->in_body = false;
	r->begin = r->account.len;
	r->body.len = 0;
	http1_begin(&r->http1, &r->message, r->answers_head);
}

static void account_for_headers(struct wire_writer *w, const struct header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		wire_put_slice(w, headers[i].name);
		wire_put_slice(w, headers[i].value);
	}
}

/* Without a body, or with one of no bytes: that is written the same way. */
static void account_for_head(struct wire_writer *w, const struct message *m)
{
	bool empty = m->body == BODY_NONE || (m->body == BODY_LENGTH && m->body_length == 0);

	wire_put_slice(w, m->method);
	wire_put_slice(w, m->authority);
	wire_put_slice(w, m->path);
	wire_put_u8(w, m->query.at != NULL);
	wire_put_slice(w, m->query);
	wire_put_u32(w, (uint32_t)m->status);
	account_for_headers(w, m->headers, m->header_count);
	wire_put_u32(w, empty ? BODY_NONE : m->body);
	wire_put_u64(w, m->body_length);
}

static void check_written(const struct reading *r)
{
	struct message again = { .arena = r->arena };
	struct wire_writer before = { 0 }, after = { 0 };
	struct slice written;
	struct http1 http1;

	if (r->message.header_count > LIMIT_HEADERS - 2) {
		return; /* with Host and Content-Length it could be one too many */
	}
	written = r->role == HTTP1_REQUESTS ? http1_write_request(&r->message, NULL, r->arena)
					    : http1_write_response(&r->message, NULL, r->arena);
	http1_init(&http1, r->role);
	http1_begin(&http1, &again, r->answers_head);
	check(http1_next(&http1, &written) == HTTP1_HEAD);
	check(written.len == 0);
	account_for_head(&before, &r->message);
	account_for_head(&after, &again);
	check(slice_equal(wire_written(&before), wire_written(&after)));
	wire_writer_fini(&before);
	wire_writer_fini(&after);
}

static void take_piece(struct reading *r)
{
	check(r->http1.piece.len > 0);
	for (size_t i = 0; i < r->http1.piece.len; i++) {
		wire_put_u8(&r->body, (uint8_t)r->http1.piece.at[i]);
	}
}

/* How far it got before it was refused depends on the cut; that it was does not. */
static void refuse(struct reading *r)
{
	check(r->http1.refusal >= 400 && r->http1.refusal <= 505 && r->http1.reason != NULL);
	r->account.len = r->begin;
	wire_put_u8(&r->account, r->in_body);
}

/* False when it was refused. */
static bool feed(struct reading *r, struct slice bytes)
{
	for (;;) {
		switch (http1_next(&r->http1, &bytes)) {
		case HTTP1_MORE:
			check(bytes.len == 0);
			return true;
		case HTTP1_HEAD:
			r->in_body = true;
			account_for_head(&r->account, &r->message);
			wire_put_u8(&r->account, r->http1.keep_alive);
			wire_put_u8(&r->account, r->http1.http10);
			check_written(r);
			break;
		case HTTP1_BODY:
			take_piece(r);
			break;
		case HTTP1_END:
			wire_put_slice(&r->account, wire_written(&r->body));
			account_for_headers(
				&r->account, r->http1.trailers.at, r->http1.trailers.count);
			begin_message(r);
			break;
		case HTTP1_REFUSED:
			refuse(r);
			return false;
		}
	}
}

static void read_in_two(struct reading *r, struct slice bytes, size_t cut)
{
	r->arena = arena_new("fuzz", 4096);
	http1_init(&r->http1, r->role);
	begin_message(r);
	if (feed(r, slice_sub(bytes, 0, cut)) && feed(r, slice_sub(bytes, cut, bytes.len))) {
		wire_put_slice(&r->account, wire_written(&r->body));
		wire_put_u8(&r->account, r->in_body && r->http1.where == HTTP1_TO_CLOSE);
	}
}

static void end(struct reading *r)
{
	wire_writer_fini(&r->account);
	wire_writer_fini(&r->body);
	arena_free(&r->arena);
}

/* The first byte chooses who speaks, the next two where it is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice wire;
	struct reading whole = { 0 }, cut = { 0 };

	if (len < 4) {
		return 0;
	}
	wire = (struct slice){ (const char *)bytes + 3, len - 3 };
	whole.role = bytes[0] & 1 ? HTTP1_RESPONSES : HTTP1_REQUESTS;
	whole.answers_head = (bytes[0] & 3) == 3;
	cut = whole;
	read_in_two(&whole, wire, 0);
	read_in_two(&cut, wire, ((size_t)bytes[1] << 8 | bytes[2]) % wire.len);
	check(slice_equal(wire_written(&whole.account), wire_written(&cut.account)));
	end(&whole);
	end(&cut);
	return 0;
}
