/* text.h - what bytes mean as text: characters, digits, white space, tokens. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"

/* The length of the UTF-8 character that begins at `at`; 0 when none does (RFC 3629: the shortest
 * form only, no surrogates). */
size_t text_character(struct slice s, size_t at, uint32_t *character);

/* Its value as a digit; TEXT_NO_DIGIT, which no base has, when it is none. */
int text_digit(char c);

enum { TEXT_NO_DIGIT = 16 };

struct slice text_trim(struct slice s); /* Unicode's White_Space, both ends */
bool text_is_token(struct slice s);     /* RFC 9110 section 5.6.2: names of headers, methods */

/* RFC 9110 section 5.5: no control bytes but the tab. Others could begin another header. */
bool text_is_header_value(struct slice s);

struct slice text_lower(struct slice s, struct arena *arena); /* ASCII */
struct slice text_upper(struct slice s, struct arena *arena);
