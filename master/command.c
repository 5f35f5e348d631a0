/* command.c - the list of commands. */

#include <string.h>

#include "master/command.h"

static const struct command commands[] = {
	{ "check", "reads the documents as the server would, and ends", command_check },
	{ "demo", "sends one request through a proxy of its own, and shows both ends",
		command_demo },
	{ "reload", "has the running server reload; returns when the new rules serve",
		command_reload },
	{ "status", "shows generations, workers and the last reload", command_status },
};

const struct command *command_find(const char *word)
{
	for (size_t i = 0; word != NULL && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, word) == 0) {
			return &commands[i];
		}
	}
	return NULL;
}

void command_list(FILE *out)
{
	fputs("\nCommands (authtranslator <command> -h tells more):\n", out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		fprintf(out, "  %s\n    \t%s\n", commands[i].name, commands[i].summary);
	}
}
