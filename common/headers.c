/* headers.c - compares the lines of one header with what a rule wants. */

#include <inttypes.h>
#include <stdio.h>

#include "common/headers.h"
#include "common/text.h"

/* As HTTP's own tradition has it, and the reference: "x-at-int" is "X-At-Int". */
static void append_canonical(struct note *why, struct slice name)
{
	bool token = text_is_token(name), first = true;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool changes = first ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';

		note_append(why, "%c", token && changes ? c ^ 0x20 : c);
		first = c == '-';
	}
}

static enum judgement because(struct note *why, enum judgement judgement, const char *before,
	struct slice name, const char *mark, struct slice after)
{
	if (why != NULL) {
		*why->text = '\0';
		note_append(why, "%s", before);
		append_canonical(why, name);
		note_append(why, "%s" SLICE_FMT, mark, SLICE_ARG(after));
	}
	return judgement;
}

static bool has_element(struct slice line, struct slice value)
{
	struct slice element;

	while (slice_next(&line, ',', &element)) {
		if (slice_equal(slice_trim(element), value)) {
			return true;
		}
	}
	return false;
}

/* What the message's lines of that name come to. */
struct census {
	size_t lines;
	size_t unlisted; /* have a value that is not wanted */
	size_t twins;    /* lines of the name with '_' for '-' */
};

static struct census take_census(const struct message *m, const struct policy_values *wanted)
{
	struct census census = { 0, 0, 0 };

	for (size_t i = 0; i < m->header_count; i++) {
		const struct header *h = &m->headers[i];

		if (slice_equal_nocase(h->name, wanted->name)) {
			census.lines++;
			census.unlisted += wanted->values.count > 0 &&
					   !slice_is_among(h->value, wanted->values.items,
						   wanted->values.count);
		} else if (message_same_name(h->name, wanted->name)) {
			census.twins++;
		}
	}
	return census;
}

/* Whether the value is that of a line, or else within one. */
static bool look_for(const struct message *m, struct slice name, struct slice value, bool *within)
{
	for (size_t i = 0; i < m->header_count; i++) {
		const struct header *h = &m->headers[i];

		if (slice_equal_nocase(h->name, name)) {
			if (slice_equal(h->value, value)) {
				return true;
			}
			*within |= has_element(h->value, value);
		}
	}
	return false;
}

static enum judgement judge_lines(
	const struct message *m, const struct policy_values *wanted, bool loose, struct note *why)
{
	struct census census = take_census(m, wanted);

	if (census.twins > 0) {
		return because(
			why, JUDGEMENT_DOUBTFUL, "ambiguous header ", wanted->name, "", SLICE(""));
	}
	if (census.lines == 0) {
		return because(
			why, JUDGEMENT_FAILS, "missing header ", wanted->name, "", SLICE(""));
	}
	for (size_t i = 0; i < wanted->values.count; i++) {
		struct slice value = *LIST_AT(wanted->values, const struct slice, i);
		bool within = false;

		if (!look_for(m, wanted->name, value, &within)) {
			return because(why, within && !loose ? JUDGEMENT_DOUBTFUL : JUDGEMENT_FAILS,
				"missing header ", wanted->name, "=", value);
		}
	}
	if (census.unlisted > 0 && !loose) {
		return because(why, JUDGEMENT_DOUBTFUL, "header ", wanted->name,
			" has other values, too", SLICE(""));
	}
	return JUDGEMENT_HOLDS;
}

enum judgement headers_judge(const struct message *message, const struct policy_values *wanted,
	bool loose, struct note *why)
{
	/* Not among the headers: they are framing and authority, checked long ago. */
	struct slice name = wanted->name;
	char length[24];
	struct header framing = { name, { length, 0 } };
	struct message framed = { .headers = &framing, .header_count = 1 };

	if (slice_equal_nocase(name, SLICE("Host")) ||
		slice_equal_nocase(name, SLICE("Transfer-Encoding"))) {
		framed.header_count = 0;
		return judge_lines(&framed, wanted, loose, why);
	}
	if (slice_equal_nocase(name, SLICE("Content-Length"))) {
		framed.header_count = message->body == BODY_LENGTH;
		framing.value.len =
			(size_t)snprintf(length, sizeof(length), "%" PRIu64, message->body_length);
		return judge_lines(&framed, wanted, loose, why);
	}
	return judge_lines(message, wanted, loose, why);
}
