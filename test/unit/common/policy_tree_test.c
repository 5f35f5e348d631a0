/* policy_tree_test.c - a compiled list finds what trying every rule in turn finds, in that order.
 *
 * The model at the top is the definition of matching (spec/request.md section 6.2), without a
 * thought for what it costs. */

#include "common/path.h"
#include "common/policy_tree.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

enum {
	MANY = 64,
	ROUNDS = 20000,
};

struct split {
	struct slice segments[MANY];
	size_t count;
};

static struct split split(struct slice path)
{
	struct split split;

	split.count = path_segments(path, split.segments, MANY);
	assert_true(split.count <= MANY);
	return split;
}

static bool fits(struct slice pattern, struct slice segment, bool leaves_parameters)
{
	bool covers = leaves_parameters && slice_starts_with(segment, pattern) &&
		      segment.len > pattern.len && segment.at[pattern.len] == ';';

	return slice_equal(pattern, SLICE("*")) || slice_equal(pattern, segment) || covers;
}

/* The segments from p on, against those from s on. */
static bool matches(const struct split *pattern, size_t p, const struct split *path, size_t s,
	bool leaves_parameters)
{
	if (p == pattern->count) {
		return s == path->count;
	}
	if (slice_equal(pattern->segments[p], SLICE("**"))) {
		return matches(pattern, p + 1, path, s, leaves_parameters) ||
		       (s < path->count && matches(pattern, p, path, s + 1, leaves_parameters));
	}
	return s < path->count &&
	       fits(pattern->segments[p], path->segments[s], leaves_parameters) &&
	       matches(pattern, p + 1, path, s + 1, leaves_parameters);
}

static bool model(const struct policy_rule *rule, const struct policy_wish *wish)
{
	struct split pattern = split(rule->path), path = split(wish->path);
	bool method = slice_equal(rule->method, wish->method) ||
		      (wish->head_is_get && slice_equal(wish->method, SLICE("HEAD")) &&
			      slice_equal(rule->method, SLICE("GET")));

	if (!method) {
		return false;
	}
	if (matches(&pattern, 0, &path, 0, wish->leaves_parameters)) {
		return true;
	}
	/* "/a/;x" is "/a/", too. */
	return wish->leaves_parameters && path.count > 0 &&
	       slice_starts_with(path.segments[path.count - 1], SLICE(";")) &&
	       (path.count--, matches(&pattern, 0, &path, 0, true));
}

static int setup(void **state)
{
	*state = arena_new("test", 64 * 1024);
	return 0;
}

static int teardown(void **state)
{
	struct arena *arena = *state;

	arena_free(&arena);
	return 0;
}

static struct policy_tree *tree_of(struct policy_rule *rules, size_t count, struct arena *arena)
{
	struct policy_caller *caller = arena_make(arena, struct policy_caller);
	struct list callers = { caller, 1 };

	*caller = (struct policy_caller){ .id = SLICE("c"), .rules = { rules, count } };
	return policy_tree_new(&callers, arena);
}

/* Exactly the rules that fit by the model, in order. */
static void expect_model(struct policy_tree *tree, const struct policy_rule *rules, size_t count,
	const struct policy_wish *wish)
{
	struct policy_search search;

	assert_true(policy_tree_search(tree, SLICE("c"), wish, &search));
	for (size_t i = 0; i < count; i++) {
		const struct policy_rule *got;

		if (!model(&rules[i], wish)) {
			continue;
		}
		got = policy_tree_next(&search);
		if (got != &rules[i]) {
			fail_msg(SLICE_FMT " " SLICE_FMT ": wanted rule %zu " SLICE_FMT
					   ", got " SLICE_FMT,
				SLICE_ARG(wish->method), SLICE_ARG(wish->path), i,
				SLICE_ARG(rules[i].path),
				SLICE_ARG(got == NULL ? SLICE("none") : got->path));
		}
	}
	if (policy_tree_next(&search) != NULL) {
		fail_msg(SLICE_FMT " finds more than it should", SLICE_ARG(wish->path));
	}
}

static bool tree_matches(struct slice pattern, struct slice path, bool covers)
{
	struct arena *arena = arena_new("test", 4096);
	struct policy_rule rule = { .path = pattern, .method = SLICE("GET") };
	struct policy_wish wish = { path, SLICE("GET"), false, covers };
	struct policy_search search;
	bool found = policy_tree_search(tree_of(&rule, 1, arena), SLICE("c"), &wish, &search) &&
		     policy_tree_next(&search) != NULL;

	arena_free(&arena);
	return found;
}

/* What is held against rules has no dot segments and no empty ones. */
static struct slice cleaned(struct slice path, struct arena *arena)
{
	struct split parts = split(path);
	struct slice clean = { NULL, 0 };

	for (size_t i = 0; i < parts.count; i++) {
		clean = arena_printf(arena, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(clean),
			SLICE_ARG(parts.segments[i]));
	}
	return clean;
}

static void paths_match_as_in_the_reference(void **state)
{
	struct arena *arena = arena_new("test", 4096);
	struct vectors rows;

	vectors_open(&rows, *state, "path_match");
	while (vectors_next(&rows)) {
		struct slice pattern = vectors_text(&rows, "pattern");
		struct slice path = cleaned(vectors_text(&rows, "path"), arena);
		bool wanted = vectors_flag(&rows, "match");

		vectors_expect(&rows, tree_matches(pattern, path, false) == wanted);
		if (slice_find(path, ';', 0) == path.len) {
			vectors_expect(&rows, tree_matches(pattern, path, true) == wanted);
		}
	}
	assert_int_equal(rows.count, 1296);
	arena_free(&arena);
}

static void what_is_denied_leaves_parameters_aside(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool covers;
	} rows[] = {
		{ "/admin", "/admin;", true },
		{ "/admin", "/admin;x=1", true },
		{ "/admin", "/admin;x;y", true },
		{ "/admin", "/admin/;x", true },
		{ "/admin", "/admin;x/;y", true },
		{ "/a/admin", "/a;b/admin", true },
		{ "/a;b/admin", "/a;b/admin;c", true },
		{ "/a;b", "/a;b;c;d", true },
		{ "/*/admin", "/a;b/admin;c", true },
		{ "/**/admin", "/a;b/c;d/admin;e", true },
		{ "/admin/**", "/admin;x/y", true },
		{ "/", "/;x", true },
		{ "/admin", "/admins;x", false },
		{ "/admin", "/adm;in", false },
		{ "/admin;x", "/admin", false },
		{ "/admin", "/;admin", false },
		{ "/admin", "/admin/x;", false },
		{ "/admin", "/;x", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice pattern = slice_of(rows[i].pattern), path = slice_of(rows[i].path);

		if (tree_matches(pattern, path, true) != rows[i].covers) {
			fail_msg("%s on %s", rows[i].pattern, rows[i].path);
		}
	}
}

/* All sequences of up to `len` of the words, as paths. Returns how many there are. */
static size_t spell_all(const char *const *words, size_t word_count, unsigned len,
	struct slice *out, struct arena *arena)
{
	size_t begin = 0, end = 1, count = 1;

	out[0] = SLICE("");
	for (unsigned i = 0; i < len; i++) {
		for (size_t from = begin; from < end; from++) {
			for (size_t w = 0; w < word_count; w++) {
				out[count++] = arena_printf(
					arena, SLICE_FMT "/%s", SLICE_ARG(out[from]), words[w]);
			}
		}
		begin = end;
		end = count;
	}
	return count;
}

/* All patterns of up to five segments in one list, against all paths of up to four. */
static void all_small_patterns_match_by_the_definition(void **state)
{
	static const char *const words[] = { "a", "b", "*", "**" };
	static struct slice patterns[1365], paths[31];
	static struct policy_rule rules[1365];
	struct policy_tree *tree;

	assert_int_equal(spell_all(words, 4, 5, patterns, *state), 1365);
	assert_int_equal(spell_all(words, 2, 4, paths, *state), 31);
	for (size_t i = 0; i < 1365; i++) {
		rules[i] = (struct policy_rule){ .path = patterns[i], .method = SLICE("GET") };
	}
	tree = tree_of(rules, 1365, *state);
	for (size_t i = 0; i < 31; i++) {
		expect_model(tree, rules, 1365,
			&(struct policy_wish){ .path = paths[i], .method = SLICE("GET") });
	}
}

/* The same choices in every run. */
static unsigned choose(unsigned *seed, unsigned count)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 16) % count;
}

static struct slice random_path(
	unsigned *seed, const char *const *words, unsigned count, struct arena *arena)
{
	struct slice path = SLICE("/");
	unsigned segments = choose(seed, 6);

	for (unsigned i = 0; i < segments; i++) {
		path = arena_printf(arena, SLICE_FMT "%s%s", SLICE_ARG(path), i == 0 ? "" : "/",
			words[choose(seed, count)]);
	}
	return path;
}

static void any_list_finds_what_trying_every_rule_finds(void **state)
{
	static const char *const in_rules[] = { "a", "b", "a;b", "*", "**", "**" };
	static const char *const in_paths[] = { "a", "b", "c", "a;b", "a;b;c", ";x", "b;", "*" };
	static const struct slice methods[] = { SLICE("GET"), SLICE("HEAD"), SLICE("POST") };
	unsigned seed = 1;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct arena *arena = arena_new("test", 4096);
		struct policy_rule rules[8] = { 0 };
		size_t count = 1 + choose(&seed, 8);
		struct policy_tree *tree;
		struct policy_wish wish;

		for (size_t i = 0; i < count; i++) {
			rules[i].path = random_path(&seed, in_rules, 6, arena);
			rules[i].method = methods[choose(&seed, 3)];
		}
		tree = tree_of(rules, count, arena);
		for (unsigned i = 0; i < 8; i++) {
			wish.path = random_path(&seed, in_paths, 8, arena);
			wish.method = methods[choose(&seed, 3)];
			wish.head_is_get = choose(&seed, 2) == 0;
			wish.leaves_parameters = choose(&seed, 2) == 0;
			expect_model(tree, rules, count, &wish);
		}
		arena_free(&arena);
	}
}

/* Trying it segment by segment would take 2^32 steps. */
static void many_stars_stay_cheap(void **state)
{
	struct slice pattern = { NULL, 0 }, path = { NULL, 0 };

	for (unsigned i = 0; i < 32; i++) {
		pattern = arena_printf(*state, SLICE_FMT "/**/a", SLICE_ARG(pattern));
	}
	for (unsigned i = 0; i < 4000; i++) {
		path = arena_join(*state, path, SLICE("/a"));
	}
	assert_true(tree_matches(pattern, path, true));
	pattern = arena_join(*state, pattern, SLICE("/c"));
	assert_false(tree_matches(pattern, path, true));
}

static void callers_are_found_by_their_exact_ids(void **state)
{
	struct policy_rule one[] = { { .path = SLICE("/one"), .method = SLICE("GET") } };
	struct policy_rule two[] = { { .path = SLICE("/two"), .method = SLICE("GET") } };
	struct policy_caller callers[] = {
		{ .id = SLICE("alice"), .rules = { one, 1 } },
		{ .id = SLICE("*"), .rules = { two, 1 } },
		{ .id = SLICE("idle") },
	};
	struct policy_tree *tree = policy_tree_new(&(struct list){ callers, 3 }, *state);
	struct policy_wish wish = { SLICE("/two"), SLICE("GET"), false, false };
	struct policy_search search;

	assert_true(policy_tree_search(tree, SLICE("alice"), &wish, &search));
	assert_null(policy_tree_next(&search));
	assert_true(policy_tree_search(tree, SLICE("*"), &wish, &search));
	assert_ptr_equal(policy_tree_next(&search), &two[0]);
	assert_null(policy_tree_next(&search));
	assert_true(policy_tree_search(tree, SLICE("idle"), &wish, &search));
	assert_null(policy_tree_next(&search));
	assert_false(policy_tree_search(tree, SLICE("Alice"), &wish, &search));
	assert_false(policy_tree_search(tree, SLICE(""), &wish, &search));
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(paths_match_as_in_the_reference, argv[argc - 1]),
		TEST(what_is_denied_leaves_parameters_aside),
		TEST(all_small_patterns_match_by_the_definition),
		TEST(any_list_finds_what_trying_every_rule_finds),
		TEST(many_stars_stay_cheap),
		TEST(callers_are_found_by_their_exact_ids),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
