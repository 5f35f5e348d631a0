/* json_fuzz.c - any bytes: our reader of JSON and another one take the same texts, and find the
 * same in them. */

#include <jansson.h>
#include <stdint.h>

#include "common/check.h"
#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_same(const struct value *ours, const json_t *other)
{
	switch (ours->kind) {
	case VALUE_NULL:
		check(json_is_null(other));
		break;
	case VALUE_FLAG:
		check(ours->flag ? json_is_true(other) : json_is_false(other));
		break;
	case VALUE_NUMBER:
		check(json_is_real(other) && json_real_value(other) == ours->number);
		break;
	case VALUE_TEXT:
		check(json_is_string(other));
		check(slice_equal(ours->text,
			(struct slice){ json_string_value(other), json_string_length(other) }));
		break;
	case VALUE_LIST:
		check(json_is_array(other) && json_array_size(other) == ours->items.count);
		for (size_t i = 0; i < ours->items.count; i++) {
			check_same(LIST_AT(ours->items, struct value, i), json_array_get(other, i));
		}
		break;
	case VALUE_MAP:
		check(json_is_object(other) && json_object_size(other) == ours->items.count);
		for (size_t i = 0; i < ours->items.count; i++) {
			struct value_entry *entry = LIST_AT(ours->items, struct value_entry, i);

			check_same(&entry->value,
				json_object_getn(other, entry->key.at, entry->key.len));
		}
		break;
	case VALUE_NEVER:
		check(false);
	}
}

static bool has_any(struct slice text, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (slice_find(text, bytes.at[i], 0) < text.len) {
			return true;
		}
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice text = { (const char *)bytes, len };
	struct arena *arena = arena_new("fuzz", 4096);
	json_t *other = json_loadb(text.at, len,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
	struct value ours;
	enum json_fault fault = json_read(text, arena, &ours);

	if (fault == JSON_READ) {
		check(other != NULL);
		check_same(&ours, other);
	} else if (!has_any(text, SLICE("eE\0"))) {
		/* We bound the digits of an exponent; the other one ends where a NUL is. */
		check(other == NULL || fault == JSON_TOO_LARGE);
	}
	json_decref(other);
	arena_free(&arena);
	return 0;
}
