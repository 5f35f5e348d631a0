/* worker_fuzz.c - any messages from a master, and any bytes from the callers whose connections come
 * with them: a worker takes them or ends the conversation, and in the end it can always leave. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "test/lib/clock.h"
#include "test/lib/worker_fixture.h"

enum { MOST_CALLERS = 8, DRAINED_MS = 600 * 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Us: the master, and the callers. */
struct stage {
	struct worker_fixture fixture;
	int callers[MOST_CALLERS];
	unsigned caller_count;
};

static struct slice get[] = { SLICE("GET") };
static struct policy_rule rules[] = { { SLICE("/denied/**"), LIST_OF(get) } };
static struct policy_caller callers[] = { { SLICE("*"), LIST_OF(rules) } };

/* The last one goes to a name that we shall never tell, the first to where nobody listens. */
static struct integration integrations[] = {
	{ .name = SLICE("a"), .destination = SLICE("http://127.0.0.1:1"), .deny = LIST_OF(callers) },
	{ .name = SLICE("b"), .destination = SLICE("http://*.example:8080/base?q") },
};

static void turn(struct stage *stage)
{
	for (int i = 0; i < 3; i++) {
		worker_fixture_turn(&stage->fixture);
	}
}
