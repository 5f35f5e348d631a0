/* scrub.h - what an upstream's answer may not tell the caller. */

#pragma once

#include "common/message.h"

/* Drops what belongs to the hop and what only we may say, and marks what is not a success. */
void scrub_response(struct message *m);

/* May this trailer be passed on? Framing, routing and our own names may not (RFC 9110
 * section 6.5.1). */
bool scrub_allows_trailer(struct slice name);
