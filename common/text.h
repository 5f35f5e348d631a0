/* text.h - what bytes mean as text: characters, white space, tokens. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"

/* The length of the UTF-8 character that begins at `at`; 0 when none does (RFC 3629: the shortest
 * form only, no surrogates). */
size_t text_character(struct slice s, size_t at, uint32_t *character);

struct slice text_trim(struct slice s); /* Unicode's White_Space, both ends */
bool text_is_token(struct slice s);     /* RFC 9110 section 5.6.2: names of headers, methods */

/* Takes the next letter off the front of `rest` as who ignores case reads it: in lower case, if it
 * is ASCII or one of the two other letters that fold into ASCII, the long s and the sign for
 * Kelvin. Other bytes come as they are. */
unsigned char text_next_folded(struct slice *rest);

bool text_equal_folded(struct slice a, struct slice b);

struct slice text_lower(struct slice s, struct arena *arena); /* ASCII */
struct slice text_upper(struct slice s, struct arena *arena);
