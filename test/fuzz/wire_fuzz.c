/* wire_fuzz.c - any bytes, read as any sequence of fields: a bad one is bad for good, and what was
 * read is written as the same bytes again. */

#include <stdint.h>

#include "common/check.h"
#include "common/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void copy_field(struct wire_reader *r, struct wire_writer *w, unsigned kind)
{
	bool was_bad = r->bad;
	uint64_t number = 0;
	struct slice text = { NULL, 0 };

	switch (kind) {
	case 0:
		wire_put_u8(w, (uint8_t)(number = wire_get_u8(r, UINT8_MAX)));
		break;
	case 1:
		wire_put_u32(w, (uint32_t)(number = wire_get_u32(r, UINT32_MAX)));
		break;
	case 2:
		wire_put_u64(w, number = wire_get_u64(r, UINT64_MAX));
		break;
	default:
		wire_put_slice(w, text = wire_get_slice(r, 1024));
		break;
	}
	check(!was_bad || r->bad);
	check(!r->bad || (number == 0 && text.at == NULL && text.len == 0));
}

/* The first four bytes choose the kinds of sixteen fields; the rest is what is read. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct wire_writer w = { 0 };
	struct wire_reader r;
	struct slice rest;

	if (len < 4) {
		return 0;
	}
	rest = (struct slice){ (const char *)bytes + 4, len - 4 };
	r = wire_reader_of(rest);
	for (unsigned i = 0; i < 16 && r.at < r.end; i++) {
		copy_field(&r, &w, bytes[i / 4] >> (i % 4 * 2) & 3);
	}
	check(r.at <= r.end);
	if (wire_finished(&r)) {
		check(slice_equal(wire_written(&w), rest));
	}
	wire_writer_fini(&w);
	return 0;
}
