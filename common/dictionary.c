/* dictionary.c - a hash table with open addressing, always at most half full. */

#include "common/dictionary.h"

enum { FIRST_SLOTS = 16 };

struct slot {
	struct slice text;
	uint32_t hash, number; /* 0: free */
};

struct dictionary {
	struct arena *arena;
	struct slot *slots;
	uint32_t slot_count; /* a power of two, at least twice `count` */
	uint32_t count;
	size_t longest; /* whatever is longer has no number */
};

static void make_room(struct dictionary *d, uint32_t slot_count)
{
	d->slot_count = slot_count;
	d->slots = arena_alloc(d->arena, slot_count, sizeof(*d->slots));
}

struct dictionary *dictionary_new(struct arena *arena)
{
	struct dictionary *d = arena_make(arena, struct dictionary);

	d->arena = arena;
	make_room(d, FIRST_SLOTS);
	return d;
}

/* FNV-1a, folded. */
static uint32_t hash_of(struct slice text)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < text.len; i++) {
		hash = (hash ^ (unsigned char)text.at[i]) * 1099511628211u;
	}
	return (uint32_t)(hash ^ hash >> 32);
}

/* Where the text is, or would be put. */
static struct slot *slot_of(const struct dictionary *d, struct slice text, uint32_t hash)
{
	for (uint32_t at = hash;; at++) {
		struct slot *slot = &d->slots[at & (d->slot_count - 1)];

		if (slot->number == 0 || (slot->hash == hash && slice_equal(slot->text, text))) {
			return slot;
		}
	}
}

static void grow(struct dictionary *d)
{
	const struct dictionary old = *d;

	make_room(d, 2 * old.slot_count);
	for (uint32_t i = 0; i < old.slot_count; i++) {
		if (old.slots[i].number != 0) {
			*slot_of(d, old.slots[i].text, old.slots[i].hash) = old.slots[i];
		}
	}
}

uint32_t dictionary_add(struct dictionary *d, struct slice text)
{
	uint32_t hash = hash_of(text);
	struct slot *slot = slot_of(d, text, hash);

	if (slot->number != 0) {
		return slot->number;
	}
	if (2 * (d->count + 1) > d->slot_count) {
		grow(d);
		slot = slot_of(d, text, hash);
	}
	d->longest = text.len > d->longest ? text.len : d->longest;
	*slot = (struct slot){ text, hash, ++d->count };
	return d->count;
}

uint32_t dictionary_find(const struct dictionary *d, struct slice text)
{
	return text.len > d->longest ? 0 : slot_of(d, text, hash_of(text))->number;
}
