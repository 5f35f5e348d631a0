/* demo_head.h - the head of an HTTP message as lines of text. The demo reads nothing but what the
 * proxy beside it wrote, and that needs no parser: the master is linked without one. */

#pragma once

#include <stdbool.h>

#include "common/slice.h"

/* What is in `bytes` up to the empty line; `at` is NULL as long as that has not come. */
struct slice demo_head_of(struct slice bytes);

/* The next line, without its end; false behind the last. */
bool demo_head_next(struct slice *rest, struct slice *line);

/* The line that carries this header, and the header's value; `at` is NULL when there is none. */
struct slice demo_head_line(struct slice head, struct slice name);
struct slice demo_head_value(struct slice head, struct slice name);
