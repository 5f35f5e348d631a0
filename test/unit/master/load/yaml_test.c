/* yaml_test.c - documents become trees; what could mean two things, or too much, is refused. */

#include <stdio.h>
#include <time.h>

#include "common/limits.h"
#include "master/load/yaml.h"
#include "test/lib/expect.h"

static int open_arena(void **state)
{
	*state = arena_new("test", 64 * 1024);
	return 0;
}

static int close_arena(void **state)
{
	struct arena *arena = *state;

	arena_free(&arena);
	return 0;
}

static const struct yaml *read(struct arena *arena, struct slice text)
{
	const struct yaml *root = NULL;
	struct note why = { "" };

	if (yaml_read(text, "a.yaml", arena, &root, &why) != 0) {
		fail_msg("%s", why.text);
	}
	return root;
}

static void expect_refusal(struct arena *arena, struct slice text, const char *wanted)
{
	const struct yaml *root = NULL;
	struct note why = { "" };

	assert_true(yaml_read(text, "a.yaml", arena, &root, &why) < 0);
	assert_null(root);
	assert_string_equal(why.text, wanted);
}

static const struct yaml *get(const struct yaml *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (slice_equal(map->pairs[i].key->text, slice_of(key))) {
			return map->pairs[i].value;
		}
	}
	fail_msg("no key %s", key);
	return NULL;
}

static void every_value_knows_its_place(void **state)
{
	const struct yaml *root =
		read(*state, SLICE("a: b\nc:\n  - 'd'\n  - {\"e\" : f}\n  - |\n    g\n  -\n"));
	const struct yaml *list = get(root, "c");

	assert_int_equal(root->kind, YAML_MAP);
	assert_int_equal(get(root, "a")->line, 1);
	assert_int_equal(get(root, "a")->column, 4);
	assert_int_equal(list->kind, YAML_LIST);
	assert_int_equal(list->count, 4);
	expect_text(list->items[0]->text, "d");
	assert_false(list->items[0]->plain);
	assert_int_equal(list->items[0]->line, 3);
	assert_int_equal(list->items[0]->column, 5); /* the quote */
	assert_int_equal(list->items[1]->pairs[0].key->column, 6);
	expect_text(list->items[2]->text, "g\n");
	assert_true(list->items[3]->plain);
	expect_text(list->items[3]->text, "");
	assert_in_range(list->items[3]->line, 6,
		7); /* before or behind it, as the library's version has it */
}

static void an_empty_document_is_null(void **state)
{
	static const char *const texts[] = { "", "# hi\n", "---\n", "--- # hi\n...\n", "\n\n",
		"\xef\xbb\xbf", "%YAML 1.2\n---\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct yaml *root = read(*state, slice_of(texts[i]));

		assert_int_equal(root->kind, YAML_SCALAR);
		assert_true(root->plain);
		expect_text(root->text, "");
	}
}

static void only_the_first_document_is_read(void **state)
{
	assert_int_equal(read(*state, SLICE("a: b\n---\n{{{"))->count, 1);
	assert_int_equal(read(*state, SLICE("a: b\n...\n]]]"))->count, 1);
	assert_int_equal(read(*state, SLICE("a: b\n---\na: *nope\n"))->count, 1);
}

static void json_is_yaml_however_it_is_indented(void **state)
{
	const struct yaml *root = read(*state,
		SLICE("{\n\t\"a\": [\n\t\t{\"b\":\"c\",\n\"d\": \"\\ud83d\\ude00\"}\n]\n}"));

	expect_text(get(get(root, "a")->items[0], "d")->text, "\xf0\x9f\x98\x80");
}

static void line_ends_and_byte_order_marks_do_not_matter(void **state)
{
	const struct yaml *root = read(*state, SLICE("\xef\xbb\xbf"
						     "a:\r\n  - b\r\n  - c: d\r\n"));

	assert_int_equal(get(root, "a")->count, 2);
	expect_text(get(get(root, "a")->items[1], "c")->text, "d");
	assert_int_equal(get(get(root, "a")->items[1], "c")->line, 3);
}

static void what_is_no_text_is_refused(void **state)
{
	expect_refusal(*state, SLICE("a: b\nc: \xff"), "a.yaml:2:4: invalid UTF-8");
	expect_refusal(*state, SLICE("\xc3\xa9: \xed\xa0\x80"), "a.yaml:1:4: invalid UTF-8");
	expect_refusal(*state, SLICE("a: b\n---\n\xff"), "a.yaml:3:1: invalid UTF-8");
	expect_refusal(
		*state, SLICE("a\0"), "a.yaml:1:2: control characters are not allowed (U+0000)");
	expect_refusal(*state, SLICE("a: \x1b[0m"),
		"a.yaml:1:4: control characters are not allowed (U+001B)");
	expect_refusal(*state, SLICE("a: \xef\xbb\xbf"),
		"a.yaml:1:4: control characters are not allowed (U+FEFF)");
	expect_refusal(*state, SLICE("a: \"x\\0y\""),
		"a.yaml:1:4: holds a NUL, or bytes that are no UTF-8");
	expect_refusal(*state,
		SLICE("\xff\xfe"
		      "a\0"),
		"a.yaml:1:1: invalid UTF-8");
}

static void syntax_errors_have_a_place(void **state)
{
	expect_refusal(*state, SLICE("a:\n\t- b"),
		"a.yaml:2:1: tab character may not be used as indentation");
	expect_refusal(*state, SLICE("a: b\n  c: d"), "a.yaml:1:4: invalid multiline plain key");
	expect_refusal(
		*state, SLICE("a: [b"), "a.yaml:2:1: flow sequence without a closing bracket");
	expect_refusal(
		*state, SLICE("a: \"b"), "a.yaml:1:5: double-quoted scalar without closing quote");
}

static void a_key_stands_once(void **state)
{
	expect_refusal(*state, SLICE("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n"),
		"a.yaml:5:3: mapping key \"c\" already defined at line 3, column 3");
	expect_refusal(*state, SLICE("a: 1\n\"a\": 2"),
		"a.yaml:2:1: mapping key \"a\" already defined at line 1, column 1");
	expect_refusal(*state, SLICE("{z: 1, y: 2, z: 3, y: 4}"),
		"a.yaml:1:14: mapping key \"z\" already defined at line 1, column 2");
	expect_refusal(*state, SLICE("{y: 1, z: 2, y: 3, z: 4}"),
		"a.yaml:1:14: mapping key \"y\" already defined at line 1, column 2");
	expect_refusal(*state,
		SLICE("[{dangerousLiteral:hunter2: 1, dangerousLiteral:hunter2: 2}]"),
		"a.yaml:1:32: mapping key \"dangerousLiteral:***\" already defined at line 1, "
		"column 3");
	expect_refusal(*state, SLICE("? [a]\n: b"),
		"a.yaml:1:3: a key of a mapping must be a word, not a list or a mapping");
}

static void aliases_stand_for_what_was_before_them(void **state)
{
	const struct yaml *root =
		read(*state, SLICE("- &a x\n- *a\n- &a y\n- *a\n- &b [*a]\n- *b\n"));

	expect_text(root->items[1]->text, "x");
	expect_text(root->items[3]->text, "y");
	expect_text(root->items[5]->items[0]->text, "y");
	expect_refusal(
		*state, SLICE("a: *b"), "a.yaml:1:4: alias \"b\" stands for nothing before it");
	expect_refusal(*state, SLICE("[*a, &a b]"),
		"a.yaml:1:2: alias \"a\" stands for nothing before it");
	expect_refusal(*state, SLICE("&a\nb: [*a]"),
		"a.yaml:2:5: alias \"a\" stands for a value that it is a part of");
	expect_refusal(*state, SLICE("&a [*a]"),
		"a.yaml:1:5: alias \"a\" stands for a value that it is a part of");
}

static void merge_keys_add_what_is_not_there(void **state)
{
	const struct yaml *root = read(*state, SLICE("- &a {x: 1, y: 2}\n"
						     "- &b {y: 3, z: 4}\n"
						     "- {<<: *a, y: 5}\n"
						     "- {y: 5, <<: [*a, *b]}\n"
						     "- {<<: {x: 6}, w: 7}\n"
						     "- &c {<<: *a}\n"
						     "- {<<: *c, x: 8}\n"
						     "- {'<<': 9}\n"));

	assert_int_equal(root->items[2]->count, 2);
	expect_text(get(root->items[2], "x")->text, "1");
	expect_text(get(root->items[2], "y")->text, "5");
	assert_int_equal(root->items[3]->count, 3);
	expect_text(get(root->items[3], "y")->text, "5");
	expect_text(get(root->items[3], "z")->text, "4");
	assert_int_equal(root->items[4]->count, 2);
	expect_text(get(root->items[4], "x")->text, "6");
	assert_int_equal(root->items[6]->count, 2);
	expect_text(get(root->items[6], "y")->text, "2");
	expect_text(get(root->items[6], "x")->text, "8");
	expect_text(get(root->items[7], "<<")->text, "9");
	expect_refusal(*state, SLICE("{<<: 1}"),
		"a.yaml:1:6: a merge key takes a mapping or a list of mappings");
	expect_refusal(
		*state, SLICE("{<<: [{}, 1]}"), "a.yaml:1:11: a merge key takes mappings only");
}

/* Runs on a busy machine under sanitizers as well; what is quadratic would need minutes. */
static void expect_quick(clock_t began)
{
	assert_true((clock() - began) / CLOCKS_PER_SEC < 10);
}

static void an_alias_bomb_is_seen_before_it_goes_off(void **state)
{
	static const char line[] = "a%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n";
	char text[2048] = "aa: &a [x,x,x,x,x,x,x,x,x]\n";
	const struct yaml *root = NULL;
	struct note why = { "" };
	clock_t began = clock();

	for (int c = 'b'; c < 'l'; c++) {
		size_t len = strlen(text);
		int b = c - 1;

		(void)snprintf(
			text + len, sizeof(text) - len, line, c, c, b, b, b, b, b, b, b, b, b);
	}
	assert_true(yaml_read(slice_of(text), "a.yaml", *state, &root, &why) < 0);
	assert_string_equal(why.text, "a.yaml:7:24: the document comes to more than 4000000 values "
				      "or 67108864 bytes with its aliases");
	expect_quick(began);
}

/* Few values, but a long one. */
static void a_bomb_of_bytes_is_seen_too(void **state)
{
	static char text[2 << 20];
	const struct yaml *root = NULL;
	struct note why = { "" };
	size_t len;

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "- &a ", 5);
	for (len = 1 << 20; len + 6 < sizeof(text); len += 5) {
		memcpy(text + len, "\n- *a", 5);
	}
	text[len] = '\n';
	assert_true(yaml_read((struct slice){ text, len + 1 }, "a.yaml", *state, &root, &why) < 0);
	assert_non_null(strstr(why.text, "comes to more than"));
}

static void twenty_thousand_keys_are_no_burden(void **state)
{
	struct arena *arena = *state;
	char *text = arena_bytes(arena, 20001 * 16);
	size_t len = 0;
	clock_t began = clock();

	for (int i = 0; i < 20000; i++) {
		len += (size_t)sprintf(text + len, "key%d: v\n", i);
	}
	assert_int_equal(read(arena, (struct slice){ text, len })->count, 20000);
	len += (size_t)sprintf(text + len, "key7: v\n");
	expect_refusal(arena, (struct slice){ text, len },
		"a.yaml:20001:1: mapping key \"key7\" already defined at line 8, column 1");
	expect_quick(began);
}

static void depth_has_an_end(void **state)
{
	static const char deep[] =
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
		"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
	char text[8192] = "- &a0 []\n";

	(void)read(*state, slice_sub(slice_of(deep), 2, sizeof(deep) - 3));
	expect_refusal(*state, slice_of(deep), "a.yaml:1:65: nested deeper than 64 levels");
	for (int i = 1; i < 70; i++) { /* one level for each line */
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof(text) - len, "- &a%d [*a%d]\n", i, i - 1);
	}
	expect_refusal(*state, slice_of(text), "a.yaml:64:9: nested deeper than 64 levels");
}

static void directives_have_an_end(void **state)
{
	struct arena *arena = *state;
	char *text = arena_bytes(arena, 1 << 20);
	size_t len = 0;

	for (int i = 0; i < 20000; i++) {
		len += (size_t)sprintf(text + len, "%%TAG !a%d! x\n", i);
	}
	expect_refusal(arena, (struct slice){ text, len }, "a.yaml:17:1: more than 16 directives");
}

/* What repeats so often that it is longer than the parser may read at once. */
static struct slice repeat(struct arena *arena, const char *begin, const char *again)
{
	struct slice part = slice_of(again);
	size_t times = LIMIT_YAML_AHEAD_BYTES / part.len + 8 * 1024, len = strlen(begin);
	char *text = arena_bytes(arena, len + times * part.len);

	memcpy(text, begin, len);
	for (size_t i = 0; i < times; i++) {
		memcpy(text + len, part.at, part.len);
		len += part.len;
	}
	return (struct slice){ text, len };
}

/* Each "[" of these would take hundreds of bytes until the parser could say what it begins. */
static void what_the_parser_would_have_to_keep_has_an_end(void **state)
{
	static const char *const shapes[][2] = { { "", "[" }, { "- ", "[" }, { "[", "\n[" },
		{ "[", "a," }, { "{", "a: b," }, { "{", ": " }, { "[", "! " }, { "[", ",\n" },
		{ "- \"", "a\n" }, { "- |\n", " a\n" }, { "# ", "a" } };

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		expect_refusal(*state, repeat(*state, shapes[i][0], shapes[i][1]),
			"a.yaml:1:1: what follows is too long for one text, comment or line: more "
			"than 1048576 bytes");
	}
}

static void a_document_may_be_longer_than_that(void **state)
{
	struct slice text = repeat(*state, "", "- {\"a\": [b, 'c'], d: é} # e\n");
	const struct yaml *root = read(*state, text);

	assert_true(root->count > 32 * 1024);
	for (size_t i = 0; i < root->count; i++) {
		assert_int_equal(root->items[i]->line, i + 1);
		expect_text(get(root->items[i], "a")->items[1]->text, "c");
		expect_text(get(root->items[i], "d")->text, "é");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		TEST(every_value_knows_its_place),
		TEST(an_empty_document_is_null),
		TEST(only_the_first_document_is_read),
		TEST(json_is_yaml_however_it_is_indented),
		TEST(line_ends_and_byte_order_marks_do_not_matter),
		TEST(what_is_no_text_is_refused),
		TEST(syntax_errors_have_a_place),
		TEST(a_key_stands_once),
		TEST(aliases_stand_for_what_was_before_them),
		TEST(merge_keys_add_what_is_not_there),
		TEST(an_alias_bomb_is_seen_before_it_goes_off),
		TEST(a_bomb_of_bytes_is_seen_too),
		TEST(twenty_thousand_keys_are_no_burden),
		TEST(depth_has_an_end),
		TEST(directives_have_an_end),
		TEST(what_the_parser_would_have_to_keep_has_an_end),
		TEST(a_document_may_be_longer_than_that),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
