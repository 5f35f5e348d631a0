/* tls.h - the client's side of TLS 1.2 and 1.3: who does not prove to be the host that was asked
 * for gets no byte. */

#pragma once

#include <sys/types.h>

#include "common/slice.h"
#include "master/fetch/patience.h"

struct tls;

/* Shakes hands over a connected, non-blocking descriptor, which stays the caller's. */
int tls_open(int fd, struct slice host, const char *ca_file, struct patience patience,
	struct tls **out, struct note *why);

/* Says good-bye and frees; NULL inside is fine. */
void tls_close(struct tls **tls);

/* How many bytes went, at least one. */
ssize_t tls_write(struct tls *tls, struct slice bytes, struct patience patience, struct note *why);

/* How many bytes came; 0 only when the server said that it was at its end. */
ssize_t tls_read(
	struct tls *tls, char *to, size_t room, struct patience patience, struct note *why);
