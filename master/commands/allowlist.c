/* allowlist.c - `authtranslator allowlist`: shows which capabilities there are, gives them to
 * callers and takes them back (spec/flags.md section 4). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "master/command.h"
#include "master/edit/edit.h"
#include "master/edit/grants.h"
#include "master/edit/params.h"
#include "master/load/catalogue.h"
#include "master/load/lists.h"
#include "master/load/quote.h"

struct words {
	const char *file;
	const char *integrations_dir;
	const char *integration, *caller, *capability;
	const char *params;
	bool compat;
};

#define AT(member) offsetof(struct words, member)

/* clang-format off */
static const struct flag flags[] = {
	{ "caller", FLAG_TEXT, AT(caller), NULL, "who; '*' is everybody" },
	{ "capability", FLAG_TEXT, AT(capability), NULL, "what" },
	{ "compat", FLAG_BOOL, AT(compat), NULL,
		"take parameters that the server takes with -compat only" },
	{ "file", FLAG_TEXT, AT(file), "allowlist.yaml", "the allowlist" },
	{ "integration", FLAG_TEXT, AT(integration), NULL, "where" },
	{ "integrations-dir", FLAG_TEXT, AT(integrations_dir), NULL,
		"folder of your own integrations and capabilities" },
	{ "params", FLAG_TEXT, AT(params), NULL, "parameters of the capability: key=value,..." },
	{ 0 },
};
/* clang-format on */

#define USAGE "Usage: authtranslator allowlist [options] <list|add|remove> [options]"

/* One run. */
struct job {
	struct words words;
	struct arena *arena;
	struct catalogue catalogue;
	struct edit edit;
	struct grant grant;
	struct note why;
};

static int fail(const struct job *job)
{
	fprintf(stderr, "%s\n", job->why.text);
	return EXIT_FAILURE;
}

static void print_capability(const struct catalogue_capability *capability)
{
	printf("  " SLICE_FMT " (params: ", SLICE_ARG(capability->name));
	for (size_t i = 0; i < capability->params.count; i++) {
		const struct catalogue_param *param =
			LIST_AT(capability->params, struct catalogue_param, i);

		printf("%s" SLICE_FMT, i == 0 ? "" : ",", SLICE_ARG(param->name));
	}
	puts(")");
}

static int list(struct job *job)
{
	for (size_t i = 0; i < job->catalogue.integrations.count; i++) {
		const struct catalogue_integration *in =
			LIST_AT(job->catalogue.integrations, struct catalogue_integration, i);

		if (in->capabilities.count > 0) {
			printf(SLICE_FMT ":\n", SLICE_ARG(in->name));
		}
		for (size_t k = 0; k < in->capabilities.count; k++) {
			print_capability(LIST_AT(in->capabilities, struct catalogue_capability, k));
		}
	}
	return EXIT_SUCCESS;
}

/* Reads the file, which must say what an allowlist may. */
static int open_file(struct job *job)
{
	struct edit *edit = &job->edit;
	struct list entries = { NULL, 0 };
	int err = edit_open(edit, job->words.file, job->arena, &job->why);

	return err < 0 ? err
		       : parse_list(&edit->document, edit->document.root, &allowlist_row, &entries,
				 &job->why);
}

static int add(struct job *job)
{
	struct grant *grant = &job->grant;
	struct slice integration = text_lower(grant->integration, job->arena);
	struct list rules;
	struct value wanted;
	int err = params_read(slice_of(job->words.params), job->arena, &grant->params, &job->why);

	if (err == 0) {
		err = catalogue_expand(&job->catalogue, integration, grant->capability,
			&grant->params, job->words.compat, job->arena, &rules, &job->why);
	}
	if (err == -ENOENT) {
		note_append(&job->why, " for integration %s", plain(integration).text);
	}
	if (err < 0 || open_file(job) < 0) {
		return fail(job);
	}
	wanted = grants_add(&job->edit.value, grant, job->arena);
	return edit_save(&job->edit, &wanted, &job->why) < 0 ? fail(job) : EXIT_SUCCESS;
}

static int refuse_to_open(const struct job *job)
{
	fprintf(stderr,
		"not removed: it is all that anybody may do with %s, and an integration that the "
		"allowlist does not limit is open to every caller. Deny /** in the denylist, or "
		"delete the entry by hand if %s is to be open\n",
		job->words.integration, job->words.integration);
	return EXIT_FAILURE;
}

static int take_back(struct job *job)
{
	enum grants_outcome outcome;
	struct value wanted = { .kind = VALUE_NULL };

	if (open_file(job) < 0) {
		return fail(job);
	}
	if (!job->edit.exists) {
		fprintf(stderr, "open %s: no such file or directory\n", job->words.file);
		return EXIT_FAILURE;
	}
	outcome = grants_remove(&job->edit.value, &job->grant, job->arena, &wanted);
	if (outcome == GRANTS_SAME) {
		return EXIT_SUCCESS;
	}
	if (outcome == GRANTS_WOULD_OPEN) {
		return refuse_to_open(job);
	}
	if (edit_save(&job->edit, &wanted, &job->why) < 0) {
		return fail(job);
	}
	if (outcome == GRANTS_LAST) {
		fprintf(stderr, "%s has no entry any more, and may do what \"*\" may\n",
			job->words.caller);
	}
	return EXIT_SUCCESS;
}

/* Options may stand in front of the word and behind it; those behind it win. */
static bool take_more(struct job *job, char ***rest)
{
	struct flag more[sizeof(flags) / sizeof(*flags)];

	memcpy(more, flags, sizeof(flags));
	for (struct flag *flag = more; flag->name != NULL; flag++) {
		const void *before = (const char *)&job->words + flag->offset;
		const char *text = flag->kind == FLAG_BOOL ? "" : *(const char *const *)before;

		if (flag->kind == FLAG_BOOL && *(const bool *)before) {
			text = "true";
		}
		flag->fallback = text[0] == '\0' ? NULL : text;
	}
	return flags_parse(more, USAGE, *rest, &job->words, stderr, rest) == FLAGS_GO;
}

static int dispatch(struct job *job, char **rest)
{
	static const struct {
		const char *word;
		int (*run)(struct job *job);
	} rows[] = { { "add", add }, { "list", list }, { "remove", take_back } };
	const struct words *words = &job->words;
	size_t i = 0;

	while (i < 3 && (*rest == NULL || strcmp(rows[i].word, *rest) != 0)) {
		i++;
	}
	if (i == 3) {
		flags_usage(flags, USAGE, stderr);
		return EXIT_FAILURE;
	}
	rest++;
	if (!take_more(job, &rest)) {
		return FLAGS_EXIT_WRONG;
	}
	if (catalogue_read(words->integrations_dir, job->arena, &job->catalogue, &job->why) < 0) {
		return fail(job);
	}
	if (rows[i].run != list && (words->integration[0] == '\0' || words->caller[0] == '\0' ||
					   words->capability[0] == '\0')) {
		fputs("-integration, -caller and -capability required\n", stderr);
		flags_usage(flags, USAGE, stderr);
		return EXIT_FAILURE;
	}
	job->grant = (struct grant){ slice_of(words->integration), slice_of(words->caller),
		slice_of(words->capability), { .kind = VALUE_NULL } };
	return rows[i].run(job);
}

static int run(void *options, char **rest)
{
	struct job job = {
		.words = *(const struct words *)options,
		.arena = arena_new("allowlist", 64 * 1024),
	};
	int exit_code = dispatch(&job, rest);

	edit_close(&job.edit);
	arena_free(&job.arena);
	return exit_code;
}

const struct command command_allowlist = {
	.name = "allowlist",
	.summary = "lists capabilities, gives them to callers and takes them back",
	.usage = USAGE,
	.flags = flags,
	.size = sizeof(struct words),
	.run = run,
};
