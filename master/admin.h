/* admin.h - the Unix socket behind `authtranslator reload` and `authtranslator status`: one line
 * in, one JSON object and a line feed out. Only our own user and root are heard.
 *
 *   status    what status_make says
 *   reload    {"ok": true, "generation": N} once N serves, or {"ok": false, "error": "..."} */

#pragma once

#include <uv.h>

#include "common/note.h"
#include "master/admin_path.h"
#include "master/listen.h"
#include "master/reload.h"

struct client;

struct admin {
	uv_pipe_t pipe;
	struct admin_path path;
	bool open; /* else the service runs without one */
	struct reload *reload;
	const struct listener *listener;
	time_t since;
	struct client *clients;
	unsigned client_count;
};

/* Takes the place of a socket that nobody listens on; -EADDRINUSE when somebody does. The service
 * can live without it: after a failure only admin_close may be called. */
int admin_open(struct admin *admin, const char *given, struct reload *reload,
	const struct listener *listener, struct note *why);
void admin_close(struct admin *admin);
