/* bytes.c - keeps out of the parser what YAML does not allow (YAML 1.2.2 section 5.1). */

#include <errno.h>

#include "common/text.h"
#include "master/load/bytes.h"

enum { DIRECTIVES = 16 }; /* lines such as "%TAG": the parser takes quadratic time over them */

#define BYTE_ORDER_MARK 0xfeff

static bool is_printable(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c <= '~') || c == 0x85 ||
	       (c >= 0xa0 && c != BYTE_ORDER_MARK && c != 0xfffe && c != 0xffff);
}

int bytes_check(struct slice *text, const char *name, struct note *why)
{
	unsigned line = 1, column = 1, directives = 0;

	if (slice_starts_with(*text, SLICE("\xef\xbb\xbf"))) {
		*text = slice_sub(*text, 3, text->len);
	}
	for (size_t at = 0; at < text->len;) {
		uint32_t character = 0;
		size_t len = text_character(*text, at, &character);

		if (len == 0) {
			return note_fail(
				why, -EILSEQ, "%s:%u:%u: invalid UTF-8", name, line, column);
		}
		if (!is_printable(character)) {
			return note_fail(why, -EILSEQ,
				"%s:%u:%u: control characters are not allowed (U+%04X)", name, line,
				column, (unsigned)character);
		}
		directives += character == '%' && column == 1;
		if (directives > DIRECTIVES) {
			return note_fail(why, -E2BIG, "%s:%u:%u: more than %d directives", name,
				line, column, DIRECTIVES);
		}
		column = character == '\n' ? 1 : column + 1;
		line += character == '\n';
		at += len;
	}
	return 0;
}

bool bytes_are_text(struct slice s)
{
	uint32_t character = 1;
	size_t at = 0, len = 1;

	while (at < s.len && len > 0 && character != 0) {
		len = text_character(s, at, &character);
		at += len;
	}
	return at >= s.len && len > 0 && character != 0;
}
