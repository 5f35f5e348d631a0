/* duration_fuzz.c - any text as a duration: a sign changes only the sign. */

#include <stdint.h>

#include "common/arena.h"
#include "common/check.h"
#include "common/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena *arena = arena_new("fuzz", 4096);
	struct slice text = { (const char *)bytes, len };
	int64_t ns = 0, negative_ns = 0;

	if (duration_parse(text, &ns) && ns >= 0 && !slice_starts_with(text, SLICE("+")) &&
		!slice_starts_with(text, SLICE("-"))) {
		check(duration_parse(arena_join(arena, SLICE("-"), text), &negative_ns));
		check(negative_ns == -ns);
	}
	arena_free(&arena);
	return 0;
}
