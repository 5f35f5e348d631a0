/* random.c - one CTR-DRBG a process, seeded from the kernel. */

#include <errno.h>
#include <mbedtls/ctr_drbg.h>
#include <stdlib.h>
#include <sys/random.h>

#include "common/check.h"
#include "common/random.h"
#include "common/secret.h"

struct random {
	mbedtls_ctr_drbg_context drbg;
};

static int from_kernel(void *unused, unsigned char *to, size_t len)
{
	(void)unused;
	while (len > 0) {
		ssize_t got = getrandom(to, len, 0);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		check(got > 0);
		to += got;
		len -= (size_t)got;
	}
	return 0;
}

struct random *random_new(void)
{
	struct random *random = calloc(1, sizeof(*random));

	check(random != NULL);
	mbedtls_ctr_drbg_init(&random->drbg);
	check(mbedtls_ctr_drbg_seed(&random->drbg, from_kernel, NULL, NULL, 0) == 0);
	return random;
}

void random_free(struct random **random)
{
	if (*random == NULL) {
		return;
	}
	mbedtls_ctr_drbg_free(&(*random)->drbg);
	secret_wipe(*random, sizeof(**random));
	free(*random);
	*random = NULL;
}

void random_bytes(struct random *random, void *to, size_t len)
{
	check(len <= MBEDTLS_CTR_DRBG_MAX_REQUEST);
	check(mbedtls_ctr_drbg_random(&random->drbg, to, len) == 0);
}

uint32_t random_below(struct random *random, uint32_t bound)
{
	uint32_t unfair, number;

	check(bound > 0);
	unfair = -bound % bound; /* 2^32 mod bound: the numbers below it would come up too often */
	do {
		random_bytes(random, &number, sizeof(number));
	} while (number < unfair);
	return number % bound;
}
