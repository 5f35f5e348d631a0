/* headers.h - whether a request has a header that a rule asks for (spec/request.md 7.1). */

#pragma once

#include "common/judgement.h"
#include "common/message.h"
#include "common/snapshot.h"

/* Each of the values has to be the whole value of some line; none: the header has to be there. Host
 * and Transfer-Encoding are never there; Content-Length is what the framing says. In doubt is a
 * header with '_' for '-'; and unless `loose` another value beside the wanted ones, or a wanted one
 * within a list, because lines may be joined on their way. */
enum judgement headers_judge(const struct message *message, const struct policy_values *wanted,
	bool loose, struct note *why);
