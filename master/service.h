/* service.h - the master while it serves: its loop, its signals, and what it is made of. */

#pragma once

#include "common/log.h"
#include "master/options.h"

/* From the first load to the last worker's end. Returns the exit code; what keeps it from starting
 * is told on standard error. */
int service_run(const struct options *options, struct log *log);
