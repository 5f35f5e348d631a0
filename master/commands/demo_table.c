/* demo_table.c - prints two columns of text. */

#include "master/commands/demo_table.h"

#include <stdio.h>

#include "master/commands/demo_head.h"

enum { COLUMN = 47 }; /* twice, with a margin of two and a bar between them: 99 */

/* What is longer is cut, and shows it. */
static void print_cell(struct slice text)
{
	if (text.len > COLUMN) {
		printf("%.*s...", COLUMN - 3, text.at);
	} else {
		printf("%-*.*s", COLUMN, (int)text.len, text.len == 0 ? "" : text.at);
	}
}

static void print_row(struct slice left, struct slice right)
{
	printf("  ");
	print_cell(left);
	printf(" | " SLICE_FMT "\n", SLICE_ARG(slice_sub(right, 0, COLUMN)));
}

static struct slice name_of(struct slice line)
{
	return slice_sub(line, 0, slice_find(line, ':', 0));
}

/* The first lines belong together; other lines where they tell of the same. */
static struct slice partner_of(struct slice line, struct slice other, bool first)
{
	struct slice found = { NULL, 0 };

	if (first) {
		(void)demo_head_next(&other, &found);
		return found;
	}
	return demo_head_line(other, name_of(line));
}

void demo_table_print(
	const char *left_title, struct slice left, const char *right_title, struct slice right)
{
	static const char bar[] = "-------------------------------------------------";
	struct slice line, rest = left;

	print_row(slice_of(left_title), slice_of(right_title));
	printf("  %.*s+%s\n", COLUMN + 1, bar, bar);
	for (bool first = true; demo_head_next(&rest, &line); first = false) {
		print_row(line, partner_of(line, right, first));
	}
	rest = right;
	(void)demo_head_next(&rest, &line);
	while (demo_head_next(&rest, &line)) {
		if (demo_head_line(left, name_of(line)).at == NULL) {
			print_row((struct slice){ NULL, 0 }, line);
		}
	}
	printf("\n");
}
