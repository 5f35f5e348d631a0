/* reload.c - `authtranslator reload`: returns when the new generation serves, or says why not. */

#include <stdio.h>
#include <stdlib.h>

#include "master/command.h"
#include "master/commands/ask.h"
#include "master/flags.h"

struct words {
	const char *admin_socket;
};

static const struct flag flags[] = {
	{ "admin-socket", FLAG_TEXT, offsetof(struct words, admin_socket), NULL,
		"path of the server's admin socket" },
	{ 0 },
};

static int tell(json_t *answer)
{
	if (json_is_true(json_object_get(answer, "ok"))) {
		printf("generation %lld serves\n",
			(long long)json_integer_value(json_object_get(answer, "generation")));
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "authtranslator: reload failed: %s\n",
		json_string_value(json_object_get(answer, "error")));
	return EXIT_FAILURE;
}

static int run(void *options, char **rest)
{
	const struct words *words = options;
	struct note why = { "" };
	json_t *answer;
	int exit_code;

	(void)rest;
	if (ask(words->admin_socket, "reload", &answer, &why) < 0) {
		fprintf(stderr, "authtranslator: %s\n", why.text);
		return EXIT_FAILURE;
	}
	exit_code = tell(answer);
	json_decref(answer);
	return exit_code;
}

const struct command command_reload = {
	.name = "reload",
	.summary = "has the running server reload; returns when the new rules serve",
	.usage = "Usage: authtranslator reload [options]",
	.flags = flags,
	.size = sizeof(struct words),
	.run = run,
};
