/* seal.c - writes the memfd. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "master/load/seal.h"

static int write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t written = write(fd, bytes.at, bytes.len);

		if (written < 0 && errno != EINTR) {
			return -errno;
		}
		bytes = slice_sub(bytes, written < 0 ? 0 : (size_t)written, bytes.len);
	}
	return 0;
}

int seal(struct slice bytes, int *out, struct note *why)
{
	int fd = memfd_create("snapshot", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	char path[64];
	int err, readable;

	if (fd < 0) {
		return note_fail(why, -errno, "memfd_create: %s", strerror(errno));
	}
	err = write_all(fd, bytes);
	if (err < 0) {
		err = note_fail(why, err, "writing the snapshot: %s", strerror(-err));
		goto fail;
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
