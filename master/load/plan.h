/* plan.h - checks what spans keys and documents, and makes the snapshot's integrations. */

#pragma once

#include "common/snapshot.h"
#include "master/load/names.h"
#include "master/load/parse.h"

struct catalogue;

/* What config.yaml may say. */
struct config {
	struct list integrations; /* struct integration */
};

extern const struct field config_fields[];

/* What a load comes to, step by step. It lives in the load's arena. */
struct plan {
	struct arena *arena;
	struct list integrations;          /* struct integration, as it goes into the snapshot */
	struct names *by_name;             /* struct integration, by its lower-case name */
	struct slots *slots;               /* the secrets that it needs */
	const struct catalogue *catalogue; /* what capabilities mean; set before a list is read */
	bool compat;
};

void plan_init(struct plan *plan, struct arena *arena);

/* The three documents, in this order. A list that is missing is not read at all. */
int plan_config(struct plan *plan, struct document *document, struct note *why);
int plan_allowlist(struct plan *plan, struct document *document, struct note *why);
int plan_denylist(struct plan *plan, struct document *document, struct note *why);
