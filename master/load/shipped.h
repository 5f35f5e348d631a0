/* shipped.h - finds what was built, or installed, together with this program. */

#pragma once

#include <limits.h>

#include "common/note.h"

/* The first that can be used as `mode` (of access) says: of `beside`, which ends with NULL and is
 * seen from the folder of this program; then `installed`. */
int shipped_find(const char *const *beside, const char *installed, int mode, char path[PATH_MAX],
	struct note *why);
