/* grants.h - capabilities in an allowlist: given to a caller, taken from it. */

#pragma once

#include "common/value.h"

/* One capability of one caller. */
struct grant {
	struct slice integration; /* in any case */
	struct slice caller;      /* "*": everybody */
	struct slice capability;
	struct value params; /* a map, or null */
};

/* The allowlist with the grant; with its parameters, if the caller had the capability before. */
struct value grants_add(const struct value *list, const struct grant *grant, struct arena *arena);

enum grants_outcome {
	GRANTS_SAME,      /* there is no such grant */
	GRANTS_REMOVED,   /* the caller has other rights left */
	GRANTS_LAST,      /* the caller has none left, and no entry: it may what everybody may */
	GRANTS_WOULD_OPEN /* nobody would have any left, and without callers an integration is
			   * open to all; nothing is removed */
};

/* The allowlist without it. Rules are never removed. */
enum grants_outcome grants_remove(const struct value *list, const struct grant *grant,
	struct arena *arena, struct value *out);
