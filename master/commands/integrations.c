/* integrations.c - `authtranslator integrations`: puts an integration of the catalogue into
 * config.yaml, changes it, takes it out (spec/flags.md section 3). */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "master/command.h"
#include "master/edit/edit.h"
#include "master/edit/template.h"
#include "master/edit/values.h"
#include "master/load/plan.h"
#include "master/load/quote.h"

struct words {
	const char *file;
	const char *integrations_dir;
};

static const struct flag flags[] = {
	{ "file", FLAG_TEXT, offsetof(struct words, file), "config.yaml", "the configuration" },
	{ "integrations-dir", FLAG_TEXT, offsetof(struct words, integrations_dir), NULL,
		"folder of your own integrations" },
	{ 0 },
};

#define USAGE "Usage: authtranslator integrations [options] <list|update|delete|TEMPLATE> [options]"

/* One run. */
struct job {
	const char *file;
	struct arena *arena;
	struct catalogue catalogue;
	struct edit edit;
	struct value list; /* the integrations that the file has */
	struct note why;
};

static int fail(const struct job *job)
{
	fprintf(stderr, "%s\n", job->why.text);
	return EXIT_FAILURE;
}

static int print_usage(const struct job *job)
{
	const char *comma = "\nTemplates: ";

	flags_usage(flags, USAGE, stderr);
	for (size_t i = 0; i < job->catalogue.integrations.count; i++) {
		const struct catalogue_integration *in =
			LIST_AT(job->catalogue.integrations, struct catalogue_integration, i);

		if (in->destination.len > 0) {
			fprintf(stderr, "%s" SLICE_FMT, comma, SLICE_ARG(in->name));
			comma = ", ";
		}
	}
	fputs("\nRun \"authtranslator integrations TEMPLATE -help\" to see its flags.\n", stderr);
	return EXIT_FAILURE;
}

/* Reads the file, which must say what a configuration may. */
static int open_file(struct job *job)
{
	struct config config = { 0 };
	struct edit *edit = &job->edit;
	int err = edit_open(edit, job->file, job->arena, &job->why);

	err = err < 0 ? err
		      : parse_mapping(&edit->document, edit->document.root, config_fields, &config,
				&job->why);
	job->list = values_list(value_find(&edit->value, SLICE("integrations")));
	return err;
}

static int save_list(struct job *job, struct value list)
{
	struct value root = values_map(&job->edit.value);

	root = values_set(&root, SLICE("integrations"), list, job->arena);
	return edit_save(&job->edit, &root, &job->why);
}

/* Where the integration stands; the length of the list when it does not. */
static size_t find(const struct job *job, struct slice name)
{
	size_t i = 0;

	while (i < job->list.items.count &&
		!slice_equal_nocase(
			values_word(LIST_AT(job->list.items, struct value, i), SLICE("name")),
			name)) {
		i++;
	}
	return i;
}

static int list(struct job *job)
{
	if (open_file(job) < 0) {
		return fail(job);
	}
	for (size_t i = 0; i < job->list.items.count; i++) {
		struct slice name =
			values_word(LIST_AT(job->list.items, struct value, i), SLICE("name"));

		printf(SLICE_FMT "\n", SLICE_ARG(name));
	}
	return EXIT_SUCCESS;
}

/* One that is not there is deleted already. */
static int delete (struct job *job, const char *name)
{
	size_t index;

	if (name == NULL) {
		fputs("delete requires integration name\n", stderr);
		return EXIT_FAILURE;
	}
	if (open_file(job) < 0) {
		return fail(job);
	}
	index = find(job, slice_of(name));
	if (index < job->list.items.count &&
		save_list(job, values_drop(&job->list, index, job->arena)) < 0) {
		return fail(job);
	}
	puts("integration deleted");
	return EXIT_SUCCESS;
}

static int add(struct job *job, const struct value *entry, bool update)
{
	struct slice name = value_find(entry, SLICE("name"))->text;
	struct value item = *entry;
	size_t index;

	if (open_file(job) < 0) {
		return fail(job);
	}
	index = find(job, name);
	if (index < job->list.items.count && !update) {
		fprintf(stderr, "integration " SLICE_FMT " already exists\n", SLICE_ARG(name));
		return EXIT_FAILURE;
	}
	if (index < job->list.items.count) {
		item = template_update(
			LIST_AT(job->list.items, struct value, index), entry, job->arena);
	}
	if (save_list(job, values_put(&job->list, index, item, job->arena)) < 0) {
		return fail(job);
	}
	puts(update ? "integration updated" : "integration added");
	return EXIT_SUCCESS;
}

enum { GIVEN_FILE, GIVEN_NAME, GIVEN_FLAGS };

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct flag *)a)->name, ((const struct flag *)b)->name);
}

/* The flags of a template, as a table over an array of texts. */
static struct flag *flags_of(const struct job *job, const struct catalogue_integration *in)
{
	size_t count = GIVEN_FLAGS + in->flags.count;
	struct flag *table = arena_alloc(job->arena, count + 1, sizeof(*table));

	table[GIVEN_FILE] = (struct flag){ "file", FLAG_TEXT, 0, job->file, "the configuration" };
	table[GIVEN_NAME] = (struct flag){ "name", FLAG_TEXT, 0, arena_string(job->arena, in->name),
		"integration name" };
	for (size_t i = 0; i < in->flags.count; i++) {
		const struct catalogue_flag *flag = LIST_AT(in->flags, struct catalogue_flag, i);

		table[GIVEN_FLAGS + i] = (struct flag){ arena_string(job->arena, flag->name),
			FLAG_TEXT, 0, NULL, arena_string(job->arena, flag->help) };
		if (flag->fallback.len > 0) {
			table[GIVEN_FLAGS + i].fallback = arena_string(job->arena, flag->fallback);
		}
	}
	for (size_t i = 0; i < count; i++) {
		table[i].offset = i * sizeof(const char *);
	}
	qsort(table, count, sizeof(*table), by_name);
	return table;
}

/* `integrations slack -token env:T`, with "update" in front or without. */
static int use_template(struct job *job, const char *word, char **rest, bool update)
{
	const struct catalogue_integration *in = NULL;
	const char **given, *usage;
	struct value entry;

	if (word == NULL) {
		fputs("update requires plugin name\n", stderr);
		return EXIT_FAILURE;
	}
	in = catalogue_find(&job->catalogue, text_lower(slice_of(word), job->arena));
	if (in == NULL || in->destination.len == 0) {
		fprintf(stderr, "unknown plugin %s%s\n", plain(slice_of(word)).text,
			job->catalogue.shipped ? ""
					       : " (the integrations that came with this program "
						 "were not found)");
		return EXIT_FAILURE;
	}
	given = arena_alloc(job->arena, GIVEN_FLAGS + in->flags.count, sizeof(*given));
	usage = arena_printf(job->arena, "Usage of " SLICE_FMT ":", SLICE_ARG(in->name)).at;
	if (flags_parse(flags_of(job, in), usage, rest, given, stderr, &rest) != FLAGS_GO) {
		return EXIT_FAILURE;
	}
	job->file = given[GIVEN_FILE];
	if (template_fill(in, slice_of(given[GIVEN_NAME]), given + GIVEN_FLAGS, job->arena, &entry,
		    &job->why) < 0) {
		return fail(job);
	}
	return add(job, &entry, update);
}

/* The options may stand behind the word as well. */
static bool take_more(struct job *job, char ***rest)
{
	struct words words;
	const struct flag more[] = {
		{ "file", FLAG_TEXT, offsetof(struct words, file), job->file, "the configuration" },
		{ 0 },
	};

	if (flags_parse(more, USAGE, *rest, &words, stderr, rest) != FLAGS_GO) {
		return false;
	}
	job->file = words.file;
	return true;
}

static int dispatch(struct job *job, char **rest)
{
	const char *word = *rest;

	if (word == NULL) {
		return print_usage(job);
	}
	rest++;
	if (strcmp(word, "list") == 0) {
		return take_more(job, &rest) ? list(job) : EXIT_FAILURE;
	}
	if (strcmp(word, "delete") == 0) {
		return take_more(job, &rest) ? delete (job, *rest) : EXIT_FAILURE;
	}
	if (strcmp(word, "update") == 0) {
		return use_template(job, *rest, rest + (*rest != NULL), true);
	}
	return use_template(job, word, rest, false);
}

static int run(void *options, char **rest)
{
	const struct words *words = options;
	struct job job = { .file = words->file, .arena = arena_new("integrations", 64 * 1024) };
	int exit_code;

	if (catalogue_read(words->integrations_dir, job.arena, &job.catalogue, &job.why) < 0) {
		exit_code = fail(&job);
	} else {
		exit_code = dispatch(&job, rest);
	}
	edit_close(&job.edit);
	arena_free(&job.arena);
	return exit_code;
}

const struct command command_integrations = {
	.name = "integrations",
	.summary = "lists, adds, changes and deletes integrations in the configuration",
	.usage = USAGE,
	.flags = flags,
	.size = sizeof(struct words),
	.run = run,
};
