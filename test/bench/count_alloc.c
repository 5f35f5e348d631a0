/* count_alloc.c - counts every call to the heap of the process that preloads it, where another
 * process can read the counts. It serves test/bench/allocations.
 *
 * The counts are four 64-bit numbers in the file that COUNT_ALLOC names: calls of malloc (and its
 * aligned relatives), calloc, realloc, and free. Needs glibc, which offers its own functions under
 * a second name. */

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MALLOC, CALLOC, REALLOC, FREE, KINDS };

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

/* Until the file is mapped, and in a process that was given none, the counts go nowhere. */
static _Atomic uint64_t nowhere[KINDS];
static _Atomic uint64_t *counts = nowhere;

__attribute__((constructor)) static void map_counts(void)
{
	const char *path = getenv("COUNT_ALLOC");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *memory;

	if (fd < 0) {
		return;
	}
	memory = mmap(NULL, sizeof(nowhere), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED) {
		counts = memory;
	}
	(void)close(fd);
}

static void count(int kind)
{
	atomic_fetch_add_explicit(&counts[kind], 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
	count(MALLOC);
	return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	count(CALLOC);
	return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size)
{
	count(REALLOC);
	return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size)
{
	count(MALLOC);
	return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *memory = memalign(alignment, size);

	if (memory == NULL) {
		return ENOMEM;
	}
	*out = memory;
	return 0;
}

void free(void *memory)
{
	if (memory != NULL) {
		count(FREE);
	}
	__libc_free(memory);
}
