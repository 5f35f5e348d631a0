/* replace.h - puts new bytes in the place of a file, all of them or none. */

#pragma once

#include <sys/stat.h>

#include "common/note.h"
#include "common/slice.h"

/* Writes beside the file, then takes its name; mode and owner stay, and a link stays a link to it.
 * `seen` is what stat said when the old bytes were read, NULL when there was no file: if that has
 * changed since, it is an error, so nobody's work is lost. */
int replace_file(const char *path, struct slice bytes, const struct stat *seen, struct note *why);
