/* command.c - the list of commands. */

#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "master/command.h"

static const struct command *const commands[] = {
	&command_allowlist,
	&command_check,
	&command_demo,
	&command_integrations,
	&command_reload,
	&command_status,
};

const struct command *command_find(const char *word)
{
	for (size_t i = 0; word != NULL && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i]->name, word) == 0) {
			return commands[i];
		}
	}
	return NULL;
}

int command_run(const struct command *command, char **argv)
{
	void *options = calloc(1, command->size);
	int exit_code = FLAGS_EXIT_WRONG;
	char **rest;

	check(options != NULL);
	switch (flags_parse(command->flags, command->usage, argv, options, stderr, &rest)) {
	case FLAGS_GO:
		exit_code = command->run(options, rest);
		break;
	case FLAGS_HELP:
		exit_code = EXIT_SUCCESS;
		break;
	case FLAGS_WRONG:
		break;
	}
	free(options);
	return exit_code;
}

void command_list(FILE *out)
{
	fputs("\nCommands (authtranslator <command> -h tells more):\n", out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		fprintf(out, "  %s\n    \t%s\n", commands[i]->name, commands[i]->summary);
	}
}
