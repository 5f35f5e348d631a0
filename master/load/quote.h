/* quote.h - words of a document in our messages: cut, without bytes that a terminal would obey, and
 * without a secret that stands there literally. */

#pragma once

#include "common/slice.h"

struct quote {
	char text[160];
};

/* Returned by value, to stand among the arguments of a format: quote(key).text. */
struct quote quote(struct slice word); /* "in quotes" */
struct quote plain(struct slice word); /* without */
