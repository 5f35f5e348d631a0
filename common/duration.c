/* duration.c - reads "1h2m3.5s": numbers, each with its unit right behind it, in any order. */

#include "common/duration.h"

/* The sum of a negative duration may be one larger than that of a positive one. */
static const uint64_t most_ns = (uint64_t)1 << 63;

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* U+00B5, the micro sign */
	{ "\xce\xbcs", 1000 }, /* U+03BC, the Greek letter */
	{ "ms", 1000 * 1000 },
	{ "s", UINT64_C(1000) * 1000 * 1000 },
	{ "m", UINT64_C(60) * 1000 * 1000 * 1000 },
	{ "h", UINT64_C(3600) * 1000 * 1000 * 1000 },
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static struct slice take(struct slice *rest, size_t len)
{
	struct slice taken = slice_sub(*rest, 0, len);

	*rest = slice_sub(*rest, len, rest->len);
	return taken;
}

static struct slice take_digits(struct slice *rest)
{
	size_t len = 0;

	while (len < rest->len && is_digit(rest->at[len])) {
		len++;
	}
	return take(rest, len);
}

/* Whatever stands before the next number; 0 when that is no unit. */
static uint64_t take_unit(struct slice *rest)
{
	struct slice name;
	size_t len = 0;

	while (len < rest->len && !is_digit(rest->at[len]) && rest->at[len] != '.') {
		len++;
	}
	name = take(rest, len);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (slice_equal(name, slice_of(units[i].name))) {
			return units[i].ns;
		}
	}
	return 0;
}

/* The digits behind the point, in nanoseconds, rounded like the reference does: in a double. Digits
 * after the 18th weigh less than a nanosecond, whatever the unit. */
static uint64_t fraction_ns(struct slice digits, uint64_t unit_ns)
{
	double scale = 1;
	uint64_t sum = 0;

	for (size_t i = 0; i < digits.len && i < 18; i++) {
		sum = sum * 10 + (uint64_t)(digits.at[i] - '0');
		scale *= 10;
	}
	return (uint64_t)((double)sum * ((double)unit_ns / scale));
}

/* One number with its unit. */
static bool take_part(struct slice *rest, uint64_t *ns)
{
	struct slice whole = take_digits(rest);
	struct slice fraction = { NULL, 0 };
	unsigned long long count = 0;
	uint64_t unit_ns;

	if (rest->len > 0 && rest->at[0] == '.') {
		(void)take(rest, 1);
		fraction = take_digits(rest);
	}
	if (whole.len == 0 && fraction.len == 0) {
		return false;
	}
	unit_ns = take_unit(rest);
	if (unit_ns == 0) {
		return false;
	}
	if (whole.len > 0 && !slice_to_number(whole, most_ns / unit_ns, &count)) {
		return false;
	}
	*ns = count * unit_ns + fraction_ns(fraction, unit_ns);
	return *ns <= most_ns;
}

bool duration_parse(struct slice text, int64_t *ns)
{
	struct slice rest = text;
	bool negative = slice_starts_with(text, SLICE("-"));
	uint64_t sum = 0, part;

	if (negative || slice_starts_with(text, SLICE("+"))) {
		(void)take(&rest, 1);
	}
	if (slice_equal(rest, SLICE("0"))) {
		*ns = 0; /* the one number that needs no unit */
		return true;
	}
	if (rest.len == 0) {
		return false;
	}
	while (rest.len > 0) {
		if (!take_part(&rest, &part) || part > most_ns - sum) {
			return false;
		}
		sum += part;
	}
	if (sum == most_ns && !negative) {
		return false;
	}
	*ns = (int64_t)(negative ? -sum : sum);
	return true;
}
