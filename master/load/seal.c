/* seal.c - writes the memfd. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "master/load/memfile.h"
#include "master/load/seal.h"

int seal(struct slice bytes, int *out, struct note *why)
{
	char path[64];
	int fd, readable, err = memfile_new("snapshot", bytes, &fd, why);

	if (err < 0) {
		note_prefix(why, "writing the snapshot: ");
		return err;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
		err = note_fail(why, -errno, "sealing the snapshot: %s", strerror(errno));
		goto fail;
	}
	/* Kernels before 6.7 refuse a shared mapping of a sealed memfd that is open for writing. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	readable = open(path, O_RDONLY | O_CLOEXEC);
	if (readable < 0) {
		err = note_fail(why, -errno, "open %s: %s", path, strerror(errno));
		goto fail;
	}
	(void)close(fd);
	*out = readable;
	return 0;

fail:
	(void)close(fd);
	return err;
}
