/* load.c - from three documents to what a generation of workers is made from. */

#include <errno.h>
#include <time.h>

#include "common/file.h"
#include "common/limits.h"
#include "master/load/advise.h"
#include "master/load/catalogue.h"
#include "master/load/load.h"
#include "master/load/plan.h"
#include "master/load/resolve.h"
#include "master/load/source.h"

enum { SCRATCH_BYTES = 256 * 1024 };

typedef int plan_fn(struct plan *plan, struct document *document, struct note *why);

/* Reads and parses one document, and adds it to the plan. */
static int take(const struct load_request *request, const struct load_source *source,
	struct plan *plan, plan_fn *add, struct note *why)
{
	struct document document;
	struct slice bytes;
	int err = source_read(source->where, request->fetch_timeout_ns, plan->arena, &bytes, why);

	if (err < 0) {
		return err;
	}
	/* The tree keeps nothing of `bytes`, so they can go at once. */
	err = document_open(&document, bytes, source_name(source->where, plan->arena), plan->arena,
		plan->slots, why);
	file_forget(&bytes);
	return err < 0 ? err : add(plan, &document, why);
}

/* A list that nobody asked for may be missing. */
static int take_list(const struct load_request *request, const struct load_source *source,
	struct plan *plan, plan_fn *add, bool *found, struct note *why)
{
	int err = take(request, source, plan, add, why);

	*found = err == 0;
	if (err == -ENOENT && !source->named) {
		log_warn(request->log,
			add == plan_allowlist ? "allowlist file missing" : "denylist file missing",
			LOG_STR("file", source->where));
		return 0;
	}
	return err;
}

/* What the plan comes to, as workers will see it: encoded, and decoded again. */
static int pack(const struct load_request *request, const struct plan *plan, struct loaded *loaded,
	struct note *why)
{
	struct snapshot snapshot = {
		.generation = request->generation,
		.settings = request->settings,
		.integrations = plan->integrations,
		.secrets = { arena_alloc(
				     plan->arena, slots_count(plan->slots), sizeof(struct slice)),
			slots_count(plan->slots) },
	};
	struct wire_writer w = { 0 };
	int err = 0;

	snapshot.settings.loaded_at_s = (int64_t)time(NULL);
	for (size_t i = 0; i < snapshot.secrets.count; i++) {
		*LIST_AT(snapshot.secrets, struct slice, i) = slots_at(plan->slots, i)->name;
	}
	snapshot_encode(&snapshot, &w);
	if (w.len > LIMIT_SNAPSHOT_BYTES) {
		err = note_fail(why, -EFBIG, "the configuration comes to more than %d bytes",
			LIMIT_SNAPSHOT_BYTES);
	}
	err = err < 0 ? err
		      : snapshot_decode(wire_written(&w), loaded->arena, &loaded->snapshot, why);
	wire_writer_fini(&w);
	return err;
}

static int fetch_secrets(const struct plan *plan, struct loaded *loaded, struct note *why)
{
	loaded->secret_count = slots_count(plan->slots);
	loaded->secrets =
		arena_alloc(loaded->arena, loaded->secret_count, sizeof(*loaded->secrets));
	return resolve(plan->slots, loaded->secrets, why);
}

int load(const struct load_request *request, struct loaded **out, struct note *why)
{
	struct arena *scratch = arena_new("load", SCRATCH_BYTES);
	struct loaded *loaded = loaded_new();
	struct catalogue catalogue;
	struct plan plan;
	int err;

	plan_init(&plan, scratch);
	plan.catalogue = &catalogue;
	plan.compat = request->settings.compat;
	err = catalogue_read(request->integrations_dir, scratch, &catalogue, why);
	err = err < 0 ? err : take(request, &request->config, &plan, plan_config, why);
	if (err == 0) {
		err = take_list(request, &request->allowlist, &plan, plan_allowlist,
			&loaded->has_allowlist, why);
	}
	if (err == 0) {
		err = take_list(request, &request->denylist, &plan, plan_denylist,
			&loaded->has_denylist, why);
	}
	if (err == 0) {
		err = fetch_secrets(&plan, loaded, why);
	}
	if (err == 0) {
		err = pack(request, &plan, loaded, why);
	}
	arena_free(&scratch);
	if (err < 0) {
		loaded_free(&loaded);
		return err;
	}
	advise(request->log, loaded->snapshot);
	*out = loaded;
	return 0;
}
