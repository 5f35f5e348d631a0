/* status.c - writes down the standing of generations and workers. */

#include <unistd.h>

#include "common/check.h"
#include "master/status.h"

json_t *status_text(const char *text)
{
	char ascii[sizeof(((struct note *)0)->text)];
	json_t *string = text[0] == '\0' ? json_null() : json_string(text);
	size_t len = 0;

	if (string != NULL) {
		return string;
	}
	for (; text[len] != '\0' && len < sizeof(ascii) - 1; len++) {
		ascii[len] = (unsigned char)text[len] < 0x80 ? text[len] : '?';
	}
	ascii[len] = '\0';
	string = json_string(ascii);
	check(string != NULL);
	return string;
}

static json_t *make_worker(const struct supervise *supervise, const struct worker *worker)
{
	json_t *row = json_pack("{s:i, s:i, s:s, s:i, s:I, s:i, s:n}", "slot", (int)worker->slot,
		"pid", (int)worker->pid, "phase",
		worker->state == WORKER_REAPED ? "dead" : control_phase_names[worker_phase(worker)],
		"generation", (int)worker->generation_number, "started",
		(json_int_t)worker->started_at, "restarts", (int)supervise->restarts[worker->slot],
		"stand_in");

	check(row != NULL);
	return row;
}

/* A slot of the serving generation that nobody is at. */
static json_t *make_vacancy(const struct supervise *supervise, unsigned slot)
{
	json_t *row = json_pack("{s:i, s:n, s:s, s:i, s:n, s:i, s:n}", "slot", (int)slot, "pid",
		"phase", "waiting", "generation", (int)supervise->serving->number, "started",
		"restarts", (int)supervise->restarts[slot], "stand_in");

	check(row != NULL);
	return row;
}

static json_t *make_workers(const struct supervise *supervise)
{
	const struct generation *serving = supervise->serving;
	json_t *rows = json_array();

	for (unsigned slot = 0; serving != NULL && slot < supervise->slots; slot++) {
		const struct post *post = &serving->posts[slot];
		json_t *row = post->worker != NULL ? make_worker(supervise, post->worker)
						   : make_vacancy(supervise, slot);

		if (post->stand_in != NULL) {
			json_object_set_new(row, "stand_in", json_integer(post->stand_in->pid));
		}
		json_array_append_new(rows, row);
	}
	for (const struct worker *worker = supervise->workers; worker != NULL;
		worker = worker->next) {
		if (worker->generation != serving) {
			json_array_append_new(rows, make_worker(supervise, worker));
		}
	}
	return rows;
}

static json_t *make_last_reload(const struct reload_result *last)
{
	if (last->at == 0) {
		return json_null();
	}
	return json_pack("{s:I, s:i, s:b, s:o}", "at", (json_int_t)last->at, "generation",
		(int)last->generation, "ok", last->err == 0, "error", status_text(last->why.text));
}

static json_t *make_last_crash(const struct crash *crash)
{
	if (crash->at == 0) {
		return json_null();
	}
	return json_pack("{s:I, s:i, s:i, s:i, s:o}", "at", (json_int_t)crash->at, "slot",
		(int)crash->slot, "pid", (int)crash->pid, "generation", (int)crash->generation,
		"why", status_text(crash->why.text));
}

/* None when the service stops. */
static json_t *make_listeners(const struct listener *listener)
{
	return listener->count > 0 ? json_pack("[s]", listener->name) : json_array();
}

json_t *status_make(const struct reload *reload, const struct listener *listener, time_t since)
{
	const struct supervise *supervise = reload->supervise;
	const struct generation *serving = supervise->serving;
	json_t *status = json_pack("{s:s, s:i, s:I, s:o, s:s, s:o, s:I, s:o, s:o, s:o}", "version",
		VERSION, "pid", (int)getpid(), "uptime_s", (json_int_t)(time(NULL) - since),
		"generation", serving == NULL ? json_null() : json_integer(serving->number),
		"reload", reload_state_name(reload->state), "listeners", make_listeners(listener),
		"lost_connections", (json_int_t)reload->lost, "last_reload",
		make_last_reload(&reload->last), "workers", make_workers(supervise), "last_crash",
		make_last_crash(&supervise->last_crash));

	check(status != NULL);
	return status;
}
