/* text.c - reads bytes as text. */

#include "common/text.h"

size_t text_character(struct slice s, size_t at, uint32_t *character)
{
	/* What the first byte says: how long it is, and which values would have been shorter. */
	static const struct {
		unsigned char mask, mark;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (size_t more = 0; at < s.len && more < 4; more++) {
		unsigned char first = (unsigned char)s.at[at];
		uint32_t value = first & (unsigned char)~forms[more].mask;

		if ((first & forms[more].mask) != forms[more].mark) {
			continue;
		}
		if (s.len - at <= more) {
			return 0;
		}
		for (size_t i = 1; i <= more; i++) {
			unsigned char next = (unsigned char)s.at[at + i];

			if ((next & 0xc0) != 0x80) {
				return 0;
			}
			value = value << 6 | (next & 0x3f);
		}
		if (value < forms[more].least || value > 0x10ffff ||
			(value >> 11) == 0xd800 >> 11) {
			return 0;
		}
		*character = value;
		return more + 1;
	}
	return 0;
}

int text_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : TEXT_NO_DIGIT;
}

static bool is_white(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

/* The length of the white character that ends `s`; 0 when another one does. */
static size_t white_at_end(struct slice s)
{
	uint32_t character;

	for (size_t len = 1; len <= 3 && len <= s.len; len++) {
		if (text_character(s, s.len - len, &character) == len && is_white(character)) {
			return len;
		}
	}
	return 0;
}

struct slice text_trim(struct slice s)
{
	uint32_t character;
	size_t len;

	while ((len = text_character(s, 0, &character)) > 0 && is_white(character)) {
		s = slice_sub(s, len, s.len);
	}
	while ((len = white_at_end(s)) > 0) {
		s.len -= len;
	}
	return s;
}

bool text_is_token(struct slice s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool alphanumeric =
			(c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!alphanumeric && memchr(marks, c, sizeof(marks) - 1) == NULL) {
			return false;
		}
	}
	return s.len > 0;
}

/* A copy in which the letters from `first` on, a whole alphabet of them, have changed case. */
static struct slice change_case(struct slice s, char first, struct arena *arena)
{
	char *to = arena_bytes(arena, s.len);

	for (size_t i = 0; i < s.len; i++) {
		bool changes = s.at[i] >= first && s.at[i] <= first + 25;

		to[i] = changes ? (char)(s.at[i] ^ 0x20) : s.at[i];
	}
	return (struct slice){ to, s.len };
}

bool text_is_header_value(struct slice s)
{
	unsigned char bad = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		bad |= (c < ' ' && c != '\t') || c == 0x7f;
	}
	return bad == 0;
}

struct slice text_lower(struct slice s, struct arena *arena)
{
	return change_case(s, 'A', arena);
}

struct slice text_upper(struct slice s, struct arena *arena)
{
	return change_case(s, 'a', arena);
}
