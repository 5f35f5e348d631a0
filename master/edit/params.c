/* params.c - takes items apart at commas, and each at its first '='. */

#include <errno.h>
#include <stdlib.h>

#include "common/json.h"
#include "common/text.h"
#include "master/edit/params.h"
#include "master/edit/values.h"
#include "master/load/quote.h"

/* Where the item ends that begins at `from`: at a comma that is in no quotes, brackets or braces.
 */
static int find_end(struct slice text, size_t from, size_t *end, struct note *why)
{
	unsigned depth = 0;
	bool quoted = false;
	size_t at = from;

	for (; at < text.len && (quoted || depth > 0 || text.at[at] != ','); at++) {
		char c = text.at[at];

		if (quoted) {
			at += c == '\\';
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			depth++;
		} else if ((c == ']' || c == '}') && depth-- == 0) {
			return note_fail(why, -EINVAL, "invalid params: unmatched '%c'", c);
		}
	}
	if (quoted) {
		return note_fail(why, -EINVAL, "invalid params: unterminated quoted value");
	}
	if (depth > 0) {
		return note_fail(why, -EINVAL, "invalid params: unmatched bracket or brace");
	}
	*end = at;
	return 0;
}

/* JSON where it begins like a list, a mapping or text in quotes; else the word itself. */
static int read_value(struct slice key, struct slice text, struct arena *arena, struct value *out,
	struct note *why)
{
	static const char *const faults[] = {
		[JSON_INVALID] = "it is no JSON",
		[JSON_REPEATED_NAME] = "a name stands twice in it",
		[JSON_TOO_LARGE] = "it is too large",
	};
	bool json = text.len > 0 && strchr("[{\"", text.at[0]) != NULL;
	enum json_fault fault;

	if (json || slice_equal(text, SLICE("null")) || slice_equal(text, SLICE("true")) ||
		slice_equal(text, SLICE("false"))) {
		fault = json_read(text, arena, out);
		return fault == JSON_READ
			       ? 0
			       : note_fail(why, -EINVAL, "invalid value for param %s: %s",
					 plain(key).text, faults[fault]);
	}
	*out = values_text(text);
	return 0;
}

static int read_item(struct slice item, struct arena *arena, struct value *params, struct note *why)
{
	size_t equals = slice_find(item, '=', 0);
	struct slice key = text_trim(slice_sub(item, 0, equals));
	struct value value;
	int err;

	if (equals == item.len || key.len == 0) {
		return note_fail(
			why, -EINVAL, "invalid param %s, expected key=value", quote(item).text);
	}
	err = read_value(key, text_trim(slice_sub(item, equals + 1, item.len)), arena, &value, why);
	if (err == 0) {
		*params = values_set(params, key, value, arena);
	}
	return err;
}

static int by_key(const void *a, const void *b)
{
	return slice_compare(
		((const struct value_entry *)a)->key, ((const struct value_entry *)b)->key);
}

int params_read(struct slice text, struct arena *arena, struct value *out, struct note *why)
{
	struct value params = values_map(NULL);
	size_t at = 0, end;
	int err = 0;

	for (; err == 0 && at < text.len; at = end + 1) {
		struct slice item;

		err = find_end(text, at, &end, why);
		item = err < 0 ? SLICE("") : text_trim(slice_sub(text, at, end));
		if (err < 0 || item.len == 0) {
			continue;
		}
		err = read_item(item, arena, &params, why);
	}
	if (err < 0) {
		return err;
	}
	if (params.items.count > 0) {
		qsort(params.items.items, params.items.count, sizeof(struct value_entry), by_key);
	}
	*out = params.items.count > 0 ? params : (struct value){ .kind = VALUE_NULL };
	return 0;
}
