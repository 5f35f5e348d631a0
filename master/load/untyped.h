/* untyped.h - YAML where anything may stand: the body of a rule, the parameters of a capability. */

#pragma once

#include "common/value.h"
#include "master/load/yaml.h"

/* What the tree means as a value. Texts are the tree's, everything else is the arena's. */
void untyped_read(const struct yaml *yaml, struct arena *arena, struct value *out);

/* The same for a mapping that is known to be one, or null: whatever its keys look like, they are
 * words. Those of mappings inside it are not, and one whose keys are no texts equals no JSON. */
void untyped_read_map(const struct yaml *map, struct arena *arena, struct value *out);
