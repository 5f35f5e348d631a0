/* duration_test.c - Go's duration grammar, as the reference reads it. */

#include <stdlib.h>

#include "common/duration.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

static void reads_what_the_reference_reads(void **state)
{
	struct vectors rows;

	vectors_open(&rows, *state, "duration");
	while (vectors_next(&rows)) {
		struct slice wanted = vectors_text(&rows, "ns");
		int64_t ns = 4711;
		bool valid = duration_parse(vectors_text(&rows, "in"), &ns);

		vectors_expect(&rows, valid == (wanted.at != NULL));
		vectors_expect(&rows, ns == (valid ? strtoll(wanted.at, NULL, 10) : 4711));
	}
	assert_int_equal(rows.count, 50);
}

static void has_no_place_for_sums_that_do_not_fit(void **state)
{
	int64_t ns = 4711;

	(void)state;
	assert_false(duration_parse(SLICE("2562047h48m"), &ns));
	assert_false(duration_parse(SLICE("9223372036854775807ns1ns"), &ns));
	assert_false(duration_parse(SLICE("-9223372036854775808ns1ns"), &ns));
	assert_false(duration_parse(SLICE("9223372036.854775808s"), &ns));
	assert_int_equal(ns, 4711);
}

static void ignores_digits_below_a_nanosecond_however_many(void **state)
{
	int64_t ns = 0;

	(void)state;
	assert_true(duration_parse(SLICE("0.1234567890123456789012345678901234567890s"), &ns));
	assert_int_equal(ns, 123456789);
	assert_true(duration_parse(SLICE("1.00000000000000000000000000000000000h"), &ns));
	assert_int_equal(ns, INT64_C(3600000000000));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(reads_what_the_reference_reads, argv[argc - 1]),
		cmocka_unit_test(has_no_place_for_sums_that_do_not_fit),
		cmocka_unit_test(ignores_digits_below_a_nanosecond_however_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
