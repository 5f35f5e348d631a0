/* serve.c - reads the request, loads, writes the result, ends. */

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/file.h"
#include "common/limits.h"
#include "master/load/load.h"
#include "master/load/memfile.h"
#include "master/load/serve.h"

bool load_is_served_as(const char *name)
{
	return name != NULL && strcmp(name, LOADER_NAME) == 0;
}

/* Warnings are worth a moment's wait, but no reader of the log may hold up a load. */
static void write_log(struct log **log)
{
	struct pollfd output = { STDOUT_FILENO, POLLOUT, 0 };

	log_flush(*log);
	while (log_pending(*log) && poll(&output, 1, LIMIT_GOODBYE_MS) > 0 &&
		(output.revents & POLLERR) == 0) {
		log_flush(*log);
	}
	log_free(log);
}

static void load_into(struct load_request *request, struct wire_writer *result)
{
	struct loaded *loaded = NULL;
	struct note why = { "" };
	int err;

	request->log = log_new(STDOUT_FILENO, (enum log_level)request->settings.log_level,
		request->settings.log_json);
	err = load(request, &loaded, &why);
	if (err < 0) {
		loaded_encode_failure(err, &why, result);
	} else {
		loaded_encode(loaded, result);
	}
	loaded_free(&loaded);
	write_log(&request->log);
}

static int serve(struct arena *arena, struct note *why)
{
	struct load_request request;
	struct wire_writer result = { 0 };
	struct slice bytes;
	int err = memfile_read(LOADER_FD, LIMIT_LOADED_BYTES, &bytes, why);

	if (err < 0) {
		return err;
	}
	err = load_request_decode(bytes, arena, &request, why);
	file_forget(&bytes);
	if (err == 0) {
		load_into(&request, &result);
		err = memfile_rewrite(LOADER_FD, wire_written(&result), why);
	}
	wire_writer_fini(&result);
	return err;
}

int load_serve(void)
{
	struct arena *arena = arena_new("request", 4096);
	struct note why = { "" };
	int err;

	(void)prctl(PR_SET_NAME, "loader");     /* it was executed as "exe" */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody else wants the result */
	(void)signal(SIGPIPE, SIG_IGN);
	err = serve(arena, &why);
	arena_free(&arena);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
