/* secret.c - each secret lives in pages of its own: locked, left out of core dumps, wiped. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/check.h"
#include "common/secret.h"

enum { PLACES = 32, PLACE_BYTES = 64 };

struct secret {
	char *mapping; /* the pages that this struct lies in */
	size_t mapped; /* bytes of them */
	size_t len;
	char bytes[];
};

/* Were they all at the beginning of a page, they would compete for the same few lines of the
 * processor's cache: so neighbouring pages have theirs at different places. */
static size_t place_in_page(const char *mapping, size_t page, size_t len)
{
	size_t number = (uintptr_t)mapping / page;
	size_t at = number % PLACES * PLACE_BYTES;

	return at + len <= page ? at : 0;
}

struct secret *secret_new(struct slice value)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t len = offsetof(struct secret, bytes) + value.len;
	size_t mapped = (len + page - 1) / page * page;
	char *mapping =
		mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct secret *secret;

	check(mapping != MAP_FAILED);
	check(madvise(mapping, mapped, MADV_DONTDUMP) == 0);
	/* A small RLIMIT_MEMLOCK must not stop the service; a page that can't be locked could only
	 * reach swap, which the hardening guide says to encrypt or to turn off. */
	(void)mlock(mapping, mapped);
	secret = (struct secret *)(mapping + place_in_page(mapping, page, len));
	secret->mapping = mapping;
	secret->mapped = mapped;
	secret->len = value.len;
	if (value.len > 0) {
		memcpy(secret->bytes, value.at, value.len);
	}
	return secret;
}

void secret_free(struct secret **secret)
{
	if (*secret == NULL) {
		return;
	}
	secret_wipe((*secret)->bytes, (*secret)->len);
	check(munmap((*secret)->mapping, (*secret)->mapped) == 0);
	*secret = NULL;
}

struct slice secret_reveal(const struct secret *secret)
{
	return (struct slice){ secret->bytes, secret->len };
}

void secret_wipe(void *bytes, size_t len)
{
	if (len > 0) {
		explicit_bzero(bytes, len);
	}
}

char *secret_grow(char *bytes, size_t len, size_t room)
{
	char *more = malloc(room);

	check(more != NULL && len <= room);
	if (len > 0) {
		memcpy(more, bytes, len);
		secret_wipe(bytes, len);
	}
	free(bytes);
	return more;
}
