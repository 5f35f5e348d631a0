/* fake_service.c - a loop, its parts, and the waiting that tests do. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/file.h"
#include "master/load/load.h"
#include "master/load/memfile.h"
#include "master/load/serve.h"
#include "test/lib/fake_service.h"

enum { PATIENCE_MS = 20000 };

static bool has_word(const char *text, const char *word)
{
	struct slice left = slice_of(text), piece;

	while (slice_next(&left, ' ', &piece)) {
		if (slice_equal(piece, slice_of(word))) {
			return true;
		}
	}
	return false;
}

/* In the loader: the configuration's name is what it says, and so is the one text of the snapshot.
 */
int load(const struct load_request *request, struct loaded **out, struct note *why)
{
	const char *text = request->config.where, *secrets = strstr(text, "secrets:");
	struct loaded *loaded = loaded_new();
	struct snapshot snapshot = { .generation = request->generation };

	if (has_word(text, "not-loaded")) {
		loaded_free(&loaded);
		return note_fail(why, -EINVAL, "config.yaml:1:1: \xff is no mapping");
	}
	if (has_word(text, "no-loader")) {
		(void)raise(SIGKILL);
	}
	while (has_word(text, "slow")) {
		(void)pause();
	}
	loaded->secret_count = secrets == NULL ? 0 : (size_t)atoi(secrets + strlen("secrets:"));
	loaded->secrets = arena_alloc(loaded->arena, loaded->secret_count + 1, sizeof(void *));
	snapshot.settings.x_at_int_host = arena_copy(loaded->arena, slice_of(text));
	snapshot.secrets = (struct list){
		arena_alloc(loaded->arena, loaded->secret_count + 1, sizeof(struct slice)),
		loaded->secret_count,
	};
	for (size_t i = 0; i < loaded->secret_count; i++) {
		loaded->secrets[i] = secret_new(SLICE("hush"));
	}
	loaded->snapshot = arena_make(loaded->arena, struct snapshot);
	*loaded->snapshot = snapshot;
	*out = loaded;
	return 0;
}

static void load_as_told(void)
{
	int exit_code = load_serve();
	struct slice result;

	check(memfile_read(LOADER_FD, LIMIT_LOADED_BYTES, &result, NULL) == 0);
	if (memmem(result.at, result.len, "half", 4) != NULL) {
		check(ftruncate(LOADER_FD, (off_t)result.len - 1) == 0);
	}
	file_forget(&result);
	exit(exit_code);
}

void fake_begin(char **argv)
{
	fake_worker_if_started_as_one(argv);
	if (load_is_served_as(argv[0])) {
		load_as_told();
	}
}

void fake_write(struct fake_service *service, const char *text)
{
	service->reload.request.config.where = text;
}

static void on_answer(
	struct reload_waiter *waiter, int err, unsigned generation, const struct note *why)
{
	struct fake_asker *asker = container_of(waiter, struct fake_asker, waiter);

	assert_false(asker->answered);
	asker->answered = true;
	asker->err = err;
	asker->generation = generation;
	(void)snprintf(asker->why, sizeof(asker->why), "%s", why->text);
}

static void on_stopped(struct reload *reload)
{
	container_of(reload, struct fake_service, reload)->stopped = true;
}

static int on_first_loaded(struct reload *reload, struct note *why)
{
	(void)reload;
	(void)why;
	return 0;
}

static const struct reload_events events = {
	.first_loaded = on_first_loaded,
	.stopped = on_stopped,
};

static void watch_queues(struct fake_service *service)
{
	for (struct worker *w = service->supervise.workers; w != NULL; w = w->next) {
		if (w->channel.queued > service->most_queued) {
			service->most_queued = w->channel.queued;
		}
	}
}

static void on_tick(uv_timer_t *timer)
{
	++*(unsigned *)timer->data;
}

void fake_run_until(struct fake_service *service,
	bool (*done)(struct fake_service *service, void *arg), void *arg)
{
	unsigned ticks = 0;
	uv_timer_t tick;

	check(uv_timer_init(&service->loop, &tick) == 0);
	tick.data = &ticks;
	check(uv_timer_start(&tick, on_tick, 10, 10) == 0);
	while (!done(service, arg)) {
		assert_true(ticks < PATIENCE_MS / 10);
		(void)uv_run(&service->loop, UV_RUN_ONCE);
		watch_queues(service);
	}
	uv_close((uv_handle_t *)&tick, NULL);
	(void)uv_run(&service->loop, UV_RUN_NOWAIT);
}

bool fake_has_answer(struct fake_service *service, void *arg)
{
	(void)service;
	return ((struct fake_asker *)arg)->answered;
}

bool fake_is_quiet(struct fake_service *service, void *arg)
{
	(void)arg;
	return service->reload.state == RELOAD_IDLE && service->supervise.generations->next == NULL;
}

static bool is_stopped(struct fake_service *service, void *arg)
{
	(void)arg;
	return service->stopped;
}

bool fake_is_complete(struct fake_service *service, void *arg)
{
	(void)arg;
	for (unsigned slot = 0; slot < FAKE_SLOTS; slot++) {
		const struct post *post = &service->supervise.serving->posts[slot];

		if (post->worker == NULL || worker_phase(post->worker) != CONTROL_SERVING ||
			post->stand_in != NULL) {
			return false;
		}
	}
	return true;
}

void fake_ask(struct fake_service *service, struct fake_asker *asker, const char *text)
{
	fake_write(service, text);
	*asker = (struct fake_asker){ .waiter.done = on_answer };
	reload_ask(&service->reload, &asker->waiter);
}

struct fake_asker fake_reload(struct fake_service *service, const char *text)
{
	struct fake_asker asker;

	fake_ask(service, &asker, text);
	fake_run_until(service, fake_has_answer, &asker);
	fake_run_until(service, fake_is_quiet, NULL);
	return asker;
}

struct fake_service *fake_open(const char *text)
{
	struct fake_service *service = calloc(1, sizeof(*service));
	struct load_request request = {
		.config = { text, true },
		.allowlist = { "", false },
		.denylist = { "", false },
		.settings.log_level = LOG_ERROR,
	};
	struct worker_kit kit = {
		.loop = &service->loop,
		.path = service->worker_path,
		.listening = service->listener.sockets,
		.ready_ms = FAKE_READY_MS,
		.draining_ms = FAKE_DRAINING_MS,
		.events = &generation_worker_events,
	};
	struct fake_asker first = { .waiter.done = on_answer };

	check(service != NULL && uv_loop_init(&service->loop) == 0);
	check(readlink("/proc/self/exe", service->worker_path, PATH_MAX - 1) > 0);
	check(scoreboard_create(FAKE_SLOTS, &service->board, &service->board_fd, NULL) == 0);
	check(listener_open("127.0.0.1:0", FAKE_SLOTS, &service->listener, NULL) == 0);
	service->null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	service->log = log_new(service->null, LOG_DEBUG, false);
	kit.scoreboard = service->board_fd;
	supervise_open(&service->supervise, &service->loop, service->log, FAKE_SLOTS, &kit);
	reload_init(&service->reload, &service->supervise, &request, service->board, FAKE_DRAIN_MS,
		&events);
	reload_ask(&service->reload, &first.waiter);
	fake_run_until(service, fake_has_answer, &first);
	assert_int_equal(first.err, 0);
	assert_int_equal(first.generation, 1);
	assert_int_equal(service->reload.state, RELOAD_IDLE);
	return service;
}

void fake_close(struct fake_service *service)
{
	if (service->reload.state != RELOAD_STOPPING) {
		reload_stop(&service->reload);
	}
	fake_run_until(service, is_stopped, NULL);
	supervise_close(&service->supervise);
	check(uv_run(&service->loop, UV_RUN_DEFAULT) == 0);
	assert_int_equal(uv_loop_close(&service->loop), 0);
	log_free(&service->log);
	listener_close(&service->listener);
	scoreboard_close(&service->board);
	close(service->board_fd);
	close(service->null);
	free(service);
}

int fake_call(struct fake_service *service)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(getsockname(service->listener.sockets[0], (struct sockaddr *)&address, &len) == 0);
	assert_int_equal(connect(caller, (struct sockaddr *)&address, len), 0);
	return caller;
}

struct greeting {
	int caller;
	char text[80];
	size_t len;
};

static bool has_line(struct fake_service *service, void *arg)
{
	struct greeting *greeting = arg;
	ssize_t got = recv(greeting->caller, greeting->text + greeting->len,
		sizeof(greeting->text) - 1 - greeting->len, MSG_DONTWAIT);

	(void)service;
	if (got > 0) {
		greeting->len += (size_t)got;
	}
	assert_true(got > 0 || (got < 0 && errno == EAGAIN)); /* never the end, never a reset */
	return memchr(greeting->text, '\n', greeting->len) != NULL;
}

void fake_expect_line(struct fake_service *service, int caller, const char *beginning)
{
	struct greeting greeting = { .caller = caller };

	fake_run_until(service, has_line, &greeting);
	expect_slice(slice_sub(slice_of(greeting.text), 0, strlen(beginning)), slice_of(beginning));
}

pid_t fake_pid(const struct fake_service *service, unsigned slot)
{
	return service->supervise.serving->posts[slot].worker->pid;
}
