/* replace_test.c - a file has all of the new bytes or all of the old ones, and stays what it was
 * otherwise. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/file.h"
#include "master/edit/replace.h"
#include "test/lib/expect.h"

struct fixture {
	char folder[64], file[96], link[96];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/replace.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->file, sizeof(f->file), "%s/file", f->folder);
	(void)snprintf(f->link, sizeof(f->link), "%s/link", f->folder);
	*state = f;
	return 0;
}

/* The folder can be removed: nothing was left behind. */
static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->file);
	(void)unlink(f->link);
	assert_int_equal(rmdir(f->folder), 0);
	free(f);
	return 0;
}

static void expect_bytes(const char *path, const char *wanted)
{
	struct slice bytes;
	struct note why;

	assert_int_equal(file_read(slice_of(path), 4096, &bytes, &why), 0);
	expect_slice(bytes, slice_of(wanted));
	file_forget(&bytes);
}

static void a_new_file_is_made(void **state)
{
	struct fixture *f = *state;
	struct note why;
	struct stat now;
	mode_t mask = umask(027);

	assert_int_equal(replace_file(f->file, SLICE("new\n"), NULL, &why), 0);
	(void)umask(mask);
	expect_bytes(f->file, "new\n");
	assert_int_equal(stat(f->file, &now), 0);
	assert_int_equal(now.st_mode & 07777, 0640);
}

static void mode_and_link_stay(void **state)
{
	struct fixture *f = *state;
	struct stat seen, now;
	struct note why;

	assert_int_equal(replace_file(f->file, SLICE("old\n"), NULL, &why), 0);
	assert_int_equal(chmod(f->file, 0640), 0);
	assert_int_equal(symlink("file", f->link), 0);
	assert_int_equal(stat(f->link, &seen), 0);
	assert_int_equal(replace_file(f->link, SLICE("new\n"), &seen, &why), 0);
	expect_bytes(f->file, "new\n");
	assert_int_equal(lstat(f->link, &now), 0);
	assert_true(S_ISLNK(now.st_mode));
	assert_int_equal(stat(f->file, &now), 0);
	assert_int_equal(now.st_mode & 07777, 0640);
}

static void nobody_s_work_is_lost(void **state)
{
	struct fixture *f = *state;
	struct stat seen;
	struct note why;

	assert_int_equal(replace_file(f->file, SLICE("old\n"), NULL, &why), 0);
	assert_int_equal(stat(f->file, &seen), 0);
	assert_int_equal(replace_file(f->file, SLICE("theirs\n"), &seen, &why), 0);
	assert_int_equal(replace_file(f->file, SLICE("ours\n"), &seen, &why), -EBUSY);
	assert_int_equal(replace_file(f->file, SLICE("ours\n"), NULL, &why), -EBUSY);
	expect_bytes(f->file, "theirs\n");
}

static void what_can_t_be_written_is_told(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat seen;
	struct note why;

	(void)snprintf(path, sizeof(path), "%s/none/file", f->folder);
	assert_int_equal(replace_file(path, SLICE("x"), NULL, &why), -ENOENT);
	assert_int_equal(stat(f->folder, &seen), 0);
	assert_true(replace_file(f->folder, SLICE("x"), &seen, &why) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_file_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(mode_and_link_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_s_work_is_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(what_can_t_be_written_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
