/* passthrough.c - takes every caller, adds nothing: for what somebody else protects. */

#include "plugins/plugin.h"

static const struct field fields[] = {
	{ 0 },
};

static enum verdict passthrough_verify(const struct use *use, struct call *call)
{
	(void)use;
	(void)call;
	return VERDICT_PASS;
}

static enum verdict passthrough_apply(const struct use *use, struct call *call)
{
	(void)use;
	(void)call;
	return VERDICT_PASS;
}

const struct incoming incoming_passthrough = {
	.plugin.name = "passthrough",
	.plugin.fields = fields,
	.verify = passthrough_verify,
};

const struct outgoing outgoing_passthrough = {
	.plugin.name = "passthrough",
	.plugin.fields = fields,
	.apply = passthrough_apply,
};
