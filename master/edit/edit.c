/* edit.c - reads a document, and writes it back. */

#include <errno.h>
#include <string.h>

#include "common/file.h"
#include "common/limits.h"
#include "master/edit/edit.h"
#include "master/edit/patch.h"
#include "master/edit/replace.h"
#include "master/load/untyped.h"

int edit_open(struct edit *edit, const char *path, struct arena *arena, struct note *why)
{
	int err;

	*edit = (struct edit){ .path = path };
	edit->exists = stat(path, &edit->seen) == 0;
	if (!edit->exists && errno != ENOENT) {
		return note_fail(why, -errno, "open %s: %s", path, strerror(errno));
	}
	if (edit->exists) {
		err = file_read(slice_of(path), LIMIT_DOCUMENT_BYTES, &edit->text, why);
		if (err < 0) {
			return err;
		}
	}
	err = document_open(&edit->document, edit->text, path, arena, NULL, why);
	if (err == 0) {
		untyped_read(edit->document.root, arena, &edit->value);
	}
	return err;
}

int edit_save(struct edit *edit, const struct value *wanted, struct note *why)
{
	struct slice text;
	int err;

	if (value_equal(&edit->value, wanted)) {
		return 0;
	}
	err = patch(edit->text, edit->path, wanted, edit->document.arena, &text, why);
	return err < 0 ? err
		       : replace_file(edit->path, text, edit->exists ? &edit->seen : NULL, why);
}

void edit_close(struct edit *edit)
{
	file_forget(&edit->text);
}
