/* path_test.c - one reading of a path, and its segments. */

#include <string.h>

#include "common/path.h"
#include "common/url.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

enum { MANY = 64 };

static void paths_fall_into_the_segments_of_the_reference(void **state)
{
	struct vectors rows;

	vectors_open(&rows, *state, "path_split");
	while (vectors_next(&rows)) {
		const json_t *wanted = json_object_get(rows.row, "segments");
		struct slice segments[MANY];
		size_t count = path_segments(vectors_text(&rows, "path"), segments, MANY);

		vectors_expect(&rows, count == json_array_size(wanted));
		for (size_t i = 0; i < count; i++) {
			const char *segment = json_string_value(json_array_get(wanted, i));

			vectors_expect_slice(&rows, segments[i], slice_of(segment));
		}
	}
	assert_int_equal(rows.count, 84);
}

static void segments_beyond_the_room_are_counted_but_not_written(void **state)
{
	struct slice segments[2] = { SLICE("untouched"), SLICE("untouched") };

	(void)state;
	assert_int_equal(path_segments(SLICE("/a/b/c/d"), segments, 1), 4);
	expect_text(segments[0], "a");
	expect_text(segments[1], "untouched");
	assert_int_equal(path_segments(SLICE("/a/b/../../c"), segments, 1), 1);
	expect_text(segments[0], "c");
	assert_int_equal(path_segments(SLICE("/a"), NULL, 0), 1);
}

static void what_climbs_above_its_start_keeps_every_step(void **state)
{
	struct slice segments[MANY];

	(void)state;
	assert_int_equal(path_segments(SLICE("a/../../../x"), segments, MANY), 3);
	expect_text(segments[0], "..");
	expect_text(segments[1], "..");
	expect_text(segments[2], "x");
}

static void expect_refused(struct slice raw, const char *wanted)
{
	struct arena *arena = arena_new("test", 1024);
	struct slice sent = SLICE("untouched"), decoded = SLICE("untouched");
	const char *reason = NULL;

	if (path_canonical(raw, arena, &sent, &decoded, &reason)) {
		fail_msg("should be refused: " SLICE_FMT, SLICE_ARG(raw));
	}
	expect_slice(slice_of(reason), slice_of(wanted));
	expect_text(sent, "untouched");
	expect_text(decoded, "untouched");
	arena_free(&arena);
}

static void expect_read(struct slice raw, struct slice wanted_sent, struct slice wanted_decoded)
{
	struct arena *arena = arena_new("test", 1024);
	struct slice sent, decoded;
	const char *reason = NULL;

	if (!path_canonical(raw, arena, &sent, &decoded, &reason)) {
		fail_msg("should be read, but: %s: " SLICE_FMT, reason, SLICE_ARG(raw));
	}
	expect_slice(sent, wanted_sent);
	expect_slice(decoded, wanted_decoded);
	arena_free(&arena);
}

/* Where ours refuses and the reference goes on: the decoded path has dot segments or empty ones, or
 * more slashes than were sent. */
static bool reads_two_ways(struct slice path, struct slice decoded)
{
	size_t slashes = 0;

	for (size_t i = 0; i < path.len; i++) {
		slashes += path.at[i] == '/';
	}
	for (size_t i = 0; i < decoded.len; i++) {
		slashes -= decoded.at[i] == '/';
	}
	return slashes != 0 || memmem(decoded.at, decoded.len, "//", 2) != NULL ||
	       memmem(decoded.at, decoded.len, "/./", 3) != NULL ||
	       memmem(decoded.at, decoded.len, "/../", 4) != NULL;
}

static void expect_rewritten(struct vectors *rows, struct arena *arena, const struct url *to,
	struct slice path, struct slice query)
{
	struct slice sent, decoded, joined, joined_query, target;
	const char *reason = NULL;

	vectors_expect(rows, path_canonical(path, arena, &sent, &decoded, &reason));
	joined = path_join(to->path, sent, arena);
	joined_query = query_join(to->query, query, arena);
	target = joined;
	if (joined_query.at != NULL) {
		target = arena_printf(
			arena, SLICE_FMT "?" SLICE_FMT, SLICE_ARG(joined), SLICE_ARG(joined_query));
	}
	vectors_expect_slice(rows, decoded, vectors_text(rows, "policy_path"));
	vectors_expect_slice(rows, to->host, vectors_text(rows, "upstream_host"));
	vectors_expect_slice(rows, target, vectors_text(rows, "upstream_target"));
}

static void a_target_is_rewritten_as_in_the_reference_or_refused(void **state)
{
	struct vectors rows;
	unsigned refused = 0;

	vectors_open(&rows, *state, "url_rewrite");
	while (vectors_next(&rows)) {
		struct arena *arena = arena_new("test", 1024);
		struct slice target = vectors_text(&rows, "target"), path, query;
		struct url to, absolute;

		vectors_expect(&rows,
			url_parse(vectors_text(&rows, "destination"), arena, &to, NULL) == 0);
		path_split_target(target, &path, &query);
		if (!slice_starts_with(target, SLICE("/"))) {
			vectors_expect(&rows, url_parse(target, arena, &absolute, NULL) == 0);
			path = absolute.path;
		}
		if (reads_two_ways(path, vectors_text(&rows, "policy_path"))) {
			const char *reason = NULL;

			vectors_expect(&rows,
				!path_canonical(path, arena, &path, &path, &reason) && reason);
			refused++;
		} else {
			expect_rewritten(&rows, arena, &to, path, query);
		}
		arena_free(&arena);
	}
	assert_int_equal(rows.count, 490);
	assert_int_equal(refused, 14 * 5); /* five such targets, for each of 14 destinations */
}

static void a_plain_path_is_neither_copied_nor_changed(void **state)
{
	const struct slice raw = SLICE("/api/v1.2/a.b;c=d/-_~$&+,:=@!'()*[]/");
	struct slice sent, decoded;
	const char *reason = NULL;

	(void)state;
	/* Without an arena there is nowhere to copy to. */
	assert_true(path_canonical(raw, NULL, &sent, &decoded, &reason));
	assert_ptr_equal(sent.at, raw.at);
	assert_ptr_equal(decoded.at, raw.at);
	expect_slice(sent, raw);
	expect_slice(decoded, raw);
	assert_true(path_canonical(SLICE("/.well-known/x"), NULL, &sent, &decoded, &reason));
	expect_text(sent, "/.well-known/x");
}

static void only_the_odd_byte_is_escaped(void **state)
{
	(void)state;
	expect_read(SLICE("/x%20y|z%7c"), SLICE("/x%20y%7Cz%7c"), SLICE("/x y|z|"));
	expect_read(SLICE("/\xc3\xa9"), SLICE("/%C3%A9"), SLICE("/\xc3\xa9"));
	expect_read(SLICE("/a?b#c\"d"), SLICE("/a%3Fb%23c%22d"), SLICE("/a?b#c\"d"));
	expect_read(SLICE("/%25"), SLICE("/%25"), SLICE("/%"));
	expect_read(SLICE("/..."), SLICE("/..."), SLICE("/..."));
	expect_read(SLICE("/a;..;/b"), SLICE("/a;..;/b"), SLICE("/a;..;/b"));
	expect_read(SLICE("/a/;b"), SLICE("/a/;b"), SLICE("/a/;b"));
	expect_read(SLICE("/%C0x%E0%A0%80"), SLICE("/%C0x%E0%A0%80"), SLICE("/\xc0x\xe0\xa0\x80"));
}

/* security.md F8: what a checker and an upstream could read differently. */
static const struct {
	const char *reason;
	const char *paths[20];
} with_two_readings[] = {
	{ "dot segment in path",
		{ "/.", "/..", "/./a", "/a/../b", "/a/..", "/%2e%2e/x", "/public/%2E%2e/admin",
			"/a/.%2e", "/%2e", "/a/..;/b", "/..;x=1", "/a/.;/b", "/..%3B/b",
			"/%252e%252e/x", "/a/%252E", "/a/..%253b/", "/a%252F..%252Fb" } },
	{ "empty segment in path", { "//", "//a", "/a//b", "/a//", "/;/a", "/a/;x/b", "/%3b/a" } },
	{ "encoded slash in path", { "/a%2Fb", "/a%2f", "/%2F", "/..%2f" } },
	{ "backslash in path", { "/a\\b", "/a%5Cb", "/%5c..%5c" } },
	{ "invalid escape in path", { "/%", "/%a", "/%zz", "/a%2", "/%%20", "/%u002e" } },
	{ "overlong UTF-8 in path", { "/%c0%ae%c0%ae/", "/%C0%AF", "/\xc0\xae", "/%c1%9c",
					    "/%e0%80%ae", "/%f0%80%80%ae", "/\xc0%ae" } },
	{ "path does not begin with a slash", { "", "*", "a", "http://h/", "%2Fa", "." } },
};

static void a_path_with_two_readings_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(with_two_readings) / sizeof(with_two_readings[0]); i++) {
		const char *const *path = with_two_readings[i].paths;

		for (; *path != NULL; path++) {
			expect_refused(slice_of(*path), with_two_readings[i].reason);
		}
	}
}

static void control_bytes_are_refused_encoded_or_not(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		if (byte <= ' ' || byte == 0x7f) {
			char raw[] = { '/', 'a', (char)byte, 'b' };

			expect_refused((struct slice){ raw, sizeof(raw) },
				"control byte or blank in path");
		}
		if (byte < ' ' || byte == 0x7f) {
			char raw[8];

			(void)snprintf(raw, sizeof(raw), "/a%%%02xb", byte);
			expect_refused(slice_of(raw), "control byte or blank in path");
		}
	}
}

static void a_target_is_cut_at_its_first_question_mark(void **state)
{
	struct slice path, query;

	(void)state;
	path_split_target(SLICE("/x??a?b"), &path, &query);
	expect_text(path, "/x");
	expect_text(query, "?a?b");
	path_split_target(SLICE("/x?"), &path, &query);
	expect_text(path, "/x");
	assert_int_equal(query.len, 0);
	assert_non_null(query.at);
	path_split_target(SLICE("/x"), &path, &query);
	expect_text(path, "/x");
	assert_null(query.at);
}

int main(int argc, char **argv)
{
	char *test_folder = argv[argc - 1];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(
			paths_fall_into_the_segments_of_the_reference, test_folder),
		cmocka_unit_test(segments_beyond_the_room_are_counted_but_not_written),
		cmocka_unit_test(what_climbs_above_its_start_keeps_every_step),
		cmocka_unit_test_prestate(
			a_target_is_rewritten_as_in_the_reference_or_refused, test_folder),
		cmocka_unit_test(a_plain_path_is_neither_copied_nor_changed),
		cmocka_unit_test(only_the_odd_byte_is_escaped),
		cmocka_unit_test(a_path_with_two_readings_is_refused),
		cmocka_unit_test(control_bytes_are_refused_encoded_or_not),
		cmocka_unit_test(a_target_is_cut_at_its_first_question_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
