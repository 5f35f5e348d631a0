/* wire.h - how facts are written down for another process, and read with distrust. Little-endian
 * numbers; a slice is its u32 length and its bytes. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

/* Grows as needed. Zero-initialise it; wire_writer_fini wipes and frees, because what is written
 * may be a secret. */
struct wire_writer {
	uint8_t *bytes;
	size_t len, room;
};

void wire_put_u8(struct wire_writer *w, uint8_t value);
void wire_put_u32(struct wire_writer *w, uint32_t value);
void wire_put_u64(struct wire_writer *w, uint64_t value);
void wire_put_slice(struct wire_writer *w, struct slice bytes);
struct slice wire_written(const struct wire_writer *w);
void wire_writer_fini(struct wire_writer *w);

/* Reads what another process wrote. The first bad field makes the reader bad for good and every
 * later get returns zero, so a decoder reads all its fields and asks once, at the end. */
struct wire_reader {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

struct wire_reader wire_reader_of(struct slice bytes);
uint8_t wire_get_u8(struct wire_reader *r, uint8_t max); /* more than max is bad */
uint32_t wire_get_u32(struct wire_reader *r, uint32_t max);
uint64_t wire_get_u64(struct wire_reader *r, uint64_t max);
struct slice wire_get_slice(struct wire_reader *r, size_t max); /* borrows from what is read */
bool wire_finished(const struct wire_reader *r);                /* nothing bad, nothing left over */
