/* vault_test.c - where secrets are kept, and that they stay in their slots. */

#include <stdio.h>

#include "common/limits.h"
#include "test/lib/expect.h"
#include "worker/vault.h"

static void a_slot_holds_the_last_value_that_was_put(void **state)
{
	struct vault *vault = vault_new();
	struct secret *const *slots = vault_slots(vault);

	(void)state;
	assert_false(vault_has(vault, 7));
	assert_null(slots[7]);
	assert_true(vault_put(vault, 7, SLICE("first")));
	assert_true(vault_has(vault, 7));
	expect_text(secret_reveal(slots[7]), "first");
	assert_true(vault_put(vault, 7, SLICE("and then another")));
	expect_text(secret_reveal(slots[7]), "and then another");
	assert_false(vault_has(vault, 6));
	vault_free(&vault);
	assert_null(vault);
}

/* In pages, over all mappings of this process. */
static size_t count_pages(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	size_t pages = 0;

	assert_non_null(statm);
	assert_int_equal(fscanf(statm, "%zu", &pages), 1);
	(void)fclose(statm);
	return pages;
}

/* A secret has pages of its own, which no leak checker looks for. */
static void what_is_replaced_is_freed(void **state)
{
	static const char value[LIMIT_SECRET_BYTES];
	struct vault *vault = vault_new();
	size_t before;

	(void)state;
	assert_true(vault_put(vault, 7, (struct slice){ value, sizeof(value) }));
	before = count_pages();
	for (int i = 0; i < 1000; i++) {
		assert_true(vault_put(vault, 7, (struct slice){ value, sizeof(value) }));
	}
	assert_true(count_pages() < before + 1000);
	vault_free(&vault);
	assert_true(count_pages() < before);
}

/* Plugins keep the table's address for good. */
static void the_table_stays_where_it_is(void **state)
{
	struct vault *vault = vault_new();
	struct secret *const *slots = vault_slots(vault);

	(void)state;
	for (uint32_t slot = 0; slot < 300; slot++) {
		assert_true(vault_put(vault, slot, SLICE("value")));
	}
	assert_true(vault_put(vault, LIMIT_SECRETS - 1, SLICE("the last")));
	assert_ptr_equal(vault_slots(vault), slots);
	expect_text(secret_reveal(slots[LIMIT_SECRETS - 1]), "the last");
	vault_free(&vault);
}

static void a_slot_beyond_the_table_is_refused(void **state)
{
	struct vault *vault = vault_new();

	(void)state;
	assert_false(vault_put(vault, LIMIT_SECRETS, SLICE("x")));
	assert_false(vault_put(vault, UINT32_MAX, SLICE("x")));
	assert_false(vault_has(vault, LIMIT_SECRETS));
	assert_false(vault_has(vault, UINT32_MAX));
	vault_free(&vault);
	vault_free(&vault);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slot_holds_the_last_value_that_was_put),
		cmocka_unit_test(what_is_replaced_is_freed),
		cmocka_unit_test(the_table_stays_where_it_is),
		cmocka_unit_test(a_slot_beyond_the_table_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
