/* secret.c - each secret lives in pages of its own: locked, left out of core dumps, wiped. */

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/check.h"
#include "common/secret.h"

struct secret {
	size_t mapped; /* bytes of the mapping that this struct begins */
	size_t len;
	char bytes[];
};

struct secret *secret_new(struct slice value)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t mapped = (offsetof(struct secret, bytes) + value.len + page - 1) / page * page;
	struct secret *secret =
		mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(secret != MAP_FAILED);
	check(madvise(secret, mapped, MADV_DONTDUMP) == 0);
	/* A small RLIMIT_MEMLOCK must not stop the service; a page that can't be locked could only
	 * reach swap, which the hardening guide says to encrypt or to turn off. */
	(void)mlock(secret, mapped);
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
	check(munmap(*secret, (*secret)->mapped) == 0);
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
