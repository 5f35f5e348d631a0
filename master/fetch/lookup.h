/* lookup.h - the addresses of a name, from the system's resolver, in time. */

#pragma once

#include <netdb.h>
#include <stdint.h>

#include "common/slice.h"
#include "master/fetch/patience.h"

/* The caller gives the addresses to freeaddrinfo. */
int lookup(struct slice name, uint16_t port, struct patience patience, struct addrinfo **out,
	struct note *why);
