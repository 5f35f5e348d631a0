/* lifeline.c - counts the handles of an object, and ends it with the last. */

#include "worker/lifeline.h"

#include "common/check.h"

void lifeline_open(struct lifeline *line, uv_handle_t *handle)
{
	handle->data = line;
	line->open++;
}

static void on_closed(uv_handle_t *handle)
{
	struct lifeline *line = handle->data;

	check(line->open > 0);
	if (--line->open == 0) {
		line->gone(line);
	}
}

void lifeline_close(uv_handle_t *handle)
{
	if (!uv_is_closing(handle)) {
		uv_close(handle, on_closed);
	}
}
