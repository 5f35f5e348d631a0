/* status.c - `authtranslator status`: what the server says of itself, as a table or as it came. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "master/command.h"
#include "master/commands/ask.h"
#include "master/flags.h"

struct words {
	const char *admin_socket;
	bool json;
};

static const struct flag flags[] = {
	{ "admin-socket", FLAG_TEXT, offsetof(struct words, admin_socket), NULL,
		"path of the server's admin socket" },
	{ "json", FLAG_BOOL, offsetof(struct words, json), NULL, "one JSON object" },
	{ 0 },
};

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value == NULL ? "-" : value;
}

/* Local time; "-" when there is none. */
static const char *moment(const json_t *object, const char *key, char room[32])
{
	time_t at = (time_t)number(object, key);
	struct tm local;

	if (at == 0 || localtime_r(&at, &local) == NULL ||
		strftime(room, 32, "%Y-%m-%d %H:%M:%S", &local) == 0) {
		return "-";
	}
	return room;
}

static void print_head(const json_t *status)
{
	const json_t *listeners = json_object_get(status, "listeners");
	json_int_t up = number(status, "uptime_s");

	printf("authtranslator %s, pid %" JSON_INTEGER_FORMAT ", up %" JSON_INTEGER_FORMAT
	       "h%02dm%02ds\n",
		text(status, "version"), number(status, "pid"), up / 3600, (int)(up / 60 % 60),
		(int)(up % 60));
	if (json_is_null(json_object_get(status, "generation"))) {
		printf("generation   none serves (reload: %s)\n", text(status, "reload"));
	} else {
		printf("generation   %" JSON_INTEGER_FORMAT " serves (reload: %s)\n",
			number(status, "generation"), text(status, "reload"));
	}
	for (size_t i = 0; i < json_array_size(listeners); i++) {
		printf("listening    %s\n", json_string_value(json_array_get(listeners, i)));
	}
}

static void print_last_reload(const json_t *last)
{
	char room[32];

	if (!json_is_object(last)) {
		return;
	}
	printf("last load    %s, generation %" JSON_INTEGER_FORMAT ", %s\n",
		moment(last, "at", room), number(last, "generation"),
		json_is_true(json_object_get(last, "ok")) ? "ok" : "failed");
	if (!json_is_true(json_object_get(last, "ok"))) {
		printf("             %s\n", text(last, "error"));
	}
}

static void print_workers(const json_t *workers)
{
	printf("\nslot      pid  phase     generation  started              restarts\n");
	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *row = json_array_get(workers, i);
		char room[32];

		printf("%4" JSON_INTEGER_FORMAT " %8" JSON_INTEGER_FORMAT
		       "  %-8s  %10" JSON_INTEGER_FORMAT "  %-19s  %8" JSON_INTEGER_FORMAT,
			number(row, "slot"), number(row, "pid"), text(row, "phase"),
			number(row, "generation"), moment(row, "started", room),
			number(row, "restarts"));
		if (json_is_integer(json_object_get(row, "stand_in"))) {
			printf("  (%" JSON_INTEGER_FORMAT " stands in)", number(row, "stand_in"));
		}
		printf("\n");
	}
}

static void print_last_crash(const json_t *crash)
{
	char room[32];

	if (json_is_object(crash)) {
		printf("\nlast crash   %s, slot %" JSON_INTEGER_FORMAT ", pid %" JSON_INTEGER_FORMAT
		       ", generation %" JSON_INTEGER_FORMAT ": %s\n",
			moment(crash, "at", room), number(crash, "slot"), number(crash, "pid"),
			number(crash, "generation"), text(crash, "why"));
	}
}

static void print_table(const json_t *status)
{
	print_head(status);
	print_last_reload(json_object_get(status, "last_reload"));
	print_workers(json_object_get(status, "workers"));
	print_last_crash(json_object_get(status, "last_crash"));
}

static int run(void *options, char **rest)
{
	const struct words *words = options;
	struct note why = { "" };
	json_t *status;

	(void)rest;
	if (ask(words->admin_socket, "status", &status, &why) < 0) {
		fprintf(stderr, "authtranslator: %s\n", why.text);
		return EXIT_FAILURE;
	}
	if (words->json) {
		(void)json_dumpf(status, stdout, JSON_INDENT(2));
		printf("\n");
	} else {
		print_table(status);
	}
	json_decref(status);
	return EXIT_SUCCESS;
}

const struct command command_status = {
	.name = "status",
	.summary = "shows generations, workers and the last reload",
	.usage = "Usage: authtranslator status [options]",
	.flags = flags,
	.size = sizeof(struct words),
	.run = run,
};
