/* replace.c - writes a temporary file, and renames it. */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master/edit/replace.h"

static int fail(const char *path, const char *what, struct note *why)
{
	return note_fail(why, -errno, "%s: %s: %s", path, what, strerror(errno));
}

/* The file itself, where `path` is a link to it. */
static int follow(const char *path, const struct stat *seen, char real[PATH_MAX], struct note *why)
{
	if (seen != NULL) {
		return realpath(path, real) == NULL ? fail(path, "realpath", why) : 0;
	}
	if (strlen(path) >= PATH_MAX) {
		return note_fail(why, -ENAMETOOLONG, "%s: the path is too long", path);
	}
	strcpy(real, path);
	return 0;
}

static int check_unchanged(const char *path, const struct stat *seen, struct note *why)
{
	struct stat now;
	bool there = stat(path, &now) == 0;

	if (there != (seen != NULL) ||
		(there && (now.st_ino != seen->st_ino || now.st_dev != seen->st_dev ||
				  now.st_size != seen->st_size ||
				  now.st_mtim.tv_sec != seen->st_mtim.tv_sec ||
				  now.st_mtim.tv_nsec != seen->st_mtim.tv_nsec))) {
		return note_fail(why, -EBUSY, "%s was changed by somebody else meanwhile", path);
	}
	if (there && !S_ISREG(now.st_mode)) {
		return note_fail(why, -EINVAL, "%s is no regular file", path);
	}
	return 0;
}

static int write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t wrote = write(fd, bytes.at, bytes.len);

		if (wrote < 0 && errno != EINTR) {
			return -errno;
		}
		bytes = slice_sub(bytes, wrote < 0 ? 0 : (size_t)wrote, bytes.len);
	}
	return 0;
}

/* As the old file, or as any new one. */
static int keep_rights(int fd, const struct stat *seen)
{
	mode_t mask;

	if (seen != NULL) {
		bool same = seen->st_uid == geteuid() && seen->st_gid == getegid();

		return (same || fchown(fd, seen->st_uid, seen->st_gid) == 0) &&
				       fchmod(fd, seen->st_mode & 07777) == 0
			       ? 0
			       : -errno;
	}
	mask = umask(0);
	(void)umask(mask);
	return fchmod(fd, 0644 & ~mask) == 0 ? 0 : -errno;
}

/* The new name is on the disk, too, once the folder is. */
static void sync_folder(const char *real)
{
	char folder[PATH_MAX];
	int fd;

	strcpy(folder, real);
	fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
}

int replace_file(const char *path, struct slice bytes, const struct stat *seen, struct note *why)
{
	char real[PATH_MAX], beside[PATH_MAX + 8];
	int fd, err = follow(path, seen, real, why);

	if (err < 0) {
		return err;
	}
	(void)snprintf(beside, sizeof(beside), "%s.XXXXXX", real);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		return fail(path, "a new file beside it", why);
	}
	if (keep_rights(fd, seen) < 0) {
		err = fail(path, "its mode and owner can't be kept", why);
	} else if (write_all(fd, bytes) < 0 || fsync(fd) < 0) {
		err = fail(path, "write", why);
	}
	close(fd);
	err = err < 0 ? err : check_unchanged(real, seen, why);
	if (err == 0 && rename(beside, real) < 0) {
		err = fail(path, "rename", why);
	}
	if (err < 0) {
		(void)unlink(beside);
		return err;
	}
	sync_folder(real);
	return 0;
}
