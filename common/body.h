/* body.h - how the body of a request is to be read, by what its headers say. */

#pragma once

#include "common/judgement.h"
#include "common/message.h"

enum body_syntax {
	BODY_OPAQUE, /* nothing that rules can look into */
	BODY_JSON,
	BODY_FORM,
};

/* One Content-Type, which is application/json or application/x-www-form-urlencoded, in UTF-8; no
 * Content-Encoding. Everything else is in doubt (security.md F2): types that are built on JSON,
 * too, because each has its own idea of which member means what.
 *
 * `loose`: as the reference, the first Content-Type counts, and one of the two types anywhere in it
 * will do. What has none is opaque, and that holds. */
enum judgement body_syntax_of(
	const struct message *message, bool loose, enum body_syntax *out, struct note *why);
