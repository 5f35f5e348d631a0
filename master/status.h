/* status.h - what `authtranslator status` shows, as one JSON object. */

#pragma once

#include <jansson.h>
#include <time.h>

#include "master/listen.h"
#include "master/reload.h"

/* The caller owns the object:
 *   version, pid, uptime_s, generation (null: none serves), reload (the state's name),
 *   listeners [address] (none when it stops), lost_connections,
 *   last_reload null or {at, generation, ok, error},
 *   workers [{slot, pid, phase, generation, started, restarts, stand_in}], those of a generation
 * that leaves as well; a slot whose replacement waits has pid null and phase "waiting", last_crash
 * null or {at, slot, pid, generation, why}. Times are Unix seconds. */
json_t *status_make(const struct reload *reload, const struct listener *listener, time_t since);

/* A string, whatever the bytes are; null for an empty text. */
json_t *status_text(const char *text);
