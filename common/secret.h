/* secret.h - a value that must not be seen. */

#pragma once

#include "common/slice.h"

/* Kept in locked memory outside of core dumps, wiped when freed, and with no field that a log call
 * could print. */
struct secret;

struct secret *secret_new(struct slice value);
void secret_free(struct secret **secret); /* NULL inside is fine */

/* The one way in: the list of callers of secret_reveal is the list of places to review. The bytes
 * live as long as the secret. */
struct slice secret_reveal(const struct secret *secret);

/* Overwrites bytes that held a secret, in a way that the compiler can't leave out. */
void secret_wipe(void *bytes, size_t len);

/* A larger room for malloc'ed bytes that may be secret; NULL is none yet. realloc would leave the
 * old ones behind unwiped. */
char *secret_grow(char *bytes, size_t len, size_t room);
