/* random.h - unpredictable numbers without a system call each: a CTR-DRBG, seeded from the kernel
 * after exec, so that no two processes share its state. */

#pragma once

#include <stddef.h>
#include <stdint.h>

struct random;

struct random *random_new(void);
void random_free(struct random **random);

uint32_t random_below(struct random *random, uint32_t bound); /* uniform in [0, bound); bound > 0 */
void random_bytes(struct random *random, void *to, size_t len);
