/* supervise.c - keeps the list of workers, and finds the dead among them. */

#include <signal.h>

#include "common/check.h"
#include "master/supervise.h"

/* One signal may stand for several deaths. Only our own are waited for, by number. A death may
 * bring a new worker, which stands in front of the list; none is freed before its handles have
 * closed. */
static void on_child(uv_signal_t *signal, int number)
{
	struct supervise *supervise = container_of(signal, struct supervise, child);

	(void)number;
	for (struct worker *worker = supervise->workers, *next; worker != NULL; worker = next) {
		next = worker->next;
		worker_reap(worker);
	}
}

void supervise_open(struct supervise *supervise, uv_loop_t *loop, struct log *log, unsigned slots,
	const struct worker_kit *kit)
{
	check(slots > 0 && slots <= LIMIT_WORKERS);
	*supervise = (struct supervise){ .loop = loop, .log = log, .slots = slots, .kit = *kit };
	check(uv_signal_init(loop, &supervise->child) == 0);
	check(uv_signal_start(&supervise->child, on_child, SIGCHLD) == 0);
}

void supervise_close(struct supervise *supervise)
{
	check(supervise->workers == NULL);
	uv_close((uv_handle_t *)&supervise->child, NULL);
}

void supervise_enlist(struct supervise *supervise, struct worker *worker)
{
	worker->next = supervise->workers;
	supervise->workers = worker;
}

void supervise_dismiss(struct supervise *supervise, struct worker *worker)
{
	struct worker **at = &supervise->workers;

	while (*at != worker) {
		check(*at != NULL);
		at = &(*at)->next;
	}
	*at = worker->next;
}

void supervise_record_crash(struct supervise *supervise, const struct worker *worker)
{
	supervise->last_crash = (struct crash){
		.at = time(NULL),
		.generation = worker->generation_number,
		.slot = worker->slot,
		.pid = worker->pid,
		.why = worker->why,
	};
}

void supervise_kill_all(struct supervise *supervise, const char *why)
{
	for (struct worker *worker = supervise->workers; worker != NULL; worker = worker->next) {
		worker_kill(worker, why);
	}
}
