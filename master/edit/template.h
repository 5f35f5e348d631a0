/* template.h - an integration of the catalogue as config.yaml writes it. */

#pragma once

#include "master/load/catalogue.h"

/* Makes the entry from what was given for each of the template's flags, in their order; an empty
 * text is none. The note says which are missing, or what would not load. */
int template_fill(const struct catalogue_integration *in, struct slice name,
	const char *const *given, struct arena *arena, struct value *out, struct note *why);

/* The entry that stands in the configuration with what the template says put into it. Keys of which
 * the template says nothing stay, and so do the limits, which are the operator's. */
struct value template_update(
	const struct value *entry, const struct value *filled, struct arena *arena);
