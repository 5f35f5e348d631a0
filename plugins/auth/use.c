/* use.c - what plugins do with the secrets in their slots, and with the header that carries one. */

#include <errno.h>

#include "common/limits.h"
#include "common/text.h"
#include "plugins/plugin.h"

struct slice use_secret(const struct use *use, uint32_t slot)
{
	if (slot >= LIMIT_SECRETS || use->slots[slot] == NULL) { /* SLOT_NONE is beyond, too */
		return (struct slice){ NULL, 0 };
	}
	return secret_reveal(use->slots[slot]);
}

bool use_accepts(const struct use *use, const struct list *slots, struct slice given)
{
	bool equal = false;

	for (size_t i = 0; i < slots->count; i++) {
		/* No early end: how long it takes must not tell which one it was. */
		equal |= slice_equal_secret(given, use_secret(use, *LIST_AT(*slots, uint32_t, i)));
	}
	return equal && given.len > 0;
}

struct slice use_pick(const struct use *use, const struct list *slots, struct random *random)
{
	size_t picked = 0;

	if (slots->count == 0) {
		return (struct slice){ NULL, 0 };
	}
	if (slots->count > 1) {
		picked = random_below(random, (uint32_t)slots->count);
	}
	return use_secret(use, *LIST_AT(*slots, uint32_t, picked));
}

/* What these say is for us, and is acted on or removed before a plugin sees the request. */
static const struct {
	const char *name, *reason;
} taken[] = {
	{ "Content-Length", "it frames the body" },
	{ "Expect", "it is about sending the body" },
	{ "Host", "it says where the request goes" },
	{ "X-AT-Destination", "it says where the request goes" },
	{ "X-AT-Int", "it says where the request goes" },
	{ "X-HTTP-Method", "it is removed from requests" },
	{ "X-HTTP-Method-Override", "it is removed from requests" },
	{ "X-Method-Override", "it is removed from requests" },
};

int use_check_header(struct slice name, struct note *why)
{
	if (!text_is_token(name)) {
		return note_fail(why, -EINVAL, "header is not the name of a header");
	}
	if (message_is_hop_by_hop(name)) {
		return note_fail(why, -EINVAL,
			"header " SLICE_FMT " can't carry a credential: it belongs to one "
			"connection and is removed from requests",
			SLICE_ARG(name));
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		if (message_same_name(name, slice_of(taken[i].name))) {
			return note_fail(why, -EINVAL, "header %s can't carry a credential: %s",
				taken[i].name, taken[i].reason);
		}
	}
	return 0;
}

enum verdict use_set_header(struct call *call, struct slice name, struct slice value)
{
	if (!text_is_header_value(value)) {
		call->reason = "credential is not a header value";
		return VERDICT_REFUSE;
	}
	message_drop_header(call->message, name);
	message_add_header(call->message, name, value);
	return VERDICT_PASS;
}
