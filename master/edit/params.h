/* params.h - the parameters of a capability as a word of the command line: "repo=o/r,n=[1,2]"
 * (spec/flags.md section 4.5). */

#pragma once

#include "common/note.h"
#include "common/value.h"

/* A map ordered by name, or null when there are none. Its texts are in `text` and in `arena`. */
int params_read(struct slice text, struct arena *arena, struct value *out, struct note *why);
