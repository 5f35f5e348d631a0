/* ask.c - connects, writes a line, reads to the end. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/admin_path.h"
#include "master/commands/ask.h"

enum { ANSWER_BYTES = 1024 * 1024 };

/* Where no path is given, somebody else may have made the folder before us, and would say that all
 * is well. Root's is where only root can make one. */
static bool is_trusted(int fd, const char *given)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (given[0] != '\0' || geteuid() == 0) {
		return true;
	}
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

/* The server ends the conversation first. */
static int open_socket(const struct admin_path *path, const char *given, struct note *why)
{
	struct sockaddr_un address = admin_path_address(path);
	struct timeval patience = { LIMIT_ADMIN_WAIT_MS / 1000 + 1, 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0) {
		return note_fail(why, -errno, "socket: %s", strerror(errno));
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		err = note_fail(
			why, -errno, "no server answers at %s: %s", path->text, strerror(errno));
		close(fd);
		return err;
	}
	if (!is_trusted(fd, given)) {
		err = note_fail(why, -EPERM, "who answers at %s is another user", path->text);
		close(fd);
		return err;
	}
	return fd;
}

static int write_line(int fd, const char *order, struct note *why)
{
	char line[64];
	size_t len = strlen(order);

	check(len + 1 < sizeof(line));
	memcpy(line, order, len);
	line[len] = '\n';
	if (send(fd, line, len + 1, MSG_NOSIGNAL) != (ssize_t)len + 1) {
		return note_fail(why, -EPIPE, "the server does not listen");
	}
	return 0;
}

static int read_all(int fd, char *text, size_t room, size_t *len, struct note *why)
{
	ssize_t got;

	*len = 0;
	while ((got = recv(fd, text + *len, room - *len, 0)) > 0) {
		*len += (size_t)got;
	}
	if (got < 0) {
		return note_fail(why, -errno, "the server did not answer: %s", strerror(errno));
	}
	return 0;
}

int ask(const char *given, const char *order, json_t **answer, struct note *why)
{
	struct admin_path path;
	char *text = NULL;
	json_t *made;
	size_t len;
	int fd, err = admin_path_find(given, &path, why);

	if (err < 0) {
		return err;
	}
	fd = open_socket(&path, given, why);
	if (fd < 0) {
		return fd;
	}
	text = malloc(ANSWER_BYTES);
	check(text != NULL);
	err = write_line(fd, order, why);
	if (err == 0) {
		err = read_all(fd, text, ANSWER_BYTES, &len, why);
	}
	if (err == 0) {
		made = json_loadb(text, len, 0, NULL);
		if (made == NULL) {
			err = note_fail(why, -EPROTO, "the server ended without an answer");
		} else {
			*answer = made;
		}
	}
	free(text);
	close(fd);
	return err;
}
