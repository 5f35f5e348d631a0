/* yaml_fuzz.c - any bytes as config, as allowlist and as denylist: they are taken, or refused with
 * a note; nothing is fetched. */

#include "common/check.h"
#include "master/load/catalogue.h"
#include "master/load/plan.h"

static const char config[] = "integrations: [{name: a, destination: http://a}, {name: slack, "
			     "destination: http://s}]\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7 forgets a buffer of 4 KiB when a long text in quotes is broken. That is a reload
 * that fails, so it can be borne. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}

static int try_one(struct slice text, struct plan *plan,
	int (*add)(struct plan *plan, struct document *document, struct note *why))
{
	struct document document;
	struct note why = { "" };
	int err = document_open(&document, text, "a.yaml", plan->arena, plan->slots, &why);

	err = err < 0 ? err : add(plan, &document, &why);
	check(err == 0 || (err < 0 && why.text[0] != '\0'));
	return err;
}

/* Read once, and kept until the process ends. */
static const struct catalogue *shipped(void)
{
	static struct catalogue catalogue;
	static struct arena *arena;
	struct note why;

	if (arena == NULL) {
		arena = arena_new("catalogue", 64 * 1024);
		check(catalogue_read(NULL, arena, &catalogue, &why) == 0);
	}
	return &catalogue;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct slice given = { (const char *)bytes, len };
	struct arena *arena = arena_new("fuzz", 64 * 1024);
	struct plan plan;

	plan_init(&plan, arena);
	(void)try_one(given, &plan, plan_config);
	plan_init(&plan, arena);
	plan.catalogue = shipped();
	check(try_one(SLICE(config), &plan, plan_config) == 0);
	(void)try_one(given, &plan, plan_allowlist);
	(void)try_one(given, &plan, plan_denylist);
	arena_free(&arena);
	return 0;
}
