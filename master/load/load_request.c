/* load_request.c - the request as bytes. */

#include <errno.h>

#include "common/limits.h"
#include "master/load/load_request.h"

enum { TEXT_BYTES = 1024 * 1024 }; /* more than any command line has room for */

static void put_source(const struct load_source *source, struct wire_writer *w)
{
	wire_put_slice(w, slice_of(source->where));
	wire_put_u8(w, source->named);
}

static void get_source(struct wire_reader *r, struct arena *arena, struct load_source *out)
{
	out->where = arena_string(arena, wire_get_slice(r, TEXT_BYTES));
	out->named = wire_get_u8(r, 1) != 0;
}

/* The settings travel as the snapshot that has nothing else. */
void load_request_encode(const struct load_request *request, struct wire_writer *w)
{
	const struct snapshot snapshot = {
		.generation = request->generation,
		.settings = request->settings,
	};
	struct wire_writer nested = { 0 };

	snapshot_encode(&snapshot, &nested);
	wire_put_slice(w, wire_written(&nested));
	wire_writer_fini(&nested);
	put_source(&request->config, w);
	put_source(&request->allowlist, w);
	put_source(&request->denylist, w);
	wire_put_slice(w, slice_of(request->integrations_dir));
	wire_put_u64(w, (uint64_t)request->fetch_timeout_ns);
}

int load_request_decode(
	struct slice bytes, struct arena *arena, struct load_request *out, struct note *why)
{
	struct wire_reader r = wire_reader_of(bytes);
	struct slice nested = wire_get_slice(&r, LIMIT_SNAPSHOT_BYTES);
	struct load_request request = { .log = NULL };
	struct snapshot *snapshot = NULL;
	int err;

	get_source(&r, arena, &request.config);
	get_source(&r, arena, &request.allowlist);
	get_source(&r, arena, &request.denylist);
	request.integrations_dir = arena_string(arena, wire_get_slice(&r, TEXT_BYTES));
	request.fetch_timeout_ns = (int64_t)wire_get_u64(&r, UINT64_MAX);
	if (!wire_finished(&r)) {
		return note_fail(why, -EPROTO, "the request for a load is malformed");
	}
	err = snapshot_decode(nested, arena, &snapshot, why);
	if (err < 0) {
		return err;
	}
	request.settings = snapshot->settings;
	request.generation = snapshot->generation;
	*out = request;
	return 0;
}
