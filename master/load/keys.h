/* keys.h - the keys of a mapping: each stands once, and merge keys ("<<") are followed. */

#pragma once

#include "master/load/yaml.h"

/* Puts the mapping's pairs in order once all of them are read. */
int keys_settle(struct yaml *map, struct arena *arena, struct note *why);
