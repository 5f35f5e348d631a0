/* loaded_test.c - what goes to the loader and comes back arrives as it was, or not at all. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/file.h"
#include "master/load/load.h"
#include "master/load/memfile.h"
#include "test/lib/expect.h"

static struct loaded *make(void)
{
	static const char *const secrets[] = { "hush", "s3\0cret" };
	struct loaded *loaded = loaded_new();
	struct snapshot *snapshot = arena_make(loaded->arena, struct snapshot);
	struct integration *in = arena_alloc(loaded->arena, 2, sizeof(*in));
	struct slice *names = arena_alloc(loaded->arena, 2, sizeof(*names));

	in[0].name = names[0] = SLICE("one");
	in[1].name = names[1] = SLICE("three");
	snapshot->generation = 7;
	snapshot->integrations = (struct list){ in, 2 };
	snapshot->secrets = (struct list){ names, 2 };
	loaded->snapshot = snapshot;
	loaded->has_denylist = true;
	loaded->secrets = arena_alloc(loaded->arena, 2, sizeof(*loaded->secrets));
	loaded->secrets[0] = secret_new(slice_of(secrets[0]));
	loaded->secrets[1] = secret_new((struct slice){ secrets[1], 7 });
	loaded->secret_count = 2;
	return loaded;
}

static void a_result_arrives_as_it_was(void **state)
{
	struct loaded *sent = make(), *got = NULL;
	struct wire_writer w = { 0 };

	(void)state;
	loaded_encode(sent, &w);
	loaded_free(&sent);
	assert_int_equal(loaded_decode(wire_written(&w), &got, NULL), 0);
	wire_writer_fini(&w);
	assert_int_equal(got->snapshot->generation, 7);
	assert_int_equal(got->snapshot->integrations.count, 2);
	assert_true(got->has_denylist && !got->has_allowlist);
	assert_int_equal(got->secret_count, 2);
	expect_text(secret_reveal(got->secrets[0]), "hush");
	expect_slice(secret_reveal(got->secrets[1]), SLICE("s3\0cret"));
	assert_int_equal(got->fd, -1);
	loaded_free(&got);
	assert_null(got);
}

static void a_failure_arrives_in_its_own_words(void **state)
{
	const struct note sent = { "config.yaml:1:1: no" };
	struct wire_writer w = { 0 };
	struct loaded *got = NULL;
	struct note why;

	(void)state;
	loaded_encode_failure(-EINVAL, &sent, &w);
	assert_int_equal(loaded_decode(wire_written(&w), &got, &why), -EINVAL);
	assert_string_equal(why.text, sent.text);
	assert_null(got);
	wire_writer_fini(&w);
}

static void expect_malformed(struct slice bytes)
{
	struct loaded *got = NULL;
	struct note why = { "" };

	assert_true(loaded_decode(bytes, &got, &why) < 0);
	assert_true(why.text[0] != '\0');
	assert_null(got);
}

static void a_result_that_was_cut_or_went_on_is_none(void **state)
{
	struct loaded *sent = make();
	struct wire_writer w = { 0 };
	struct slice bytes;

	(void)state;
	loaded_encode(sent, &w);
	bytes = wire_written(&w);
	for (size_t len = 0; len < bytes.len; len++) {
		expect_malformed(slice_sub(bytes, 0, len));
	}
	wire_put_u8(&w, 0);
	expect_malformed(wire_written(&w));
	wire_writer_fini(&w);
	loaded_free(&sent);
}

/* Workers take a slot's number for an index. */
static void every_slot_has_its_secret(void **state)
{
	struct loaded *sent = make();
	struct wire_writer w = { 0 };

	(void)state;
	sent->snapshot->secrets.count = 1;
	loaded_encode(sent, &w);
	expect_malformed(wire_written(&w));
	wire_writer_fini(&w);
	loaded_free(&sent);
}

static void a_request_arrives_as_it_was(void **state)
{
	const struct load_request sent = {
		.config = { "https://u:p@h/c", true },
		.allowlist = { "allowlist.yaml", false },
		.denylist = { "", true },
		.integrations_dir = "own",
		.fetch_timeout_ns = -5,
		.settings = { .workers = 3, .x_at_int_host = SLICE("at.local"), .compat = true },
		.generation = 9,
	};
	struct arena *arena = arena_new("test", 1024);
	struct wire_writer w = { 0 };
	struct load_request got;

	(void)state;
	load_request_encode(&sent, &w);
	assert_int_equal(load_request_decode(wire_written(&w), arena, &got, NULL), 0);
	assert_string_equal(got.config.where, "https://u:p@h/c");
	assert_string_equal(got.allowlist.where, "allowlist.yaml");
	assert_string_equal(got.denylist.where, "");
	assert_true(got.config.named && !got.allowlist.named && got.denylist.named);
	assert_string_equal(got.integrations_dir, "own");
	assert_int_equal(got.fetch_timeout_ns, -5);
	assert_int_equal(got.settings.workers, 3);
	expect_text(got.settings.x_at_int_host, "at.local");
	assert_true(got.settings.compat && !got.settings.log_json);
	assert_int_equal(got.generation, 9);
	assert_true(load_request_decode(
			    slice_sub(wire_written(&w), 0, w.len - 1), arena, &got, NULL) < 0);
	wire_writer_fini(&w);
	arena_free(&arena);
}

static unsigned count_letters(void *self, struct slice name)
{
	++*(unsigned *)self;
	return (unsigned)name.len;
}

static void what_is_sealed_stays_as_it_is_and_holds_no_secret(void **state)
{
	struct loaded *loaded = make();
	struct arena *arena = arena_new("test", 1024);
	struct snapshot *snapshot = NULL;
	struct slice bytes;
	unsigned asked = 0;

	(void)state;
	assert_int_equal(loaded_seal(loaded, count_letters, &asked, NULL), 0);
	assert_int_equal(asked, 2);
	assert_int_equal(lseek(loaded->fd, 0, SEEK_END), loaded->len);
	assert_int_equal(memfile_read(loaded->fd, loaded->len, &bytes, NULL), 0);
	assert_int_equal(snapshot_decode(bytes, arena, &snapshot, NULL), 0);
	assert_int_equal(LIST_AT(snapshot->integrations, struct integration, 1)->series, 5);
	assert_null(memmem(bytes.at, bytes.len, "hush", 4));
	assert_null(memmem(bytes.at, bytes.len, "cret", 4));
	file_forget(&bytes);
	assert_ptr_equal(mmap(NULL, loaded->len, PROT_READ | PROT_WRITE, MAP_SHARED, loaded->fd, 0),
		MAP_FAILED);
	assert_true(write(loaded->fd, "x", 1) < 0);
	assert_true(ftruncate(loaded->fd, 0) < 0);
	assert_int_equal(fcntl(loaded->fd, F_GET_SEALS),
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	assert_int_equal(fcntl(loaded->fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_true(fcntl(loaded->fd, F_GETFD) & FD_CLOEXEC);
	arena_free(&arena);
	loaded_free(&loaded);
}

static void a_memfile_has_what_was_written_last(void **state)
{
	struct slice bytes;
	int fd = -1;

	(void)state;
	assert_int_equal(memfile_new("test", SLICE("a long text"), &fd, NULL), 0);
	assert_int_equal(memfile_rewrite(fd, SLICE("short"), NULL), 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(memfile_read(fd, 5, &bytes, NULL), 0);
		expect_text(bytes, "short");
		file_forget(&bytes);
	}
	assert_int_equal(memfile_read(fd, 4, &bytes, NULL), -EFBIG);
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_arrives_as_it_was),
		cmocka_unit_test(a_failure_arrives_in_its_own_words),
		cmocka_unit_test(a_result_that_was_cut_or_went_on_is_none),
		cmocka_unit_test(every_slot_has_its_secret),
		cmocka_unit_test(a_request_arrives_as_it_was),
		cmocka_unit_test(what_is_sealed_stays_as_it_is_and_holds_no_secret),
		cmocka_unit_test(a_memfile_has_what_was_written_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
