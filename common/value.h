/* value.h - an untyped value: a rule's body, a capability's parameter, and the JSON that rules are
 * held against. */

#pragma once

#include <stdbool.h>

#include "common/arena.h"
#include "common/field.h"
#include "common/slice.h"
#include "common/wire.h"

enum value_kind {
	VALUE_NEVER, /* what no JSON can be: a timestamp, infinity, a mapping whose keys are no
		      * texts. It matches nothing; `text` is how it was written, or empty */
	VALUE_NULL,
	VALUE_FLAG,
	VALUE_NUMBER,
	VALUE_TEXT,
	VALUE_LIST,
	VALUE_MAP,
};

struct value {
	enum value_kind kind;
	bool flag;
	double number; /* the nearest one; `text` has it exactly */
	union {
		struct slice text; /* VALUE_TEXT; VALUE_NUMBER: decimal, common/decimal.h */
		struct list items; /* VALUE_LIST: struct value; VALUE_MAP: struct value_entry */
	};
};

struct value_entry {
	struct slice key;
	struct value value;
};

/* Makes a number of its text; false when common/decimal.h does not take it or no double is near. */
bool value_number(struct slice text, struct value *out);

/* The value under `key`; NULL when there is none, or `map` is no map. */
const struct value *value_find(const struct value *map, struct slice key);

/* The same all the way down. Numbers to the last digit; maps in any order. */
bool value_equal(const struct value *a, const struct value *b);

/* Written with the depth that YAML may have, and read again. Texts and lists are copied into
 * `arena`. Errors stay in `r`, as with field_decode; the bytes that are left bound every count. */
void value_encode(const struct value *value, struct wire_writer *w);
void value_decode(struct arena *arena, struct wire_reader *r, struct value *out);
