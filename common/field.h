/* field.h - one row, one configuration key. From these rows come the YAML reader and its messages,
 * the encoding of the snapshot, the schema under etc/ and the tables of the manual pages. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/note.h"
#include "common/slice.h"
#include "common/wire.h"

/* What the member at `offset` is. */
enum field_kind {
	FIELD_TEXT = 1,    /* struct slice */
	FIELD_NUMBER,      /* int64_t */
	FIELD_DURATION,    /* int64_t, nanoseconds; written in Go's grammar ("1m30s") */
	FIELD_FLAG,        /* bool */
	FIELD_SECRET,      /* uint32_t: the slot of a secret; SLOT_NONE when not given */
	FIELD_TEXT_LIST,   /* struct list of struct slice */
	FIELD_SECRET_LIST, /* struct list of uint32_t slots */
	FIELD_LIST,        /* struct list of structs of `row_size`, described by `rows` */
	FIELD_MAP,    /* the same, but written as a mapping: the key is for the first row, and what
		       * stands behind it for the others, or for the second if that has no name */
	FIELD_PARAMS, /* struct slice: a plugin's parameters, encoded by the plugin's own rows */
};

#define SLOT_NONE UINT32_MAX

/* Items of one kind, side by side. */
struct list {
	void *items;
	size_t count;
};

#define LIST_AT(list, type, i) (&((type *)(list).items)[i])

struct field {
	const char *name; /* NULL ends the table */
	enum field_kind kind;
	size_t offset;        /* in the struct that the table describes */
	const char *fallback; /* as it would be written in YAML; NULL: empty, zero, SLOT_NONE. Null,
			       * an empty text and the number 0 also mean it */
	const char *help;     /* one line for the manual */
	bool in_header;       /* secrets: each is sent, or comes, as the value of a header */
	bool internal;        /* no YAML key: set by the master, only carried in the snapshot */
	const struct field *rows; /* FIELD_LIST, FIELD_MAP */
	size_t row_size;
};

/* The member of `object` that the row describes. */
#define FIELD_MEMBER(row, object) ((void *)((char *)(object) + (row)->offset))

/* Writes every row of `object`, in order. */
void field_encode(const struct field *fields, const void *object, struct wire_writer *w);

/* Reads what field_encode wrote. Slices and lists are copied into `arena`. Errors stay in `r`: the
 * caller asks wire_finished once, at the end. The bytes that are left bound a list's count. */
void field_decode(
	const struct field *fields, struct arena *arena, struct wire_reader *r, void *object);

/* The row whose YAML key is `name`; NULL when there is none. */
const struct field *field_find(const struct field *fields, struct slice name, bool nocase);

/* The YAML key in the table that `name` was probably meant to be; NULL when nothing is near. */
const char *field_nearest(const struct field *fields, struct slice name);
