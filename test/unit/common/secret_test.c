/* secret_test.c - a secret is where nobody looks, and gone when it is freed. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/secret.h"
#include "test/lib/expect.h"

/* As the kernel sees it: "dd" stands among the flags of the mapping that holds `address`. */
static bool is_left_out_of_core_dumps(const void *address)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	bool inside = false, left_out = false;
	char line[512];

	assert_non_null(smaps);
	while (fgets(line, sizeof(line), smaps) != NULL) {
		uintptr_t from, to;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2) {
			inside = (uintptr_t)address >= from && (uintptr_t)address < to;
		} else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
			left_out = strstr(line, " dd") != NULL;
		}
	}
	(void)fclose(smaps);
	return left_out;
}

static void a_secret_is_kept_as_it_was_given(void **state)
{
	const struct slice value = SLICE("s3\0cret");
	struct secret *secret = secret_new(value);
	struct secret *nothing = secret_new((struct slice){ NULL, 0 });

	(void)state;
	expect_slice(secret_reveal(secret), value);
	assert_ptr_not_equal(secret_reveal(secret).at, value.at);
	assert_int_equal(secret_reveal(nothing).len, 0);
	secret_free(&nothing);
	secret_free(&secret);
	assert_null(secret);
	secret_free(&secret);
}

static void no_core_dump_has_it(void **state)
{
	static const char large[3 * 4096 + 1] = "large";
	struct secret *secrets[] = { secret_new(SLICE("s3cret")),
		secret_new((struct slice){ large, sizeof(large) }) };

	(void)state;
	assert_false(is_left_out_of_core_dumps(&secrets));
	for (size_t i = 0; i < 2; i++) {
		struct slice value = secret_reveal(secrets[i]);

		assert_true(is_left_out_of_core_dumps(value.at));
		assert_true(is_left_out_of_core_dumps(value.at + value.len - 1));
		secret_free(&secrets[i]);
	}
}

static void a_freed_secret_has_no_memory_left(void **state)
{
	struct secret *secret = secret_new(SLICE("s3cret"));
	uintptr_t page = (uintptr_t)secret_reveal(secret).at & ~((uintptr_t)getpagesize() - 1);
	unsigned char resident;

	(void)state;
	assert_int_equal(mincore((void *)page, 1, &resident), 0);
	secret_free(&secret);
	assert_int_equal(mincore((void *)page, 1, &resident), -1);
}

static void wiping_leaves_zeros(void **state)
{
	char bytes[] = "xs3cretx";

	(void)state;
	secret_wipe(bytes + 1, 6);
	assert_memory_equal(bytes, "x\0\0\0\0\0\0x", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_kept_as_it_was_given),
		cmocka_unit_test(no_core_dump_has_it),
		cmocka_unit_test(a_freed_secret_has_no_memory_left),
		cmocka_unit_test(wiping_leaves_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
