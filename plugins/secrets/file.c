/* file.c - a secret in a file: the whole of it, or what stands behind KEY= on a line of it. */

#include <errno.h>

#include "common/file.h"
#include "common/limits.h"
#include "common/text.h"
#include "plugins/plugin.h"

enum { FILE_BYTES = 16 * LIMIT_SECRET_BYTES }; /* of a file with many keys */

/* "path" or "path:KEY". What follows the last colon is no key when it is empty or looks like a part
 * of the path. */
static void split(struct slice id, struct slice *path, struct slice *key)
{
	size_t colon = id.len;

	for (size_t i = 0; i < id.len; i++) {
		if (id.at[i] == ':') {
			colon = i;
		} else if (id.at[i] == '/' || id.at[i] == '\\') {
			colon = id.len;
		}
	}
	*path = slice_sub(id, 0, colon);
	*key = slice_sub(id, colon + 1, id.len);
	if (key->len == 0) {
		*path = id;
	}
}

/* The value of the first line that says KEY=value. */
static int find_key(struct slice text, struct slice key, struct slice *value)
{
	struct slice line;

	while (slice_next(&text, '\n', &line)) {
		size_t equals;

		if (line.len > LIMIT_SECRET_BYTES) {
			return -E2BIG;
		}
		line = text_trim(line);
		equals = slice_find(line, '=', 0);
		if (line.len == 0 || line.at[0] == '#' || equals == line.len) {
			continue;
		}
		if (slice_equal(text_trim(slice_sub(line, 0, equals)), key)) {
			*value = text_trim(slice_sub(line, equals + 1, line.len));
			return 0;
		}
	}
	return -ENOENT;
}

static int file_fetch(struct slice id, struct secret **out, struct note *why)
{
	struct slice path, key, value, bytes;
	int err;

	split(id, &path, &key);
	err = file_read(path, FILE_BYTES, &bytes, why);
	if (err < 0) {
		return err;
	}
	value = text_trim(bytes);
	if (key.len > 0) {
		err = find_key(bytes, key, &value);
	}
	if (err == 0) {
		*out = secret_new(value);
	} else if (err == -E2BIG) {
		err = note_fail(why, err, SLICE_FMT " has a line of more than %d bytes",
			SLICE_ARG(path), LIMIT_SECRET_BYTES);
	} else {
		err = note_fail(why, err, "secret \"" SLICE_FMT "\" not found in " SLICE_FMT,
			SLICE_ARG(key), SLICE_ARG(path));
	}
	file_forget(&bytes);
	return err;
}

const struct secret_source secret_source_file = {
	.scheme = "file",
	.fetch = file_fetch,
};
