/* judge.c - judges rules and requests line by line, for a test that compares the judgement with
 * what upstreams would read. */

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/constraint.h"
#include "test/lib/rule.h"

static struct slice text_of(const struct value *row, const char *name)
{
	const struct value *value = value_find(row, slice_of(name));

	return value == NULL || value->kind != VALUE_TEXT ? (struct slice){ NULL, 0 } : value->text;
}

/* A line is an object: rule, headers (lines), query, body. The answer is "yes", "no" or "doubt". */
static const char *judge_line(struct slice line, struct arena *arena)
{
	struct value row;
	struct policy_rule rule;
	struct message *message;
	struct reading reading = { .has_body = true };
	enum judgement judged;

	check(json_read(line, arena, &row) == JSON_READ);
	rule = rule_of(value_find(&row, SLICE("rule")), arena);
	message = message_of(text_of(&row, "headers"), text_of(&row, "query"), arena);
	message->body = BODY_CHUNKED;
	reading.message = message;
	reading.body = text_of(&row, "body");
	judged = constraint_holds(&rule, &reading, false, NULL);
	return judged == JUDGEMENT_HOLDS ? "yes" : judged == JUDGEMENT_FAILS ? "no" : "doubt";
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, stdin)) > 0) {
		struct arena *arena = arena_new("judge", 16 * 1024);

		puts(judge_line((struct slice){ line, (size_t)len }, arena));
		arena_free(&arena);
	}
	free(line);
	return 0;
}
