/* memfile.h - bytes in memory that another process can be given by descriptor. */

#pragma once

#include "common/note.h"
#include "common/slice.h"

/* `name` is what /proc shows. The caller closes the descriptor. */
int memfile_new(const char *name, struct slice bytes, int *out, struct note *why);

/* The bytes take the place of those that are in it. */
int memfile_rewrite(int fd, struct slice bytes, struct note *why);

/* All of it, up to `max` bytes; for file_forget. */
int memfile_read(int fd, size_t max, struct slice *out, struct note *why);
