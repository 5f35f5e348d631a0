/* slice.c - comparing, cutting and searching borrowed bytes. */

#include <stdint.h>

#include "common/slice.h"

static unsigned char lower(char byte)
{
	unsigned char c = (unsigned char)byte;

	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

struct slice slice_of(const char *text)
{
	return (struct slice){ text, text == NULL ? 0 : strlen(text) };
}

bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
	return a.len == b.len && slice_starts_with_nocase(a, b);
}

int slice_compare(struct slice a, struct slice b)
{
	size_t both = a.len < b.len ? a.len : b.len;
	int order = both == 0 ? 0 : memcmp(a.at, b.at, both);

	if (order != 0) {
		return order;
	}
	return (a.len > b.len) - (a.len < b.len);
}

bool slice_equal_secret(struct slice given, struct slice secret)
{
	/* volatile: the compiler must not turn the sum into an early exit. */
	volatile unsigned differ = given.len != secret.len;

	for (size_t i = 0; i < given.len; i++) {
		size_t inside = -(size_t)(i < secret.len);
		unsigned char other = secret.len == 0 ? 0 : (unsigned char)secret.at[i & inside];

		differ |= (unsigned char)given.at[i] ^ other;
	}
	return differ == 0;
}

bool slice_starts_with(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

bool slice_starts_with_nocase(struct slice s, struct slice prefix)
{
	if (s.len < prefix.len) {
		return false;
	}
	for (size_t i = 0; i < prefix.len; i++) {
		if (lower(s.at[i]) != lower(prefix.at[i])) {
			return false;
		}
	}
	return true;
}

bool slice_ends_with(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len && slice_equal(slice_sub(s, s.len - suffix.len, s.len), suffix);
}

size_t slice_find(struct slice s, char byte, size_t from)
{
	const char *found;

	if (from >= s.len) {
		return s.len;
	}
	found = memchr(s.at + from, byte, s.len - from);
	return found == NULL ? s.len : (size_t)(found - s.at);
}

struct slice slice_sub(struct slice s, size_t from, size_t to)
{
	if (to > s.len) {
		to = s.len;
	}
	if (from >= to) {
		return (struct slice){ NULL, 0 };
	}
	return (struct slice){ s.at + from, to - from };
}

struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t')) {
		s = slice_sub(s, 1, s.len);
	}
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t')) {
		s.len--;
	}
	return s;
}

bool slice_next(struct slice *rest, char separator, struct slice *piece)
{
	size_t end;

	if (rest->at == NULL) {
		return false;
	}
	end = slice_find(*rest, separator, 0);
	*piece = (struct slice){ rest->at, end };
	if (end == rest->len) {
		*rest = (struct slice){ NULL, 0 };
	} else {
		*rest = (struct slice){ rest->at + end + 1, rest->len - end - 1 };
	}
	return true;
}

bool slice_to_number(struct slice s, unsigned long long max, unsigned long long *out)
{
	unsigned long long sum = 0;

	if (s.len == 0) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)s.at[i] - '0';

		if (digit > 9 || digit > max || sum > (max - digit) / 10) {
			return false;
		}
		sum = sum * 10 + digit;
	}
	*out = sum;
	return true;
}
