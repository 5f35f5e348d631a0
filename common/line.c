/* line.c - puts numbers and foreign text into a line, so that none is mistaken for its own. */

#include <stdbool.h>
#include <stdio.h>

#include "common/line.h"
#include "common/text.h"

/* Characters outside of ASCII that do not show, or show something else than what is there: blanks,
 * format and direction marks, private use. Unassigned ones are left as they are; which ones those
 * are changes every year. */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0x80, 0xa0 },
	{ 0xad, 0xad },
	{ 0x600, 0x605 },
	{ 0x61c, 0x61c },
	{ 0x6dd, 0x6dd },
	{ 0x70f, 0x70f },
	{ 0x1680, 0x1680 },
	{ 0x180e, 0x180e },
	{ 0x2000, 0x200f },
	{ 0x2028, 0x202f },
	{ 0x205f, 0x206f },
	{ 0x3000, 0x3000 },
	{ 0xd800, 0xf8ff },
	{ 0xfdd0, 0xfdef },
	{ 0xfeff, 0xfeff },
	{ 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0x10ffff },
};

void line_put(struct line *line, struct slice bytes)
{
	size_t left = line->len < line->room ? line->room - line->len : 0;

	if (bytes.len > 0 && left > 0) {
		memcpy(line->to + line->len, bytes.at, bytes.len < left ? bytes.len : left);
	}
	line->len += bytes.len;
}

void line_put_number(struct line *line, int64_t number)
{
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0) {
		digits[--at] = '-';
	}
	line_put(line, (struct slice){ digits + at, sizeof(digits) - at });
}

static bool is_printable(uint32_t character)
{
	if (character < 0x80) {
		return character >= ' ' && character < 0x7f;
	}
	for (size_t i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++) {
		if (character <= unprintable[i].last) {
			return character < unprintable[i].first;
		}
	}
	return true;
}

static bool is_escaped(uint32_t character, bool json)
{
	if (character == '"' || character == '\\') {
		return true;
	}
	if (json) { /* the last two end a line in JavaScript */
		return character < ' ' || character == 0x2028 || character == 0x2029;
	}
	return !is_printable(character);
}

static void put_escape(struct line *line, uint32_t character, bool json)
{
	static const char letters[] = "abtnvfr"; /* of 7 to 13; JSON has no \a and no \v */
	bool has_letter = character >= 7 && character <= 13 &&
			  !(json && (character == '\a' || character == '\v'));
	char text[16];
	int len;

	if (character == '"' || character == '\\') {
		len = snprintf(text, sizeof(text), "\\%c", (char)character);
	} else if (has_letter) {
		len = snprintf(text, sizeof(text), "\\%c", letters[character - 7]);
	} else if (json || (character >= 0x80 && character < 0x10000)) {
		len = snprintf(text, sizeof(text), "\\u%04x", (unsigned)character);
	} else if (character < 0x80) {
		len = snprintf(text, sizeof(text), "\\x%02x", (unsigned)character);
	} else {
		len = snprintf(text, sizeof(text), "\\U%08x", (unsigned)character);
	}
	line_put(line, (struct slice){ text, (size_t)len });
}

static void put_invalid(struct line *line, char byte, bool json)
{
	char text[8];
	int len = json ? snprintf(text, sizeof(text), "\\ufffd")
		       : snprintf(text, sizeof(text), "\\x%02x", (unsigned char)byte);

	line_put(line, (struct slice){ text, (size_t)len });
}

/* The first byte at or after `at` that needs a closer look. Nearly no byte of a log does. */
static size_t skip_plain(struct slice s, size_t at)
{
	while (at < s.len && s.at[at] > '"' && s.at[at] < 0x7f && s.at[at] != '=' &&
		s.at[at] != '\\') {
		at++;
	}
	return at;
}

static void put_quoted(struct line *line, struct slice value, bool json)
{
	size_t from = 0; /* where the stretch begins that can be put as it is */

	line_put(line, SLICE("\""));
	for (size_t at = skip_plain(value, 0); at < value.len; at = skip_plain(value, at)) {
		uint32_t character = 0;
		size_t len = text_character(value, at, &character);

		if (len > 0 && !is_escaped(character, json)) {
			at += len;
			continue;
		}
		line_put(line, slice_sub(value, from, at));
		if (len > 0) {
			put_escape(line, character, json);
		} else {
			put_invalid(line, value.at[at], json);
		}
		at += len > 0 ? len : 1;
		from = at;
	}
	line_put(line, slice_sub(value, from, value.len));
	line_put(line, SLICE("\""));
}

static bool needs_quotes(struct slice value)
{
	for (size_t at = skip_plain(value, 0); at < value.len; at = skip_plain(value, at)) {
		uint32_t character = 0;
		size_t len = text_character(value, at, &character);

		if (len == 0 || character == ' ' || character == '=' || character == '"' ||
			!is_printable(character)) {
			return true;
		}
		at += len;
	}
	return value.len == 0;
}

void line_put_text(struct line *line, struct slice value)
{
	if (needs_quotes(value)) {
		put_quoted(line, value, false);
	} else {
		line_put(line, value);
	}
}

void line_put_json(struct line *line, struct slice value)
{
	put_quoted(line, value, true);
}
