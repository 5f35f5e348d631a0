/* list.c - the auth plugins of this program. A new one gets a line here, in alphabetical order. */

#include "plugins/plugin.h"

/* clang-format off */
#define INCOMING_PLUGINS(PLUGIN) \
	PLUGIN(basic) \
	PLUGIN(passthrough) \
	PLUGIN(token)

#define OUTGOING_PLUGINS(PLUGIN) \
	PLUGIN(basic) \
	PLUGIN(passthrough) \
	PLUGIN(token)
/* clang-format on */

#define DECLARE(name) extern const struct incoming incoming_##name;
INCOMING_PLUGINS(DECLARE)
#undef DECLARE
#define DECLARE(name) extern const struct outgoing outgoing_##name;
OUTGOING_PLUGINS(DECLARE)
#undef DECLARE

const struct incoming *const incoming_plugins[] = {
#define LIST(name) &incoming_##name,
	INCOMING_PLUGINS(LIST)
#undef LIST
		NULL,
};

const struct outgoing *const outgoing_plugins[] = {
#define LIST(name) &outgoing_##name,
	OUTGOING_PLUGINS(LIST)
#undef LIST
		NULL,
};

const struct incoming *incoming_find(struct slice type)
{
	for (size_t i = 0; incoming_plugins[i] != NULL; i++) {
		if (slice_equal(type, slice_of(incoming_plugins[i]->plugin.name))) {
			return incoming_plugins[i];
		}
	}
	return NULL;
}

const struct outgoing *outgoing_find(struct slice type)
{
	for (size_t i = 0; outgoing_plugins[i] != NULL; i++) {
		if (slice_equal(type, slice_of(outgoing_plugins[i]->plugin.name))) {
			return outgoing_plugins[i];
		}
	}
	return NULL;
}
