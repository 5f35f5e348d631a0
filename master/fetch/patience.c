/* patience.c - one deadline for everything that a fetch waits for. */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "master/fetch/patience.h"

enum { NS_IN_MS = 1000 * 1000, MS_IN_S = 1000 };

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MS_IN_S + now.tv_nsec / NS_IN_MS;
}

struct patience patience_of(int64_t ns)
{
	if (ns <= 0) {
		return (struct patience){ 0 };
	}
	return (struct patience){ now_ms() + (ns + NS_IN_MS - 1) / NS_IN_MS };
}

int patience_left(struct patience patience)
{
	int64_t left = patience.ends_ms - now_ms();

	if (patience.ends_ms == 0) {
		return -1;
	}
	if (left < 0) {
		return 0;
	}
	return left > INT_MAX ? INT_MAX : (int)left;
}

struct patience patience_share(struct patience patience, unsigned parts)
{
	int left = patience_left(patience);

	if (left < 0) {
		return patience;
	}
	return (struct patience){ now_ms() + left / (int)parts };
}

int patience_wait(struct patience patience, int fd, short events, struct note *why)
{
	struct pollfd ready = { fd, events, 0 };
	int count;

	do {
		count = poll(&ready, 1, patience_left(patience));
	} while (count < 0 && errno == EINTR);
	if (count < 0) {
		return note_fail(why, -errno, "poll: %s", strerror(errno));
	}
	if (count == 0) {
		return note_fail(why, -ETIMEDOUT, "timed out");
	}
	return 0;
}
