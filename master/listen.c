/* listen.c - binds one socket for each worker to the same address. */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master/listen.h"

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t len;
};

/* The system's text in lower case, as the reference has it. */
static int fail(struct note *why, int err, const char *addr, const char *call)
{
	const char *text = strerror(-err);

	return note_fail(why, err, "listen: listen tcp %s: %s: %c%s", addr, call,
		tolower((unsigned char)text[0]), text + 1);
}

/* Splits "host:port" and "[host]:port"; `host` has room for what `addr` holds. */
static int split(const char *addr, char *host, size_t room, const char **port, struct note *why)
{
	const char *colon = strrchr(addr, ':'), *end = colon;

	if (colon == NULL || (addr[0] == '[' && (colon == addr || colon[-1] != ']'))) {
		return note_fail(why, -EINVAL,
			"listen: listen tcp: address %s: missing port in address", addr);
	}
	if (addr[0] == '[') {
		addr++;
		end--;
	} else if (memchr(addr, ':', (size_t)(colon - addr)) != NULL) {
		return note_fail(why, -EINVAL,
			"listen: listen tcp: address %s: too many colons in address", addr);
	}
	if ((size_t)(end - addr) >= room) {
		return note_fail(why, -EINVAL, "listen: listen tcp: host name is too long");
	}
	memcpy(host, addr, (size_t)(end - addr));
	host[end - addr] = '\0';
	*port = colon + 1;
	return 0;
}

/* "" as a port is 0, a name is looked up in the system's list of services. */
static int read_port(const char *text, const char *addr, uint16_t *port, struct note *why)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
	unsigned long number = 0;

	if (text[0] == '\0' || text[strspn(text, "0123456789")] == '\0') {
		for (; *text != '\0' && number <= UINT16_MAX; text++) {
			number = number * 10 + (unsigned long)(*text - '0');
		}
	} else if (getaddrinfo(NULL, text, &hints, &found) == 0) {
		number = ntohs(((struct sockaddr_in *)found->ai_addr)->sin_port);
		freeaddrinfo(found);
	} else {
		number = UINT16_MAX + 1;
	}
	if (number > UINT16_MAX) {
		return note_fail(
			why, -EINVAL, "listen: listen tcp: address %s: invalid port", addr);
	}
	*port = (uint16_t)number;
	return 0;
}

/* One address for a host name: IPv4 if it has one, as the reference chooses. */
static int find_host(const char *host, uint16_t port, struct address *out, struct note *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found, *chosen;
	int err = getaddrinfo(host, NULL, &hints, &found);

	if (err != 0) {
		return note_fail(
			why, -EINVAL, "listen: listen tcp: lookup %s: %s", host, gai_strerror(err));
	}
	chosen = found;
	while (chosen != NULL && chosen->ai_family != AF_INET) {
		chosen = chosen->ai_next;
	}
	if (chosen == NULL) {
		chosen = found;
	}
	memcpy(&out->v6, chosen->ai_addr, chosen->ai_addrlen);
	out->len = chosen->ai_addrlen;
	freeaddrinfo(found);
	/* Both families have their port in the same place. */
	out->v4.sin_port = htons(port);
	return 0;
}

static bool has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return false;
	}
	close(fd);
	return true;
}

static int find_address(const char *addr, struct address *out, struct note *why)
{
	struct address found = { .len = sizeof(found.v6) };
	char host[256];
	const char *text = NULL;
	uint16_t port = 0;
	int err = split(addr, host, sizeof(host), &text, why);

	if (err < 0) {
		return err;
	}
	err = read_port(text, addr, &port, why);
	if (err < 0) {
		return err;
	}
	if (host[0] != '\0') {
		err = find_host(host, port, &found, why);
		if (err < 0) {
			return err;
		}
	} else if (has_ipv6()) {
		found.v6.sin6_family = AF_INET6;
		found.v6.sin6_port = htons(port);
	} else {
		found.v4.sin_family = AF_INET;
		found.v4.sin_port = htons(port);
		found.len = sizeof(found.v4);
	}
	*out = found;
	return 0;
}

/* The first socket is bound alone and made shareable behind that: so a second server on the same
 * address is told that it is in use, instead of getting a share of the callers. */
static int open_one(const struct address *address, bool first, int *out)
{
	int on = 1, off = 0, err;
	int keepalive_s = LIMIT_KEEPALIVE_MS / 1000;
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return -errno;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		(address->any.sa_family == AF_INET6 &&
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0) ||
		(!first && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0) ||
		bind(fd, &address->any, address->len) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
		/* Accepted connections inherit these, which saves system calls for each. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_s, sizeof(keepalive_s)) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

/* What the sockets are really bound to: the port may have been the kernel's choice. */
static void name_address(const struct address *address, char *name, size_t room)
{
	char host[INET6_ADDRSTRLEN];
	bool v4 = address->any.sa_family == AF_INET;
	const void *at = v4 ? (const void *)&address->v4.sin_addr : &address->v6.sin6_addr;

	(void)inet_ntop(address->any.sa_family, at, host, sizeof(host));
	(void)snprintf(name, room, v4 ? "%s:%u" : "[%s]:%u", host, ntohs(address->v4.sin_port));
}

int listener_open(const char *addr, unsigned count, struct listener *out, struct note *why)
{
	struct listener made = { .count = 0 };
	struct address address;
	int err = find_address(addr, &address, why);

	if (err < 0) {
		return err;
	}
	while (made.count < count) {
		err = open_one(&address, made.count == 0, &made.sockets[made.count]);
		if (err < 0) {
			err = fail(why, err, addr, "bind");
			goto fail;
		}
		made.count++;
		if (made.count == 1 &&
			getsockname(made.sockets[0], &address.any, &address.len) < 0) {
			err = fail(why, -errno, addr, "getsockname");
			goto fail;
		}
	}
	for (unsigned i = 0; i < count; i++) {
		if (listen(made.sockets[i], SOMAXCONN) < 0) {
			err = fail(why, -errno, addr, "listen");
			goto fail;
		}
	}
	name_address(&address, made.name, sizeof(made.name));
	*out = made;
	return 0;

fail:
	listener_close(&made);
	return err;
}

void listener_close(struct listener *listener)
{
	while (listener->count > 0) {
		close(listener->sockets[--listener->count]);
	}
}
