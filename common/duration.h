/* duration.h - Go's duration grammar (spec/config.md section 7). */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

/* "1h2m3.5s" in nanoseconds; false when it is no duration or does not fit into 64 bits. */
bool duration_parse(struct slice text, int64_t *ns);
