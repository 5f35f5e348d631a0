/* canonical.c - STEP_canonical: the one reading of the request. What is checked from here on, by
 * plugins and by rules, is byte for byte what is sent. */

#include "common/path.h"
#include "worker/request.h"

/* Methods that a server may read from a header instead of the request line would slip past rules.
 */
static const struct slice method_overrides[] = {
	SLICE("X-HTTP-Method-Override"),
	SLICE("X-HTTP-Method"),
	SLICE("X-Method-Override"),
};

static void drop_headers(struct message *in)
{
	message_drop_hop_by_hop(in);
	for (size_t i = 0; i < sizeof(method_overrides) / sizeof(method_overrides[0]); i++) {
		message_drop_header(in, method_overrides[i]);
	}
}

static bool read_expectation(struct request *req)
{
	struct slice expect = message_header(&req->in, SLICE("Expect"));

	if (expect.at == NULL) {
		return true;
	}
	req->expects_continue = slice_equal_nocase(expect, SLICE("100-continue")) &&
				req->in.body != BODY_NONE && req->up.passed == 0;
	return slice_equal_nocase(expect, SLICE("100-continue"));
}

enum go step_canonical(struct request *req)
{
	struct message *in = &req->in;
	const char *reason;

	if (!path_canonical(in->path, req->arena, &in->path, &in->decoded_path, &reason)) {
		answer_with(req, ANSWER_ambiguous_path,
			arena_join(req->arena, SLICE("Bad Request: "), slice_of(reason)));
		return GO_ANSWER;
	}
	if (!read_expectation(req)) {
		answer_with(req, ANSWER_expectation_failed, SLICE(""));
		return GO_ANSWER;
	}
	drop_headers(in);
	return GO_ON;
}
