/* catalogue.h - the integrations that need no description of their own: how each is written into a
 * configuration, and which capabilities it has. All of it is data, etc/integrations/ and the
 * operator's own folder; docs/integrations.md tells what may stand there.
 *
 * A template and the capabilities beside it know nothing of each other once they are used: a
 * capability is found by the name of an integration, wherever that one points to. */

#pragma once

#include "common/snapshot.h"

/* What an operator says on the command line for a template: -token env:TOKEN. */
struct catalogue_flag {
	struct slice name, help;
	struct slice fallback;
	bool required;
	bool url; /* a host, or a URL up to its path */
};

struct catalogue_auth {
	struct slice type;
	struct value params; /* a map; VALUE_NEVER: none */
};

/* What a capability wants to be told. */
struct catalogue_param {
	struct slice name;
	struct slice kind; /* "text"; "list": the rules are made once for each of its elements */
	bool optional;
	struct slice fallback; /* stands for whatever is no text */
	struct slice error;    /* what to say to a wrong one; empty: our own words */
};

struct catalogue_capability {
	struct slice name;
	struct list params; /* struct catalogue_param */
	struct list rules;  /* struct policy_rule; <name> in them stands for a parameter */
};

struct catalogue_integration {
	struct slice name;        /* "*": its capabilities are everybody's */
	struct slice destination; /* empty: it has no template */
	struct list flags;        /* struct catalogue_flag */
	int64_t in_rate_limit, out_rate_limit;
	struct list incoming_auth, outgoing_auth; /* struct catalogue_auth */
	struct value options;                     /* more keys of config.yaml; VALUE_NEVER: none */
	struct list capabilities;                 /* struct catalogue_capability, by their names */
};

struct catalogue {
	struct list integrations; /* struct catalogue_integration, by their names */
	bool shipped;             /* what came with the program was found */
};

/* Reads what came with the program, and `own` (NULL or empty: nothing), where an integration
 * replaces the template of the same name and adds its capabilities to those of the same name. All
 * is in `arena`. Errors begin with file, line and column. */
int catalogue_read(const char *own, struct arena *arena, struct catalogue *out, struct note *why);

/* NULL when there is none. Names are in lower case. */
const struct catalogue_integration *catalogue_find(
	const struct catalogue *catalogue, struct slice name);

/* The rules of a capability of `integration`, or else of all, filled with `params` (VALUE_NEVER,
 * null or a map). They are without an origin, and their texts are the catalogue's and the
 * parameters'. Unless `compat`, a parameter that becomes part of a path is refused where it would
 * be more than it seems: a wildcard, a dot segment, an empty segment. The notes are the
 * reference's: "unknown capability x". */
int catalogue_expand(const struct catalogue *catalogue, struct slice integration,
	struct slice capability, const struct value *params, bool compat, struct arena *arena,
	struct list *rules, struct note *why);
