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

bool slice_is_among(struct slice s, const struct slice *others, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_equal(s, others[i])) {
			return true;
		}
	}
	return false;
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

/* The compiler must not learn that a difference was found, or it could stop looking. */
static uint64_t opaque(uint64_t value)
{
	__asm__ volatile("" : "+r"(value));
	return value;
}

static uint64_t word_at(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

bool slice_equal_secret(struct slice given, struct slice secret)
{
	/* A secret of another length is not looked at: then the given value is compared with
	 * itself, which takes as long. */
	const char *other = given.len == secret.len ? secret.at : given.at;
	const size_t word = sizeof(uint64_t);
	uint64_t differ = opaque(given.len ^ secret.len);

	if (given.len < word) {
		for (size_t at = 0; at < given.len; at++) {
			differ = opaque(differ | (uint64_t)(given.at[at] ^ other[at]));
		}
		return differ == 0;
	}
	for (size_t at = 0; at + word <= given.len; at += word) {
		differ = opaque(differ | (word_at(given.at + at) ^ word_at(other + at)));
	}
	/* The last word may overlap the one before. */
	differ = opaque(differ |
			(word_at(given.at + given.len - word) ^ word_at(other + given.len - word)));
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
