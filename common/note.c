/* note.c - writes why something failed. */

#include <stdio.h>
#include <string.h>

#include "common/check.h"
#include "common/note.h"

/* Text that did not fit says so at its end. */
static void mark_cut(struct note *why, int wanted, size_t room)
{
	if (wanted >= 0 && (size_t)wanted >= room) {
		memcpy(why->text + sizeof(why->text) - 4, "...", 4);
	}
}

void note_write(struct note *why, const char *fmt, va_list args)
{
	if (why != NULL) {
		mark_cut(
			why, vsnprintf(why->text, sizeof(why->text), fmt, args), sizeof(why->text));
	}
}

int note_fail(struct note *why, int err, const char *fmt, ...)
{
	va_list args;

	check(err < 0);
	va_start(args, fmt);
	note_write(why, fmt, args);
	va_end(args);
	return err;
}

void note_prefix(struct note *why, const char *fmt, ...)
{
	struct note old;
	va_list args;

	if (why == NULL) {
		return;
	}
	old = *why;
	va_start(args, fmt);
	note_write(why, fmt, args);
	va_end(args);
	note_append(why, "%s", old.text);
}

void note_append(struct note *why, const char *fmt, ...)
{
	va_list args;
	size_t len, room;

	if (why == NULL) {
		return;
	}
	len = strnlen(why->text, sizeof(why->text) - 1);
	room = sizeof(why->text) - len;
	va_start(args, fmt);
	mark_cut(why, vsnprintf(why->text + len, room, fmt, args), room);
	va_end(args);
}
