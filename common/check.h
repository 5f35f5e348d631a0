/* check.h - a promise between our own functions, always on. A broken one ends the process with its
 * file and line: a worker is expendable, its master starts another. Nothing that a peer, a worker
 * or a document says may reach a check; those are told with a note. */

#pragma once

#define check(promise)                                                                             \
	do {                                                                                       \
		if (__builtin_expect(!(promise), 0)) {                                             \
			check_failed(#promise, __FILE__, __LINE__);                                \
		}                                                                                  \
	} while (0)

_Noreturn void check_failed(const char *promise, const char *file, int line);

/* The struct that holds `member`, from the member's address. */
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
