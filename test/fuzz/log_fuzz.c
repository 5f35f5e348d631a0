/* log_fuzz.c - any bytes as a value in the log: they stay inside their value, and the line a line.
 */

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t put(char *line, size_t room, bool json, struct slice value)
{
	const struct log_pair pairs[] = { LOG_TEXT("value", value), LOG_INT("number", 7) };

	return log_format(line, room, json, 0, LOG_INFO, "fuzzed", pairs, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice value = { (const char *)bytes, len };
	size_t room = 256 + 10 * len, line_len;
	char *line = malloc(room);
	json_t *event, *text;

	check(line != NULL);
	line_len = put(line, room, false, value);
	check(line_len < room && line[line_len - 1] == '\n');
	for (size_t i = 0; i < line_len - 1; i++) {
		check((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
	}
	check(slice_ends_with((struct slice){ line, line_len }, SLICE(" number=7\n")));

	line_len = put(line, room, true, value);
	check(line_len < room && line[line_len - 1] == '\n');
	event = json_loadb(line, line_len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	check(json_object_size(event) == 5);
	check(json_integer_value(json_object_get(event, "number")) == 7);
	text = json_object_get(event, "value");
	check(json_is_string(text));
	json_decref(event);

	line_len = put(line, len, true, value);
	check(line_len <= len && (len == 0 || line[line_len - 1] == '\n'));
	free(line);
	return 0;
}
