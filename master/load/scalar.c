/* scalar.c - types of scalars. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/text.h"
#include "master/load/scalar.h"

enum { NUMBER_BYTES = 64 }; /* a longer one is text */

/* Is `s` one of the words, which end with NULL? */
static bool is_one_of(struct slice s, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (slice_equal(s, slice_of(*words))) {
			return true;
		}
	}
	return false;
}

/* clang-format off */
static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
static const char *const truths[] = { "true", "True", "TRUE", NULL };
static const char *const lies[] = { "false", "False", "FALSE", NULL };
static const char *const old_truths[] = {
	"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", NULL
};
static const char *const old_lies[] = {
	"n", "N", "no", "No", "NO", "off", "Off", "OFF", NULL
};
static const char *const text_tags[] = { "!", "tag:yaml.org,2002:str", NULL };
static const char *const other_tags[] = { /* understood, and no more than what the text says */
	"", "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int",
	"tag:yaml.org,2002:float", NULL
};
/* clang-format on */

/* The number's characters without underscores, as a C string; false when it is too long. */
static bool strip(struct slice s, char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '_') {
			continue;
		}
		if (s.at[i] == '\0' || len == NUMBER_BYTES - 1) {
			return false;
		}
		to[len++] = s.at[i];
	}
	to[len] = '\0';
	return true;
}

/* [sign] [0x | 0o | 0b | 0] digits. ERANGE when it is such a number, but does not fit. */
static int to_whole(const char *text, int64_t *out)
{
	bool negative = *text == '-';
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	uint64_t sum = 0;
	int base = 10, err = 0;

	text += *text == '-' || *text == '+';
	if (text[0] == '0' && text[1] != '\0') {
		char mark = (char)(text[1] | 0x20);

		base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
		text += mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1;
	}
	if (*text == '\0') {
		return -EINVAL;
	}
	for (; *text != '\0'; text++) {
		int digit = text_digit(*text);

		if (digit >= base) {
			return -EINVAL;
		}
		if (sum > (limit - (uint64_t)digit) / (uint64_t)base) {
			err = -ERANGE;
			continue;
		}
		sum = sum * (uint64_t)base + (uint64_t)digit;
	}
	if (err == 0) {
		*out = negative ? (int64_t)(0 - sum) : (int64_t)sum;
	}
	return err;
}

static const char *skip_digits(const char *text)
{
	while (*text >= '0' && *text <= '9') {
		text++;
	}
	return text;
}

/* [sign] digits [. digits] [e [sign] digits], with at least one digit before the e. */
static bool to_float(const char *text, double *out)
{
	const char *at = text + (*text == '-' || *text == '+');
	const char *digits = at;

	at = skip_digits(at);
	if (*at == '.') {
		const char *fraction = at + 1;

		at = skip_digits(fraction);
		if (digits == fraction - 1 && at == fraction) {
			return false;
		}
	} else if (at == digits) {
		return false;
	}
	if (*at == 'e' || *at == 'E') {
		at += at[1] == '-' || at[1] == '+' ? 2 : 1;
		digits = at;
		at = skip_digits(at);
		if (at == digits) {
			return false;
		}
	}
	*out = strtod(text, NULL);
	return *at == '\0';
}

/* Numbers begin with a digit, a sign or a point; infinity and the like are of no use to us. */
static enum scalar_type number_type(struct slice s, int64_t *whole, double *real)
{
	char text[NUMBER_BYTES];
	int err;

	if (s.len == 0 || s.at[0] == '_' || !strip(s, text)) {
		return SCALAR_TEXT;
	}
	err = to_whole(text, whole);
	if (err == 0) {
		return SCALAR_WHOLE;
	}
	/* Too large for 64 bits is a float in the reference as well. */
	if (err == -ERANGE) {
		*real = HUGE_VAL;
		return SCALAR_FLOAT;
	}
	return to_float(text, real) ? SCALAR_FLOAT : SCALAR_TEXT;
}

enum scalar_type scalar_type(const struct yaml *scalar)
{
	int64_t whole;
	double real;

	if (is_one_of(scalar->tag, text_tags)) {
		return SCALAR_TEXT;
	}
	if (!is_one_of(scalar->tag, other_tags)) {
		return SCALAR_OTHER;
	}
	if (!scalar->plain) {
		return SCALAR_TEXT;
	}
	if (is_one_of(scalar->text, nulls)) {
		return SCALAR_NULL;
	}
	if (is_one_of(scalar->text, truths) || is_one_of(scalar->text, lies)) {
		return SCALAR_FLAG;
	}
	return number_type(scalar->text, &whole, &real);
}

bool scalar_is_null(const struct yaml *value)
{
	return value->kind == YAML_SCALAR && scalar_type(value) == SCALAR_NULL;
}

bool scalar_to_flag(const struct yaml *scalar, bool *out)
{
	struct slice s = scalar->text;

	if (!scalar->plain || !is_one_of(scalar->tag, other_tags)) {
		return false;
	}
	if (is_one_of(s, truths) || is_one_of(s, old_truths)) {
		*out = true;
		return true;
	}
	if (is_one_of(s, lies) || is_one_of(s, old_lies)) {
		*out = false;
		return true;
	}
	return false;
}

bool scalar_to_number(const struct yaml *scalar, int64_t *out)
{
	enum scalar_type type = scalar_type(scalar);
	int64_t whole = 0;
	double real = 0;

	if (type != SCALAR_WHOLE && type != SCALAR_FLOAT) {
		return false;
	}
	type = number_type(scalar->text, &whole, &real);
	if (type == SCALAR_FLOAT) {
		/* 2^63 itself would not fit. */
		if (!(real > -0x1p63 && real < 0x1p63)) {
			return false;
		}
		whole = (int64_t)real;
	}
	*out = whole;
	return true;
}
