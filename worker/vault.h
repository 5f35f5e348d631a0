/* vault.h - the secrets' slots. The snapshot names a secret by its slot; the value lives here
 * alone, locked and undumpable, and is wiped when another takes its place. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/secret.h"

struct vault;

struct vault *vault_new(void);
void vault_free(struct vault **vault); /* wipes all */

/* False when the slot is beyond LIMIT_SECRETS. */
bool vault_put(struct vault *vault, uint32_t slot, struct slice value);

/* For plugins (struct use): the table stays where it is for as long as the vault lives. Slots that
 * were never put are NULL. */
struct secret *const *vault_slots(const struct vault *vault);
bool vault_has(const struct vault *vault, uint32_t slot);
