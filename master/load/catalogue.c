/* catalogue.c - reads the folders, and finds what stands in them. */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "master/load/catalogue.h"
#include "master/load/catalogue_file.h"
#include "master/load/quote.h"
#include "master/load/shipped.h"

#ifndef INTEGRATIONS_PATH
#define INTEGRATIONS_PATH "/usr/share/authtranslator/integrations"
#endif

/* What is being put together. */
struct shelf {
	struct arena *arena;
	struct list integrations; /* struct catalogue_integration */
	size_t room;
	size_t folder; /* where those of the folder that is being read begin */
	struct note *why;
};

static struct catalogue_integration *find_on(const struct list *list, struct slice name)
{
	for (size_t i = 0; i < list->count; i++) {
		struct catalogue_integration *in = LIST_AT(*list, struct catalogue_integration, i);

		if (slice_equal(in->name, name)) {
			return in;
		}
	}
	return NULL;
}

static struct catalogue_capability *find_capability(const struct list *list, struct slice name)
{
	for (size_t i = 0; i < list->count; i++) {
		struct catalogue_capability *capability =
			LIST_AT(*list, struct catalogue_capability, i);

		if (slice_equal(capability->name, name)) {
			return capability;
		}
	}
	return NULL;
}

/* The capabilities of both; where both have one, the one of `over`. */
static struct list join(struct arena *arena, const struct list *under, const struct list *over)
{
	struct list all = { arena_alloc(arena, under->count + over->count,
				    sizeof(struct catalogue_capability)),
		under->count };

	if (under->count > 0) {
		memcpy(all.items, under->items, under->count * sizeof(struct catalogue_capability));
	}
	for (size_t i = 0; i < over->count; i++) {
		const struct catalogue_capability *one =
			LIST_AT(*over, struct catalogue_capability, i);
		struct catalogue_capability *same = find_capability(&all, one->name);

		if (same == NULL) {
			same = LIST_AT(all, struct catalogue_capability, all.count++);
		}
		*same = *one;
	}
	return all;
}

static int put(struct shelf *shelf, const char *path, const struct catalogue_integration *one)
{
	struct list *list = &shelf->integrations;
	struct catalogue_integration *same = find_on(list, one->name), merged;

	if (same == NULL) {
		if (list->count == shelf->room) {
			shelf->room = shelf->room == 0 ? 32 : 2 * shelf->room;
			list->items = reallocarray(
				list->items, shelf->room, sizeof(struct catalogue_integration));
			check(list->items != NULL);
		}
		*LIST_AT(*list, struct catalogue_integration, list->count++) = *one;
		return 0;
	}
	if ((size_t)(same - (struct catalogue_integration *)list->items) >= shelf->folder) {
		return note_fail(shelf->why, -EEXIST,
			"%s: integration %s stands in another file of the folder, too", path,
			plain(one->name).text);
	}
	merged = one->destination.len > 0 ? *one : *same;
	merged.capabilities = join(shelf->arena, &same->capabilities, &one->capabilities);
	*same = merged;
	return 0;
}

static int is_document(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && slice_ends_with(slice_of(entry->d_name), SLICE(".yaml"));
}

static int by_file_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_folder(struct shelf *shelf, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_document, by_file_name), err = 0;

	if (count < 0) {
		return note_fail(shelf->why, -errno, "%s: %s", folder, strerror(errno));
	}
	shelf->folder = shelf->integrations.count;
	for (int i = 0; i < count; i++) {
		struct catalogue_integration one;

		if (err == 0) {
			const char *path =
				arena_printf(shelf->arena, "%s/%s", folder, entries[i]->d_name).at;

			err = catalogue_file_read(path, shelf->arena, &one, shelf->why);
			err = err < 0 ? err : put(shelf, path, &one);
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

static int by_name(const void *a, const void *b)
{
	return slice_compare(((const struct catalogue_integration *)a)->name,
		((const struct catalogue_integration *)b)->name);
}

static int by_capability(const void *a, const void *b)
{
	return slice_compare(((const struct catalogue_capability *)a)->name,
		((const struct catalogue_capability *)b)->name);
}

static void sort(struct list *list, size_t size, int (*compare)(const void *, const void *))
{
	if (list->count > 0) {
		qsort(list->items, list->count, size, compare);
	}
}

int catalogue_read(const char *own, struct arena *arena, struct catalogue *out, struct note *why)
{
	static const char *const beside[] = {
		"../etc/integrations",
		"../share/authtranslator/integrations",
		NULL,
	};
	struct shelf shelf = { .arena = arena, .why = why };
	struct list *read = &shelf.integrations;
	char shipped[PATH_MAX];
	bool found = shipped_find(beside, INTEGRATIONS_PATH, R_OK | X_OK, shipped, why) == 0;
	int err = found ? read_folder(&shelf, shipped) : 0;

	if (err == 0 && own != NULL && own[0] != '\0') {
		err = read_folder(&shelf, own);
	}
	if (err == 0) {
		sort(read, sizeof(struct catalogue_integration), by_name);
		for (size_t i = 0; i < read->count; i++) {
			sort(&LIST_AT(*read, struct catalogue_integration, i)->capabilities,
				sizeof(struct catalogue_capability), by_capability);
		}
		*out = (struct catalogue){ .shipped = found };
		out->integrations = (struct list){ arena_alloc(arena, read->count,
							   sizeof(struct catalogue_integration)),
			read->count };
		if (read->count > 0) {
			memcpy(out->integrations.items, read->items,
				read->count * sizeof(struct catalogue_integration));
		}
	}
	free(read->items);
	return err;
}

const struct catalogue_integration *catalogue_find(
	const struct catalogue *catalogue, struct slice name)
{
	return find_on(&catalogue->integrations, name);
}
