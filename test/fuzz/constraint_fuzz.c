/* constraint_fuzz.c - any rule and any request: strict and loose readers never say yes and no of
 * the same, and the words cost no one the answer. */

#include <stdint.h>

#include "common/check.h"
#include "common/constraint.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* "name=value&name=value" as what a rule wants. */
static struct list values_of(struct slice text, struct arena *arena)
{
	struct query query;
	struct list wanted;

	query_read(text, 8, arena, &query);
	wanted = (struct list){ arena_alloc(arena, query.count, sizeof(struct policy_values)),
		query.count };
	for (size_t i = 0; i < query.count; i++) {
		*LIST_AT(wanted, struct policy_values, i) =
			(struct policy_values){ query.pairs[i].name, { &query.pairs[i].value, 1 } };
	}
	return wanted;
}

static void add_headers(struct message *m, struct slice lines)
{
	struct slice line;

	while (slice_next(&lines, '\n', &line)) {
		size_t colon = slice_find(line, ':', 0);

		message_add_header(m, slice_sub(line, 0, colon),
			slice_trim(slice_sub(line, colon + 1, line.len)));
	}
}

static enum judgement judge_anew(
	const struct policy_rule *rule, const struct reading *request, bool loose, struct note *why)
{
	struct reading reading = *request;
	enum judgement judged = constraint_holds(rule, &reading, loose, why);

	check(judged == constraint_holds(rule, &reading, loose, NULL));
	return judged;
}

/* Six lines parted by a carriage return: the rule's body, headers and query, then the request's
 * headers, query and body. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice rest = { (const char *)bytes, len }, parts[5] = { { NULL, 0 } };
	struct arena *arena = arena_new("fuzz", 4096);
	struct message message = { .arena = arena, .body = BODY_CHUNKED };
	struct policy_rule rule = { .has_body = true };
	struct reading reading = { .message = &message, .has_body = true };
	struct note why = { "" };
	enum judgement strict, loose;

	for (size_t i = 0; i < 5; i++) {
		(void)slice_next(&rest, '\r', &parts[i]);
	}
	reading.body = rest;
	rule.has_body =
		json_read(parts[0], arena, &rule.body) == JSON_READ && rule.body.kind == VALUE_MAP;
	rule.headers = values_of(parts[1], arena);
	rule.query = values_of(parts[2], arena);
	add_headers(&message, parts[3]);
	message.query = parts[4];
	strict = judge_anew(&rule, &reading, false, &why);
	loose = judge_anew(&rule, &reading, true, &why);
	check(strict != JUDGEMENT_NEEDS_BODY && loose != JUDGEMENT_NEEDS_BODY);
	check(strict != JUDGEMENT_HOLDS || loose == JUDGEMENT_HOLDS);
	/* To the strict an empty body has no field; the loose don't look if it has no type. */
	check(strict != JUDGEMENT_FAILS || loose != JUDGEMENT_HOLDS || reading.body.len == 0);
	arena_free(&arena);
	return 0;
}
