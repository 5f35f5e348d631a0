/* lifeline.h - an object that holds libuv handles lives until the last of them has closed. */

#pragma once

#include <uv.h>

/* Embed it, open each handle on it, and let `gone` free the object. `gone` is called from the loop,
 * once, after the last handle's close callback. */
struct lifeline {
	unsigned open;
	void (*gone)(struct lifeline *line);
};

void lifeline_open(struct lifeline *line, uv_handle_t *handle); /* after its uv_*_init */
void lifeline_close(uv_handle_t *handle);                       /* closing twice is fine */
