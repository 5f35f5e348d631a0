/* transport.c - connects, and moves bytes. */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master/fetch/lookup.h"
#include "master/fetch/tls.h"
#include "master/fetch/transport.h"

static int connect_to(const struct addrinfo *address, struct patience patience, struct note *why)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(int);
	int err, result = 0;

	if (fd < 0) {
		return note_fail(why, -errno, "socket: %s", strerror(errno));
	}
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS) {
		err = note_fail(why, -errno, "connect: %s", strerror(errno));
		goto fail;
	}
	err = patience_wait(patience, fd, POLLOUT, why);
	if (err < 0) {
		note_prefix(why, "connect: ");
		goto fail;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &len) < 0 || result != 0) {
		err = note_fail(why, -(result != 0 ? result : errno), "connect: %s",
			strerror(result != 0 ? result : errno));
		goto fail;
	}
	return fd;

fail:
	(void)close(fd);
	return err;
}

static unsigned count(const struct addrinfo *address)
{
	unsigned count = 0;

	for (; address != NULL; address = address->ai_next) {
		count++;
	}
	return count;
}

/* An address that nobody answers at must not use up the time of the others. */
int transport_open(struct transport *transport, struct slice host, uint16_t port, struct note *why)
{
	struct addrinfo *found;
	int fd = -EHOSTUNREACH, err = lookup(host, port, transport->patience, &found, why);

	if (err < 0) {
		return err;
	}
	for (struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) {
		fd = connect_to(at, patience_share(transport->patience, count(at)), why);
	}
	freeaddrinfo(found);
	if (fd < 0) {
		return fd;
	}
	transport->fd = fd;
	return 0;
}

int transport_secure(
	struct transport *transport, struct slice host, const char *ca_file, struct note *why)
{
	return tls_open(transport->fd, host, ca_file, transport->patience, &transport->tls, why);
}

int transport_write(struct transport *transport, struct slice bytes, struct note *why)
{
	while (bytes.len > 0) {
		ssize_t sent;
		int err;

		if (transport->tls != NULL) {
			sent = tls_write(transport->tls, bytes, transport->patience, why);
			if (sent < 0) {
				return (int)sent;
			}
			bytes = slice_sub(bytes, (size_t)sent, bytes.len);
			continue;
		}
		err = patience_wait(transport->patience, transport->fd, POLLOUT, why);
		if (err < 0) {
			return err;
		}
		sent = send(transport->fd, bytes.at, bytes.len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR) {
			return note_fail(why, -errno, "send: %s", strerror(errno));
		}
		bytes = slice_sub(bytes, sent < 0 ? 0 : (size_t)sent, bytes.len);
	}
	return 0;
}

ssize_t transport_read(struct transport *transport, char *to, size_t room, struct note *why)
{
	ssize_t got;

	if (transport->tls != NULL) {
		return tls_read(transport->tls, to, room, transport->patience, why);
	}
	do {
		int err = patience_wait(transport->patience, transport->fd, POLLIN, why);

		if (err < 0) {
			return err;
		}
		got = recv(transport->fd, to, room, 0);
	} while (got < 0 && (errno == EAGAIN || errno == EINTR));
	return got < 0 ? note_fail(why, -errno, "recv: %s", strerror(errno)) : got;
}

void transport_close(struct transport *transport)
{
	tls_close(&transport->tls);
	if (transport->fd >= 0) {
		(void)close(transport->fd);
		transport->fd = -1;
	}
}
