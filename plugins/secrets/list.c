/* list.c - where secrets come from. A new source gets a line here, in alphabetical order. */

#include "plugins/plugin.h"

/* clang-format off */
#define SECRET_SOURCES(SOURCE) \
	SOURCE(env) \
	SOURCE(file) \
	SOURCE(literal)
/* clang-format on */

#define DECLARE(name) extern const struct secret_source secret_source_##name;
SECRET_SOURCES(DECLARE)
#undef DECLARE

const struct secret_source *const secret_sources[] = {
#define LIST(name) &secret_source_##name,
	SECRET_SOURCES(LIST)
#undef LIST
		NULL,
};

const struct secret_source *secret_source_find(struct slice scheme)
{
	for (size_t i = 0; secret_sources[i] != NULL; i++) {
		if (slice_equal(scheme, slice_of(secret_sources[i]->scheme))) {
			return secret_sources[i];
		}
	}
	return NULL;
}
