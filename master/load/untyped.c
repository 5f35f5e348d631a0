/* untyped.c - types of values that nobody asked to be of one type (spec/config.md section 3). */

#include <math.h>

#include "common/decimal.h"
#include "common/line.h"
#include "master/load/scalar.h"
#include "master/load/untyped.h"

enum { NUMBER_BYTES = 64 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One to `most` digits off the front, as a number from `least` to `top`. */
static bool take_number(struct slice *s, size_t most, unsigned least, unsigned top)
{
	unsigned number = 0;
	size_t len = 0;

	while (len < s->len && len < most && is_digit(s->at[len])) {
		number = 10 * number + (unsigned)(s->at[len++] - '0');
	}
	*s = slice_sub(*s, len, s->len);
	return len > 0 && number >= least && number <= top;
}

static bool take_byte(struct slice *s, const char *any)
{
	bool taken = s->len > 0 && strchr(any, s->at[0]) != NULL;

	*s = slice_sub(*s, taken, s->len);
	return taken;
}

/* "Z", or what a clock is ahead or behind: +02:00. */
static bool take_zone(struct slice *s)
{
	return take_byte(s, "Z") || (take_byte(s, "+-") && take_number(s, 2, 0, 24) &&
					    take_byte(s, ":") && take_number(s, 2, 0, 60));
}

static bool take_time(struct slice *s)
{
	if (!take_number(s, 2, 0, 23) || !take_byte(s, ":") || !take_number(s, 2, 0, 59) ||
		!take_byte(s, ":") || !take_number(s, 2, 0, 59)) {
		return false;
	}
	if (take_byte(s, ".")) {
		return take_number(s, s->len, 0, UINT32_MAX);
	}
	return true;
}

/* 2024-01-31, with a time of day or without: the reference makes a moment of it, which no JSON is.
 */
static bool is_moment(struct slice s)
{
	if (s.len < 8 || !is_digit(s.at[1]) || !is_digit(s.at[2]) || !is_digit(s.at[3]) ||
		!take_number(&s, 4, 0, 9999) || !take_byte(&s, "-") || !take_number(&s, 2, 1, 12) ||
		!take_byte(&s, "-") || !take_number(&s, 2, 1, 31)) {
		return false;
	}
	if (s.len == 0) {
		return true;
	}
	if (take_byte(&s, " ")) {
		return take_time(&s) && s.len == 0;
	}
	return take_byte(&s, "Tt") && take_time(&s) && take_zone(&s) && s.len == 0;
}

static bool is_endless(struct slice s)
{
	(void)take_byte(&s, "+-");
	return slice_equal_nocase(s, SLICE(".inf")) || slice_equal_nocase(s, SLICE(".nan"));
}

/* A number as JSON writes it: without underscores, plus signs and zeros in front, and with a digit
 * on both sides of the point. YAML's other bases are counted out. */
static struct slice decimal_text(const struct yaml *scalar, struct arena *arena)
{
	struct line line = { arena_bytes(arena, NUMBER_BYTES), NUMBER_BYTES, 0 };
	struct slice s = scalar->text;
	int64_t whole;

	if (scalar_type(scalar) == SCALAR_WHOLE && scalar_to_number(scalar, &whole)) {
		line_put_number(&line, whole);
		return (struct slice){ line.to, line.len };
	}
	if (s.at[0] == '-') {
		line_put(&line, SLICE("-"));
	}
	(void)take_byte(&s, "+-");
	while (s.len > 1 && (s.at[0] == '0' || s.at[0] == '_') &&
		(is_digit(s.at[1]) || s.at[1] == '_')) {
		s = slice_sub(s, 1, s.len);
	}
	if (s.len > 0 && s.at[0] == '.') {
		line_put(&line, SLICE("0"));
	}
	for (size_t i = 0; i < s.len; i++) {
		bool bare_point = s.at[i] == '.' && (i + 1 == s.len || !is_digit(s.at[i + 1]));

		if (s.at[i] != '_' && !bare_point) {
			line_put(&line, slice_sub(s, i, i + 1));
		}
	}
	return line.len <= line.room ? (struct slice){ line.to, line.len } : s;
}

/* A number that has no decimal form of ours, such as a hexadecimal one of 80 bits, equals nothing.
 */
static void read_number(const struct yaml *scalar, struct arena *arena, struct value *out)
{
	if (!value_number(decimal_text(scalar, arena), out)) {
		*out = (struct value){ .kind = VALUE_NEVER, .text = scalar->text };
	}
}

static int sextet(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	return found == NULL ? -1 : (int)(found - digits);
}

/* What `!!binary` holds, in base64 with white space anywhere. */
static struct slice decode_binary(struct slice text, struct arena *arena)
{
	char *to = arena_bytes(arena, text.len + 1);
	unsigned bits = 0, held = 0;
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		int six = sextet(text.at[i]);

		if (six >= 0) {
			held = (held << 6 | (unsigned)six) & 0xffff;
			bits += 6;
		}
		if (bits >= 8) {
			bits -= 8;
			to[len++] = (char)(held >> bits & 0xff);
		}
	}
	return (struct slice){ to, len };
}

static void read_scalar(const struct yaml *scalar, struct arena *arena, struct value *out)
{
	bool untagged = scalar->plain && scalar->tag.len == 0;

	*out = (struct value){ .kind = VALUE_NEVER, .text = scalar->text };
	switch (scalar_type(scalar)) {
	case SCALAR_NULL:
		*out = (struct value){ .kind = VALUE_NULL };
		break;
	case SCALAR_FLAG:
		out->kind = VALUE_FLAG;
		(void)scalar_to_flag(scalar, &out->flag);
		break;
	case SCALAR_WHOLE:
	case SCALAR_FLOAT:
		read_number(scalar, arena, out);
		break;
	case SCALAR_TEXT:
		if (!untagged || (!is_moment(scalar->text) && !is_endless(scalar->text))) {
			out->kind = VALUE_TEXT;
		}
		break;
	case SCALAR_OTHER:
		if (slice_equal(scalar->tag, SLICE("tag:yaml.org,2002:binary"))) {
			out->kind = VALUE_TEXT;
			out->text = decode_binary(scalar->text, arena);
		}
		break;
	}
}

static bool has_text_keys(const struct yaml *map, struct arena *arena)
{
	for (size_t i = 0; i < map->count; i++) {
		struct value key;

		read_scalar(map->pairs[i].key, arena, &key);
		if (key.kind != VALUE_TEXT) {
			return false;
		}
	}
	return true;
}

void untyped_read(const struct yaml *yaml, struct arena *arena, struct value *out)
{
	switch (yaml->kind) {
	case YAML_SCALAR:
		read_scalar(yaml, arena, out);
		break;
	case YAML_LIST:
		*out = (struct value){ .kind = VALUE_LIST };
		out->items.count = yaml->count;
		out->items.items = arena_alloc(arena, yaml->count, sizeof(struct value));
		for (size_t i = 0; i < yaml->count; i++) {
			untyped_read(yaml->items[i], arena, LIST_AT(out->items, struct value, i));
		}
		break;
	case YAML_MAP:
		if (has_text_keys(yaml, arena)) {
			untyped_read_map(yaml, arena, out);
		} else {
			*out = (struct value){ .kind = VALUE_NEVER };
		}
		break;
	}
}

void untyped_read_map(const struct yaml *map, struct arena *arena, struct value *out)
{
	*out = (struct value){ .kind = VALUE_MAP };
	out->items.count = map->count;
	out->items.items = arena_alloc(arena, map->count, sizeof(struct value_entry));
	for (size_t i = 0; i < map->count; i++) {
		struct value_entry *entry = LIST_AT(out->items, struct value_entry, i);

		entry->key = map->pairs[i].key->text;
		untyped_read(map->pairs[i].value, arena, &entry->value);
	}
}
