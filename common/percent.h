/* percent.h - the escapes of URLs: %XX. */

#pragma once

#include <stdbool.h>

#include "common/arena.h"
#include "common/slice.h"

/* The byte that the escape at index `at` stands for; -1 when no whole escape begins there. */
int percent_byte(struct slice s, size_t at);

bool percent_is_valid(struct slice s); /* every '%' begins a whole escape */

/* Decodes every whole escape and leaves a lone '%' alone. Aliases `s` when there is no '%'. */
struct slice percent_decode(struct slice s, struct arena *arena);
