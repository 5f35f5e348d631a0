/* resolve.c - asks each secret's source for it. */

#include <errno.h>

#include "common/limits.h"
#include "common/text.h"
#include "master/load/resolve.h"
#include "plugins/plugin.h"

/* The first use of the secret, and what is wrong with it. */
static int fail(const struct slot *slot, struct note *why, int err, const char *what)
{
	return note_fail(why, err, SLICE_FMT "secret " SLICE_FMT ": %s", SLICE_ARG(slot->where),
		SLICE_ARG(slot->name), what);
}

static int resolve_one(const struct slot *slot, struct secret **out, struct note *why)
{
	const struct secret_source *source = secret_source_find(slot->scheme);
	struct slice value;
	struct note what;
	int err;

	if (source == NULL) {
		return fail(slot, why, -ENOTSUP, "this version can't fetch from there");
	}
	err = source->fetch(slot->id, out, &what);
	if (err < 0) {
		return fail(slot, why, err, what.text);
	}
	value = secret_reveal(*out);
	if (text_trim(value).len == 0) { /* it would let everybody in (security.md F9) */
		return fail(slot, why, -EINVAL, "is empty");
	}
	if (slot->in_header && !text_is_header_value(value)) {
		return fail(slot, why, -EINVAL,
			"holds a line break or another control byte, which no header can carry");
	}
	if (value.len > LIMIT_SECRET_BYTES) {
		return fail(slot, why, -E2BIG, "is too long");
	}
	return 0;
}

int resolve(const struct slots *slots, struct secret **secrets, struct note *why)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < slots_count(slots); i++) {
		err = resolve_one(slots_at(slots, i), &secrets[i], why);
	}
	return err;
}
