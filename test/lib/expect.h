/* expect.h - cmocka with the headers that it wants first, and what it can't compare by itself. */

#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/slice.h"

/* Both sides are shown when they differ, quoted, with everything that is not plain as \xNN. */
#define expect_slice(got, wanted) expect_slice_at((got), (wanted), __FILE__, __LINE__)
#define expect_text(got, wanted)  expect_slice_at((got), SLICE(wanted), __FILE__, __LINE__)

void expect_slice_at(struct slice got, struct slice wanted, const char *file, int line);

/* Fails unless `call` ends the process as check() does: with SIGABRT. What it prints is not shown.
 */
#define expect_abort(call, arg) expect_abort_at((call), (arg), __FILE__, __LINE__)

void expect_abort_at(void (*call)(void *), void *arg, const char *file, int line);
