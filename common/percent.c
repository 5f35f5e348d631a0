/* percent.c - reads %XX. */

#include "common/percent.h"
#include "common/text.h"

int percent_byte(struct slice s, size_t at)
{
	int high, low;

	if (at >= s.len || s.len - at < 3 || s.at[at] != '%') {
		return -1;
	}
	high = text_digit(s.at[at + 1]);
	low = text_digit(s.at[at + 2]);
	return high == TEXT_NO_DIGIT || low == TEXT_NO_DIGIT ? -1 : high * 16 + low;
}

bool percent_is_valid(struct slice s)
{
	for (size_t at = slice_find(s, '%', 0); at < s.len; at = slice_find(s, '%', at + 1)) {
		if (percent_byte(s, at) < 0) {
			return false;
		}
	}
	return true;
}

struct slice percent_decode(struct slice s, struct arena *arena)
{
	size_t first = slice_find(s, '%', 0), len = first;
	char *to;

	if (first == s.len) {
		return s;
	}
	to = arena_bytes(arena, s.len);
	memcpy(to, s.at, first);
	for (size_t i = first; i < s.len; i++) {
		int escaped = percent_byte(s, i);

		to[len++] = escaped < 0 ? s.at[i] : (char)escaped;
		i += escaped < 0 ? 0 : 2;
	}
	return (struct slice){ to, len };
}
