/* json_text.c - finds the end of a string, and undoes its escapes. */

#include "common/json_text.h"
#include "common/text.h"

/* What most text consists of, and nobody has to look at twice. */
/* clang-format off */
static const bool plain[256] = {
	[' '] = true, ['!'] = true, ['#' ... '['] = true, [']' ... 0x7f] = true,
};
/* clang-format on */

/* The index of the closing quote; json.len when it does not come. */
static size_t find_end(struct slice json, size_t at, bool *escaped)
{
	uint32_t character;
	size_t len;

	for (; at < json.len && json.at[at] != '"'; at += len) {
		unsigned char byte = (unsigned char)json.at[at];

		if (plain[byte]) {
			len = 1;
		} else if (byte == '\\') {
			*escaped = true;
			len = 2; /* if it is half a character, the next round sees it */
		} else {
			len = byte < ' ' ? 0 : text_character(json, at, &character);
			if (len == 0) {
				return json.len;
			}
		}
	}
	return at < json.len ? at : json.len;
}

/* The four digits at `at`; UINT32_MAX when they are none. */
static uint32_t hex(struct slice s, size_t at)
{
	uint32_t sum = 0;

	if (at > s.len || s.len - at < 4) {
		return UINT32_MAX;
	}
	for (size_t i = at; i < at + 4; i++) {
		char digit = (char)(s.at[i] | 0x20);

		if (s.at[i] >= '0' && s.at[i] <= '9') {
			sum = sum * 16 + (uint32_t)(s.at[i] - '0');
		} else if (digit >= 'a' && digit <= 'f') {
			sum = sum * 16 + (uint32_t)(digit - 'a') + 10;
		} else {
			return UINT32_MAX;
		}
	}
	return sum;
}

/* The character that "\uXXXX" at *at, or two of them, stand for; 0 when there is none. */
static uint32_t read_unicode(struct slice s, size_t *at)
{
	uint32_t high = hex(s, *at + 2), low;

	*at += 6;
	if (high == UINT32_MAX || high >> 10 == 0xdc00 >> 10) {
		return 0;
	}
	if (high >> 10 != 0xd800 >> 10) {
		return high;
	}
	low = slice_starts_with(slice_sub(s, *at, s.len), SLICE("\\u")) ? hex(s, *at + 2) : 0;
	*at += 6;
	if (low >> 10 != 0xdc00 >> 10) {
		return 0;
	}
	return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}

/* The character behind the backslash at *at, which moves behind all of it; 0 when there is none. */
static uint32_t read_escape(struct slice s, size_t *at)
{
	static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (s.at[*at + 1] == 'u') {
		return read_unicode(s, at);
	}
	name = memchr(names, s.at[*at + 1], sizeof(names) - 1);
	*at += 2;
	return name == NULL ? 0 : (unsigned char)meanings[name - names];
}

static char *put_character(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* No escape is shorter than what it stands for. */
static bool undo_escapes(struct slice s, struct arena *arena, struct slice *out)
{
	char *first = arena_bytes(arena, s.len), *to = first;

	for (size_t at = 0; at < s.len;) {
		uint32_t character;

		if (s.at[at] != '\\') {
			*to++ = s.at[at++];
			continue;
		}
		character = read_escape(s, &at);
		if (character == 0) {
			return false;
		}
		to = put_character(to, character);
	}
	*out = (struct slice){ first, (size_t)(to - first) };
	return true;
}

bool json_text_read(struct slice json, size_t *at, struct arena *arena, struct slice *out)
{
	size_t first = *at + 1, end;
	bool escaped = false;
	struct slice text;

	if (*at >= json.len || json.at[*at] != '"') {
		return false;
	}
	end = find_end(json, first, &escaped);
	if (end == json.len) {
		return false;
	}
	text = (struct slice){ json.at + first, end - first };
	if (escaped && !undo_escapes(text, arena, &text)) {
		return false;
	}
	*out = text;
	*at = end + 1;
	return true;
}
