/* decimal.c - takes the texts of numbers apart: sign, digits that count, place of the last one. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/decimal.h"

enum {
	EXPONENT_DIGITS = 9,  /* so that no sum of exponents overflows */
	DECIDING_DIGITS = 800 /* no double and its neighbour agree in so many and differ behind */
};

/* The digits from the first to the last that is not 0; a point may stand between them. Zero has no
 * digits. */
struct decimal {
	bool negative;
	struct slice digits;
	int64_t exponent; /* of the last digit */
};

static bool is_digit(struct slice s, size_t at)
{
	return at < s.len && s.at[at] >= '0' && s.at[at] <= '9';
}

static size_t skip_digits(struct slice s, size_t at)
{
	while (is_digit(s, at)) {
		at++;
	}
	return at;
}

/* Where the mantissa ends; 0 when there is none. */
static size_t mantissa_end(struct slice s)
{
	size_t at = s.len > 0 && s.at[0] == '-' ? 1 : 0;

	if (!is_digit(s, at)) {
		return 0;
	}
	at = s.at[at] == '0' ? at + 1 : skip_digits(s, at);
	if (at < s.len && s.at[at] == '.') {
		size_t end = skip_digits(s, at + 1);

		return end == at + 1 ? 0 : end;
	}
	return at;
}

bool decimal_is_valid(struct slice text)
{
	size_t at = mantissa_end(text), first;

	if (at == 0 || at == text.len) {
		return at > 0;
	}
	if (text.at[at] != 'e' && text.at[at] != 'E') {
		return false;
	}
	at++;
	at += at < text.len && (text.at[at] == '+' || text.at[at] == '-');
	first = at;
	while (at + 1 < text.len && text.at[at] == '0') {
		at++;
	}
	return first < text.len && text.len - at <= EXPONENT_DIGITS &&
	       skip_digits(text, at) == text.len;
}

static int64_t written_exponent(struct slice text, size_t mark)
{
	bool negative = mark + 1 < text.len && text.at[mark + 1] == '-';
	int64_t sum = 0;

	for (size_t at = mark + 1; at < text.len; at++) {
		sum = is_digit(text, at) ? sum * 10 + (text.at[at] - '0') : sum;
	}
	return negative ? -sum : sum;
}

static bool counts(char byte)
{
	return byte >= '1' && byte <= '9';
}

static struct decimal take_apart(struct slice text)
{
	size_t mark = mantissa_end(text), point, last = mark, first = 0;
	struct decimal d = { .negative = text.at[0] == '-' };

	while (first < mark && !counts(text.at[first])) {
		first++;
	}
	while (last > first && !counts(text.at[last - 1])) {
		last--;
	}
	if (first == mark) {
		return (struct decimal){ .negative = false };
	}
	point = slice_find(slice_sub(text, 0, mark), '.', 0);
	d.digits = slice_sub(text, first, last);
	d.exponent = written_exponent(text, mark);
	d.exponent += last <= point ? (int64_t)(point - last) : -(int64_t)(last - point - 1);
	return d;
}

bool decimal_equal(struct slice a, struct slice b)
{
	struct decimal x = take_apart(a), y = take_apart(b);
	size_t i = 0, j = 0;

	if (x.negative != y.negative || x.exponent != y.exponent) {
		return false;
	}
	while (i < x.digits.len && j < y.digits.len) {
		if (x.digits.at[i] == '.') {
			i++;
		} else if (y.digits.at[j] == '.') {
			j++;
		} else if (x.digits.at[i++] != y.digits.at[j++]) {
			return false;
		}
	}
	return i == x.digits.len && j == y.digits.len;
}

/* A double has one decimal form of at most 767 digits, and so has what lies halfway to the next
 * one. Of more digits it matters only that they are there. */
double decimal_nearest(struct slice text)
{
	struct decimal d = take_apart(text);
	char plain[DECIDING_DIGITS + 32];
	size_t len = 0, left_out = 0;

	plain[len++] = d.negative ? '-' : '+';
	for (size_t i = 0; i < d.digits.len; i++) {
		if (d.digits.at[i] == '.') {
			continue;
		}
		if (len <= DECIDING_DIGITS) {
			plain[len++] = d.digits.at[i];
		} else {
			left_out++;
		}
	}
	if (left_out > 0) {
		plain[len++] = '1';
		left_out--;
	}
	(void)snprintf(plain + len, sizeof(plain) - len, "e%lld",
		(long long)d.exponent + (long long)left_out);
	return strtod(plain, NULL);
}
