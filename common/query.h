/* query.h - the names and values in a query, or in a form, which is written alike. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/slice.h"

struct query_pair {
	struct slice name, value; /* decoded; no value is an empty one */
};

/* What every server reads in the same way. Pairs that are empty are none; pairs with a fault are
 * left out, and what is left then is for loose readers only. */
struct query {
	struct query_pair *pairs;
	size_t count;
	const char *fault; /* a fixed string; NULL when there is none */
};

/* Reads "name=value&name=value", where '+' is a blank and %XX a byte. A fault is: a ';', which
 * parts pairs for some; a '#', which ends it for some; a '%' that begins no escape; a NUL; more
 * than `max` pairs, and then there are none. Only the bytes themselves are ever sent on. */
void query_read(struct slice raw, size_t max, struct arena *arena, struct query *out);

/* Is there a server that takes `name` for `wanted`, though they are not the same? Letters in
 * another case, "name[]" and "name[0]", blanks around it, a '.' or a blank for '_'. */
bool query_name_resembles(struct slice name, struct slice wanted);
