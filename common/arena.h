/* arena.h - memory that ends together: one arena per snapshot, connection or request. */

#pragma once

#include <stddef.h>

#include "common/slice.h"

/* Nothing in an arena is freed alone. Running out kills the process, callers never see NULL;
 * therefore a size that came from outside meets its limit before it comes here. Under
 * AddressSanitizer every allocation is a malloc of its own, so overruns inside are caught too. */
struct arena;

struct arena *arena_new(const char *name, size_t first_block);
void arena_free(struct arena **arena); /* runs the arena_at_end calls, newest first; NULL is fine */

/* Ends everything in it like arena_free, but keeps the first block for the next use. */
void arena_reset(struct arena *arena);

void *arena_alloc(
	struct arena *arena, size_t count, size_t size);          /* zeroed, aligned for anything */
void *arena_room(struct arena *arena, size_t count, size_t size); /* the same, not zeroed */
#define arena_make(arena, type) ((type *)arena_alloc((arena), 1, sizeof(type)))

char *arena_bytes(struct arena *arena, size_t len); /* not zeroed, not aligned: for text */
struct slice arena_copy(struct arena *arena, struct slice bytes);
char *arena_string(struct arena *arena, struct slice bytes); /* a copy with a NUL behind it */
struct slice arena_join(struct arena *arena, struct slice a, struct slice b);
struct slice arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), nonnull(2)));

/* Ties what is not memory (a descriptor, a pooled connection) to the arena's end. */
void arena_at_end(struct arena *arena, void (*call)(void *), void *arg);
