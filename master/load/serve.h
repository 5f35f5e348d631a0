/* serve.h - the loader: the process that loads for a master, so that nothing which it meets on the
 * way can stop the master, or hold it up. */

#pragma once

#include <stdbool.h>

#define LOADER_NAME "authtranslator-loader" /* the first word of its command line */

/* A memfile: the request at first, and the result when it has ended with 0. */
enum { LOADER_FD = 3 };

/* Is this how the program was called? */
bool load_is_served_as(const char *name);

/* All that the process does. Gives its exit status. */
int load_serve(void);
