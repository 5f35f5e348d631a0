/* loaded.c - makes and ends a load's result, takes it from process to process, and seals it. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/load/loaded.h"
#include "master/load/seal.h"

enum { SNAPSHOT_BYTES = 64 * 1024 };

struct loaded *loaded_new(void)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));

	check(loaded != NULL);
	loaded->arena = arena_new("snapshot", SNAPSHOT_BYTES);
	loaded->fd = -1;
	return loaded;
}

void loaded_free(struct loaded **loaded)
{
	struct loaded *l = *loaded;

	if (l == NULL) {
		return;
	}
	for (size_t i = 0; i < l->secret_count; i++) {
		secret_free(&l->secrets[i]);
	}
	if (l->fd >= 0) {
		(void)close(l->fd);
	}
	arena_free(&l->arena);
	free(l);
	*loaded = NULL;
}

void loaded_encode(const struct loaded *loaded, struct wire_writer *w)
{
	struct wire_writer nested = { 0 };

	wire_put_u32(w, 0);
	wire_put_u8(w, loaded->has_allowlist);
	wire_put_u8(w, loaded->has_denylist);
	wire_put_u32(w, (uint32_t)loaded->secret_count);
	for (size_t i = 0; i < loaded->secret_count; i++) {
		wire_put_slice(w, secret_reveal(loaded->secrets[i]));
	}
	snapshot_encode(loaded->snapshot, &nested);
	wire_put_slice(w, wire_written(&nested));
	wire_writer_fini(&nested);
}

void loaded_encode_failure(int err, const struct note *why, struct wire_writer *w)
{
	wire_put_u32(w, (uint32_t)-err);
	wire_put_slice(w, slice_of(why->text));
}

static int malformed(struct note *why)
{
	return note_fail(why, -EPROTO, "the result of the load is malformed");
}

static int decode_failure(struct wire_reader *r, uint32_t err, struct note *why)
{
	struct slice text = wire_get_slice(r, sizeof(why->text));

	if (!wire_finished(r)) {
		return malformed(why);
	}
	return note_fail(why, -(int)err, SLICE_FMT, SLICE_ARG(text));
}

/* The bytes that are left bound the count. */
static void decode_secrets(struct wire_reader *r, struct loaded *loaded)
{
	uint32_t count = wire_get_u32(r, LIMIT_SECRETS);

	loaded->secrets = arena_alloc(loaded->arena, count, sizeof(*loaded->secrets));
	for (uint32_t i = 0; i < count && !r->bad; i++) {
		loaded->secrets[i] = secret_new(wire_get_slice(r, LIMIT_SECRET_BYTES));
		loaded->secret_count++;
	}
}

/* As many secrets as slots: workers count on it. */
static int decode_success(struct wire_reader *r, struct loaded *loaded, struct note *why)
{
	struct slice nested;
	int err;

	loaded->has_allowlist = wire_get_u8(r, 1) != 0;
	loaded->has_denylist = wire_get_u8(r, 1) != 0;
	decode_secrets(r, loaded);
	nested = wire_get_slice(r, LIMIT_SNAPSHOT_BYTES);
	if (!wire_finished(r)) {
		return malformed(why);
	}
	err = snapshot_decode(nested, loaded->arena, &loaded->snapshot, why);
	if (err == 0 && loaded->snapshot->secrets.count != loaded->secret_count) {
		err = malformed(why);
	}
	return err;
}

int loaded_decode(struct slice bytes, struct loaded **out, struct note *why)
{
	struct wire_reader r = wire_reader_of(bytes);
	uint32_t failure = wire_get_u32(&r, INT32_MAX);
	struct loaded *loaded;
	int err;

	if (failure != 0) {
		return decode_failure(&r, failure, why);
	}
	loaded = loaded_new();
	err = decode_success(&r, loaded, why);
	if (err < 0) {
		loaded_free(&loaded);
		return err;
	}
	*out = loaded;
	return 0;
}

int loaded_seal(struct loaded *loaded, unsigned (*series)(void *self, struct slice name),
	void *self, struct note *why)
{
	struct list integrations = loaded->snapshot->integrations;
	struct wire_writer w = { 0 };
	int err;

	for (size_t i = 0; series != NULL && i < integrations.count; i++) {
		struct integration *in = LIST_AT(integrations, struct integration, i);

		in->series = series(self, in->name);
	}
	snapshot_encode(loaded->snapshot, &w);
	err = seal(wire_written(&w), &loaded->fd, why);
	loaded->len = err < 0 ? 0 : w.len;
	wire_writer_fini(&w);
	return err;
}
