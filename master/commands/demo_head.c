/* demo_head.c - lines that end in CR LF, and "name: value" in them. */

#include "master/commands/demo_head.h"

struct slice demo_head_of(struct slice bytes)
{
	const char *end = memmem(bytes.at, bytes.len, "\r\n\r\n", 4);

	return end == NULL ? (struct slice){ NULL, 0 }
			   : slice_sub(bytes, 0, (size_t)(end - bytes.at) + 2);
}

bool demo_head_next(struct slice *rest, struct slice *line)
{
	size_t end = slice_find(*rest, '\r', 0);

	if (rest->len == 0) {
		return false;
	}
	*line = slice_sub(*rest, 0, end);
	*rest = slice_sub(*rest, end + 2, rest->len);
	return true;
}

struct slice demo_head_line(struct slice head, struct slice name)
{
	struct slice line;

	while (demo_head_next(&head, &line)) {
		if (slice_starts_with_nocase(line, name) && slice_find(line, ':', 0) == name.len) {
			return line;
		}
	}
	return (struct slice){ NULL, 0 };
}

struct slice demo_head_value(struct slice head, struct slice name)
{
	struct slice line = demo_head_line(head, name);

	return line.at == NULL ? line : slice_trim(slice_sub(line, name.len + 1, line.len));
}
