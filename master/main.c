/* main.c - the master: a command, or the server. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "master/command.h"
#include "master/confine.h"
#include "master/load/serve.h"
#include "master/options.h"
#include "master/service.h"

static int complain(const char *why)
{
	fprintf(stderr, "authtranslator: %s\n", why);
	return EXIT_FAILURE;
}

/* A word that comes too late would be ignored as the reference ignores words, and a server would
 * start where a check was asked for. */
static int refuse_late_command(const char *word)
{
	fprintf(stderr, "authtranslator: a command comes first: authtranslator %s [options]\n",
		word);
	return FLAGS_EXIT_WRONG;
}

static int serve(struct options *options, char **rest)
{
	struct log *log = log_new(STDOUT_FILENO, log_level_of(slice_of(options->log_level)),
		options_log_json(options));
	int exit_code;

	options_warn(options, rest, log);
	exit_code = service_run(options, log);
	log_free(&log);
	return exit_code;
}

int main(int argc, char **argv)
{
	const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;
	struct options options;
	struct note why = { "" };
	char **rest;

	confine();
	if (load_is_served_as(argv[0])) {
		return load_serve();
	}
	/* Names are looked up in libuv's threads, and a dead name server holds one for seconds. */
	(void)setenv("UV_THREADPOOL_SIZE", "32", 0);
	if (command != NULL) {
		return command_run(command, argv + 2);
	}
	switch (flags_parse(
		options_flags, OPTIONS_USAGE, argv + (argc > 0), &options, stderr, &rest)) {
	case FLAGS_GO:
		break;
	case FLAGS_HELP:
		command_list(stderr);
		return EXIT_SUCCESS;
	case FLAGS_WRONG:
		return FLAGS_EXIT_WRONG;
	}
	if (command_find(*rest) != NULL) {
		return refuse_late_command(*rest);
	}
	if (options_check(&options, &why) < 0) {
		return complain(why.text);
	}
	if (options.version) {
		printf("%s\n", VERSION);
		return EXIT_SUCCESS;
	}
	return serve(&options, rest);
}
