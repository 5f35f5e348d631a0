/* flags.h - Go's flag syntax over a table of rows (spec/flags.md section 1). The server and every
 * command have such a table each. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What the member at `offset` is. */
enum flag_kind {
	FLAG_TEXT = 1, /* const char *, borrowed from argv; "" when not given */
	FLAG_BOOL,     /* bool */
	FLAG_NUMBER,   /* int64_t */
	FLAG_DURATION, /* int64_t, nanoseconds */
	FLAG_SOURCE,   /* struct load_source: knows whether it was given */
};

struct flag {
	const char *name; /* NULL ends the table; rows stand sorted by name, as usage shows them */
	enum flag_kind kind;
	size_t offset;        /* in the struct that the table describes */
	const char *fallback; /* as it would be written; NULL: empty, 0, false */
	const char *help;
};

enum flags_outcome {
	FLAGS_GO,
	FLAGS_HELP,  /* usage was asked for and shown: exit 0 */
	FLAGS_WRONG, /* told on `errors`, with usage: exit FLAGS_EXIT_WRONG */
};

enum { FLAGS_EXIT_WRONG = 2 };

/* Sets every member to its default, then to what `argv` says (the first word after the program's
 * name and the command's). `usage` is the first line of the help. What is no flag is left in *rest.
 */
enum flags_outcome flags_parse(const struct flag *flags, const char *usage, char **argv,
	void *object, FILE *errors, char ***rest);

void flags_usage(const struct flag *flags, const char *usage, FILE *out);
