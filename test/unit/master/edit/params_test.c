/* params_test.c - the parameters on the command line mean what the reference takes them for. */

#include "master/edit/params.h"
#include "master/load/untyped.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

/* What the reference's library for JSON says is its own affair. */
static bool has_words(struct slice error, const char *note)
{
	static const char prefix[] = "invalid value for param a: ";

	return slice_equal(error, slice_of(note)) ||
	       (slice_starts_with(error, SLICE(prefix)) &&
		       slice_starts_with(slice_of(note), SLICE(prefix)));
}

static void words_are_read_as_by_the_reference(void **state)
{
	struct vectors rows;

	vectors_open(&rows, *state, "cli_params");
	while (vectors_next(&rows)) {
		struct arena *arena = arena_new("test", 4096);
		struct slice error = vectors_text(&rows, "error");
		char *text = json_dumps(json_object_get(rows.row, "params"), JSON_ENCODE_ANY);
		struct value got, wanted;
		const struct yaml *yaml;
		struct note why;
		int err = params_read(vectors_text(&rows, "in"), arena, &got, &why);

		vectors_expect(&rows, (err < 0) == (error.at != NULL));
		if (err < 0) {
			vectors_expect(&rows, has_words(error, why.text));
		} else {
			assert_int_equal(
				yaml_read(slice_of(text), "wanted", arena, &yaml, &why), 0);
			untyped_read(yaml, arena, &wanted);
			vectors_expect(&rows, value_equal(&got, &wanted));
		}
		free(text);
		arena_free(&arena);
	}
	assert_int_equal(rows.count, 35);
}

static void parameters_come_in_order(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	struct value got;
	struct note why;

	(void)state;
	assert_int_equal(params_read(SLICE("b=1,a=2,c=3"), arena, &got, &why), 0);
	expect_text(LIST_AT(got.items, struct value_entry, 0)->key, "a");
	expect_text(LIST_AT(got.items, struct value_entry, 2)->key, "c");
	assert_true(params_read(SLICE("a={\"k\":1,\"k\":2}"), arena, &got, &why) < 0);
	arena_free(&arena);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(words_are_read_as_by_the_reference, argv[argc - 1]),
		cmocka_unit_test(parameters_come_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
