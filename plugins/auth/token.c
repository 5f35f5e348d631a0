/* token.c - a shared token in a header: callers prove themselves with one, or we do upstream. */

#include <errno.h>

#include "plugins/plugin.h"

struct token {
	struct list secrets; /* uint32_t slots */
	struct slice header, prefix;
};

static const struct field fields[] = {
	{ .name = "secrets",
		.kind = FIELD_SECRET_LIST,
		.offset = offsetof(struct token, secrets),
		.in_header = true,
		.help = "the tokens; any of them is right, a random one is sent" },
	{ .name = "header",
		.kind = FIELD_TEXT,
		.offset = offsetof(struct token, header),
		.help = "the header that carries the token" },
	{ .name = "prefix",
		.kind = FIELD_TEXT,
		.offset = offsetof(struct token, prefix),
		.help = "what stands before the token, for example 'Bearer '" },
	{ 0 },
};

static int token_check(const void *params, struct note *why)
{
	const struct token *my = params;

	if (my->secrets.count == 0 || my->header.len == 0) {
		return note_fail(why, -EINVAL, "missing secrets or header");
	}
	return use_check_header(my->header, why);
}

static enum verdict token_verify(const struct use *use, struct call *call)
{
	const struct token *my = use->params;
	struct slice given = message_header(call->message, my->header);

	if (!slice_starts_with(given, my->prefix) ||
		!use_accepts(use, &my->secrets, slice_sub(given, my->prefix.len, given.len))) {
		call->reason = "token missing or wrong";
		return VERDICT_REFUSE;
	}
	return VERDICT_PASS;
}

static void token_strip(const struct use *use, struct message *message)
{
	const struct token *my = use->params;

	message_drop_header(message, my->header);
}

static enum verdict token_apply(const struct use *use, struct call *call)
{
	const struct token *my = use->params;
	struct slice secret = use_pick(use, &my->secrets, call->random);

	if (secret.len == 0) {
		call->reason = "no credential";
		return VERDICT_REFUSE;
	}
	return use_set_header(call, my->header, arena_join(call->arena, my->prefix, secret));
}

const struct incoming incoming_token = {
	.plugin.name = "token",
	.plugin.fields = fields,
	.plugin.params_size = sizeof(struct token),
	.plugin.check = token_check,
	.verify = token_verify,
	.strip = token_strip,
};

const struct outgoing outgoing_token = {
	.plugin.name = "token",
	.plugin.fields = fields,
	.plugin.params_size = sizeof(struct token),
	.plugin.check = token_check,
	.apply = token_apply,
};
