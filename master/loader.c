/* loader.c - spawns, waits, decodes. */

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "common/check.h"
#include "common/file.h"
#include "common/limits.h"
#include "master/load/memfile.h"
#include "master/load/serve.h"
#include "master/loader.h"

static int write_request(struct loader *loader, const struct load_request *request)
{
	struct wire_writer w = { 0 };
	int err;

	load_request_encode(request, &w);
	err = memfile_new("load", wire_written(&w), &loader->memfile, &loader->why);
	wire_writer_fini(&w);
	return err;
}

static int read_result(struct loader *loader)
{
	struct slice bytes;
	int err = memfile_read(loader->memfile, LIMIT_LOADED_BYTES, &bytes, &loader->why);

	if (err < 0) {
		return err;
	}
	err = loaded_decode(bytes, &loader->loaded, &loader->why);
	file_forget(&bytes);
	return err;
}

/* Everything is free for the next start before anybody is told. */
static void tell(struct loader *loader)
{
	struct loaded *loaded = loader->loaded;
	struct note why = loader->why;

	if (loader->memfile >= 0) {
		(void)close(loader->memfile);
	}
	loader->loaded = NULL;
	if (loader->cancelled) {
		loaded_free(&loaded);
		return;
	}
	loader->done(loader, loader->err, loaded, &why);
}

static void on_closed(uv_handle_t *handle)
{
	struct loader *loader = handle->data;

	loader->handles--;
	if (loader->handles == 0) {
		tell(loader);
	}
}

static void finish(struct loader *loader, int err)
{
	loader->err = err;
	if (loader->handles == 2) {
		uv_close((uv_handle_t *)&loader->process, on_closed);
	}
	uv_close((uv_handle_t *)&loader->deadline, on_closed);
}

static void on_exit(uv_process_t *process, int64_t status, int number)
{
	struct loader *loader = container_of(process, struct loader, process);
	int err;

	if (loader->late) {
		err = note_fail(&loader->why, -ETIMEDOUT, "loading took too long");
	} else if (number != 0) {
		err = note_fail(&loader->why, -ECHILD, "the loader was ended by signal %d", number);
	} else if (status != 0) {
		err = note_fail(
			&loader->why, -ECHILD, "the loader ended with status %d", (int)status);
	} else {
		err = read_result(loader);
	}
	finish(loader, err);
}

static void on_deadline(uv_timer_t *timer)
{
	struct loader *loader = container_of(timer, struct loader, deadline);

	loader->late = true;
	(void)uv_process_kill(&loader->process, SIGKILL); /* on_exit says the rest */
}

/* The whole environment goes along: secrets, proxies and the time zone are in it. */
static int start_process(struct loader *loader, uv_loop_t *loop)
{
	char *words[] = { LOADER_NAME, NULL };
	uv_stdio_container_t stdio[] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
		[LOADER_FD] = { .flags = UV_INHERIT_FD, .data.fd = loader->memfile },
	};
	const uv_process_options_t options = {
		.exit_cb = on_exit,
		.file = "/proc/self/exe", /* what we are, whatever has taken its place on disk */
		.args = words,
		.stdio = stdio,
		.stdio_count = sizeof(stdio) / sizeof(*stdio),
	};
	int err;

	loader->handles = 2; /* also when it fails */
	err = uv_spawn(loop, &loader->process, &options);
	if (err < 0) {
		return note_fail(
			&loader->why, err, "the loader can't be started: %s", uv_strerror(err));
	}
	return 0;
}

void loader_start(
	struct loader *loader, uv_loop_t *loop, const struct load_request *request, uint64_t ms)
{
	int err;

	check(loader->handles == 0);
	loader->process.data = loader->deadline.data = loader;
	loader->memfile = -1;
	loader->late = loader->cancelled = false;
	loader->why = (struct note){ "" };
	loader->handles = 1;
	check(uv_timer_init(loop, &loader->deadline) == 0);
	check(uv_timer_start(&loader->deadline, on_deadline, ms, 0) == 0);
	err = write_request(loader, request);
	err = err < 0 ? err : start_process(loader, loop);
	if (err < 0) {
		finish(loader, err);
	}
}

void loader_cancel(struct loader *loader)
{
	if (loader->handles == 0) {
		return;
	}
	loader->cancelled = true;
	if (loader->handles == 2 && uv_is_active((uv_handle_t *)&loader->process)) {
		(void)uv_process_kill(&loader->process, SIGKILL);
	}
}
