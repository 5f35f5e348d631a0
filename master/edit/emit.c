/* emit.c - writes values. */

#include "master/edit/emit.h"
#include "common/line.h"
#include "common/text.h"
#include "master/load/scalar.h"
#include "master/load/untyped.h"

/* Where it is written to, and how. */
struct emit {
	struct line line;
	struct arena *arena;
	unsigned step;
};

static void put(struct emit *e, const char *text)
{
	line_put(&e->line, slice_of(text));
}

/* What else than text would it be, without quotes? */
static bool means_more(struct slice text, struct arena *arena)
{
	const struct yaml plain = { .plain = true, .text = text };
	struct value value;
	bool flag, sixties = slice_find(text, ':', 0) < text.len;

	untyped_read(&plain, arena, &value);
	for (size_t i = 0; sixties && i < text.len; i++) {
		sixties = strchr("0123456789_:.+-", text.at[i]) != NULL;
	}
	return value.kind != VALUE_TEXT || scalar_to_flag(&plain, &flag) || sixties ||
	       slice_equal(text, SLICE("<<")) || slice_equal(text, SLICE("="));
}

/* Bytes with which YAML's marks begin. */
static bool begins_as_a_mark(struct slice text)
{
	bool alone = text.len == 1 || text.at[1] == ' ';

	return strchr(",[]{}#&*!|>'\"%@`", text.at[0]) != NULL ||
	       (strchr("-?:", text.at[0]) != NULL && alone) ||
	       slice_starts_with(text, SLICE("---")) || slice_starts_with(text, SLICE("..."));
}

/* Would a reader of YAML take it for one piece of text as it stands? */
static bool is_plain(struct slice text, bool inside)
{
	if (text.len == 0 || begins_as_a_mark(text) || text.at[0] == ' ' ||
		text.at[text.len - 1] == ' ' || text.at[text.len - 1] == ':') {
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		char next = i + 1 < text.len ? text.at[i + 1] : '\0';

		if ((text.at[i] == ':' && next == ' ') || (text.at[i] == ' ' && next == '#') ||
			(inside && strchr(",[]{}:?", text.at[i]) != NULL)) {
			return false;
		}
	}
	return true;
}

/* One line that shows as what it is? */
static bool is_printable(struct slice text)
{
	uint32_t character = 0;

	for (size_t at = 0, len; at < text.len; at += len) {
		len = text_character(text, at, &character);
		if (len == 0 || character < 0x20 || (character >= 0x7f && character < 0xa0) ||
			character == 0x2028 || character == 0x2029 || character == 0xfeff ||
			character >= 0xfffe) {
			return false;
		}
	}
	return true;
}

static void put_single_quoted(struct emit *e, struct slice text)
{
	struct slice piece;

	put(e, "'");
	for (const char *mark = ""; slice_next(&text, '\'', &piece); mark = "''") {
		put(e, mark);
		line_put(&e->line, piece);
	}
	put(e, "'");
}

/* JSON's quotes and escapes mean the same in YAML. */
static void put_text(struct emit *e, struct slice text, bool inside)
{
	if (text.len == 0 || !is_printable(text) || means_more(text, e->arena)) {
		line_put_json(&e->line, text);
	} else if (is_plain(text, inside)) {
		line_put(&e->line, text);
	} else {
		put_single_quoted(e, text);
	}
}

/* `inside`: between brackets or braces. */
static void put_flow(struct emit *e, const struct value *value, bool inside)
{
	switch (value->kind) {
	case VALUE_NULL:
		put(e, "null");
		break;
	case VALUE_FLAG:
		put(e, value->flag ? "true" : "false");
		break;
	case VALUE_NEVER:
	case VALUE_NUMBER:
		line_put(&e->line, value->text);
		break;
	case VALUE_TEXT:
		put_text(e, value->text, inside);
		break;
	case VALUE_LIST:
		put(e, "[");
		for (size_t i = 0; i < value->items.count; i++) {
			put(e, i == 0 ? "" : ", ");
			put_flow(e, LIST_AT(value->items, struct value, i), true);
		}
		put(e, "]");
		break;
	case VALUE_MAP:
		put(e, "{");
		for (size_t i = 0; i < value->items.count; i++) {
			const struct value_entry *entry =
				LIST_AT(value->items, struct value_entry, i);

			put(e, i == 0 ? "" : ", ");
			put_text(e, entry->key, true);
			put(e, ": ");
			put_flow(e, &entry->value, true);
		}
		put(e, "}");
		break;
	}
}

bool emit_is_block(const struct value *value)
{
	return (value->kind == VALUE_LIST || value->kind == VALUE_MAP) && value->items.count > 0;
}

static void put_block(struct emit *e, const struct value *value, unsigned indent, bool begun);

static void put_item(struct emit *e, const struct value *item, unsigned indent)
{
	put(e, "- ");
	if (emit_is_block(item)) {
		put_block(e, item, indent + 2, true);
	} else {
		put_flow(e, item, false);
		put(e, "\n");
	}
}

static void put_entry(struct emit *e, const struct value_entry *entry, unsigned indent)
{
	put_text(e, entry->key, false);
	if (emit_is_block(&entry->value)) {
		put(e, ":\n");
		put_block(e, &entry->value, (indent + e->step) / e->step * e->step, false);
	} else {
		put(e, ": ");
		put_flow(e, &entry->value, false);
		put(e, "\n");
	}
}

/* `begun`: the first line is, and stands at `indent` already. */
static void put_block(struct emit *e, const struct value *value, unsigned indent, bool begun)
{
	for (size_t i = 0; i < value->items.count; i++) {
		for (unsigned blank = 0; blank < indent && !(begun && i == 0); blank++) {
			put(e, " ");
		}
		if (value->kind == VALUE_LIST) {
			put_item(e, LIST_AT(value->items, struct value, i), indent);
		} else {
			put_entry(e, LIST_AT(value->items, struct value_entry, i), indent);
		}
	}
}

/* What is written first into no room at all tells how much it takes. */
static void make_room(struct emit *e)
{
	e->line = (struct line){ arena_bytes(e->arena, e->line.len), e->line.len, 0 };
}

struct slice emit_block(
	const struct value *value, unsigned indent, unsigned step, struct arena *arena)
{
	struct emit e = { .arena = arena, .step = step };

	put_block(&e, value, indent, false);
	make_room(&e);
	put_block(&e, value, indent, false);
	return (struct slice){ e.line.to, e.line.len };
}

struct slice emit_flow(const struct value *value, bool inside, struct arena *arena)
{
	struct emit e = { .arena = arena };

	put_flow(&e, value, inside);
	make_room(&e);
	put_flow(&e, value, inside);
	return (struct slice){ e.line.to, e.line.len };
}
