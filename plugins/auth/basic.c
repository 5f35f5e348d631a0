/* basic.c - HTTP basic authentication (RFC 7617): callers name themselves with user and password,
 * or we do upstream. */

#include <errno.h>
#include <mbedtls/base64.h>

#include "common/check.h"
#include "plugins/plugin.h"

struct basic {
	struct list secrets; /* uint32_t slots, each the whole "user:password" */
	struct slice header, prefix;
};

static const struct field fields[] = {
	{ .name = "secrets",
		.kind = FIELD_SECRET_LIST,
		.offset = offsetof(struct basic, secrets),
		.help = "each is user:password; any of them is right, a random one is sent" },
	{ .name = "header",
		.kind = FIELD_TEXT,
		.offset = offsetof(struct basic, header),
		.fallback = "Authorization",
		.help = "the header that carries them" },
	{ .name = "prefix",
		.kind = FIELD_TEXT,
		.offset = offsetof(struct basic, prefix),
		.fallback = "Basic ",
		.help = "what stands before them" },
	{ 0 },
};

static int basic_check(const void *params, struct note *why)
{
	const struct basic *my = params;

	if (my->secrets.count == 0) {
		return note_fail(why, -EINVAL, "missing secrets");
	}
	return use_check_header(my->header, why);
}

/* The standard alphabet, padded, and nothing between: mbedTLS alone would skip blanks and lines. */
static bool is_base64(struct slice text)
{
	size_t padding = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool inside = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			      (c >= 'a' && c <= 'z') || c == '+' || c == '/';

		padding += c == '=';
		if ((!inside && c != '=') || (inside && padding > 0)) {
			return false;
		}
	}
	return text.len % 4 == 0 && padding <= 2;
}

/* What the caller says that it is, decoded; empty when it says nothing that can be read. */
static struct slice credentials(
	const struct basic *my, const struct message *message, struct arena *arena)
{
	struct slice given = message_header(message, my->header);
	struct slice text = slice_sub(given, my->prefix.len, given.len);
	size_t room = text.len / 4 * 3, len = 0;
	char *to;

	if (!slice_starts_with(given, my->prefix) || text.len == 0 || !is_base64(text)) {
		return (struct slice){ NULL, 0 };
	}
	to = arena_bytes(arena, room);
	if (mbedtls_base64_decode((unsigned char *)to, room, &len, (const unsigned char *)text.at,
		    text.len) != 0) {
		return (struct slice){ NULL, 0 };
	}
	return (struct slice){ to, len };
}

static enum verdict basic_verify(const struct use *use, struct call *call)
{
	const struct basic *my = use->params;

	if (!use_accepts(use, &my->secrets, credentials(my, call->message, call->arena))) {
		call->reason = "user or password missing or wrong";
		return VERDICT_REFUSE;
	}
	return VERDICT_PASS;
}

static bool basic_identify(const struct use *use, const struct call *call, struct slice *caller)
{
	struct slice given = credentials(use->params, call->message, call->arena);
	size_t colon = slice_find(given, ':', 0);

	if (colon == 0 || colon == given.len) {
		return false;
	}
	*caller = slice_sub(given, 0, colon);
	return true;
}

static void basic_strip(const struct use *use, struct message *message)
{
	const struct basic *my = use->params;

	message_drop_header(message, my->header);
}

static enum verdict basic_apply(const struct use *use, struct call *call)
{
	const struct basic *my = use->params;
	struct slice secret = use_pick(use, &my->secrets, call->random);
	size_t room = (secret.len + 2) / 3 * 4 + 1, len = 0; /* mbedTLS wants to write a NUL */
	char *to;

	if (secret.len == 0) {
		call->reason = "no credential";
		return VERDICT_REFUSE;
	}
	to = arena_bytes(call->arena, my->prefix.len + room);
	memcpy(to, my->prefix.at, my->prefix.len);
	check(mbedtls_base64_encode((unsigned char *)to + my->prefix.len, room, &len,
		      (const unsigned char *)secret.at, secret.len) == 0);
	return use_set_header(call, my->header, (struct slice){ to, my->prefix.len + len });
}

const struct incoming incoming_basic = {
	.plugin.name = "basic",
	.plugin.fields = fields,
	.plugin.params_size = sizeof(struct basic),
	.plugin.check = basic_check,
	.verify = basic_verify,
	.identify = basic_identify,
	.strip = basic_strip,
};

const struct outgoing outgoing_basic = {
	.plugin.name = "basic",
	.plugin.fields = fields,
	.plugin.params_size = sizeof(struct basic),
	.plugin.check = basic_check,
	.apply = basic_apply,
};
