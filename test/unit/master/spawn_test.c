/* spawn_test.c - a worker gets its socket and little else. The test program is its own worker: as
 * such it tells on its control socket how it finds itself, and ends. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/control.h"
#include "master/spawn.h"
#include "test/lib/descriptors.h"
#include "test/lib/expect.h"

#define WORKER "authtranslator-worker"

/* What a worker tells of itself. */
struct self {
	int descriptors; /* open ones */
	bool reads_null; /* its standard input gives nothing */
	bool leads;      /* a process group of its own */
	bool hears_all;  /* no signal is blocked or ignored */
	char environment[4096];
};

static bool hears_all_signals(void)
{
	struct sigaction action;
	sigset_t blocked;

	(void)sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int number = 1; number < NSIG; number++) {
		if (sigismember(&blocked, number) == 1 ||
			(sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)) {
			return false;
		}
	}
	return true;
}

static void be_a_worker(void)
{
	static struct self self;
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	size_t len = 0;
	char byte;

	self.descriptors = descriptors_count();
	self.reads_null = poll(&input, 1, 0) == 1 && read(STDIN_FILENO, &byte, 1) == 0;
	self.leads = getpgrp() == getpid();
	self.hears_all = hears_all_signals();
	for (char **at = environ; *at != NULL; at++) {
		len += (size_t)snprintf(
			self.environment + len, sizeof(self.environment) - len, "%s\n", *at);
	}
	_exit(send(CONTROL_FD, &self, sizeof(self), 0) == sizeof(self) ? 0 : 1);
}

/* Starts this program as a worker and waits for its end. */
static struct self spawn_self(void)
{
	struct note why = { "" };
	struct self self;
	int socket, status;
	pid_t pid;

	assert_int_equal(spawn("/proc/self/exe", &pid, &socket, &why), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(recv(socket, &self, sizeof(self), 0), sizeof(self));
	assert_int_equal(recv(socket, &self, sizeof(self), MSG_DONTWAIT | MSG_PEEK), 0);
	close(socket);
	return self;
}

static void no_variable_but_a_few_gets_in(void **state)
{
	struct self self;

	(void)state;
	setenv("TZ", "Europe/Vienna", 1);
	setenv("SLACK_TOKEN", "hush", 1);
	setenv("LD_PRELOAD_OF_MINE", "x", 1);
	self = spawn_self();
	assert_non_null(strstr(self.environment, "TZ=Europe/Vienna\n"));
	assert_null(strstr(self.environment, "hush"));
	assert_null(strstr(self.environment, "LD_PRELOAD"));
	assert_null(strstr(self.environment, "PATH="));
}

/* Also what we were started with ourselves, and nobody marked to be closed. */
static void no_descriptor_but_its_own_gets_in(void **state)
{
	int left_open = dup(STDOUT_FILENO), far = fcntl(left_open, F_DUPFD, 500);

	(void)state;
	assert_int_equal(spawn_self().descriptors, CONTROL_FD + 1);
	close(left_open);
	close(far);
}

static void what_we_could_read_is_not_for_workers(void **state)
{
	int ends[2], ours = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	assert_true(spawn_self().reads_null);
	assert_int_equal(dup2(ours, STDIN_FILENO), STDIN_FILENO);
	close(ours);
	close(ends[0]);
	close(ends[1]);
}

static void our_signals_stay_ours(void **state)
{
	sigset_t blocked, before;

	(void)state;
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &blocked, &before);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_true(spawn_self().hears_all);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
}

static void a_terminals_signals_are_not_for_workers(void **state)
{
	(void)state;
	assert_true(spawn_self().leads);
}

static void what_is_no_program_ends_at_once(void **state)
{
	int before = descriptors_count(), socket, status;
	struct note why = { "" };
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(spawn("/nowhere/" WORKER, &pid, &socket, &why), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SPAWN_CANNOT_EXECUTE);
	assert_int_equal(recv(socket, &byte, 1, 0), 0);
	close(socket);
	assert_int_equal(descriptors_count(), before);
}

static void the_program_is_found_beside_our_own(void **state)
{
	struct note why = { "" };
	char path[PATH_MAX] = "";

	(void)state;
	assert_int_equal(spawn_find(path, &why), 0);
	assert_string_equal(strrchr(path, '/'), "/" WORKER);
	assert_int_equal(access(path, X_OK), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_variable_but_a_few_gets_in),
		cmocka_unit_test(no_descriptor_but_its_own_gets_in),
		cmocka_unit_test(what_we_could_read_is_not_for_workers),
		cmocka_unit_test(our_signals_stay_ours),
		cmocka_unit_test(a_terminals_signals_are_not_for_workers),
		cmocka_unit_test(what_is_no_program_ends_at_once),
		cmocka_unit_test(the_program_is_found_beside_our_own),
	};

	if (argc == 1 && strcmp(argv[0], WORKER) == 0) {
		be_a_worker();
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
