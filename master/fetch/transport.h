/* transport.h - a connection to a server, plain or with TLS, on which nobody waits for longer than
 * his patience. */

#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "common/slice.h"
#include "master/fetch/patience.h"

struct tls;

struct transport {
	int fd;          /* non-blocking; -1: not open */
	struct tls *tls; /* NULL: plain */
	struct patience patience;
};

/* Connects to the first address of the name that answers. `transport->patience` is set before. */
int transport_open(struct transport *transport, struct slice host, uint16_t port, struct note *why);

/* From here on the bytes are in TLS, with a server that has proved to be `host`. `ca_file` holds
 * the authorities that count; NULL: the system's. */
int transport_secure(
	struct transport *transport, struct slice host, const char *ca_file, struct note *why);

int transport_write(struct transport *transport, struct slice bytes, struct note *why);

/* How many bytes came; 0 at the end. A TLS connection that is cut off has no end: -ECONNRESET. */
ssize_t transport_read(struct transport *transport, char *to, size_t room, struct note *why);

void transport_close(struct transport *transport);
