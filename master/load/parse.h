/* parse.h - YAML into structs, by their field tables: what is written there, and whether it may be.
 *
 * Each problem is told with its place, what was found and what is wanted; all that a document has
 * go into one note, as far as they fit. */

#pragma once

#include "common/field.h"
#include "master/load/places.h"
#include "master/load/slots.h"
#include "master/load/yaml.h"

/* A duration that is none reads as this, which no check of a duration lets pass; so the reference's
 * order of checks can be kept. */
#define PARSE_NO_DURATION INT64_MIN

/* One document, while it is being read. */
struct document {
	const struct yaml *root;
	struct arena *arena; /* owns all that is read, and lives as long */
	struct slots *slots;
	struct places objects, members; /* where they were written */
	size_t rows_bytes;              /* of all objects in lists and mappings */
};

int document_open(struct document *document, struct slice text, const char *name,
	struct arena *arena, struct slots *slots, struct note *why);

/* Reads a mapping, or null, into `object`, which must be zeroed. */
int parse_mapping(struct document *document, const struct yaml *value, const struct field *fields,
	void *object, struct note *why);

/* Reads a list of mappings, or null. */
int parse_list(struct document *document, const struct yaml *value, const struct field *row,
	struct list *list, struct note *why);

/* Reads a plugin's parameters, which are stricter (spec/config.md section 5): a number is no text.
 * But their keys may be in any case. `value` is NULL when nothing is written; `context` stands in
 * every note, behind the place. */
int parse_params(struct document *document, const struct yaml *value, const struct field *fields,
	void *object, struct slice context, struct note *why);

/* Where `member` was written; where `object` was, when it was not. Once all is read. */
const struct yaml *document_place(
	struct document *document, const void *member, const void *object);
