/* edit.h - a YAML document of the operator's: opened, looked into, saved with a change. */

#pragma once

#include <sys/stat.h>

#include "common/value.h"
#include "master/load/parse.h"

struct edit {
	const char *path;
	struct document document; /* what parse.h reads from */
	struct value value;       /* what it says; null when that is nothing */

	/* edit.c's own. */
	struct slice text;
	bool exists;
	struct stat seen;
};

/* A file that is not there is empty. All is in `arena`. */
int edit_open(struct edit *edit, const char *path, struct arena *arena, struct note *why);

/* Has the document say `wanted`. A document that says so already is not touched. */
int edit_save(struct edit *edit, const struct value *wanted, struct note *why);
void edit_close(struct edit *edit); /* wipes the text: it may hold a secret. Also when unopened */
