/* decimal.h - numbers as they were written, compared without rounding: 2^53 + 1 is not 2^53, though
 * a double can't tell them apart. */

#pragma once

#include <stdbool.h>

#include "common/slice.h"

/* Is it written as JSON writes numbers (RFC 8259 section 6), with an exponent of nine digits at
 * most? */
bool decimal_is_valid(struct slice text);

/* The same number, to the last digit? Both are valid. 1, 1.0 and 10e-1 are the same; so are 0 and
 * -0. */
bool decimal_equal(struct slice a, struct slice b);

/* What a reader of doubles takes a valid one for, infinity included. */
double decimal_nearest(struct slice text);
