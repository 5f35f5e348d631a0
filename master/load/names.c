/* names.c - names in libc's search tree. */

#include <search.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/load/names.h"

bool names_is_valid(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool valid = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';

		if (!valid) {
			return false;
		}
	}
	return name.len > 0 && name.len <= LIMIT_NAME_BYTES;
}

struct names {
	struct arena *arena;
	void *root;
};

struct named {
	struct slice name;
	void *item;
};

static int compare(const void *a, const void *b)
{
	return slice_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static void keep(void *entry)
{
	(void)entry; /* the arena's */
}

static void end(void *names)
{
	tdestroy(((struct names *)names)->root, keep);
}

struct names *names_new(struct arena *arena)
{
	struct names *names = arena_make(arena, struct names);

	names->arena = arena;
	arena_at_end(arena, end, names);
	return names;
}

void *names_find(const struct names *names, struct slice name)
{
	const struct named wanted = { name, NULL };
	struct named *const *found = tfind(&wanted, &names->root, compare);

	return found == NULL ? NULL : (*found)->item;
}

void *names_put(struct names *names, struct slice name, void *item)
{
	struct named *entry = arena_make(names->arena, struct named);
	struct named **found;
	void *before;

	entry->name = name;
	found = tsearch(entry, &names->root, compare);
	check(found != NULL);
	before = (*found)->item;
	(*found)->item = item;
	return before;
}
