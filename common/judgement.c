/* judgement.c - what a judgement is called outside: a status, and words. */

#include "common/judgement.h"

int judgement_status(enum judgement judgement)
{
	static const int statuses[] = {
		[JUDGEMENT_DOUBTFUL] = 403,
		[JUDGEMENT_MALFORMED] = 400,
		[JUDGEMENT_TOO_LARGE] = 413,
		[JUDGEMENT_ENCODED] = 415,
		[JUDGEMENT_NEEDS_BODY] = 0,
		[JUDGEMENT_FAILS] = 403,
		[JUDGEMENT_HOLDS] = 0,
	};

	return statuses[judgement];
}

enum judgement judge(struct note *why, enum judgement judgement, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	note_write(why, fmt, args);
	va_end(args);
	return judgement;
}
