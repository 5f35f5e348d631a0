/* clock.c - takes the place of the C library's clock_gettime. */

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "test/lib/clock.h"

enum { BEGIN_MS = 1000 * 1000 };

static uint64_t now_ms = BEGIN_MS;

int clock_gettime(clockid_t clock, struct timespec *to)
{
	if (clock == CLOCK_REALTIME) {
		return (int)syscall(SYS_clock_gettime, clock, to);
	}
	to->tv_sec = (time_t)(now_ms / 1000);
	to->tv_nsec = (long)(now_ms % 1000) * 1000000;
	return 0;
}

void clock_move(uint64_t ms)
{
	now_ms += ms;
}

void clock_reset(void)
{
	now_ms = BEGIN_MS;
}
