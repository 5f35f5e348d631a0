/* emit.h - a value as YAML, written as the reference's library writes it, so that both programs
 * make the same file of the same data. */

#pragma once

#include "common/value.h"

/* Lists and mappings stand in the next column that is a multiple of this. Other files have 2. */
enum { EMIT_STEP = 4 };

/* Does it take lines of its own: is it a list or a mapping that has something in it? */
bool emit_is_block(const struct value *value);

/* Such a one, in whole lines, each from column `indent` on and with its end. */
struct slice emit_block(
	const struct value *value, unsigned indent, unsigned step, struct arena *arena);

/* Any value in one line, without its end; `inside` of brackets or braces, or not. */
struct slice emit_flow(const struct value *value, bool inside, struct arena *arena);
