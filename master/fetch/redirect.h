/* redirect.h - where a Location leads, and whether anybody should follow. */

#pragma once

#include <stdbool.h>

#include "common/url.h"

bool redirect_is_one(int status);

/* Refuses to leave TLS, and, `with_credentials`, to leave the origin (security.md F17): whoever
 * answers there could read them. Takes no credentials from a Location. */
int redirect_follow(const struct url *from, struct slice location, bool with_credentials,
	struct arena *arena, struct url *to, struct note *why);
