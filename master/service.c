/* service.c - starts the parts, waits for signals, ends the parts. */

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "common/scoreboard.h"
#include "master/admin.h"
#include "master/complain.h"
#include "master/journal.h"
#include "master/listen.h"
#include "master/reload.h"
#include "master/service.h"
#include "master/spawn.h"
#include "master/supervise.h"

enum { NS_IN_MS = 1000 * 1000 };

struct service {
	const struct options *options;
	struct log *log;
	uv_loop_t loop;
	struct journal journal;
	struct scoreboard *board;
	int board_fd;
	char worker_path[PATH_MAX];
	struct listener listener;
	struct supervise supervise;
	struct reload reload;
	struct reload_waiter first; /* asks how the first start went */
	struct admin admin;
	uv_signal_t hangup, terminate, interrupt;
	uv_timer_t last_call; /* started when everything has been closed */
	bool stopping;
	bool abandoned; /* last_call found the loop still busy */
	int exit_code;
};

static void stop(struct service *service, const char *now)
{
	if (service->stopping) {
		supervise_kill_all(&service->supervise, now);
		return;
	}
	service->stopping = true;
	reload_stop(&service->reload);
	listener_close(&service->listener); /* else callers would wait at a door nobody opens */
}

static void on_hangup(uv_signal_t *signal, int number)
{
	struct service *service = container_of(signal, struct service, hangup);

	(void)number;
	reload_ask(&service->reload, NULL);
}

/* The first one lets requests finish, the second one does not. */
static void on_stop_signal(uv_signal_t *signal, int number)
{
	struct service *service = signal->data;

	(void)number;
	if (!service->stopping) {
		log_info(service->log, "shutting down");
	}
	stop(service, "was told to end at once");
}

/* Nothing that can't form its first generation is worth running. */
static void on_first(
	struct reload_waiter *waiter, int err, unsigned generation, const struct note *why)
{
	struct service *service = container_of(waiter, struct service, first);

	(void)generation;
	if (err < 0 && !service->stopping) {
		service->exit_code = complain(why->text);
		stop(service, why->text);
	}
}

static void on_last_call(uv_timer_t *timer)
{
	struct service *service = container_of(timer, struct service, last_call);

	service->abandoned = true;
	uv_stop(&service->loop);
}

/* Every worker is gone: what is left of the loop closes, and uv_run returns. */
static void on_stopped(struct reload *reload)
{
	struct service *service = container_of(reload, struct service, reload);

	admin_close(&service->admin);
	supervise_close(&service->supervise);
	journal_close(&service->journal);
	uv_close((uv_handle_t *)&service->hangup, NULL);
	uv_close((uv_handle_t *)&service->terminate, NULL);
	uv_close((uv_handle_t *)&service->interrupt, NULL);
	uv_unref((uv_handle_t *)&service->last_call);
	check(uv_timer_start(&service->last_call, on_last_call, LIMIT_GOODBYE_MS, 0) == 0);
}

static void listen_for_signals(struct service *service)
{
	const struct {
		uv_signal_t *handle;
		uv_signal_cb call;
		int number;
	} signals[] = {
		{ &service->hangup, on_hangup, SIGHUP },
		{ &service->terminate, on_stop_signal, SIGTERM },
		{ &service->interrupt, on_stop_signal, SIGINT },
	};

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		signals[i].handle->data = service;
		check(uv_signal_init(&service->loop, signals[i].handle) == 0);
		check(uv_signal_start(signals[i].handle, signals[i].call, signals[i].number) == 0);
	}
}

/* Whoever names a socket counts on it. */
static int open_admin(struct service *service, struct note *why)
{
	const char *given = service->options->admin_socket;
	int err = admin_open(&service->admin, given, &service->reload, &service->listener, why);

	if (err < 0 && given[0] == '\0') {
		log_warn(service->log, "running without admin socket", LOG_STR("why", why->text));
		return 0;
	}
	if (err < 0) {
		note_prefix(why, "admin socket: ");
	}
	return err;
}

static void open_parts(struct service *service)
{
	struct load_request request = options_load_request(service->options);
	struct worker_kit kit = {
		.loop = &service->loop,
		.path = service->worker_path,
		.listening = service->listener.sockets,
		.scoreboard = service->board_fd,
		.ready_ms = LIMIT_READY_MS,
		.draining_ms = LIMIT_DRAIN_ACK_MS,
		.events = &generation_worker_events,
	};

	check(uv_loop_init(&service->loop) == 0);
	check(uv_timer_init(&service->loop, &service->last_call) == 0);
	journal_open(&service->journal, &service->loop, service->log);
	supervise_open(&service->supervise, &service->loop, service->log,
		(unsigned)service->options->workers, &kit);
	reload_init(&service->reload, &service->supervise, &request, service->board,
		(uint64_t)service->options->drain_timeout_ns / NS_IN_MS, on_stopped);
	listen_for_signals(service);
}

/* The order in which things can fail: the documents, the address, the workers. */
static int start(struct service *service, struct note *why)
{
	const struct options *options = service->options;
	struct loaded *loaded = NULL;
	int err = reload_load(&service->reload, &loaded, why);

	if (err < 0) {
		note_prefix(why, "reload failed for %s: ", reload_source(&service->reload).text);
		return err;
	}
	err = listener_open(options->addr, (unsigned)options->workers, &service->listener, why);
	if (err < 0) {
		loaded_free(&loaded);
		return err;
	}
	log_info(service->log, "listening", LOG_STR("addr", service->listener.name));
	err = open_admin(service, why);
	if (err < 0) {
		loaded_free(&loaded);
		return err;
	}
	service->first.done = on_first;
	reload_first(&service->reload, loaded, &service->first);
	return 0;
}

/* The loop ends by itself once nothing is left in it. Only a name that is still being looked up can
 * hold it up then, and is not worth more than a moment. */
static void run(struct service *service)
{
	check(uv_run(&service->loop, UV_RUN_DEFAULT) == 0 || service->abandoned);
	uv_close((uv_handle_t *)&service->last_call, NULL);
	(void)uv_run(&service->loop, UV_RUN_NOWAIT);
	check(uv_loop_close(&service->loop) == 0 || service->abandoned);
}

int service_run(const struct options *options, struct log *log)
{
	struct service *service = calloc(1, sizeof(*service));
	struct note why = { "" };
	int exit_code;

	check(service != NULL);
	service->options = options;
	service->log = log;
	if (spawn_find(service->worker_path, &why) < 0 ||
		scoreboard_create((unsigned)options->workers, &service->board, &service->board_fd,
			&why) < 0) {
		free(service);
		return complain(why.text);
	}
	open_parts(service);
	if (start(service, &why) < 0) {
		service->exit_code = complain(why.text);
		stop(service, why.text);
	}
	run(service);
	scoreboard_close(&service->board);
	close(service->board_fd);
	exit_code = service->exit_code;
	free(service);
	return exit_code;
}
