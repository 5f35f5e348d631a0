/* line.h - builds a line of text in a place of bounded size. */

#pragma once

#include <stdint.h>

#include "common/slice.h"

struct line {
	char *to;
	size_t room;
	size_t len; /* of all that was put, also of what found no room and was left out */
};

void line_put(struct line *line, struct slice bytes);
void line_put_number(struct line *line, int64_t number);

/* As a value in a text log: in quotes, with Go's escapes, if it is empty or has a blank, '=', '"',
 * or anything that a terminal would not show as itself. Invalid UTF-8 becomes \xNN. */
void line_put_text(struct line *line, struct slice value);

/* As a JSON string, without HTML's escapes. Invalid UTF-8 becomes U+FFFD. */
void line_put_json(struct line *line, struct slice value);
