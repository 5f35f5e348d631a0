/* slots.h - the secrets that the documents name: each reference has one slot, however often it is
 * used. Nothing is fetched here. */

#pragma once

#include <stdint.h>

#include "common/arena.h"
#include "common/note.h"
#include "common/slice.h"

/* One reference, "scheme:id". */
struct slot {
	uint32_t number;
	struct slice scheme, id;
	struct slice name; /* in logs: the reference, but never the secret */
	struct slice
		where;  /* of its first use: "config.yaml:3:5: ..."; begins what is said of it */
	bool in_header; /* somebody uses it as the value of a header */
};

struct slots;

struct slots *slots_new(struct arena *arena);

/* The slot of `reference`; a new one, with an empty `where`, when it had none. The note is the
 * reference implementation's text. */
int slots_take(struct slots *slots, struct slice reference, struct slot **out, struct note *why);

size_t slots_count(const struct slots *slots);
const struct slot *slots_at(const struct slots *slots, size_t number);
