/* memfile.c - memfds, written and read as a whole. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/file.h"
#include "master/load/memfile.h"

int memfile_rewrite(int fd, struct slice bytes, struct note *why)
{
	off_t at = 0;

	if (ftruncate(fd, 0) < 0) {
		return note_fail(why, -errno, "ftruncate: %s", strerror(errno));
	}
	while (bytes.len > 0) {
		ssize_t written = pwrite(fd, bytes.at, bytes.len, at);

		if (written < 0 && errno != EINTR) {
			return note_fail(why, -errno, "pwrite: %s", strerror(errno));
		}
		at += written < 0 ? 0 : written;
		bytes = slice_sub(bytes, written < 0 ? 0 : (size_t)written, bytes.len);
	}
	return 0;
}

int memfile_new(const char *name, struct slice bytes, int *out, struct note *why)
{
	int fd = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC), err;

	if (fd < 0) {
		return note_fail(why, -errno, "memfd_create: %s", strerror(errno));
	}
	err = memfile_rewrite(fd, bytes, why);
	if (err < 0) {
		(void)close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

/* Opened anew, so that nobody's position in it counts. */
int memfile_read(int fd, size_t max, struct slice *out, struct note *why)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return file_read(slice_of(path), max, out, why);
}
