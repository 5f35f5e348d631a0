/* target.c - STEP_target: where exactly does it go? The destination, the path under its base, and
 * the headers that tell the upstream of the way. */

#include "common/path.h"
#include "common/url.h"
#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

/* The caller picks the host where the destination is a wildcard, and nowhere else. */
static bool pick(struct request *req)
{
	struct slice picked = message_header(&req->in, SLICE("X-AT-Destination"));
	struct url *target;
	struct note why;

	message_drop_header(&req->in, SLICE("X-AT-Destination"));
	if (!req->route->wildcard) {
		req->target = &req->route->destination;
		return true;
	}
	target = arena_make(req->arena, struct url);
	if (url_pick_destination(&req->route->destination, picked, req->arena, target, &why) < 0) {
		answer_about(req, ANSWER_invalid_destination,
			arena_copy(req->arena, slice_of(why.text)));
		return false;
	}
	req->target = target;
	return true;
}

static void put(char **to, struct slice bytes)
{
	memcpy(*to, bytes.at, bytes.len);
	*to += bytes.len;
}

/* The peer's address behind those that the request already tells of. Measured before it is joined:
 * a caller may tell of hundreds. */
static struct slice forwarded_for(const struct request *req)
{
	static const struct slice name = SLICE("X-Forwarded-For"), separator = SLICE(", ");
	const struct message *in = &req->in;
	size_t len = req->peer.len;
	char *start, *end;

	for (size_t i = 0; i < in->header_count; i++) {
		if (slice_equal_nocase(in->headers[i].name, name)) {
			len += in->headers[i].value.len + separator.len;
		}
	}
	if (len == req->peer.len) {
		return req->peer;
	}
	start = end = arena_bytes(req->arena, len);
	for (size_t i = 0; i < in->header_count; i++) {
		if (slice_equal_nocase(in->headers[i].name, name)) {
			put(&end, in->headers[i].value);
			put(&end, separator);
		}
	}
	put(&end, req->peer);
	return (struct slice){ start, len };
}

enum go step_target(struct request *req)
{
	struct message *in = &req->in;

	if (!pick(req)) {
		return GO_ANSWER;
	}
	/* Until TLS to upstreams is served, a request that asks for it must not go out in the
	 * clear. */
	req->port = url_port(req->target);
	if (!slice_equal(req->target->scheme, SLICE("http")) || req->port == 0) {
		answer_with(req, ANSWER_upstream_unsupported);
		return GO_ANSWER;
	}
	in->path = path_join(req->target->path, in->path, req->arena);
	in->query = query_join(req->target->query, in->query, req->arena);
	in->authority = req->target->host;
	message_set_header(in, SLICE("X-Forwarded-For"), forwarded_for(req));
	return GO_ON;
}
