/* loaded_fuzz.c - whatever a loader leaves in the memfile, the master takes it whole or says why
 * not. */

#include "common/check.h"
#include "master/load/load_request.h"
#include "master/load/loaded.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct slice given = { (const char *)bytes, len };
	struct arena *arena = arena_new("fuzz", 4096);
	struct load_request request;
	struct loaded *loaded = NULL;
	struct wire_writer w = { 0 };

	if (loaded_decode(given, &loaded, NULL) == 0) {
		loaded_encode(loaded, &w);
		check(slice_equal(wire_written(&w), given)); /* there is one form only */
		wire_writer_fini(&w);
	}
	loaded_free(&loaded);
	(void)load_request_decode(given, arena, &request, NULL);
	arena_free(&arena);
	return 0;
}
