/* command.h - the words that make `authtranslator` something else than the server. To add one,
 * write commands/<word>.c, declare its function here and add its row in command.c. */

#pragma once

#include <stdio.h>

struct command {
	const char *name;
	const char *summary;     /* one line for the help */
	int (*run)(char **argv); /* what follows the word; returns the exit code */
};

/* NULL when the word is none. */
const struct command *command_find(const char *word);
void command_list(FILE *out); /* for the help */

int command_check(char **argv);
int command_demo(char **argv);
int command_reload(char **argv);
int command_status(char **argv);
