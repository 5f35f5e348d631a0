/* command.h - the words that make `authtranslator` something else than the server. To add one,
 * write commands/<word>.c with its const struct, declare that here and add its line in command.c.
 */

#pragma once

#include <stddef.h>
#include <stdio.h>

#include "master/flags.h"

struct command {
	const char *name;
	const char *summary; /* one line for the help */
	const char *usage;   /* first line of its own help */
	const struct flag *flags;
	size_t size;                            /* of the struct that `flags` describes */
	int (*run)(void *options, char **rest); /* `rest`: what is no flag. Returns the exit code */
};

/* NULL when the word is none. */
const struct command *command_find(const char *word);

/* Reads what follows the word, and runs it; returns the exit code. */
int command_run(const struct command *command, char **argv);

void command_list(FILE *out); /* for the help */

extern const struct command command_allowlist;
extern const struct command command_check;
extern const struct command command_demo;
extern const struct command command_integrations;
extern const struct command command_reload;
extern const struct command command_status;
