/* demo_proxy.c - starts the proxy, reads its log, stops it.
 *
 * The happy path: it is spawned, says "listening" and on which port; later it is told to end, and
 * when the last of its workers has ended, too, there is nobody left who could write to its log.
 * What can fail: it can't be spawned; it ends before it listens; it says nothing in time; it does
 * not end in time (it is killed; its workers notice, and end by themselves); we are killed (the
 * kernel tells it to end). */

#include "master/commands/demo_proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/check.h"
#include "common/slice.h"

enum { CANNOT_EXECUTE = 127 }; /* the exit status that a shell has for it */

static void on_child(uv_signal_t *signal, int number)
{
	struct demo_proxy *proxy = container_of(signal, struct demo_proxy, child);

	(void)number;
	if (waitpid(proxy->pid, NULL, WNOHANG) == proxy->pid) {
		proxy->pid = 0;
		proxy->settled = true;
		uv_close((uv_handle_t *)signal, demo_stage_on_closed);
	}
}

/* "... msg=listening addr=127.0.0.1:41233" */
static void hear_line(struct demo_proxy *proxy, struct slice line)
{
	static const struct slice mark = SLICE(" msg=listening addr=127.0.0.1:");
	const char *found = memmem(line.at, line.len, mark.at, mark.len);
	unsigned long long port;

	if (found != NULL && proxy->port == 0) {
		size_t from = (size_t)(found - line.at) + mark.len;

		if (slice_to_number(slice_sub(line, from, line.len), UINT16_MAX, &port)) {
			proxy->port = (uint16_t)port;
			proxy->settled = true;
		}
	}
	if (proxy->shows_log) {
		printf(SLICE_FMT "\n", SLICE_ARG(line));
		(void)fflush(stdout);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct demo_proxy *proxy = container_of((uv_pipe_t *)handle, struct demo_proxy, output);

	(void)suggested;
	if (proxy->line_len == sizeof(proxy->line)) {
		proxy->line_len = 0; /* a line that long is not the one that we look for */
	}
	*buf = uv_buf_init(
		proxy->line + proxy->line_len, (unsigned)(sizeof(proxy->line) - proxy->line_len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct demo_proxy *proxy = container_of((uv_pipe_t *)stream, struct demo_proxy, output);
	struct slice lines;
	size_t end;

	(void)buf;
	if (got < 0) {
		uv_close((uv_handle_t *)stream, demo_stage_on_closed);
		return;
	}
	proxy->line_len += (size_t)got;
	lines = (struct slice){ proxy->line, proxy->line_len };
	while ((end = slice_find(lines, '\n', 0)) < lines.len) {
		hear_line(proxy, slice_sub(lines, 0, end));
		lines = slice_sub(lines, end + 1, lines.len);
	}
	if (lines.len > 0) {
		memmove(proxy->line, lines.at, lines.len);
	}
	proxy->line_len = lines.len;
}

/* In the child. The kernel tells it to end when we do, however that comes; asking who is our parent
 * closes the gap before that. A session of its own: a terminal's Ctrl-C is for us, and we tell it.
 */
static void become_proxy(
	const struct demo_proxy *proxy, const struct demo_folder *folder, pid_t parent, int output)
{
	char *const words[] = { "authtranslator", "-addr", "127.0.0.1:0", "-default-deny",
		"-admin-socket", "admin.sock", "-drain-timeout", "2s", NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent && setsid() == getpid() &&
		chdir(folder->path) == 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO &&
		dup2(output, STDOUT_FILENO) == STDOUT_FILENO) {
		(void)execv(proxy->program, words);
	}
	_exit(CANNOT_EXECUTE);
}

static int spawn_proxy(struct demo_proxy *proxy, uv_loop_t *loop, const struct demo_folder *folder)
{
	pid_t parent = getpid(), child;
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		return -errno;
	}
	child = fork();
	err = -errno;
	if (child == 0) {
		become_proxy(proxy, folder, parent, ends[1]);
	}
	(void)close(ends[1]);
	if (child < 0) {
		(void)close(ends[0]);
		return err;
	}
	proxy->pid = child;
	check(uv_pipe_init(loop, &proxy->output, 0) == 0);
	check(uv_pipe_open(&proxy->output, ends[0]) == 0);
	check(uv_signal_init(loop, &proxy->child) == 0);
	proxy->output.data = &proxy->output_gone;
	proxy->child.data = &proxy->gone;
	check(uv_read_start((uv_stream_t *)&proxy->output, on_alloc, on_read) == 0);
	check(uv_signal_start(&proxy->child, on_child, SIGCHLD) == 0);
	on_child(&proxy->child, SIGCHLD); /* it may have ended before we listened */
	return 0;
}

int demo_proxy_start(struct demo_proxy *proxy, struct demo_stage *stage,
	const struct demo_folder *folder, struct note *why)
{
	size_t len = sizeof(proxy->program);
	int err = uv_exepath(proxy->program, &len);

	if (err < 0) {
		return note_fail(why, err, "where this program is: %s", uv_strerror(err));
	}
	err = spawn_proxy(proxy, &stage->loop, folder);
	if (err < 0) {
		return note_fail(why, err, "%s: %s", proxy->program, strerror(-err));
	}
	proxy->spawned = true;
	err = demo_stage_wait(stage, &proxy->settled, "the proxy's word that it listens", why);
	if (err == 0 && proxy->port == 0) {
		err = note_fail(why, -ECHILD, "the proxy ended at once");
	}
	return err;
}

void demo_proxy_stop(struct demo_proxy *proxy, struct demo_stage *stage)
{
	static const int firmer[] = { SIGTERM, SIGKILL };

	if (!proxy->spawned) {
		return;
	}
	for (size_t i = 0; i < 2 && !(proxy->gone && proxy->output_gone); i++) {
		if (proxy->pid > 0) {
			(void)kill(proxy->pid, firmer[i]);
		}
		stage->stopped = false; /* another Ctrl-C ends our patience */
		(void)demo_stage_wait(stage, &proxy->gone, "", NULL);
		(void)demo_stage_wait(stage, &proxy->output_gone, "", NULL);
	}
	if (!uv_is_closing((uv_handle_t *)&proxy->output)) {
		uv_close((uv_handle_t *)&proxy->output, demo_stage_on_closed);
	}
	proxy->spawned = false;
}
