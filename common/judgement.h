/* judgement.h - what comes of holding a request against what a rule asks for: yes, no, or a doubt.
 */

#pragma once

#include <stdbool.h>

#include "common/note.h"

/* The doubts come first: there are servers that would read the request otherwise than we do, or it
 * can't be read at all. Who allows takes a doubt for a no, who denies takes it for a yes; so
 * nothing that is in doubt is sent on. The zero value is a doubt. */
enum judgement {
	JUDGEMENT_DOUBTFUL,   /* servers differ in what it says */
	JUDGEMENT_MALFORMED,  /* nobody can want to send this */
	JUDGEMENT_TOO_LARGE,  /* to be looked at */
	JUDGEMENT_ENCODED,    /* compressed, say */
	JUDGEMENT_NEEDS_BODY, /* everything but the body holds: ask again when it has been read */
	JUDGEMENT_FAILS,
	JUDGEMENT_HOLDS,
};

/* The status that tells a caller of a doubt: 403, 400, 413, 415 in this order; 403 for a no; 0 for
 * what is no reason to refuse. */
int judgement_status(enum judgement judgement);

static inline bool judgement_is_doubt(enum judgement judgement)
{
	return judgement <= JUDGEMENT_ENCODED;
}

/* Of two things that both have to hold: a failure outweighs a doubt, and that what holds. */
static inline enum judgement judgement_both(enum judgement first, enum judgement second)
{
	return first == JUDGEMENT_FAILS || second == JUDGEMENT_HOLDS ? first : second;
}

/* Says why, and hands `judgement` back, so that refusing is one line. `why` may be NULL. The words
 * may be a rule's; never the caller's. */
enum judgement judge(struct note *why, enum judgement judgement, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), warn_unused_result));
