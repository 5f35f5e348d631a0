/* parse.c - reads values as the rows of a table say. */

#include <stdarg.h>
#include <stdio.h>

#include "common/check.h"
#include "common/duration.h"
#include "common/limits.h"
#include "master/load/parse.h"
#include "master/load/quote.h"
#include "master/load/scalar.h"

/* More would not fit into a note, and a document can have millions. */
enum { PROBLEMS = 16 };

/* One call from outside. */
struct parse {
	struct document *document;
	bool params; /* reads a plugin's parameters */
	struct slice context;
	struct note *why;
	int err; /* of the first problem */
	unsigned problems;
	const struct field *allowed; /* the table whose keys have been told already */
};

static void read_fields(
	struct parse *p, const struct yaml *value, const struct field *fields, void *object);
static void read_row(
	struct parse *p, const struct yaml *value, const struct field *row, void *member);

/* Parameters are told about at once or never; and what is asked for between two plugins must not be
 * sorted anew each time. */
static void remember(
	struct parse *p, struct places *places, const void *thing, const struct yaml *value)
{
	if (!p->params) {
		places_add(places, thing, value);
	}
}

int document_open(struct document *document, struct slice text, const char *name,
	struct arena *arena, struct slots *slots, struct note *why)
{
	*document = (struct document){
		.arena = arena,
		.slots = slots,
		.objects = { .arena = arena },
		.members = { .arena = arena },
	};
	return yaml_read(text, name, arena, &document->root, why);
}

int parse_mapping(struct document *document, const struct yaml *value, const struct field *fields,
	void *object, struct note *why)
{
	struct parse p = { .document = document, .why = why };

	remember(&p, &document->objects, object, value);
	read_fields(&p, value, fields, object);
	return p.err;
}

int parse_list(struct document *document, const struct yaml *value, const struct field *row,
	struct list *list, struct note *why)
{
	struct parse p = { .document = document, .why = why };

	read_row(&p, value, row, list);
	return p.err;
}

int parse_params(struct document *document, const struct yaml *value, const struct field *fields,
	void *object, struct slice context, struct note *why)
{
	static const struct yaml nothing = { .plain = true };
	struct parse p = { .document = document, .params = true, .context = context, .why = why };

	read_fields(&p, value == NULL ? &nothing : value, fields, object);
	return p.err;
}

const struct yaml *document_place(struct document *document, const void *member, const void *object)
{
	const struct yaml *value = places_find(&document->members, member);

	if (value == NULL) {
		value = places_find(&document->objects, object);
	}
	return value == NULL ? document->root : value;
}

/* One more problem. All are told, so that a document is mended in one go. */
__attribute__((format(printf, 3, 4))) static void complain(
	struct parse *p, const struct yaml *at, const char *fmt, ...)
{
	struct note what, placed;
	va_list args;
	int err;

	if (p->problems == PROBLEMS) {
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(what.text, sizeof(what.text), fmt, args);
	va_end(args);
	err = yaml_fail(at, &placed, SLICE_FMT "%s", SLICE_ARG(p->context), what.text);
	if (p->problems == 0) {
		p->err = err;
		*p->why = placed;
	} else {
		note_append(p->why, "; %s", placed.text);
	}
	p->problems++;
}

/* Says what was found where a row wants something else. A value is shown only where it can be no
 * secret. */
static void complain_of_kind(struct parse *p, const struct yaml *value, const struct field *row)
{
	static const char *const wanted[] = {
		[FIELD_TEXT] = "text",
		[FIELD_NUMBER] = "a whole number",
		[FIELD_DURATION] = "a duration such as \"30s\" or \"1m\"",
		[FIELD_FLAG] = "true or false",
		[FIELD_SECRET] = "a reference to a secret such as \"env:NAME\"",
		[FIELD_TEXT_LIST] = "a list of text",
		[FIELD_SECRET_LIST] = "a list of references to secrets such as \"env:NAME\"",
		[FIELD_LIST] = "a list of mappings",
		[FIELD_MAP] = "a mapping",
		[FIELD_PARAMS] = "a mapping",
	};
	static const char *const found[] = {
		[SCALAR_TEXT] = "text",
		[SCALAR_NULL] = "null",
		[SCALAR_FLAG] = "a flag",
		[SCALAR_WHOLE] = "a number",
		[SCALAR_FLOAT] = "a number",
		[SCALAR_OTHER] = "of a type that is not understood",
	};
	bool scalar = value->kind == YAML_SCALAR;
	bool shown = scalar && (row->kind == FIELD_NUMBER || row->kind == FIELD_FLAG ||
				       row->kind == FIELD_DURATION);

	complain(p, value, "%s is %s%s%s, %s is wanted", row->name[0] == '\0' ? "this" : row->name,
		scalar                     ? found[scalar_type(value)]
		: value->kind == YAML_LIST ? "a list"
					   : "a mapping",
		shown ? " " : "", shown ? quote(value->text).text : "", wanted[row->kind]);
}

/* Names the key, the nearest one that there is, and (once for a table) all that are allowed. */
static void complain_of_key(struct parse *p, const struct yaml *key, const struct field *fields)
{
	const char *nearest;
	struct note hint = { "" };
	const char *comma = "";

	if (p->problems == PROBLEMS) {
		return;
	}
	nearest = field_nearest(fields, key->text);
	if (nearest != NULL) {
		note_append(&hint, ", did you mean \"%s\"?", nearest);
	}
	if (p->allowed != fields) {
		note_append(&hint, " (allowed here: ");
		for (const struct field *row = fields; row->name != NULL; row++) {
			if (!row->internal) {
				note_append(&hint, "%s%s", comma, row->name);
				comma = ", ";
			}
		}
		note_append(&hint, fields->name == NULL ? "nothing)" : ")");
		p->allowed = fields;
	}
	complain(p, key, "unknown field %s%s", quote(key->text).text, hint.text);
}

/* Text, empty for null; false when it is something else. */
static bool read_word(
	struct parse *p, const struct yaml *value, const struct field *row, struct slice *out)
{
	enum scalar_type type = SCALAR_OTHER;

	if (value->kind == YAML_SCALAR) {
		type = scalar_type(value);
	}
	if (type == SCALAR_OTHER || (p->params && type != SCALAR_TEXT && type != SCALAR_NULL)) {
		complain_of_kind(p, value, row);
		return false;
	}
	*out = type == SCALAR_NULL ? (struct slice){ NULL, 0 } : value->text;
	return true;
}

static void read_number(
	struct parse *p, const struct yaml *value, const struct field *row, int64_t *out)
{
	int64_t number = 0;

	if (value->kind != YAML_SCALAR || !scalar_to_number(value, &number)) {
		complain_of_kind(p, value, row);
	} else if (number != 0 || row->fallback == NULL) {
		*out = number;
	}
}

static void read_duration(
	struct parse *p, const struct yaml *value, const struct field *row, int64_t *out)
{
	struct slice word;

	if (!read_word(p, value, row, &word) || word.len == 0) {
		return;
	}
	if (!duration_parse(word, out)) {
		*out = PARSE_NO_DURATION;
		if (p->params) {
			complain_of_kind(p, value, row);
		}
	}
}

static void read_flag(struct parse *p, const struct yaml *value, const struct field *row, bool *out)
{
	if (value->kind != YAML_SCALAR || !scalar_to_flag(value, out)) {
		complain_of_kind(p, value, row);
	}
}

static void read_secret(
	struct parse *p, const struct yaml *value, const struct field *row, uint32_t *out)
{
	struct slot *slot;
	struct slice word;
	struct note why;

	if (!read_word(p, value, row, &word)) {
		return;
	}
	if (slots_take(p->document->slots, word, &slot, &why) < 0) {
		complain(p, value, "%s", why.text);
		return;
	}
	if (slot->where.len == 0) {
		slot->where = arena_printf(p->document->arena, "%s:%u:%u: " SLICE_FMT,
			value->document, value->line, value->column, SLICE_ARG(p->context));
	}
	slot->in_header |= row->in_header;
	*out = slot->number;
}

/* Room for what is in a list or a mapping, of `size` bytes each; NULL, and a problem, when the
 * document comes to more than a snapshot may hold. A row can be hundreds of times as long as the
 * "{}" that asks for it. */
static void *make_rows(struct parse *p, const struct yaml *value, size_t size)
{
	size_t bytes = value->count * size;

	if (bytes > LIMIT_SNAPSHOT_BYTES - p->document->rows_bytes) {
		complain(
			p, value, "the document comes to more than %d bytes", LIMIT_SNAPSHOT_BYTES);
		return NULL;
	}
	p->document->rows_bytes += bytes;
	return arena_alloc(p->document->arena, value->count, size);
}

/* A list of words or secrets; each is told about as the whole would be. */
static void read_words(
	struct parse *p, const struct yaml *value, const struct field *row, struct list *out)
{
	struct field item = { .name = row->name };
	size_t size = row->kind == FIELD_TEXT_LIST ? sizeof(struct slice) : sizeof(uint32_t);

	if (value->kind != YAML_LIST) {
		complain_of_kind(p, value, row);
		return;
	}
	item.name = arena_printf(
		p->document->arena, "an item of %s", row->name[0] == '\0' ? "this" : row->name)
			    .at;
	item.kind = row->kind == FIELD_TEXT_LIST ? FIELD_TEXT : FIELD_SECRET;
	item.in_header = row->in_header;
	out->items = make_rows(p, value, size);
	for (size_t i = 0; out->items != NULL && i < value->count; i++) {
		if (item.kind == FIELD_TEXT) {
			(void)read_word(p, value->items[i], &item,
				(struct slice *)out->items + out->count++);
		} else {
			read_secret(
				p, value->items[i], &item, (uint32_t *)out->items + out->count++);
		}
	}
}

/* A list of mappings; one that is null is none. */
static void read_objects(
	struct parse *p, const struct yaml *value, const struct field *row, struct list *out)
{
	if (value->kind != YAML_LIST) {
		complain_of_kind(p, value, row);
		return;
	}
	out->items = make_rows(p, value, row->row_size);
	for (size_t i = 0; out->items != NULL && i < value->count; i++) {
		if (!scalar_is_null(value->items[i])) {
			void *object = (char *)out->items + out->count++ * row->row_size;

			remember(p, &p->document->objects, object, value->items[i]);
			read_fields(p, value->items[i], row->rows, object);
		}
	}
}

/* A mapping of names to values. */
static void read_map(
	struct parse *p, const struct yaml *value, const struct field *row, struct list *out)
{
	const struct field *key = row->rows, *rest = row->rows + 1;

	if (value->kind != YAML_MAP) {
		complain_of_kind(p, value, row);
		return;
	}
	out->items = make_rows(p, value, row->row_size);
	for (size_t i = 0; out->items != NULL && i < value->count; i++) {
		const struct yaml_pair *pair = &value->pairs[i];
		void *object = (char *)out->items + out->count++ * row->row_size;

		remember(p, &p->document->objects, object, pair->key);
		(void)read_word(p, pair->key, key, FIELD_MEMBER(key, object));
		if (rest->name != NULL && rest->name[0] == '\0') {
			read_row(p, pair->value, rest, FIELD_MEMBER(rest, object));
		} else {
			read_fields(p, pair->value, rest, object);
		}
	}
}

static void read_row(
	struct parse *p, const struct yaml *value, const struct field *row, void *member)
{
	struct slice word;

	if (scalar_is_null(value)) {
		return;
	}
	switch (row->kind) {
	case FIELD_TEXT:
		if (read_word(p, value, row, &word) && word.len > 0) {
			*(struct slice *)member = word;
		}
		break;
	case FIELD_NUMBER:
		read_number(p, value, row, member);
		break;
	case FIELD_DURATION:
		read_duration(p, value, row, member);
		break;
	case FIELD_FLAG:
		read_flag(p, value, row, member);
		break;
	case FIELD_SECRET:
		read_secret(p, value, row, member);
		break;
	case FIELD_TEXT_LIST:
	case FIELD_SECRET_LIST:
		read_words(p, value, row, member);
		break;
	case FIELD_LIST:
		read_objects(p, value, row, member);
		break;
	case FIELD_MAP:
		read_map(p, value, row, member);
		break;
	case FIELD_PARAMS: /* read later, by somebody who knows the plugin */
		if (value->kind != YAML_MAP) {
			complain_of_kind(p, value, row);
		}
		break;
	}
}

/* The tables are ours, so their fallbacks can be read. */
static void set_fallback(const struct field *row, void *member)
{
	const struct yaml written = { .plain = true, .text = slice_of(row->fallback) };

	if (row->kind == FIELD_SECRET) {
		*(uint32_t *)member = SLOT_NONE;
	} else if (row->fallback != NULL && row->kind == FIELD_TEXT) {
		*(struct slice *)member = written.text;
	} else if (row->fallback != NULL && row->kind == FIELD_NUMBER) {
		check(scalar_to_number(&written, member));
	} else if (row->fallback != NULL && row->kind == FIELD_DURATION) {
		check(duration_parse(written.text, member));
	} else if (row->fallback != NULL && row->kind == FIELD_FLAG) {
		check(scalar_to_flag(&written, member));
	}
}

/* Keys that differ in their case only, which parameters may have. */
static bool is_given_before(const struct yaml *map, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (slice_equal_nocase(map->pairs[i].key->text, map->pairs[at].key->text)) {
			return true;
		}
	}
	return false;
}

static void read_fields(
	struct parse *p, const struct yaml *value, const struct field *fields, void *object)
{
	for (const struct field *row = fields; row->name != NULL; row++) {
		set_fallback(row, FIELD_MEMBER(row, object));
	}
	if (value->kind != YAML_MAP && !scalar_is_null(value)) {
		complain_of_kind(p, value, &(struct field){ .name = "", .kind = FIELD_MAP });
		return;
	}
	for (size_t i = 0; i < value->count; i++) {
		const struct yaml_pair *pair = &value->pairs[i];
		const struct field *row = field_find(fields, pair->key->text, p->params);

		if (row == NULL) {
			complain_of_key(p, pair->key, fields);
		} else if (p->params && is_given_before(value, i)) {
			complain(p, pair->key, "%s is given twice", row->name);
		} else {
			remember(p, &p->document->members, FIELD_MEMBER(row, object), pair->value);
			read_row(p, pair->value, row, FIELD_MEMBER(row, object));
		}
	}
}
