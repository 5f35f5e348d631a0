/* quote.c - makes words of a document fit to be shown. */

#include <stdio.h>

#include "common/text.h"
#include "master/load/quote.h"

enum { SHOWN_BYTES = 100 };

/* What follows this is a secret. */
static const struct slice literal = { "dangerousLiteral:", sizeof("dangerousLiteral:") - 1 };

static struct slice hide_literal(struct slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (slice_starts_with(slice_sub(word, i, word.len), literal)) {
			return slice_sub(word, 0, i + literal.len);
		}
	}
	return word;
}

static void put(struct quote *to, size_t *len, struct slice piece)
{
	memcpy(to->text + *len, piece.at, piece.len);
	*len += piece.len;
}

/* One character, or one byte that is none, in a form that can be read everywhere. */
static size_t put_character(struct quote *to, size_t *len, struct slice word, size_t at)
{
	uint32_t character = 0;
	size_t taken = text_character(word, at, &character);
	char escape[8] = { '\\', (char)character, '\0' };

	if (taken == 0) {
		(void)snprintf(escape, sizeof(escape), "\\x%02x", (unsigned char)word.at[at]);
		taken = 1;
	} else if (character == '\n') {
		escape[1] = 'n';
	} else if (character < ' ' || (character >= 0x7f && character < 0xa0)) {
		(void)snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)character);
	} else if (character != '"' && character != '\\') {
		put(to, len, slice_sub(word, at, at + taken));
		return taken;
	}
	put(to, len, slice_of(escape));
	return taken;
}

static struct quote show(struct slice word, const char *mark)
{
	struct slice shown = hide_literal(word);
	struct quote to;
	size_t len = 0;

	put(&to, &len, slice_of(mark));
	for (size_t at = 0; at < shown.len;) {
		at += put_character(&to, &len, shown, at);
		if (len > SHOWN_BYTES && at < shown.len) {
			put(&to, &len, SLICE("..."));
			break;
		}
	}
	if (shown.len < word.len) {
		put(&to, &len, SLICE("***"));
	}
	put(&to, &len, slice_of(mark));
	to.text[len] = '\0';
	return to;
}

struct quote quote(struct slice word)
{
	return show(word, "\"");
}

struct quote plain(struct slice word)
{
	return show(word, "");
}
