/* vectors.c - reads one JSON object per line. */

#include <stdlib.h>

#include "test/lib/expect.h"
#include "test/lib/vectors.h"

void vectors_open(struct vectors *rows, const char *test_folder, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/vectors/%s.jsonl", test_folder, name);
	*rows = (struct vectors){ .name = name, .file = fopen(path, "r") };
	if (rows->file == NULL) {
		fail_msg("can't open %s", path);
	}
}

bool vectors_next(struct vectors *rows)
{
	json_error_t error;
	ssize_t len;

	json_decref(rows->row);
	rows->row = NULL;
	len = getline(&rows->line, &rows->line_room, rows->file);
	if (len < 0) {
		free(rows->line);
		rows->line = NULL;
		(void)fclose(rows->file);
		rows->file = NULL;
		return false;
	}
	rows->count++;
	rows->row = json_loadb(rows->line, (size_t)len, JSON_ALLOW_NUL, &error);
	if (rows->row == NULL) {
		fail_msg("%s.jsonl:%u: %s", rows->name, rows->count, error.text);
	}
	return true;
}

struct slice vectors_text(const struct vectors *rows, const char *key)
{
	const json_t *text = json_object_get(rows->row, key);

	return (struct slice){ json_string_value(text), json_string_length(text) };
}

bool vectors_flag(const struct vectors *rows, const char *key)
{
	return json_is_true(json_object_get(rows->row, key));
}

void vectors_expect_slice_at(const struct vectors *rows, struct slice got, struct slice wanted,
	const char *file, int line)
{
	if (!slice_equal(got, wanted)) {
		print_error("%s.jsonl:%u: %s", rows->name, rows->count, rows->line);
		expect_slice_at(got, wanted, file, line);
	}
}

void vectors_failed(const struct vectors *rows, const char *promise, const char *file, int line)
{
	print_error("%s.jsonl:%u: %s", rows->name, rows->count, rows->line);
	print_error("should hold: %s\n", promise);
	_fail(file, line);
}
