/* ask.h - puts one question to the running server, through its admin socket, and waits. */

#pragma once

#include <jansson.h>

#include "common/note.h"

/* `given` is -admin-socket, or "". The caller owns the answer. */
int ask(const char *given, const char *order, json_t **answer, struct note *why);
