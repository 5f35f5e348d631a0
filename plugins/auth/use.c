/* use.c - what plugins do with the secrets in their slots, and with the header that carries one. */

#include <errno.h>

#include "common/text.h"
#include "plugins/plugin.h"

struct slice use_secret(const struct use *use, uint32_t slot)
{
	if (slot == SLOT_NONE || use->slots[slot] == NULL) {
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

int use_check_header(struct slice name, struct note *why)
{
	/* They belong to the connection or to the routing, and never reach a plugin's peer. */
	static const char *const taken[] = { "Connection", "Content-Length", "Host", "Keep-Alive",
		"Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade" };

	if (!text_is_token(name)) {
		return note_fail(why, -EINVAL, "header is not the name of a header");
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		if (slice_equal_nocase(name, slice_of(taken[i]))) {
			return note_fail(
				why, -EINVAL, "header %s can't carry a credential", taken[i]);
		}
	}
	return 0;
}

/* RFC 9110 section 5.5: no control bytes but the tab, or it would end the header and begin another.
 */
static bool is_header_value(struct slice value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return true;
}

enum verdict use_set_header(struct call *call, struct slice name, struct slice value)
{
	if (!is_header_value(value)) {
		call->reason = "credential is not a header value";
		return VERDICT_REFUSE;
	}
	message_drop_header(call->message, name);
	message_add_header(call->message, name, value);
	return VERDICT_PASS;
}
