/* check.c - `authtranslator check`: everything that a start would refuse, without serving. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "master/command.h"
#include "master/options.h"

/* Warnings of the loader go to standard error, so that they are seen beside the verdict. */
static int try_load(struct options *options, struct note *why)
{
	struct load_request request;
	struct loaded *loaded = NULL;
	struct log *log;
	int err = options_check(options, why);

	if (err < 0) {
		return err;
	}
	log = log_new(STDERR_FILENO, log_level_of(slice_of(options->log_level)),
		options_log_json(options));
	request = options_load_request(options);
	request.generation = 1;
	request.log = log;
	err = load(&request, &loaded, why);
	loaded_free(&loaded);
	log_free(&log);
	return err;
}

static int run(void *options, char **rest)
{
	struct note why = { "" };

	(void)rest;
	if (try_load(options, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return EXIT_FAILURE;
	}
	printf("configuration is sound\n");
	return EXIT_SUCCESS;
}

const struct command command_check = {
	.name = "check",
	.summary = "reads the documents as the server would, and ends",
	.usage = "Usage: authtranslator check [options of the server]",
	.flags = options_flags,
	.size = sizeof(struct options),
	.run = run,
};
