/* snapshot_fuzz.c - whatever is in the memfd, a worker decodes it or says why not. */

#include "common/check.h"
#include "common/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena *arena = arena_new("fuzz", 64 * 1024);
	const struct slice given = { (const char *)bytes, len };
	struct snapshot *snapshot;
	struct wire_writer w = { 0 };

	if (snapshot_decode(given, arena, &snapshot, NULL) == 0) {
		snapshot_encode(snapshot, &w);
		check(slice_equal(wire_written(&w), given)); /* there is one form only */
		wire_writer_fini(&w);
	}
	arena_free(&arena);
	return 0;
}
