/* host.c - STEP_host: which integration is it for? By Host, or by X-AT-Int where that is heeded. */

#include "worker/request.h"
#include "worker/route.h"
#include "worker/worker.h"

/* X-AT-Int counts unless it is turned off, or bound to another Host (spec/request.md section 3). */
static bool heeds_x_at_int(const struct request *req)
{
	const struct settings *settings = &req->worker->snapshot->settings;

	return !settings->disable_x_at_int &&
	       (settings->x_at_int_host.len == 0 ||
		       slice_equal_nocase(settings->x_at_int_host, req->in.authority));
}

/* "name:8080" is tried as it stands, then without the port. */
static const struct route *find(const struct request *req, struct slice name)
{
	const struct route *route = routes_find(req->worker->routes, name);
	size_t colon = slice_find(name, ':', 0);

	if (route == NULL && colon < name.len) {
		route = routes_find(req->worker->routes, slice_sub(name, 0, colon));
	}
	return route;
}

enum go step_host(struct request *req)
{
	struct slice named = message_header(&req->in, SLICE("X-AT-Int"));

	req->sent_as = req->in.authority;
	if (named.len > 0 && heeds_x_at_int(req)) {
		req->sent_as = named;
	}
	if (message_count_header(&req->in, SLICE("X-AT-Int")) > 1 ||
		message_count_header(&req->in, SLICE("X-AT-Destination")) > 1) {
		answer_with(req, ANSWER_ambiguous_routing);
		return GO_ANSWER;
	}
	message_drop_header(&req->in, SLICE("X-AT-Int"));
	req->route = find(req, req->sent_as);
	if (req->route == NULL) {
		answer_about(req, ANSWER_integration_not_found, req->sent_as);
		return GO_ANSWER;
	}
	return GO_ON;
}
