/* resolve.h - names to addresses. The master asks the system's resolver for us; answers are kept,
 * and a stale one serves on while a fresh one is on its way. */

#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/chain.h"
#include "common/limits.h"
#include "common/slice.h"

struct resolver;
struct worker;

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

struct addresses {
	union address at[LIMIT_ADDRESSES];
	size_t count; /* 0: there is no such name */
};

/* Somebody who waits for an answer. Embed it, zeroed. */
struct resolver_wait {
	struct chain_link place;                      /* among those who wait for the same name */
	void (*answered)(struct resolver_wait *wait); /* ask again: the answer is there now */
};

struct resolver *resolver_new(struct worker *worker);
void resolver_free(struct resolver **resolver);

/* The addresses of `name`, which may be an address itself. NULL: not known yet; `wait` will be
 * told, unless resolver_forget comes first. */
const struct addresses *resolver_find(struct resolver *resolver, struct slice name, uint16_t port,
	struct addresses *literal, struct resolver_wait *wait);
void resolver_forget(struct resolver_wait *wait);

/* From the master: each is a struct sockaddr_in or sockaddr_in6. What is neither is left out. */
void resolver_answer(
	struct resolver *resolver, uint32_t question, const struct slice *addresses, size_t count);
