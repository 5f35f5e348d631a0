/* spawn.c - finds the worker program, forks, tidies up and executes it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/check.h"
#include "common/control.h"
#include "master/load/shipped.h"
#include "master/spawn.h"

#ifndef WORKER_PATH
#define WORKER_PATH "/usr/libexec/authtranslator/authtranslator-worker"
#endif

int spawn_find(char path[PATH_MAX], struct note *why)
{
	static const char *const beside[] = {
		"../worker/authtranslator-worker",
		"../libexec/authtranslator/authtranslator-worker",
		NULL,
	};

	return shipped_find(beside, WORKER_PATH, X_OK, path, why);
}

/* The little of our environment that a worker gets: how to print the time, how to be sanitized. No
 * secret comes in this way. `kept` has room for every name and the NULL. */
static void keep_environment(char **kept)
{
	static const char *const names[] = { "TZ=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=" };

	for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (strncmp(*variable, names[i], strlen(names[i])) == 0 &&
				kept[i] == NULL) {
				kept[i] = *variable;
			}
		}
	}
	for (size_t i = 0, at = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *variable = kept[i];

		kept[i] = NULL;
		if (variable != NULL) {
			kept[at++] = variable;
		}
	}
}

/* In the child, between fork and exec: only calls that are safe there. */
static void move_in(int control)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	/* A process group of its own: what a terminal sends on Ctrl-C is for the master to tell. */
	(void)setpgid(0, 0);
	for (int number = 1; number < NSIG; number++) {
		(void)sigaction(number, &plain, NULL);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* dup2 leaves close-on-exec behind, but not when both are the same. */
	if (control == CONTROL_FD ? fcntl(control, F_SETFD, 0) < 0
				  : dup2(control, CONTROL_FD) < 0) {
		_exit(SPAWN_CANNOT_EXECUTE);
	}
	if (null < 0 || dup2(null, STDIN_FILENO) < 0) {
		_exit(SPAWN_CANNOT_EXECUTE);
	}
	/* All of ours are closed on exec anyway; this is for those that we were started with. */
	(void)syscall(SYS_close_range, CONTROL_FD + 1, ~0U, 0);
}

/* Both ends can hold the largest message, whatever the system's default is. */
static int open_pair(int ends[2], struct note *why)
{
	int room = 2 * LIMIT_CONTROL_BYTES;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) {
		return note_fail(why, -errno, "socketpair: %s", strerror(errno));
	}
	for (int i = 0; i < 2; i++) {
		(void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	}
	return 0;
}

int spawn(const char *path, pid_t *pid, int *socket, struct note *why)
{
	char *const words[] = { "authtranslator-worker", NULL };
	char *environment[] = { NULL, NULL, NULL, NULL };
	int ends[2], err = open_pair(ends, why);
	pid_t child;

	if (err < 0) {
		return err;
	}
	keep_environment(environment);
	child = fork();
	if (child == 0) {
		move_in(ends[1]);
		(void)execve(path, words, environment);
		_exit(SPAWN_CANNOT_EXECUTE);
	}
	close(ends[1]);
	if (child < 0) {
		err = note_fail(why, -errno, "fork: %s", strerror(errno));
		close(ends[0]);
		return err;
	}
	*pid = child;
	*socket = ends[0];
	return 0;
}
