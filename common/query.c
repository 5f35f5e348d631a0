/* query.c - takes queries and forms apart. */

#include "common/query.h"
#include "common/percent.h"
#include "common/text.h"

static const char *fault_in(struct slice pair)
{
	for (size_t at = 0; at < pair.len; at++) {
		switch (pair.at[at]) {
		case ';':
			return "a semicolon";
		case '#':
			return "a number sign";
		case '%':
			if (percent_byte(pair, at) < 0) {
				return "an invalid escape";
			}
			if (percent_byte(pair, at) == 0) {
				return "a NUL";
			}
			break;
		case '\0':
			return "a NUL";
		default:
			break;
		}
	}
	return NULL;
}

/* Writes the decoded bytes to *to and moves it behind them. */
static struct slice decode(struct slice text, char **to)
{
	char *first = *to;

	for (size_t at = 0; at < text.len; at++) {
		int escaped = percent_byte(text, at);

		if (escaped >= 0) {
			*(*to)++ = (char)escaped;
			at += 2;
		} else {
			*(*to)++ = text.at[at] == '+' ? ' ' : text.at[at];
		}
	}
	return (struct slice){ first, (size_t)(*to - first) };
}

static size_t count_pairs(struct slice raw)
{
	size_t count = 1;

	for (size_t at = slice_find(raw, '&', 0); at < raw.len; at = slice_find(raw, '&', at + 1)) {
		count++;
	}
	return count;
}

void query_read(struct slice raw, size_t max, struct arena *arena, struct query *out)
{
	struct query query = { NULL, 0, NULL };
	size_t room = raw.len == 0 ? 0 : count_pairs(raw);
	struct slice pair;
	char *to;

	*out = query;
	if (room > max) {
		out->fault = "too many parameters";
		return;
	}
	if (room == 0) {
		return;
	}
	query.pairs = arena_room(arena, room, sizeof(*query.pairs));
	to = arena_bytes(arena, raw.len);
	while (slice_next(&raw, '&', &pair)) {
		const char *fault = fault_in(pair);
		size_t mark = slice_find(pair, '=', 0);

		if (fault != NULL) {
			query.fault = fault;
		} else if (pair.len > 0) {
			query.pairs[query.count].name = decode(slice_sub(pair, 0, mark), &to);
			query.pairs[query.count].value =
				decode(slice_sub(pair, mark + 1, pair.len), &to);
			query.count++;
		}
	}
	*out = query;
}

/* What is left of a name where "name[]" and "name[0]" are lists called name. A name that is itself
 * a part of something, "filter[status]", has no such other spellings. */
static struct slice list_name(struct slice name, struct slice wanted)
{
	bool is_part = slice_find(wanted, '[', 0) < wanted.len;

	return is_part ? name : slice_sub(name, 0, slice_find(name, '[', 0));
}

static unsigned char next_letter(struct slice *rest)
{
	unsigned char letter = text_next_folded(rest);

	return letter == '.' || letter == ' ' ? '_' : letter;
}

bool query_name_resembles(struct slice name, struct slice wanted)
{
	struct slice core = slice_ends_with(wanted, SLICE("[]"))
				    ? slice_sub(wanted, 0, wanted.len - 2)
				    : wanted;
	struct slice a = slice_trim(list_name(name, core)), b = slice_trim(core);

	if (slice_equal(name, wanted)) {
		return false;
	}
	while (a.len > 0 && b.len > 0) {
		if (next_letter(&a) != next_letter(&b)) {
			return false;
		}
	}
	return a.len == b.len;
}
