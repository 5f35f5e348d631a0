/* file.c - reads a whole file, within bounds. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/check.h"
#include "common/file.h"
#include "common/secret.h"

enum { FIRST_ROOM = 4096 };

/* What the reference says: "open config.yaml: no such file or directory". */
static int fail(struct note *why, int err, const char *verb, const char *path)
{
	const char *text = strerror(-err);

	return note_fail(why, err, "%s %s: %c%s", verb, path, text[0] | 0x20, text + 1);
}

/* Reads to the end, or to one byte more than `max`. */
static int read_all(int fd, size_t max, struct slice *out)
{
	size_t room = 0, len = 0;
	char *bytes = NULL;
	ssize_t got;

	do {
		if (len == room) {
			room = room == 0 ? FIRST_ROOM : 2 * room;
			room = room > max ? max + 1 : room;
			bytes = secret_grow(bytes, len, room);
		}
		got = read(fd, bytes + len, room - len);
		len += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && len <= max) || (got < 0 && errno == EINTR));
	*out = (struct slice){ bytes, len };
	return got < 0 ? -errno : 0;
}

int file_read(struct slice path, size_t max, struct slice *out, struct note *why)
{
	char *name = strndup(path.at == NULL ? "" : path.at, path.len);
	struct slice bytes = { NULL, 0 };
	int fd, err;

	check(name != NULL);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		err = fail(why, -errno, "open", name);
		goto end;
	}
	err = read_all(fd, max, &bytes);
	(void)close(fd);
	if (err < 0) {
		err = fail(why, err, "read", name);
	} else if (bytes.len > max) {
		err = note_fail(why, -EFBIG, "%s is longer than %zu bytes", name, max);
	}

end:
	free(name);
	if (err < 0) {
		file_forget(&bytes);
		return err;
	}
	*out = bytes;
	return 0;
}

void file_forget(struct slice *bytes)
{
	if (bytes->at != NULL) {
		secret_wipe((char *)bytes->at, bytes->len);
	}
	free((char *)bytes->at);
	*bytes = (struct slice){ NULL, 0 };
}
