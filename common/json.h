/* json.h - reads JSON that has one meaning (RFC 8259, RFC 7493), or none. */

#pragma once

#include "common/arena.h"
#include "common/value.h"

enum json_fault {
	JSON_READ,    /* none: it has been read */
	JSON_INVALID, /* not one value with white space around it; bytes that are no UTF-8, half
		       * of a surrogate pair, a NUL; a number that no double is near */
	JSON_REPEATED_NAME, /* in one object, after escapes are read */
	JSON_TOO_LARGE,     /* LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES */
};

/* On JSON_READ `out` holds the value: numbers to the last digit, the members of each object ordered
 * by name. It lives in `arena` and in `bytes`. The time is linear but for sorting names. The
 * library for JSON that the master uses does not do: it rounds numbers, knows no bound, and opens a
 * file. */
enum json_fault json_read(struct slice bytes, struct arena *arena, struct value *out);
