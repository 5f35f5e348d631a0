/* lifeline_test.c - an object lives until its last handle has closed, and no longer. */

#include <stdlib.h>

#include "common/check.h"
#include "test/lib/expect.h"
#include "worker/lifeline.h"

struct object {
	struct lifeline line;
	uv_timer_t timer;
	uv_async_t async;
	unsigned *gone;
};

static void on_gone(struct lifeline *line)
{
	struct object *object = container_of(line, struct object, line);

	++*object->gone;
	free(object);
}

static struct object *object_new(uv_loop_t *loop, unsigned *gone)
{
	struct object *object = calloc(1, sizeof(*object));

	assert_non_null(object);
	object->gone = gone;
	object->line.gone = on_gone;
	assert_int_equal(uv_timer_init(loop, &object->timer), 0);
	lifeline_open(&object->line, (uv_handle_t *)&object->timer);
	assert_int_equal(uv_async_init(loop, &object->async, NULL), 0);
	lifeline_open(&object->line, (uv_handle_t *)&object->async);
	return object;
}

static void it_ends_with_the_last_handle_and_once(void **state)
{
	uv_loop_t loop;
	unsigned gone = 0;
	struct object *object;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	object = object_new(&loop, &gone);
	lifeline_close((uv_handle_t *)&object->timer);
	assert_int_equal(gone, 0);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(gone, 0);
	lifeline_close((uv_handle_t *)&object->async);
	assert_int_equal(gone, 0); /* not before the loop says that it has closed */
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(gone, 1);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void closing_twice_is_fine(void **state)
{
	uv_loop_t loop;
	unsigned gone = 0;
	struct object *object;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	object = object_new(&loop, &gone);
	for (int i = 0; i < 2; i++) {
		lifeline_close((uv_handle_t *)&object->timer);
		lifeline_close((uv_handle_t *)&object->async);
	}
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(gone, 1);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_ends_with_the_last_handle_and_once),
		cmocka_unit_test(closing_twice_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
