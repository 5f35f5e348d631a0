/* field_test.c - rows carry a struct over the wire, and know their neighbours. */

#include "common/field.h"
#include "test/lib/expect.h"

struct dog {
	struct slice name;
	int64_t age;
};

struct kennel {
	struct slice name;
	int64_t rooms;
	int64_t closes_ns;
	bool open;
	uint32_t key;
	struct list colours;
	struct list keys;
	struct list dogs;
	struct slice rules;
	struct slice hidden;
};

static const struct field dog_fields[] = {
	{ .name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct dog, name) },
	{ .name = "age", .kind = FIELD_NUMBER, .offset = offsetof(struct dog, age) },
	{ 0 },
};

/* clang-format off */
static const struct field kennel_fields[] = {
#define ROW(type, member) .name = #member, .kind = type, .offset = offsetof(struct kennel, member)
	{ ROW(FIELD_TEXT, name) },
	{ ROW(FIELD_NUMBER, rooms) },
	{ ROW(FIELD_DURATION, closes_ns) },
	{ ROW(FIELD_FLAG, open) },
	{ ROW(FIELD_SECRET, key) },
	{ ROW(FIELD_TEXT_LIST, colours) },
	{ ROW(FIELD_SECRET_LIST, keys) },
	{ ROW(FIELD_LIST, dogs), .rows = dog_fields, .row_size = sizeof(struct dog) },
	{ ROW(FIELD_PARAMS, rules) },
	{ ROW(FIELD_TEXT, hidden), .internal = true },
#undef ROW
	{ 0 },
};
/* clang-format on */

static void encode_kennel(struct wire_writer *w)
{
	static struct slice colours[] = { { "brown", 5 }, { NULL, 0 } };
	static uint32_t keys[] = { 3, 5 };
	static struct dog dogs[] = { { { "Rex", 3 }, 7 }, { { "", 0 }, INT64_MIN } };
	const struct kennel kennel = {
		.name = SLICE("Hill"),
		.rooms = -4,
		.closes_ns = INT64_MAX,
		.open = true,
		.key = SLOT_NONE,
		.colours = { colours, 2 },
		.keys = { keys, 2 },
		.dogs = { dogs, 2 },
		.rules = SLICE("\0\1"),
		.hidden = SLICE("attic"),
	};

	field_encode(kennel_fields, &kennel, w);
}

static void what_was_written_is_read(void **state)
{
	struct arena *arena = arena_new("test", 1024);
	struct wire_writer w = { 0 };
	struct wire_reader r;
	struct kennel kennel;

	(void)state;
	encode_kennel(&w);
	r = wire_reader_of(wire_written(&w));
	field_decode(kennel_fields, arena, &r, &kennel);
	assert_true(wire_finished(&r));
	wire_writer_fini(&w); /* what was read lives on */

	expect_text(kennel.name, "Hill");
	assert_int_equal(kennel.rooms, -4);
	assert_int_equal(kennel.closes_ns, INT64_MAX);
	assert_true(kennel.open);
	assert_int_equal(kennel.key, SLOT_NONE);
	assert_int_equal(kennel.colours.count, 2);
	expect_text(*LIST_AT(kennel.colours, struct slice, 0), "brown");
	expect_text(*LIST_AT(kennel.colours, struct slice, 1), "");
	assert_int_equal(kennel.keys.count, 2);
	assert_int_equal(*LIST_AT(kennel.keys, uint32_t, 1), 5);
	assert_int_equal(kennel.dogs.count, 2);
	expect_text(LIST_AT(kennel.dogs, struct dog, 0)->name, "Rex");
	assert_int_equal(LIST_AT(kennel.dogs, struct dog, 0)->age, 7);
	assert_int_equal(LIST_AT(kennel.dogs, struct dog, 1)->age, INT64_MIN);
	expect_text(kennel.rules, "\0\1");
	expect_text(kennel.hidden, "attic");
	arena_free(&arena);
}

static void every_truncation_is_refused(void **state)
{
	struct wire_writer w = { 0 };

	(void)state;
	encode_kennel(&w);
	for (size_t len = 0; len < w.len; len++) {
		struct arena *arena = arena_new("test", 1024);
		struct wire_reader r = wire_reader_of(slice_sub(wire_written(&w), 0, len));
		struct kennel kennel = { 0 };

		field_decode(kennel_fields, arena, &r, &kennel);
		assert_false(wire_finished(&r));
		arena_free(&arena);
	}
	wire_writer_fini(&w);
}

/* Four bytes say how many; memory may not follow before the items are seen to be there. */
static void a_list_is_no_longer_than_its_bytes(void **state)
{
	static const struct field rows[] = {
		{ .name = "dogs",
			.kind = FIELD_LIST,
			.rows = dog_fields,
			.row_size = sizeof(struct dog) },
		{ 0 },
	};
	struct arena *arena = arena_new("test", 1024);
	struct wire_reader r = wire_reader_of(SLICE("\xff\xff\xff\x7f"
						    "\0\0\0\0"
						    "\0\0\0\0\0\0\0\0"));
	struct list list = { 0 };

	(void)state;
	field_decode(rows, arena, &r, &list);
	assert_true(r.bad);
	assert_int_equal(list.count, 0);
	arena_free(&arena);
}

static void a_key_is_found_by_its_name(void **state)
{
	(void)state;
	assert_ptr_equal(field_find(kennel_fields, SLICE("rooms"), false), &kennel_fields[1]);
	assert_null(field_find(kennel_fields, SLICE("Rooms"), false));
	assert_ptr_equal(field_find(kennel_fields, SLICE("Rooms"), true), &kennel_fields[1]);
	assert_null(field_find(kennel_fields, SLICE("room"), true));
	assert_null(field_find(kennel_fields, SLICE(""), true));
	assert_null(field_find(kennel_fields, SLICE("hidden"), false)); /* no YAML key */
}

static void a_slip_of_the_pen_is_understood(void **state)
{
	static const char *const slips[][2] = {
		{ "room", "rooms" },
		{ "roosm", "rooms" },
		{ "ROOMS", "rooms" },
		{ "colors", "colours" },
		{ "oepn", "open" },
		{ "close_ns", "closes_ns" },
		{ "rule", "rules" },
	};
	static const char *const others[] = { "", "x", "teapot", "bogus", "hiden", "destination" };

	(void)state;
	for (size_t i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
		assert_string_equal(
			field_nearest(kennel_fields, slice_of(slips[i][0])), slips[i][1]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_null(field_nearest(kennel_fields, slice_of(others[i])));
	}
	for (size_t len = 60; len < 70; len++) {
		char name[70];

		memset(name, 'n', sizeof(name));
		assert_null(field_nearest(kennel_fields, (struct slice){ name, len }));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_list_is_no_longer_than_its_bytes),
		cmocka_unit_test(a_key_is_found_by_its_name),
		cmocka_unit_test(a_slip_of_the_pen_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
