/* expect.c - says what was got where something else was wanted. */

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/lib/expect.h"

static void show(const char *label, struct slice s)
{
	print_error("%s \"", label);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\') {
			print_error("\\x%02x", c);
		} else {
			print_error("%c", c);
		}
	}
	print_error("\"\n");
}

void expect_slice_at(struct slice got, struct slice wanted, const char *file, int line)
{
	if (slice_equal(got, wanted)) {
		return;
	}
	show("   got", got);
	show("wanted", wanted);
	_fail(file, line);
}

void expect_abort_at(void (*call)(void *), void *arg, const char *file, int line)
{
	const struct rlimit no_core = { 0, 0 };
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		call(arg);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFSIGNALED(status) ||
		WTERMSIG(status) != SIGABRT) {
		print_error(
			"the process should have ended itself, but went on (status %d)\n", status);
		_fail(file, line);
	}
}
