/* journal.c - two handles that never keep the loop alive. */

#include "master/journal.h"
#include "common/check.h"

/* Standard output may be a file, a pipe or a terminal, and not all of them can be polled. */
enum { AGAIN_MS = 50 };

static void on_again(uv_timer_t *timer)
{
	(void)timer; /* waking is all: the turn that follows flushes */
}

static void on_turn(uv_prepare_t *turn)
{
	struct journal *journal = container_of(turn, struct journal, turn);

	if (log_pending(journal->log)) {
		log_flush(journal->log);
	}
	if (log_pending(journal->log)) {
		check(uv_timer_start(&journal->again, on_again, AGAIN_MS, 0) == 0);
	}
}

void journal_open(struct journal *journal, uv_loop_t *loop, struct log *log)
{
	journal->log = log;
	check(uv_prepare_init(loop, &journal->turn) == 0);
	check(uv_timer_init(loop, &journal->again) == 0);
	check(uv_prepare_start(&journal->turn, on_turn) == 0);
	uv_unref((uv_handle_t *)&journal->turn);
	uv_unref((uv_handle_t *)&journal->again);
}

void journal_close(struct journal *journal)
{
	uv_close((uv_handle_t *)&journal->turn, NULL);
	uv_close((uv_handle_t *)&journal->again, NULL);
}
