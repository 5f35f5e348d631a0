/* spawn.h - starts the worker program, with nothing but what it is meant to have. */

#pragma once

#include <limits.h>
#include <sys/types.h>

#include "common/note.h"

/* The exit status of a child that did not become the worker program, as a shell has it. */
enum { SPAWN_CANNOT_EXECUTE = 127 };

/* Where the worker program is, seen from our own: beside it in a build tree, or as installed. Asked
 * once, at start, so that every worker of a master is the same program. */
int spawn_find(char path[PATH_MAX], struct note *why);

/* A new process that has its control socket, standard output and error, and nothing else of ours:
 * not our environment, not our signal mask, no other descriptor. *socket is our end. */
int spawn(const char *path, pid_t *pid, int *socket, struct note *why);
