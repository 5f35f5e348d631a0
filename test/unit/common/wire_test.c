/* wire_test.c - what another process wrote is read with distrust. */

#include <stdlib.h>
#include <string.h>

#include "common/wire.h"
#include "test/lib/expect.h"

struct facts {
	uint8_t small;
	uint32_t medium;
	uint64_t large;
	struct slice name, nothing;
};

static const struct facts written = { 200, 0x89abcdef, UINT64_MAX - 1, { "na\0me", 5 },
	{ NULL, 0 } };

static void put_facts(struct wire_writer *w, const struct facts *facts)
{
	wire_put_u8(w, facts->small);
	wire_put_u32(w, facts->medium);
	wire_put_u64(w, facts->large);
	wire_put_slice(w, facts->name);
	wire_put_slice(w, facts->nothing);
}

static struct facts get_facts(struct wire_reader *r)
{
	struct facts facts;

	facts.small = wire_get_u8(r, UINT8_MAX);
	facts.medium = wire_get_u32(r, UINT32_MAX);
	facts.large = wire_get_u64(r, UINT64_MAX);
	facts.name = wire_get_slice(r, 5);
	facts.nothing = wire_get_slice(r, 0);
	return facts;
}

static void what_is_written_is_read(void **state)
{
	struct wire_writer w = { 0 };
	struct wire_reader r;
	struct facts read;

	(void)state;
	put_facts(&w, &written);
	expect_slice(slice_sub(wire_written(&w), 0, 5),
		SLICE("\xc8\xef\xcd\xab\x89")); /* little end first */
	r = wire_reader_of(wire_written(&w));
	read = get_facts(&r);
	assert_true(wire_finished(&r));
	assert_int_equal(read.small, written.small);
	assert_int_equal(read.medium, written.medium);
	assert_true(read.large == written.large);
	expect_slice(read.name, written.name);
	assert_int_equal(read.nothing.len, 0);
	wire_writer_fini(&w);
	assert_null(w.bytes);
	wire_writer_fini(&w);
}

/* In memory that ends with the cut, so that a look beyond it is seen. */
static void what_is_cut_anywhere_is_bad(void **state)
{
	struct wire_writer w = { 0 };

	(void)state;
	put_facts(&w, &written);
	for (size_t len = 0; len < w.len; len++) {
		char *cut = malloc(len + (len == 0));
		struct wire_reader r;

		assert_non_null(cut);
		memcpy(cut, w.bytes, len);
		r = wire_reader_of((struct slice){ cut, len });
		(void)get_facts(&r);
		assert_true(r.bad);
		assert_false(wire_finished(&r));
		free(cut);
	}
	wire_writer_fini(&w);
}

static void what_is_left_over_is_bad(void **state)
{
	struct wire_writer w = { 0 };
	struct wire_reader r;

	(void)state;
	put_facts(&w, &written);
	wire_put_u8(&w, 0);
	r = wire_reader_of(wire_written(&w));
	(void)get_facts(&r);
	assert_false(wire_finished(&r));
	wire_writer_fini(&w);
}

static void after_one_bad_field_everything_is_zero(void **state)
{
	struct wire_writer w = { 0 };
	struct wire_reader r;
	struct facts read;

	(void)state;
	put_facts(&w, &written);
	r = wire_reader_of(wire_written(&w));
	assert_int_equal(wire_get_u8(&r, 199), 0); /* 200 was written */
	read = get_facts(&r);
	assert_int_equal(read.small, 0);
	assert_int_equal(read.medium, 0);
	assert_true(read.large == 0);
	assert_null(read.name.at);
	assert_int_equal(read.name.len, 0);
	assert_false(wire_finished(&r));
	wire_writer_fini(&w);
}

static void a_number_above_its_limit_is_bad(void **state)
{
	struct wire_writer w = { 0 };
	struct wire_reader r;

	(void)state;
	wire_put_u32(&w, 65536);
	wire_put_u64(&w, 7);
	r = wire_reader_of(wire_written(&w));
	assert_int_equal(wire_get_u32(&r, 65536), 65536);
	assert_true(wire_get_u64(&r, 6) == 0);
	assert_true(r.bad);
	wire_writer_fini(&w);
}

static void a_slice_may_not_claim_more_than_there_is_or_is_allowed(void **state)
{
	static const struct slice claims[] = {
		{ "\5\0\0\0abcd", 8 },
		{ "\xff\xff\xff\xff"
		  "abcd",
			8 },
		{ "\4\0\0\0abcd", 8 }, /* true, but three are allowed */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct wire_reader r = wire_reader_of(claims[i]);

		assert_null(wire_get_slice(&r, i < 2 ? SIZE_MAX : 3).at);
		assert_true(r.bad);
	}
}

static void many_facts_fit(void **state)
{
	struct wire_writer w = { 0 };
	struct wire_reader r;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		wire_put_u32(&w, i);
		wire_put_slice(&w, SLICE("fact"));
	}
	r = wire_reader_of(wire_written(&w));
	for (uint32_t i = 0; i < 10000; i++) {
		assert_int_equal(wire_get_u32(&r, i), i);
		expect_text(wire_get_slice(&r, 4), "fact");
	}
	assert_true(wire_finished(&r));
	wire_writer_fini(&w);
}

static void nothing_is_finished_at_once(void **state)
{
	struct wire_writer w = { 0 };
	struct wire_reader r = wire_reader_of(wire_written(&w));

	(void)state;
	assert_true(wire_finished(&r));
	assert_int_equal(wire_get_u8(&r, UINT8_MAX), 0);
	assert_false(wire_finished(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_cut_anywhere_is_bad),
		cmocka_unit_test(what_is_left_over_is_bad),
		cmocka_unit_test(after_one_bad_field_everything_is_zero),
		cmocka_unit_test(a_number_above_its_limit_is_bad),
		cmocka_unit_test(a_slice_may_not_claim_more_than_there_is_or_is_allowed),
		cmocka_unit_test(many_facts_fit),
		cmocka_unit_test(nothing_is_finished_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
