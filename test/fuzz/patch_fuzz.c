/* patch_fuzz.c - any document is made to say what any other one says, or is refused with a note:
 * what comes out says just that, and nothing changes where nothing differs.
 *
 * The two documents stand behind each other, with a line "%%" in between. */

#include "common/check.h"
#include "master/edit/patch.h"
#include "master/load/untyped.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
const char *__lsan_default_suppressions(void);

/* See yaml_fuzz.c. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}

static bool read(struct slice text, struct arena *arena, struct value *out)
{
	const struct yaml *yaml;

	if (yaml_read(text, "x", arena, &yaml, NULL) < 0) {
		return false;
	}
	untyped_read(yaml, arena, out);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct slice given = { (const char *)bytes, len };
	struct arena *arena = arena_new("fuzz", 64 * 1024);
	const char *line = len == 0 ? NULL : memmem(bytes, len, "\n%%\n", 4);
	size_t middle = line == NULL ? len : (size_t)(line - given.at);
	struct slice before = slice_sub(given, 0, middle + 1), after;
	struct value is, wanted, again;
	struct note why = { "" };

	if (read(before, arena, &is) && read(slice_sub(given, middle + 4, len), arena, &wanted)) {
		if (patch(before, "x", &wanted, arena, &after, &why) == 0) {
			check(read(after, arena, &again) && value_equal(&again, &wanted));
			check(!value_equal(&is, &wanted) || slice_equal(before, after));
		} else {
			check(why.text[0] != '\0');
		}
	}
	arena_free(&arena);
	return 0;
}
