/* note.h - why something failed, in words its operator can act on. */

#pragma once

#include <stdarg.h>

/* The caller owns it; the callee that fails fills it; callers on the way up put the place in front
 * ("config.yaml:12:7: "). Longer text is cut and ends in "...". Never holds a secret. */
struct note {
	char text[1024];
};

/* Fills the note and hands `err` (always negative) back, so failing is one line. `why` may be NULL,
 * here and below: then nobody wants to know. */
int note_fail(struct note *why, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), warn_unused_result));

/* The same for those who hand something else back. */
void note_write(struct note *why, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

void note_prefix(struct note *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note_append(struct note *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
