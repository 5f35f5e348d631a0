/* env.c - a secret in the environment of the master, which no worker inherits. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "plugins/plugin.h"

static int env_fetch(struct slice id, struct secret **out, struct note *why)
{
	char *name = strndup(id.at == NULL ? "" : id.at, id.len);
	const char *value;

	check(name != NULL);
	value = getenv(name);
	free(name);
	if (value == NULL) {
		return note_fail(why, -ENOENT, SLICE_FMT " not set", SLICE_ARG(id));
	}
	*out = secret_new(slice_of(value));
	return 0;
}

const struct secret_source secret_source_env = {
	.scheme = "env",
	.fetch = env_fetch,
};
