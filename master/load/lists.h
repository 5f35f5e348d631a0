/* lists.h - what allowlist.yaml and denylist.yaml may say (spec/config.md sections 10.1 and 11). */

#pragma once

#include "common/snapshot.h"

struct method {
	struct slice name;
	struct list headers, query; /* struct policy_values */
	struct value body;          /* a map; VALUE_NEVER when nothing is asked of the body */
};

struct rule {
	struct slice path;
	struct list methods; /* struct method */
};

struct capability {
	struct slice name;
	struct value params; /* a map; VALUE_NEVER when there are none */
};

struct caller {
	struct slice id;
	struct list capabilities; /* struct capability; denylists have none */
	struct list rules;        /* struct rule */
};

struct entry {
	struct slice integration;
	struct list callers; /* struct caller */
};

extern const struct field rule_fields[]; /* of struct rule */

/* Each document is a list of entries. */
extern const struct field allowlist_row, denylist_row;
