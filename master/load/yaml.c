/* yaml.c - builds the tree from libfyaml's events.
 *
 * Its events, not its documents: the parser then stops where the first document ends, allocates
 * nothing for the whole, and leaves aliases and keys to us, who bound what they come to. */

#include <errno.h>
#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/load/bytes.h"
#include "master/load/keys.h"
#include "master/load/names.h"
#include "master/load/quote.h"
#include "master/load/yaml.h"

struct reader {
	const char *name;
	struct arena *arena;
	struct note *why;
	struct fy_diag *diag;
	struct fy_parser *parser;
	struct slice text;
	struct names *anchors; /* the last value of each name */
	unsigned line, column; /* of the last event that had a place */
	size_t end;            /* of the last byte that is no comment and no space */
	struct yaml **open;    /* what has been read of collections that are not complete */
	size_t open_count, open_room;
	size_t nodes, bytes; /* of the document so far, aliases followed */
};

static int read_value(struct reader *r, unsigned depth, struct yaml **out);

int yaml_fail(const struct yaml *at, struct note *why, const char *fmt, ...)
{
	struct note what;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what.text, sizeof(what.text), fmt, args);
	va_end(args);
	return note_fail(
		why, -EINVAL, "%s:%u:%u: %s", at->document, at->line, at->column, what.text);
}

/* What the parser found wrong, in its words; they hold nothing of the document but single bytes and
 * names of anchors and tags. */
static int syntax_error(struct reader *r)
{
	void *iterator = NULL;
	const struct fy_diag_error *error = fy_diag_errors_iterate(r->diag, &iterator);
	bool told = error != NULL && error->msg != NULL;
	const struct yaml place = {
		.document = r->name,
		.line = told ? (unsigned)error->line : r->line,
		.column = told ? (unsigned)error->column : r->column,
	};

	return yaml_fail(&place, r->why, "%s",
		told ? plain(slice_of(error->msg)).text : "the document breaks off");
}

static struct slice token_text(struct reader *r, struct fy_token *token)
{
	size_t len = 0;
	const char *text = token == NULL ? NULL : fy_token_get_text(token, &len);

	return len == 0 ? (struct slice){ NULL, 0 }
			: arena_copy(r->arena, (struct slice){ text, len });
}

/* Where the event stands. The marks of quoted words and of aliases are within the quotes and behind
 * the '*'; those of block scalars are behind the lines that follow. Blocks end where nothing
 * stands. */
static void locate(struct reader *r, struct fy_event *event, bool quoted, struct yaml *value)
{
	const struct fy_mark *start = fy_event_start_mark(event), *end = fy_event_end_mark(event);
	size_t outside = quoted || event->type == FYET_ALIAS;

	if (start != NULL) {
		r->line = (unsigned)start->line + 1;
		r->column = (unsigned)start->column + 1 - (unsigned)outside;
	}
	value->document = r->name;
	value->line = r->line;
	value->column = r->column;
	value->from = start == NULL ? r->end : start->input_pos - outside;
	value->to = end == NULL ? r->end : end->input_pos + quoted;
	while (value->to > value->from && strchr(" \t\r\n", r->text.at[value->to - 1]) != NULL) {
		value->to--;
	}
	if (value->to > value->from) {
		r->end = value->to;
	}
}

/* The event's value, yet without what is in it, and the name that it is anchored or meant by. An
 * event that is no value, but ends something, is an empty scalar here. */
static struct yaml *describe(struct reader *r, struct fy_event *event, struct slice *anchor)
{
	struct yaml *value = arena_make(r->arena, struct yaml);
	struct fy_token *anchor_token = NULL, *tag = NULL;
	bool quoted = false;

	if (event->type == FYET_SCALAR) {
		enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);

		quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
		value->plain = style == FYSS_PLAIN;
		value->text = token_text(r, event->scalar.value);
		anchor_token = event->scalar.anchor;
		tag = event->scalar.tag;
	} else if (event->type == FYET_SEQUENCE_START) {
		value->kind = YAML_LIST;
		anchor_token = event->sequence_start.anchor;
		tag = event->sequence_start.tag;
	} else if (event->type == FYET_MAPPING_START) {
		value->kind = YAML_MAP;
		anchor_token = event->mapping_start.anchor;
		tag = event->mapping_start.tag;
	} else if (event->type == FYET_ALIAS) {
		anchor_token = event->alias.anchor;
	}
	locate(r, event, quoted, value);
	value->tag = token_text(r, tag);
	*anchor = token_text(r, anchor_token);
	return value;
}

/* Adds to what the document comes to. Both sums are bounded, because the snapshot is made by
 * walking over all of it. */
static int count(struct reader *r, const struct yaml *at, size_t nodes, size_t bytes)
{
	r->nodes += nodes;
	r->bytes += bytes;
	if (r->nodes > LIMIT_YAML_NODES || r->bytes > LIMIT_DOCUMENT_BYTES) {
		return yaml_fail(at, r->why,
			"the document comes to more than %d values or %d bytes with its aliases",
			LIMIT_YAML_NODES, LIMIT_DOCUMENT_BYTES);
	}
	return 0;
}

static void push(struct reader *r, struct yaml *value)
{
	if (r->open_count == r->open_room) {
		r->open_room = r->open_room == 0 ? 64 : 2 * r->open_room;
		r->open = reallocarray(r->open, r->open_room, sizeof(*r->open));
		check(r->open != NULL);
	}
	r->open[r->open_count++] = value;
}

/* Turns what was pushed since `from` into the contents of `value`. */
static void fill(struct reader *r, struct yaml *value, size_t from)
{
	size_t pushed = r->open_count - from;

	value->depth = 1;
	for (size_t i = from; i < r->open_count; i++) {
		const struct yaml *part = r->open[i];

		value->nodes += part->nodes;
		value->bytes += part->bytes;
		value->depth = part->depth >= value->depth ? part->depth + 1 : value->depth;
	}
	if (value->kind == YAML_LIST) {
		value->count = pushed;
		value->items = arena_alloc(r->arena, pushed, sizeof(*value->items));
		if (pushed > 0) {
			memcpy(value->items, r->open + from, pushed * sizeof(*value->items));
		}
	} else {
		value->count = pushed / 2;
		value->pairs = arena_alloc(r->arena, value->count, sizeof(*value->pairs));
		for (size_t i = 0; i < value->count; i++) {
			value->pairs[i].key = r->open[from + 2 * i];
			value->pairs[i].value = r->open[from + 2 * i + 1];
		}
	}
	r->open_count = from;
}

static int read_collection(struct reader *r, struct yaml *value, unsigned depth)
{
	size_t from = r->open_count;
	struct yaml *part;
	int err;

	if (depth >= LIMIT_YAML_DEPTH) {
		return yaml_fail(value, r->why, "nested deeper than %d levels", LIMIT_YAML_DEPTH);
	}
	do {
		err = read_value(r, depth + 1, &part);
		if (err < 0) {
			return err;
		}
		if (part != NULL) {
			push(r, part);
		}
	} while (part != NULL);
	value->to = r->end;
	fill(r, value, from);
	return value->kind == YAML_MAP ? keys_settle(value, r->arena, r->why) : 0;
}

static int follow_alias(struct reader *r, const struct yaml *at, struct slice name, unsigned depth,
	struct yaml **out)
{
	struct yaml *meant = names_find(r->anchors, name);
	int err;

	if (meant == NULL) {
		return yaml_fail(
			at, r->why, "alias %s stands for nothing before it", quote(name).text);
	}
	if (!meant->complete) {
		return yaml_fail(at, r->why, "alias %s stands for a value that it is a part of",
			quote(name).text);
	}
	if (depth + meant->depth > LIMIT_YAML_DEPTH) {
		return yaml_fail(at, r->why, "nested deeper than %d levels", LIMIT_YAML_DEPTH);
	}
	err = count(r, at, meant->nodes, meant->bytes);
	if (err == 0) {
		*out = meant;
	}
	return err;
}

static bool is_end(enum fy_event_type type)
{
	return type == FYET_SEQUENCE_END || type == FYET_MAPPING_END || type == FYET_DOCUMENT_END ||
	       type == FYET_STREAM_END;
}

/* What the parser finds next. */
struct found {
	enum fy_event_type type;
	struct yaml *value;
	struct slice anchor;
};

static int find_next(struct reader *r, struct found *out)
{
	struct fy_event *event = fy_parser_parse(r->parser);

	*out = (struct found){ .type = FYET_NONE };
	if (event == NULL) {
		return syntax_error(r);
	}
	out->type = event->type;
	out->value = describe(r, event, &out->anchor);
	fy_parser_event_free(r->parser, event);
	return 0;
}

/* Reads the next value; NULL when there is none, because the collection around it ends. */
static int read_value(struct reader *r, unsigned depth, struct yaml **out)
{
	struct found found;
	int err = find_next(r, &found);
	struct yaml *value = found.value;

	*out = NULL;
	if (err < 0 || is_end(found.type)) {
		return err;
	}
	if (found.type == FYET_ALIAS) {
		return follow_alias(r, value, found.anchor, depth, out);
	}
	value->nodes = 1;
	value->bytes = value->text.len;
	err = count(r, value, value->nodes, value->bytes);
	if (err == 0 && !bytes_are_text(value->text)) { /* escapes can say anything */
		err = yaml_fail(value, r->why, "holds a NUL, or bytes that are no UTF-8");
	}
	if (err == 0 && found.anchor.len > 0) {
		(void)names_put(r->anchors, found.anchor, value);
	}
	if (err == 0 && value->kind != YAML_SCALAR) {
		err = read_collection(r, value, depth);
	}
	value->complete = true;
	*out = value;
	return err;
}

/* The stream begins, the document begins, there is one value. */
static int read_document(struct reader *r, const struct yaml **root)
{
	struct yaml *value = NULL;
	struct found found;
	int err;

	do {
		err = find_next(r, &found);
	} while (found.type == FYET_STREAM_START);
	if (found.type == FYET_DOCUMENT_START) {
		err = read_value(r, 0, &value);
	}
	if (err == 0 && value == NULL) { /* nothing there but comments */
		value = found.value;
		value->plain = true;
	}
	*root = value;
	return err;
}

static void start(struct reader *r, struct slice text)
{
	struct fy_diag_cfg diagnose;
	struct fy_parse_cfg parse = {
		/* JSON is read as the YAML that it is, however it is indented. */
		.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE |
			 FYPCF_SLOPPY_FLOW_INDENTATION,
	};

	fy_diag_cfg_default(&diagnose);
	diagnose.fp = NULL;
	r->diag = fy_diag_create(&diagnose);
	check(r->diag != NULL);
	fy_diag_set_collect_errors(r->diag, true);
	parse.diag = r->diag;
	r->parser = fy_parser_create(&parse);
	check(r->parser != NULL);
	check(fy_parser_set_string(r->parser, text.len == 0 ? "" : text.at, text.len) == 0);
}

int yaml_read(struct slice text, const char *name, struct arena *arena, const struct yaml **root,
	struct note *why)
{
	struct reader r = { .name = name, .arena = arena, .why = why, .line = 1, .column = 1 };
	const struct yaml *read;
	int err = bytes_check(&text, name, why);

	if (err < 0) {
		return err;
	}
	r.text = text;
	r.anchors = names_new(arena);
	start(&r, text);
	err = read_document(&r, &read);
	fy_parser_destroy(r.parser);
	fy_diag_destroy(r.diag);
	free(r.open);
	if (err == 0) {
		*root = read;
	}
	return err;
}
