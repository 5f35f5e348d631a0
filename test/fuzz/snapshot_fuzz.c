/* snapshot_fuzz.c - whatever is in the memfd, a worker decodes it or says why not; and its lists
 * can be compiled and asked. */

#include "common/check.h"
#include "common/policy.h"
#include "common/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void ask(const struct integration *integration, struct arena *arena)
{
	struct message message = { .arena = arena,
		.method = SLICE("HEAD"),
		.decoded_path = SLICE("/api/a;b/;c"),
		.query = SLICE("a=b") };
	struct reading reading = { .message = &message };
	const struct policy_question question = { .caller = SLICE("alice"), .reading = &reading };
	struct policy_decision decision;
	struct policy *policy;
	struct note why;

	if (policy_new(integration, arena, &policy, &why) == 0) {
		policy_decide(policy, &question, &decision);
		check(decision.verdict != POLICY_ALLOWED || !integration->allow_listed ||
			decision.rule != NULL);
	}
}

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
		for (size_t i = 0; i < snapshot->integrations.count; i++) {
			ask(LIST_AT(snapshot->integrations, struct integration, i), arena);
		}
	}
	arena_free(&arena);
	return 0;
}
