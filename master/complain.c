/* complain.c - one line, in the program's name. */

#include <stdio.h>
#include <stdlib.h>

#include "master/complain.h"

int complain(const char *why)
{
	fprintf(stderr, "authtranslator: %s\n", why);
	return EXIT_FAILURE;
}
