/* journal.h - lets the log write from the loop: at the end of every turn, and again when a slow
 * reader left something behind. */

#pragma once

#include <uv.h>

#include "common/log.h"

struct journal {
	uv_prepare_t turn;
	uv_timer_t again;
	struct log *log;
};

void journal_open(struct journal *journal, uv_loop_t *loop, struct log *log);
void journal_close(struct journal *journal);
