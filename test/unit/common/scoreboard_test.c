/* scoreboard_test.c - counters are shared, survive their worker, and print as the reference does.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/scoreboard.h"
#include "test/lib/expect.h"

#define ROUNDTRIP "authtranslator_upstream_roundtrip_duration_seconds"
#define REFUSED   "authtranslator_internal_responses_total"

struct boards {
	struct scoreboard *master, *worker;
	int fd;
};

static struct boards boards_open(unsigned stripes, unsigned stripe)
{
	struct boards boards;
	struct note why;

	check(scoreboard_create(stripes, &boards.master, &boards.fd, &why) == 0);
	check(scoreboard_open(boards.fd, stripe, &boards.worker, &why) == 0);
	return boards;
}

static void boards_close(struct boards *boards)
{
	scoreboard_close(&boards->master);
	scoreboard_close(&boards->worker);
	close(boards->fd);
}

static void expect_page_has(const struct scoreboard *board, const char *wanted)
{
	size_t len;
	char *text = scoreboard_text(board, &len);

	assert_int_equal(strlen(text), len);
	assert_non_null(strstr(text, wanted));
	free(text);
}

static void an_empty_board_is_nine_type_lines(void **state)
{
	struct boards boards = boards_open(2, 1);
	size_t len;
	char *text = scoreboard_text(boards.worker, &len);

	(void)state;
	assert_string_equal(text,
		"# TYPE authtranslator_requests_total counter\n"
		"# TYPE authtranslator_upstream_roundtrip_duration_seconds histogram\n"
		"# TYPE authtranslator_end_to_end_duration_seconds histogram\n"
		"# TYPE authtranslator_pre_proxy_duration_seconds histogram\n"
		"# TYPE authtranslator_response_processing_duration_seconds histogram\n"
		"# TYPE authtranslator_rate_limit_events_total counter\n"
		"# TYPE authtranslator_auth_failures_total counter\n"
		"# TYPE authtranslator_internal_responses_total counter\n"
		"# TYPE authtranslator_upstream_responses_total counter\n");
	free(text);
	boards_close(&boards);
}

static void every_counter_prints_its_line(void **state)
{
	struct boards boards = boards_open(2, 0);
	unsigned foo = scoreboard_series(boards.master, SLICE("foo"));
	unsigned dot = scoreboard_series(boards.master, SLICE("with.dot"));

	(void)state;
	scoreboard_request(boards.worker, foo);
	scoreboard_request(boards.worker, foo);
	scoreboard_request(boards.worker, SERIES_UNKNOWN);
	scoreboard_auth_failure(boards.worker, foo);
	scoreboard_rate_limited(boards.worker, dot);
	scoreboard_refusal(boards.worker, foo, REFUSAL_incoming_auth_failure, 401);
	scoreboard_response(boards.worker, dot, 418);
	scoreboard_response(boards.worker, dot, 999);
	expect_page_has(boards.worker,
		"# TYPE authtranslator_requests_total counter\n"
		"authtranslator_requests_total{integration=\"foo\"} 2\n"
		"authtranslator_requests_total{integration=\"unknown\"} 1\n# TYPE");
	expect_page_has(boards.worker,
		"authtranslator_rate_limit_events_total{integration=\"with.dot\"} 1\n# TYPE");
	expect_page_has(
		boards.worker, "authtranslator_auth_failures_total{integration=\"foo\"} 1\n# TYPE");
	expect_page_has(boards.worker, REFUSED
		"{integration=\"foo\",code=\"401\",reason=\"incoming_auth_failure\"} 1\n# T");
	expect_page_has(boards.master, "counter\nauthtranslator_upstream_responses_total"
				       "{integration=\"with.dot\",code=\"418\"} 1\n");
	boards_close(&boards);
}

static void a_histogram_is_cumulative_and_has_a_sum(void **state)
{
	struct boards boards = boards_open(1, 0);
	unsigned foo = scoreboard_series(boards.master, SLICE("foo"));

	(void)state;
	scoreboard_duration(boards.worker, foo, DURATION_UPSTREAM_ROUNDTRIP, 200000000);
	scoreboard_duration(boards.worker, foo, DURATION_UPSTREAM_ROUNDTRIP, 1000000000);
	expect_page_has(boards.master, "# TYPE " ROUNDTRIP " histogram\n" ROUNDTRIP
				       "_bucket{integration=\"foo\",le=\"0.1\"} 0\n" ROUNDTRIP
				       "_bucket{integration=\"foo\",le=\"0.25\"} 1\n" ROUNDTRIP
				       "_bucket{integration=\"foo\",le=\"0.5\"} 1\n" ROUNDTRIP
				       "_bucket{integration=\"foo\",le=\"1\"} 2\n" ROUNDTRIP
				       "_bucket{integration=\"foo\",le=\"2.5\"} 2\n" ROUNDTRIP
				       "_bucket{integration=\"foo\",le=\"5\"} 2\n" ROUNDTRIP
				       "_bucket{integration=\"foo\",le=\"10\"} 2\n" ROUNDTRIP
				       "_bucket{integration=\"foo\",le=\"+Inf\"} 2\n" ROUNDTRIP
				       "_sum{integration=\"foo\"} 1.200000\n" ROUNDTRIP
				       "_count{integration=\"foo\"} 2\n# TYPE");
	scoreboard_duration(boards.worker, foo, DURATION_UPSTREAM_ROUNDTRIP, 11000000000);
	expect_page_has(boards.master,
		"le=\"10\"} 2\n" ROUNDTRIP "_bucket{integration=\"foo\",le=\"+Inf\"} 3\n");
	boards_close(&boards);
}

static void joined_labels_sort_with_the_bar_between_them(void **state)
{
	struct boards boards = boards_open(1, 0);
	unsigned rl = scoreboard_series(boards.master, SLICE("rl"));
	unsigned rlo = scoreboard_series(boards.master, SLICE("rlo"));

	(void)state;
	scoreboard_request(boards.worker, rlo);
	scoreboard_request(boards.worker, rl);
	scoreboard_response(boards.worker, rl, 204);
	scoreboard_response(boards.worker, rl, 200);
	scoreboard_response(boards.worker, rlo, 200);
	scoreboard_refusal(boards.worker, rl, REFUSAL_no_allowlist_match, 403);
	scoreboard_refusal(boards.worker, rl, REFUSAL_constraint_failure, 403);
	expect_page_has(boards.worker, "total{integration=\"rl\"} 1\n"
				       "authtranslator_requests_total{integration=\"rlo\"} 1\n");
	expect_page_has(boards.worker,
		"authtranslator_upstream_responses_total{integration=\"rlo\",code=\"200\"} 1\n"
		"authtranslator_upstream_responses_total{integration=\"rl\",code=\"200\"} 1\n"
		"authtranslator_upstream_responses_total{integration=\"rl\",code=\"204\"} 1\n");
	expect_page_has(boards.worker, REFUSED
		"{integration=\"rl\",code=\"403\",reason=\"constraint_failure\"} 1\n" REFUSED
		"{integration=\"rl\",code=\"403\",reason=\"no_allowlist_match\"} 1\n");
	boards_close(&boards);
}

static void stripes_are_summed_and_outlive_their_workers(void **state)
{
	struct boards boards = boards_open(3, 2);
	unsigned foo = scoreboard_series(boards.master, SLICE("foo"));
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct scoreboard *mine;

		check(scoreboard_open(boards.fd, 0, &mine, NULL) == 0);
		scoreboard_request(mine, foo);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	scoreboard_request(boards.worker, foo);
	expect_page_has(boards.master, "authtranslator_requests_total{integration=\"foo\"} 2\n");
	boards_close(&boards);
}

static void a_series_is_found_again_and_rows_run_out_gently(void **state)
{
	struct boards boards = boards_open(1, 0);
	char name[16];

	(void)state;
	for (unsigned i = 1; i < LIMIT_SERIES; i++) {
		(void)snprintf(name, sizeof(name), "i%u", i);
		assert_int_equal(scoreboard_series(boards.master, slice_of(name)), i);
	}
	assert_int_equal(scoreboard_series(boards.master, SLICE("i7")), 7);
	assert_int_equal(scoreboard_series(boards.master, SLICE("one too many")), SERIES_UNKNOWN);
	assert_int_equal(scoreboard_series(boards.master, SLICE("unknown")), SERIES_UNKNOWN);
	boards_close(&boards);
}

/* 4096 rows of 26 KB each in two stripes are reserved; what was neither written nor has to be read
 * takes no memory. */
static void memory_is_used_for_what_was_counted_only(void **state)
{
	struct boards boards = boards_open(2, 1);
	unsigned foo = scoreboard_series(boards.master, SLICE("foo"));
	struct stat file;
	size_t len;

	(void)state;
	scoreboard_request(boards.worker, foo);
	scoreboard_refusal(boards.worker, foo, REFUSAL_bad_request, 400);
	free(scoreboard_text(boards.worker, &len));
	assert_int_equal(fstat(boards.fd, &file), 0);
	assert_true(file.st_size > 200 * 1024 * 1024);
	assert_true(file.st_blocks * 512 < 64 * 1024);
	boards_close(&boards);
}

static void what_is_no_board_is_refused(void **state)
{
	struct boards boards = boards_open(2, 0);
	struct scoreboard *none = NULL;
	struct note why;
	int fd = memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)state;
	assert_int_equal(scoreboard_open(boards.fd, 2, &none, &why), -EINVAL);
	assert_int_equal(scoreboard_open(fd, 0, &none, &why), -EINVAL);
	assert_int_equal(scoreboard_open(-1, 0, &none, &why), -EINVAL);
	assert_int_equal(ftruncate(boards.fd, 0), -1);
	assert_null(none);
	close(fd);
	boards_close(&boards);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_board_is_nine_type_lines),
		cmocka_unit_test(every_counter_prints_its_line),
		cmocka_unit_test(a_histogram_is_cumulative_and_has_a_sum),
		cmocka_unit_test(joined_labels_sort_with_the_bar_between_them),
		cmocka_unit_test(stripes_are_summed_and_outlive_their_workers),
		cmocka_unit_test(a_series_is_found_again_and_rows_run_out_gently),
		cmocka_unit_test(memory_is_used_for_what_was_counted_only),
		cmocka_unit_test(what_is_no_board_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
