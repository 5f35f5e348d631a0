/* patch_test.c - a document says something else afterwards, and every byte that need not change is
 * where it was. */

#include "master/edit/patch.h"
#include "master/load/untyped.h"
#include "test/lib/expect.h"

struct row {
	const char *before, *wanted, *after;
};

static struct value value_of(struct arena *arena, const char *text)
{
	const struct yaml *yaml;
	struct value value;

	assert_int_equal(yaml_read(slice_of(text), "wanted", arena, &yaml, NULL), 0);
	untyped_read(yaml, arena, &value);
	return value;
}

static void try_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new("test", 4096);
		struct value wanted = value_of(arena, rows[i].wanted);
		struct note why = { "" };
		struct slice after;
		int err = patch(slice_of(rows[i].before), "x", &wanted, arena, &after, &why);

		if (rows[i].after == NULL) {
			assert_true(err < 0);
			assert_non_null(strstr(why.text, "change it by hand"));
		} else {
			if (err < 0) {
				fail_msg("%s: %s", rows[i].before, why.text);
			}
			expect_slice(after, slice_of(rows[i].after));
		}
		arena_free(&arena);
	}
}

#define TRY(rows) try_rows(rows, sizeof(rows) / sizeof(*rows))

static void nothing_changes_when_nothing_differs(void **state)
{
	static const struct row rows[] = {
		{ "", "", "" },
		{ "# only this", "", "# only this" },
		{ "\xef\xbb\xbf"
		  "a:   1 # x\r\n",
			"{a: 1}",
			"\xef\xbb\xbf"
			"a:   1 # x\r\n" },
		{ "- {a: [1, 'b']}", "[{a: [1, b]}]", "- {a: [1, 'b']}" },
	};

	(void)state;
	TRY(rows);
}

static void something_is_added(void **state)
{
	static const struct row rows[] = {
		{ "", "[{a: 1}]", "- a: 1\n" },
		{ "# ours\n", "{l: [{a: b}]}", "# ours\nl:\n    - a: b\n" },
		{ "# ours", "[1]", "# ours\n- 1\n" },
		{ "[] # none\n", "[1]", "- 1 # none\n" },
		{ "l:\n# later\n", "{l: [1]}", "l:\n    - 1\n# later\n" },
		{ "l: # ours\n", "{l: [1]}", "l: # ours\n    - 1\n" },
		{ "l: [] # ours\n", "{l: [1]}", "l:\n    - 1 # ours\n" },
		{ "l:\n  - a: 1 # one\n  # end\n\nm: 2\n", "{l: [{a: 1}, {b: [x]}], m: 2}",
			"l:\n  - a: 1 # one\n  - b:\n      - x\n  # end\n\nm: 2\n" },
		{ "l:\n- a\n- b", "{l: [a, b, c]}", "l:\n- a\n- b\n- c\n" },
		{ "- a: 1\n- a: 2\n", "[{a: 1}, {a: 2, b: {c: d}}]",
			"- a: 1\n- a: 2\n  b:\n    c: d\n" },
		{ "- a: 1 # here\n- a: 2\n", "[{a: 1, b: 3}, {a: 2}]",
			"- a: 1 # here\n  b: 3\n- a: 2\n" },
		{ "{\"l\": [\n\t{\"a\": 1}\n]}\n", "{l: [{a: 1}, {b: ok}]}",
			"{\"l\": [\n\t{\"a\": 1}, {b: ok}\n]}\n" },
		{ "{l: [a, ]}", "{l: [a, b]}", "{l: [a, b, ]}" },
		{ "l: [a]", "{l: [a, 'b, c']}", "l: [a, 'b, c']" },
		{ "a: {b: 1}", "{a: {b: 1, c: {d: []}}}", "a: {b: 1, c: {d: []}}" },
		{ "a: 1\n---\nb: 2\n", "{a: 1, c: 3}", "a: 1\nc: 3\n---\nb: 2\n" },
		{ "a: 1\r\nb: 2\r\n", "{a: 1, b: 2, c: 3}", "a: 1\r\nb: 2\r\nc: 3\n" },
	};

	(void)state;
	TRY(rows);
}

static void something_is_changed(void **state)
{
	static const struct row rows[] = {
		{ "a: x # keep\n", "{a: z}", "a: z # keep\n" },
		{ "a: 'x'   # keep\nb: 1", "{a: 'true', b: 1}", "a: \"true\"   # keep\nb: 1" },
		{ "a:\nb: 1\n", "{a: 2, b: 1}", "a: 2\nb: 1\n" },
		{ "a: null\nb: 1\n", "{a: {c: d}, b: 1}", "a:\n    c: d\nb: 1\n" },
		{ "a: # why\n  # which\n  b: 1 # one\n  c: 2 # two\n", "{a: {b: 1, c: 3}}",
			"a: # why\n  # which\n  b: 1 # one\n  c: 3 # two\n" },
		{ "s:\n  - env:A # old\n  - env:B\n", "{s: ['env:C', 'env:B']}",
			"s:\n  - env:C # old\n  - env:B\n" },
		{ "s: [env:A, env:B]\n", "{s: ['env:A', 'env:C']}", "s: [env:A, 'env:C']\n" },
		{ "a: |\n  x\n  y\nb: 1\n", "{a: z, b: 1}", "a: z\nb: 1\n" },
		{ "a:\n  - 1\n", "{a: 2}", "a: 2\n" },
		{ "- a\n- b\n", "[a, {k: v, l: [1]}]", "- a\n- k: v\n  l:\n    - 1\n" },
		{ "p: {u: a}\n", "{p: {c: [1]}}", "p: {c: [1]}\n" },
		{ "p:\n  u: a # who\nq: 1\n", "{p: {c: 1}, q: 1}", "p:\n  c: 1\nq: 1\n" },
		{ "\xef\xbb\xbf"
		  "a: \xc3\xa9 # \xc3\xa9\nb: x\n",
			"{a: \xc3\xa9, b: z}",
			"\xef\xbb\xbf"
			"a: \xc3\xa9 # \xc3\xa9\nb: z\n" },
	};

	(void)state;
	TRY(rows);
}

static void something_is_removed(void **state)
{
	static const struct row rows[] = {
		{ "# first\n- a: 1\n# second\n- a: 2\n  b: 3 # three\n# third\n- a: 4\n",
			"[{a: 1}, {a: 4}]", "# first\n- a: 1\n# second\n# third\n- a: 4\n" },
		{ "l: # ours\n  # one\n  - 1\n\n  # two\n  - 2\n# end\n", "{l: []}",
			"l: [] # ours\n  # one\n\n  # two\n# end\n" },
		{ "- c:\n    - x\n  r: 1\n", "[{r: 1}]", "- r: 1\n" },
		{ "- i: 1\n  c:\n    - x\n  # about r\n  r: 1\n", "[{i: 1, r: 1}]",
			"- i: 1\n  # about r\n  r: 1\n" },
		{ "[a, b, c, d]", "[a, d]", "[a, d]" },
		{ "[a, b, c, d]", "[a, b]", "[a, b]" },
		{ "l: [a, b]", "{l: []}", "l: []" },
		{ "- a\n- b", "[a]", "- a\n" },
		{ "-\n  a: 1\n-\n  a: 2\n", "[{a: 2}]", "-\n  a: 2\n" },
		{ "- - a\n  - b\n- c\n", "[[b], c]", "- - b\n- c\n" },
	};

	(void)state;
	TRY(rows);
}

/* What stands elsewhere, too, or in a way that is not followed, is left to a person. */
static void doubt_is_a_refusal(void **state)
{
	static const struct row rows[] = {
		{ "- &x {a: 1}\n- *x\n", "[{a: 1}, {a: 2}]", NULL },
		{ "- &x {a: 1}\n- *x\n", "[{a: 2}, {a: 1}]", NULL },
		{ "- &x {a: 1}\n- *x\n", "[{a: 1}]", NULL },
		{ "d: &d {a: 1}\ne:\n  <<: *d\n  b: 2\n", "{d: {a: 1}, e: {a: 3, b: 2}}", NULL },
		{ "d: &d {a: 1}\ne:\n  <<: *d\n  b: 2\n", "{d: {a: 1}, e: {b: 2}}", NULL },
		{ "a: 1\n...\n", "{a: 1, b: 2}", "a: 1\nb: 2\n...\n" },
		{ "# none\n...\n", "{b: 2}", "# none\n...\nb: 2\n" },
		{ "---\n# none\n...\n", "{b: 2}", NULL },
		{ "- &x {a: 1}\n- *x\n- b\n", "[{a: 1}, {a: 1}, c, d]",
			"- &x {a: 1}\n- *x\n- c\n- d\n" },
		{ "- &x {a: 1}\n- *x\n", "[{a: 1}, {a: 1}, b]", "- &x {a: 1}\n- *x\n- b\n" },
		{ "d: &d {a: 1}\ne:\n  <<: *d\n  b: 2\n", "{d: {a: 1}, e: {a: 1, b: 3}}",
			"d: &d {a: 1}\ne:\n  <<: *d\n  b: 3\n" },
	};

	(void)state;
	TRY(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changes_when_nothing_differs),
		cmocka_unit_test(something_is_added),
		cmocka_unit_test(something_is_changed),
		cmocka_unit_test(something_is_removed),
		cmocka_unit_test(doubt_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
