/* arena.c - a bump allocator over a list of blocks. */

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EMULATED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EMULATED 1
#endif
#endif

struct block {
	struct block *next; /* the one filled before this one */
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

struct ending {
	struct ending *next;
	void (*call)(void *);
	void *arg;
};

struct arena {
	const char *name; /* for a debugger */
	size_t first_size;
	struct block *blocks; /* newest first; the last one is the first block, kept over a reset */
	struct ending *endings;
};

static struct block *block_new(size_t size)
{
	struct block *block = malloc(sizeof(*block) + size);

	check(block != NULL);
	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

struct arena *arena_new(const char *name, size_t first_block)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	check(arena != NULL);
	arena->name = name;
	arena->first_size = first_block;
	return arena;
}

/* Runs the endings and frees every block but the oldest one of the first size. */
static void end_all(struct arena *arena, bool keep_first)
{
	for (struct ending *e = arena->endings; e != NULL; e = e->next) {
		e->call(e->arg);
	}
	arena->endings = NULL;
	while (arena->blocks != NULL) {
		struct block *block = arena->blocks;

#ifndef ARENA_EMULATED
		if (keep_first && block->next == NULL && block->size == arena->first_size) {
			block->used = 0;
			return;
		}
#endif
		arena->blocks = block->next;
		free(block);
	}
	(void)keep_first;
}

void arena_free(struct arena **arena)
{
	if (*arena == NULL) {
		return;
	}
	end_all(*arena, false);
	free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	end_all(arena, true);
}

static void *take(struct arena *arena, size_t len, size_t align)
{
	struct block *block = arena->blocks;
	size_t at = block == NULL ? 0 : (block->used + align - 1) & ~(align - 1);

#ifdef ARENA_EMULATED
	block = NULL;
	at = 0;
#endif
	if (block == NULL || at > block->size || block->size - at < len) {
		size_t size = len > arena->first_size ? len : arena->first_size;

#ifdef ARENA_EMULATED
		size = len;
#endif
		block = block_new(size);
		block->next = arena->blocks;
		arena->blocks = block;
		at = 0;
	}
	block->used = at + len;
	return block->bytes + at;
}

void *arena_room(struct arena *arena, size_t count, size_t size)
{
	check(size == 0 || count <= SIZE_MAX / 2 / size);
	return take(arena, count * size, alignof(max_align_t));
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
	return memset(arena_room(arena, count, size), 0, count * size);
}

char *arena_bytes(struct arena *arena, size_t len)
{
	check(len <= SIZE_MAX / 2);
	return take(arena, len, 1);
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
	return arena_join(arena, bytes, (struct slice){ NULL, 0 });
}

char *arena_string(struct arena *arena, struct slice bytes)
{
	return (char *)arena_join(arena, bytes, (struct slice){ "", 1 }).at;
}

struct slice arena_join(struct arena *arena, struct slice a, struct slice b)
{
	char *to = arena_bytes(arena, a.len + b.len);

	if (a.len > 0) {
		memcpy(to, a.at, a.len);
	}
	if (b.len > 0) {
		memcpy(to + a.len, b.at, b.len);
	}
	return (struct slice){ to, a.len + b.len };
}

struct slice arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args, again;
	char *to;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	check(len >= 0);
	to = arena_bytes(arena, (size_t)len + 1);
	(void)vsnprintf(to, (size_t)len + 1, fmt, again);
	va_end(again);
	return (struct slice){ to, (size_t)len };
}

void arena_at_end(struct arena *arena, void (*call)(void *), void *arg)
{
	struct ending *ending = arena_make(arena, struct ending);

	ending->call = call;
	ending->arg = arg;
	ending->next = arena->endings;
	arena->endings = ending;
}
