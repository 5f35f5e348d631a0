/* literal.c - a secret that stands in the configuration itself, for demonstrations and tests. */

#include "plugins/plugin.h"

static int literal_fetch(struct slice id, struct secret **out, struct note *why)
{
	(void)why;
	*out = secret_new(id);
	return 0;
}

const struct secret_source secret_source_literal = {
	.scheme = "dangerousLiteral",
	.fetch = literal_fetch,
};
