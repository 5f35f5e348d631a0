/* shipped.c - looks beside the running program, then where it was to be installed. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "master/load/shipped.h"

int shipped_find(const char *const *beside, const char *installed, int mode, char path[PATH_MAX],
	struct note *why)
{
	char self[PATH_MAX] = "";
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (len < 0) {
		return note_fail(why, -errno, "/proc/self/exe: %s", strerror(errno));
	}
	slash = strrchr(self, '/');
	for (; slash != NULL && *beside != NULL; beside++) {
		int wanted =
			snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - self), self, *beside);

		if (wanted < PATH_MAX && access(path, mode) == 0) {
			return 0;
		}
	}
	if (access(installed, mode) == 0) {
		(void)snprintf(path, PATH_MAX, "%s", installed);
		return 0;
	}
	return note_fail(
		why, -ENOENT, "neither beside %s nor as %s: no such file", self, installed);
}
