/* value_fuzz.c - any bytes, read as an untyped value: what passes is written as the same bytes. */

#include <stdint.h>

#include "common/check.h"
#include "common/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice input = { (const char *)bytes, len };
	struct wire_reader r = wire_reader_of(input);
	struct arena *arena = arena_new("fuzz", 4096);
	struct wire_writer w = { 0 };
	struct value value;

	value_decode(arena, &r, &value);
	if (wire_finished(&r)) {
		value_encode(&value, &w);
		check(slice_equal(wire_written(&w), input));
		wire_writer_fini(&w);
	}
	arena_free(&arena);
	return 0;
}
