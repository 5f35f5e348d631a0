/* wire.c - writes and reads the few kinds of value that cross between processes. */

#include <stdlib.h>

#include "common/check.h"
#include "common/secret.h"
#include "common/wire.h"

enum { WIRE_FIRST_ROOM = 256 };

static void make_room(struct wire_writer *w, size_t more)
{
	size_t room = w->room == 0 ? WIRE_FIRST_ROOM : w->room;

	while (room - w->len < more) {
		check(room < SIZE_MAX / 4);
		room *= 2;
	}
	if (room > w->room) {
		w->bytes = (uint8_t *)secret_grow((char *)w->bytes, w->len, room);
		w->room = room;
	}
}

static void put_bytes(struct wire_writer *w, const void *bytes, size_t len)
{
	make_room(w, len);
	if (len > 0) {
		memcpy(w->bytes + w->len, bytes, len);
	}
	w->len += len;
}

static void put_number(struct wire_writer *w, uint64_t value, size_t width)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < width; i++) {
		bytes[i] = (uint8_t)(value >> (8 * i));
	}
	put_bytes(w, bytes, width);
}

void wire_put_u8(struct wire_writer *w, uint8_t value)
{
	put_number(w, value, 1);
}

void wire_put_u32(struct wire_writer *w, uint32_t value)
{
	put_number(w, value, 4);
}

void wire_put_u64(struct wire_writer *w, uint64_t value)
{
	put_number(w, value, 8);
}

void wire_put_slice(struct wire_writer *w, struct slice bytes)
{
	check(bytes.len <= UINT32_MAX);
	wire_put_u32(w, (uint32_t)bytes.len);
	put_bytes(w, bytes.at, bytes.len);
}

struct slice wire_written(const struct wire_writer *w)
{
	return (struct slice){ (const char *)w->bytes, w->len };
}

void wire_writer_fini(struct wire_writer *w)
{
	if (w->bytes != NULL) {
		secret_wipe(w->bytes, w->len);
	}
	free(w->bytes);
	*w = (struct wire_writer){ 0 };
}

struct wire_reader wire_reader_of(struct slice bytes)
{
	const uint8_t *at = (const uint8_t *)bytes.at;

	return (struct wire_reader){ at, bytes.len == 0 ? at : at + bytes.len, false };
}

static uint64_t get_number(struct wire_reader *r, size_t width, uint64_t max)
{
	uint64_t value = 0;

	if (r->bad || (size_t)(r->end - r->at) < width) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < width; i++) {
		value |= (uint64_t)r->at[i] << (8 * i);
	}
	r->at += width;
	if (value > max) {
		r->bad = true;
		return 0;
	}
	return value;
}

uint8_t wire_get_u8(struct wire_reader *r, uint8_t max)
{
	return (uint8_t)get_number(r, 1, max);
}

uint32_t wire_get_u32(struct wire_reader *r, uint32_t max)
{
	return (uint32_t)get_number(r, 4, max);
}

uint64_t wire_get_u64(struct wire_reader *r, uint64_t max)
{
	return get_number(r, 8, max);
}

struct slice wire_get_slice(struct wire_reader *r, size_t max)
{
	size_t len = wire_get_u32(r, UINT32_MAX);
	struct slice bytes;

	if (r->bad || len > max || len > (size_t)(r->end - r->at)) {
		r->bad = true;
		return (struct slice){ NULL, 0 };
	}
	bytes = (struct slice){ (const char *)r->at, len };
	r->at += len;
	return bytes;
}

bool wire_finished(const struct wire_reader *r)
{
	return !r->bad && r->at == r->end;
}
