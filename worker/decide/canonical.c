/* canonical.c - STEP_canonical: the one reading of the request. What is checked from here on, by
 * plugins and by rules, is byte for byte what is sent. */

#include "common/path.h"
#include "worker/request.h"

/* A method that a server reads from a header instead of the request line slips past the rules. */
static const struct slice method_overrides[] = {
	SLICE("X-HTTP-Method-Override"),
	SLICE("X-HTTP-Method"),
	SLICE("X-Method-Override"),
};

static bool takes_trailers(const struct message *in)
{
	for (size_t i = 0; i < in->header_count; i++) {
		struct slice rest = in->headers[i].value, word;

		while (slice_equal_nocase(in->headers[i].name, SLICE("TE")) &&
			slice_next(&rest, ',', &word)) {
			if (slice_equal_nocase(slice_trim(word), SLICE("trailers"))) {
				return true;
			}
		}
	}
	return false;
}

/* TE is for one hop, but that the caller takes trailers holds for the next one too: they are passed
 * on (RFC 9110 section 10.1.4). */
static void drop_headers(struct message *in)
{
	bool trailers = takes_trailers(in);

	message_drop_hop_by_hop(in);
	if (trailers) {
		message_add_header(in, SLICE("TE"), SLICE("trailers"));
	}
	for (size_t i = 0; i < sizeof(method_overrides) / sizeof(method_overrides[0]); i++) {
		message_drop_header(in, method_overrides[i]);
	}
}

/* False when the caller expects what we don't know of (RFC 9110 section 10.1.1). */
static bool read_expectation(struct request *req)
{
	const struct message *in = &req->in;
	bool expects_continue = false;

	for (size_t i = 0; i < in->header_count; i++) {
		if (slice_equal_nocase(in->headers[i].name, SLICE("Expect"))) {
			if (!slice_equal_nocase(in->headers[i].value, SLICE("100-continue"))) {
				return false;
			}
			expects_continue = true;
		}
	}
	req->expects_continue = expects_continue && in->body != BODY_NONE && req->up.passed == 0;
	return true;
}

enum go step_canonical(struct request *req)
{
	struct message *in = &req->in;
	const char *reason;

	if (!path_canonical(in->path, req->arena, &in->path, &in->decoded_path, &reason)) {
		answer_about(req, ANSWER_ambiguous_path, slice_of(reason));
		return GO_ANSWER;
	}
	if (!read_expectation(req)) {
		answer_with(req, ANSWER_expectation_failed);
		return GO_ANSWER;
	}
	drop_headers(in);
	return GO_ON;
}
