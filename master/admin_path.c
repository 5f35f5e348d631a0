/* admin_path.c - picks the admin socket's folder, and does not trust one that others can write to.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "master/admin_path.h"

/* The folder when none is given: a name of ours in a place that may be anybody's. */
static int find_folder(char *folder, size_t room)
{
	const char *systemd = getenv("RUNTIME_DIRECTORY"), *session = getenv("XDG_RUNTIME_DIR");

	if (systemd != NULL && systemd[0] == '/') {
		/* systemd separates several with colons; the first is the service's. */
		return snprintf(folder, room, "%.*s", (int)strcspn(systemd, ":"), systemd);
	}
	if (geteuid() == 0) {
		return snprintf(folder, room, "/run/authtranslator");
	}
	if (session != NULL && session[0] == '/') {
		return snprintf(folder, room, "%s/authtranslator", session);
	}
	return snprintf(folder, room, "/tmp/authtranslator-%u", (unsigned)geteuid());
}

int admin_path_find(const char *given, struct admin_path *out, struct note *why)
{
	struct admin_path path = { "" };
	char folder[sizeof(path.text)];
	int len;

	if (given[0] != '\0') {
		len = snprintf(path.text, sizeof(path.text), "%s", given);
	} else {
		len = find_folder(folder, sizeof(folder));
		if (len >= 0 && (size_t)len < sizeof(folder)) {
			len = snprintf(path.text, sizeof(path.text), "%s/admin.sock", folder);
		}
	}
	if (len < 0 || (size_t)len >= sizeof(path.text)) {
		return note_fail(why, -ENAMETOOLONG, "admin socket: the path is too long");
	}
	*out = path;
	return 0;
}

/* In /tmp, somebody else may have been there first. */
static int check_folder(const char *folder, struct note *why)
{
	struct stat found;

	if (lstat(folder, &found) < 0) {
		return note_fail(why, -errno, "%s: %s", folder, strerror(errno));
	}
	if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() ||
		(found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		return note_fail(why, -EPERM,
			"%s must be a folder of our own that nobody else can write to", folder);
	}
	return 0;
}

int admin_path_make_folder(const char *given, const struct admin_path *path, struct note *why)
{
	char folder[sizeof(path->text)];

	if (given[0] != '\0') {
		return 0; /* whoever names a path answers for its folder */
	}
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path->text, '/') - path->text),
		path->text);
	if (mkdir(folder, S_IRWXU) < 0 && errno != EEXIST) {
		return note_fail(why, -errno, "%s: %s", folder, strerror(errno));
	}
	return check_folder(folder, why);
}

struct sockaddr_un admin_path_address(const struct admin_path *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path->text, sizeof(address.sun_path));
	return address;
}
