/* demo_table.h - two heads of HTTP messages side by side, as wide as a terminal is. */

#pragma once

#include "common/slice.h"

/* Lines that carry the same header stand in the same row. */
void demo_table_print(
	const char *left_title, struct slice left, const char *right_title, struct slice right);
