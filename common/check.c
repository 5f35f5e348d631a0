/* check.c - says which promise was broken, and ends. */

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"

void check_failed(const char *promise, const char *file, int line)
{
	fprintf(stderr, "authtranslator: broken promise at %s:%d: %s\n", file, line, promise);
	abort();
}
