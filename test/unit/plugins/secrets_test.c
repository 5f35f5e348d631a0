/* secrets_test.c - what each source finds behind a reference, and what it says when it finds
 * nothing. */

#include <stdlib.h>
#include <unistd.h>

#include "common/limits.h"
#include "plugins/plugin.h"
#include "test/lib/expect.h"
#include "test/lib/vectors.h"

static void expect_fetch(const char *scheme, struct slice id, struct slice wanted)
{
	struct secret *secret = NULL;
	struct note why = { "" };

	if (secret_source_find(slice_of(scheme))->fetch(id, &secret, &why) != 0) {
		fail_msg("%s", why.text);
	}
	expect_slice(secret_reveal(secret), wanted);
	secret_free(&secret);
}

static void expect_no_fetch(const char *scheme, struct slice id, const char *text)
{
	struct secret *secret = NULL;
	struct note why = { "" };

	assert_true(secret_source_find(slice_of(scheme))->fetch(id, &secret, &why) < 0);
	assert_null(secret);
	assert_string_equal(why.text, text);
}

static void env_gives_the_variable_as_it_is(void **state)
{
	(void)state;
	assert_int_equal(setenv("AT_TEST_SECRET", " a b ", 1), 0);
	expect_fetch("env", SLICE("AT_TEST_SECRET"), SLICE(" a b "));
	assert_int_equal(setenv("AT_TEST_SECRET", "", 1), 0);
	expect_fetch("env", SLICE("AT_TEST_SECRET"), SLICE(""));
	assert_int_equal(unsetenv("AT_TEST_SECRET"), 0);
	expect_no_fetch("env", SLICE("AT_TEST_SECRET"), "AT_TEST_SECRET not set");
	expect_no_fetch("env", SLICE(""), " not set");
}

static void a_literal_is_itself(void **state)
{
	(void)state;
	expect_fetch("dangerousLiteral", SLICE("a:b:c"), SLICE("a:b:c"));
	expect_fetch("dangerousLiteral", SLICE(""), SLICE(""));
}

/* The file and the folder that a test works in. */
struct place {
	char folder[64];
	struct arena *arena;
};

static int open_place(void **state)
{
	static struct place place;

	place = (struct place){ "/tmp/secrets_test.XXXXXX", arena_new("test", 1024) };
	assert_non_null(mkdtemp(place.folder));
	assert_int_equal(chdir(place.folder), 0);
	*state = &place;
	return 0;
}

static int close_place(void **state)
{
	struct place *place = *state;

	arena_free(&place->arena);
	assert_int_equal(chdir("/"), 0);
	return rmdir(place->folder);
}

static void write_file(const char *name, struct slice content)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(content.at, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
}

static const char *test_folder; /* argv[1] */

/* How a reference falls apart shows in what is said when there is no such file, or no such key. */
static void file_references_fall_apart_as_in_the_reference(void **state)
{
	struct place *place = *state;
	struct vectors rows;

	vectors_open(&rows, test_folder, "file_secret");
	while (vectors_next(&rows)) {
		struct slice path = vectors_text(&rows, "path"), key = vectors_text(&rows, "key");
		bool ours = path.len > 0 && path.at[0] != '/';
		struct secret *secret = NULL;
		struct note why = { "" };

		if (path.at == NULL) {
			continue;
		}
		if (ours) {
			write_file(path.at, SLICE("whole"));
		}
		if (secret_source_find(SLICE("file"))
				->fetch(vectors_text(&rows, "id"), &secret, &why) == 0) {
			vectors_expect(&rows, ours && key.len == 0);
			secret_free(&secret);
		} else if (ours) {
			vectors_expect_slice(&rows, slice_of(why.text),
				arena_printf(place->arena, "secret \"%s\" not found in %s", key.at,
					path.at));
		} else {
			vectors_expect_slice(&rows, slice_of(why.text),
				arena_printf(place->arena, "open %s: no such file or directory",
					path.at));
		}
		if (ours) {
			assert_int_equal(unlink(path.at), 0);
		}
	}
}

static void file_finds_what_the_reference_finds(void **state)
{
	struct vectors rows;
	unsigned count = 0;

	(void)state;
	vectors_open(&rows, test_folder, "file_secret");
	while (vectors_next(&rows)) {
		struct slice key = vectors_text(&rows, "lookup_key");
		struct slice value = vectors_text(&rows, "value");
		struct secret *secret = NULL;
		struct note why = { "" };
		char id[256];

		if (key.at == NULL) {
			continue;
		}
		count++;
		(void)snprintf(id, sizeof(id), key.len > 0 ? "PATH:%s" : "PATH", key.at);
		write_file("PATH", vectors_text(&rows, "content"));
		if (secret_source_find(SLICE("file"))->fetch(slice_of(id), &secret, &why) < 0) {
			vectors_expect_slice(
				&rows, slice_of(why.text), vectors_text(&rows, "error"));
		} else {
			vectors_expect(&rows, value.at != NULL);
			vectors_expect_slice(&rows, secret_reveal(secret), value);
		}
		secret_free(&secret);
	}
	assert_int_equal(unlink("PATH"), 0);
	assert_true(count >= 15);
}

static void a_whole_file_loses_the_white_space_around_it(void **state)
{
	(void)state;
	write_file("PATH", SLICE(" \t\xc2\xa0\xe3\x80\x80 a b\xc2\x85 \xe2\x80\xa8\r\n"));
	expect_fetch("file", SLICE("PATH"), SLICE("a b"));
	write_file("PATH", SLICE(" \xe2\x80\x80\n"));
	expect_fetch("file", SLICE("PATH"), SLICE(""));
	write_file("PATH", SLICE("\x85 a \xa0")); /* bytes that are no UTF-8 are not white */
	expect_fetch("file", SLICE("PATH"), SLICE("\x85 a \xa0"));
	assert_int_equal(unlink("PATH"), 0);
}

static void a_comment_holds_no_secret(void **state)
{
	(void)state;
	write_file("PATH", SLICE("  # A=1\n#A=2\nA=3\n"));
	expect_fetch("file", SLICE("PATH:A"), SLICE("3"));
	expect_no_fetch("file", SLICE("PATH:#A"), "secret \"#A\" not found in PATH");
	assert_int_equal(unlink("PATH"), 0);
}

static void a_file_may_not_be_endless(void **state)
{
	static char bytes[16 * LIMIT_SECRET_BYTES + 1];
	struct place *place = *state;

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes + LIMIT_SECRET_BYTES + 1, "\nK=v\n", 5);
	write_file("PATH", (struct slice){ bytes, sizeof(bytes) });
	expect_no_fetch("file", SLICE("PATH"), "PATH is longer than 1048576 bytes");
	write_file("PATH", (struct slice){ bytes, sizeof(bytes) - 1 });
	expect_no_fetch("file", SLICE("PATH:K"), "PATH has a line of more than 65536 bytes");
	assert_int_equal(unlink("PATH"), 0);
	expect_no_fetch("file", slice_of(place->folder),
		arena_printf(place->arena, "read %s: is a directory", place->folder).at);
}

static void sources_are_found_by_their_exact_schemes(void **state)
{
	(void)state;
	assert_null(secret_source_find(SLICE("ENV")));
	assert_null(secret_source_find(SLICE("")));
	assert_null(secret_source_find(SLICE("dangerousliteral")));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(env_gives_the_variable_as_it_is),
		cmocka_unit_test(a_literal_is_itself),
		cmocka_unit_test_setup_teardown(
			file_references_fall_apart_as_in_the_reference, open_place, close_place),
		cmocka_unit_test_setup_teardown(
			file_finds_what_the_reference_finds, open_place, close_place),
		cmocka_unit_test_setup_teardown(
			a_whole_file_loses_the_white_space_around_it, open_place, close_place),
		cmocka_unit_test_setup_teardown(a_file_may_not_be_endless, open_place, close_place),
		cmocka_unit_test_setup_teardown(a_comment_holds_no_secret, open_place, close_place),
		cmocka_unit_test(sources_are_found_by_their_exact_schemes),
	};

	test_folder = argv[argc - 1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
