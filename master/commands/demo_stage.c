/* demo_stage.c - turns the loop until something has happened, and says so when it does not. */

#include "master/commands/demo_stage.h"

#include <errno.h>
#include <signal.h>

#include "common/check.h"

static void on_late(uv_timer_t *timer)
{
	container_of(timer, struct demo_stage, patience)->late = true;
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	((struct demo_stage *)handle->data)->stopped = true;
}

void demo_stage_open(struct demo_stage *stage)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

	check(uv_loop_init(&stage->loop) == 0);
	check(uv_timer_init(&stage->loop, &stage->patience) == 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		check(uv_signal_init(&stage->loop, &stage->signals[i]) == 0);
		stage->signals[i].data = stage;
		check(uv_signal_start(&stage->signals[i], on_signal, numbers[i]) == 0);
	}
	stage->late = stage->stopped = false;
	(void)signal(SIGPIPE, SIG_IGN);
}

void demo_stage_close(struct demo_stage *stage)
{
	uv_close((uv_handle_t *)&stage->patience, NULL);
	for (size_t i = 0; i < sizeof(stage->signals) / sizeof(stage->signals[0]); i++) {
		uv_close((uv_handle_t *)&stage->signals[i], NULL);
	}
	check(uv_run(&stage->loop, UV_RUN_DEFAULT) == 0);
	check(uv_loop_close(&stage->loop) == 0);
}

int demo_stage_wait(struct demo_stage *stage, const bool *done, const char *what, struct note *why)
{
	stage->late = false;
	check(uv_timer_start(&stage->patience, on_late, DEMO_PATIENCE_MS, 0) == 0);
	while (!*done && !stage->late && !stage->stopped) {
		(void)uv_run(&stage->loop, UV_RUN_ONCE);
	}
	(void)uv_timer_stop(&stage->patience);
	if (*done) {
		return 0;
	}
	if (stage->stopped) {
		return note_fail(why, -ECANCELED, "stopped");
	}
	return note_fail(why, -ETIMEDOUT, "%s did not come in %d s", what, DEMO_PATIENCE_MS / 1000);
}

void demo_stage_idle(struct demo_stage *stage, const bool *done)
{
	while (!*done && !stage->stopped) {
		(void)uv_run(&stage->loop, UV_RUN_ONCE);
	}
}

void demo_stage_on_closed(uv_handle_t *handle)
{
	*(bool *)handle->data = true;
}
