/* proxy.h - whether a request goes through a proxy, as the environment says in Go's words
 * (HTTP_PROXY, HTTPS_PROXY, NO_PROXY). */

#pragma once

#include <stdbool.h>

#include "common/url.h"

struct proxy_settings {
	struct slice http, https; /* the proxy for targets of that scheme; empty: none */
	struct slice exceptions;  /* hosts that are reached without one */
};

struct proxy_settings proxy_from_environment(void);

/* The proxy for this target; `out->host.at` is NULL when there is none. The note shows nothing of
 * the settings, which may hold a password. */
int proxy_choose(const struct proxy_settings *settings, const struct url *target,
	struct arena *arena, struct url *out, struct note *why);
