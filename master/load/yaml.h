/* yaml.h - one YAML document as a tree: aliases and merge keys are followed, every key of a mapping
 * is a word and stands once, all of it is within bounds. What a scalar means is for scalar.h. */

#pragma once

#include <stdbool.h>

#include "common/arena.h"
#include "common/note.h"
#include "common/slice.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_kind kind;
	bool plain;              /* a scalar without quotes, so that 1 is a number */
	struct slice tag;        /* written out in full; empty: none */
	struct slice text;       /* YAML_SCALAR */
	struct yaml **items;     /* YAML_LIST: `count` values */
	struct yaml_pair *pairs; /* YAML_MAP: `count` keys with their values */
	size_t count;

	const char *document; /* where it stands; lines and columns begin with 1 */
	unsigned line, column;
	size_t from, to; /* its bytes in the text, behind a byte order mark; nothing in between: it
			  * is not written. As an alias it has those of what it stands for */

	/* What it comes to when its aliases are followed: a value that is used in many places is
	 * one value in memory, so a small document may be a very large tree. */
	size_t nodes, bytes;
	unsigned depth; /* levels of lists and mappings in it, with itself */
	bool complete;
};

struct yaml_pair {
	struct yaml *key, *value;
};

/* Reads the first document in `text`. `name` stands for it in messages and must live as long as the
 * tree. An empty document is null. Takes no more than linear time, but for sorting keys. */
int yaml_read(struct slice text, const char *name, struct arena *arena, const struct yaml **root,
	struct note *why);

/* The note begins with the value's place: "config.yaml:3:5: ". */
int yaml_fail(const struct yaml *at, struct note *why, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), warn_unused_result));
