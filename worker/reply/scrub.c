/* scrub.c - cleans the heads and trailers of upstream answers. */

#include "worker/reply/scrub.h"

void scrub_response(struct message *m)
{
	message_drop_hop_by_hop(m);
	message_drop_header(m, SLICE("X-AT-Upstream-Error"));
	message_drop_header(m, SLICE("X-AT-Error-Reason"));
	if (m->status < 200 || m->status == 204) { /* RFC 9110 section 8.6 */
		message_drop_header(m, SLICE("Content-Length"));
	}
	if (m->status >= 300) {
		message_add_header(m, SLICE("X-AT-Upstream-Error"), SLICE("true"));
	}
}

bool scrub_allows_trailer(struct slice name)
{
	static const struct slice refused[] = {
		SLICE("Connection"),
		SLICE("Content-Encoding"),
		SLICE("Content-Length"),
		SLICE("Content-Type"),
		SLICE("Host"),
		SLICE("Keep-Alive"),
		SLICE("Set-Cookie"),
		SLICE("TE"),
		SLICE("Trailer"),
		SLICE("Transfer-Encoding"),
		SLICE("Upgrade"),
		SLICE("X-AT-Error-Reason"),
		SLICE("X-AT-Upstream-Error"),
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (message_same_name(name, refused[i])) {
			return false;
		}
	}
	return true;
}
