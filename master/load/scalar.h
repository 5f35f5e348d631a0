/* scalar.h - what a scalar means, as the reference's YAML library reads it (spec/config.md section
 * 3). */

#pragma once

#include <stdint.h>

#include "master/load/yaml.h"

/* What it is when nobody asks for a type; a scalar in quotes is text. The forms of YAML 1.1 ("yes",
 * "on") are text too, unless a flag is asked for. */
enum scalar_type {
	SCALAR_TEXT,
	SCALAR_NULL,
	SCALAR_FLAG,
	SCALAR_WHOLE, /* a number without a fraction */
	SCALAR_FLOAT,
	SCALAR_OTHER, /* has a tag that is not understood */
};

enum scalar_type scalar_type(const struct yaml *scalar);

/* null, also as the value of a mapping that has none. */
bool scalar_is_null(const struct yaml *value);

/* The value as a flag, with the forms of YAML 1.1; false when it is none. */
bool scalar_to_flag(const struct yaml *scalar, bool *out);

/* The value as a number: decimal, 0x, 0o, 0b, octal with a leading 0, underscores between; what
 * follows a point is cut off. False when it is none or does not fit. */
bool scalar_to_number(const struct yaml *scalar, int64_t *out);
