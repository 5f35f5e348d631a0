/* lists.h - what allowlist.yaml and denylist.yaml may say (spec/config.md sections 10.1 and 11). */

#pragma once

#include "common/field.h"

struct values {
	struct slice name;
	struct list values; /* struct slice */
};

struct method {
	struct slice name;
	struct list headers, query; /* struct values */
	struct slice body;
};

struct rule {
	struct slice path;
	struct list methods; /* struct method */
};

struct capability {
	struct slice name, params;
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

/* Each document is a list of entries. */
extern const struct field allowlist_row, denylist_row;
