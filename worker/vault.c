/* vault.c - a table of secrets, as large as it can ever be, so that nothing that points to it
 * moves. */

#include "worker/vault.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/limits.h"

struct vault {
	struct secret *slots[LIMIT_SECRETS]; /* pages that are never touched cost nothing */
};

struct vault *vault_new(void)
{
	struct vault *vault = calloc(1, sizeof(*vault));

	check(vault != NULL);
	return vault;
}

void vault_free(struct vault **vault)
{
	if (*vault == NULL) {
		return;
	}
	for (uint32_t slot = 0; slot < LIMIT_SECRETS; slot++) {
		secret_free(&(*vault)->slots[slot]);
	}
	free(*vault);
	*vault = NULL;
}

bool vault_put(struct vault *vault, uint32_t slot, struct slice value)
{
	if (slot >= LIMIT_SECRETS) {
		return false;
	}
	secret_free(&vault->slots[slot]);
	vault->slots[slot] = secret_new(value);
	return true;
}

struct secret *const *vault_slots(const struct vault *vault)
{
	return vault->slots;
}

bool vault_has(const struct vault *vault, uint32_t slot)
{
	return slot < LIMIT_SECRETS && vault->slots[slot] != NULL;
}
