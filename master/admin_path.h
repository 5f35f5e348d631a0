/* admin_path.h - where the admin socket is: the same answer for the service and for its commands.
 */

#pragma once

#include <sys/un.h>

#include "common/note.h"

struct admin_path {
	char text[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* `given` (-admin-socket) if it is not empty; else admin.sock in the first of
 *   $RUNTIME_DIRECTORY                   set by systemd
 *   /run/authtranslator                  as root
 *   $XDG_RUNTIME_DIR/authtranslator
 *   /tmp/authtranslator-UID              which must be ours, and closed to others */
int admin_path_find(const char *given, struct admin_path *out, struct note *why);

/* Service only: makes the folder of a path that was not given. */
int admin_path_make_folder(const char *given, const struct admin_path *path, struct note *why);

/* The address to bind or to connect to. */
struct sockaddr_un admin_path_address(const struct admin_path *path);
