/* slots.c - numbers the secrets. */

#include <errno.h>

#include "common/limits.h"
#include "master/load/names.h"
#include "master/load/quote.h"
#include "master/load/slots.h"

struct slots {
	struct arena *arena;
	struct names *by_reference;
	struct slot **items;
	size_t count, room;
};

/* Every scheme that a configuration may name. Which of them this program can fetch is another
 * question (secret_source_find). */
static bool is_known_scheme(struct slice scheme)
{
	static const char *const schemes[] = { "env", "file", "k8s", "gcp", "aws", "azure", "vault",
		"keychain", "secretservice", "wincred", "dangerousLiteral" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (slice_equal(scheme, slice_of(schemes[i]))) {
			return true;
		}
	}
	return false;
}

struct slots *slots_new(struct arena *arena)
{
	struct slots *slots = arena_make(arena, struct slots);

	slots->arena = arena;
	slots->by_reference = names_new(arena);
	return slots;
}

static struct slot *add(struct slots *slots)
{
	struct slot *slot = arena_make(slots->arena, struct slot);

	if (slots->count == slots->room) {
		size_t room = slots->room == 0 ? 16 : 2 * slots->room;
		struct slot **items = arena_alloc(slots->arena, room, sizeof(*items));

		if (slots->count > 0) {
			memcpy(items, slots->items, slots->count * sizeof(*items));
		}
		slots->items = items;
		slots->room = room;
	}
	slot->number = (uint32_t)slots->count;
	slots->items[slots->count++] = slot;
	return slot;
}

int slots_take(struct slots *slots, struct slice reference, struct slot **out, struct note *why)
{
	size_t colon = slice_find(reference, ':', 0);
	struct slice scheme = slice_sub(reference, 0, colon);
	struct slot *slot = names_find(slots->by_reference, reference);

	if (slot != NULL) {
		*out = slot;
		return 0;
	}
	if (colon == reference.len) {
		return note_fail(
			why, -EINVAL, "invalid secret reference: %s", plain(reference).text);
	}
	if (!is_known_scheme(scheme)) {
		return note_fail(why, -EINVAL, "unknown secret source: %s", plain(scheme).text);
	}
	if (slots->count == LIMIT_SECRETS) {
		return note_fail(why, -E2BIG, "more than %d secrets", LIMIT_SECRETS);
	}
	slot = add(slots);
	slot->scheme = scheme;
	slot->id = slice_sub(reference, colon + 1, reference.len);
	slot->name = arena_copy(slots->arena, slice_of(plain(reference).text));
	(void)names_put(slots->by_reference, reference, slot);
	*out = slot;
	return 0;
}

size_t slots_count(const struct slots *slots)
{
	return slots->count;
}

const struct slot *slots_at(const struct slots *slots, size_t number)
{
	return slots->items[number];
}
