/* confine_test.c - what the process has given up, and what it has taken, tried in children. */

#include <fcntl.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "master/confine.h"
#include "test/lib/expect.h"

/* Does it hold in a child that was prepared and then confined? */
static bool holds(void (*prepare)(void), bool (*question)(void))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (prepare != NULL) {
			prepare();
		}
		confine();
		_exit(question() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

static void ask_for_cores(void)
{
	struct rlimit limit;

	(void)prctl(PR_SET_DUMPABLE, 1);
	(void)getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_CORE, &limit);
}

static bool leaves_no_core(void)
{
	struct rlimit limit = { 1, 1 };

	return prctl(PR_GET_DUMPABLE) == 0 && getrlimit(RLIMIT_CORE, &limit) == 0 &&
	       limit.rlim_cur == 0 && limit.rlim_max == 0;
}

static void secrets_do_not_end_up_in_a_core(void **state)
{
	(void)state;
	assert_true(holds(ask_for_cores, leaves_no_core));
}

static void lower_files(void)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 64;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool has_all_files(void)
{
	struct rlimit limit = { 0, 1 };

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == limit.rlim_max;
}

static void as_many_files_may_be_open_as_the_system_lets(void **state)
{
	(void)state;
	assert_true(holds(lower_files, has_all_files));
}

static void close_the_standard_ones(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		(void)close(fd);
	}
}

static bool opens_none_of_the_standard_ones(void)
{
	return open("/dev/null", O_RDONLY) > STDERR_FILENO;
}

/* A document that is opened as standard output would be written to. */
static void a_closed_standard_descriptor_is_nobody_elses(void **state)
{
	(void)state;
	assert_true(holds(close_the_standard_ones, opens_none_of_the_standard_ones));
	assert_true(holds(NULL, opens_none_of_the_standard_ones));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_do_not_end_up_in_a_core),
		cmocka_unit_test(as_many_files_may_be_open_as_the_system_lets),
		cmocka_unit_test(a_closed_standard_descriptor_is_nobody_elses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
