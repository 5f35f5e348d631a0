/* patch.h - has a YAML document say something else, and leaves every byte that need not change:
 * comments, the order of keys, quotes, blank lines. */

#pragma once

#include "common/note.h"
#include "common/value.h"

/* Makes of `text` a document that means `wanted`. What came out is read again and compared, so that
 * a form that is not understood is refused and never spoilt: a value behind an alias, for example,
 * which stands in several places. `name` stands for the document in the note. */
int patch(struct slice text, const char *name, const struct value *wanted, struct arena *arena,
	struct slice *out, struct note *why);
