/* url.h - the URLs of this program: destinations, X-AT-Destination, document sources. Splits like
 * Go's net/url where spec/config.md section 6 depends on it. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/note.h"
#include "common/slice.h"

struct url {
	struct slice scheme;    /* lower case */
	struct slice user_info; /* without the @; at == NULL: there was no @ */
	struct slice host; /* host and port as written, as the Host header carries it; at == NULL:
			    * there was no "//" */
	struct slice host_name; /* without port and brackets, as written */
	struct slice port;      /* as written; empty when none */
	struct slice path;  /* escaped, in the form that is sent (request.md section 8.1); all that
			     * follows the colon in "mailto:a@b" and its like */
	struct slice query; /* without the ?; at == NULL: there was none */
	struct slice fragment; /* without the #; at == NULL: there was none */
};

/* All slices live in `arena`. Refuses what Go refuses, and a little more: several colons without
 * brackets, in brackets what is no IPv6 address (a zone, too), escapes of ASCII in a host. The note
 * holds no byte of `text`, which may hold a secret. */
int url_parse(struct slice text, struct arena *arena, struct url *out, struct note *why);

/* Is this a destination (spec/config.md section 6, both passes)? On failure `why` holds the text of
 * the reference: for -EINVAL without "integration <name> " ("missing destination", "has invalid
 * destination", "has invalid destination wildcard"), for -ENOTSUP, the second pass, without "failed
 * to load integration <name>: ". */
int url_check_destination(
	struct slice text, struct arena *arena, struct url *out, struct note *why);

bool url_is_wildcard(const struct url *destination);
bool url_host_matches(struct slice pattern, struct slice host); /* section 6.2 */

/* Section 6.1: the concrete destination that `header` (X-AT-Destination; at == NULL: missing) picks
 * from a wildcard one. The note is the text after "Bad Request: ". */
int url_pick_destination(const struct url *pattern, struct slice header, struct arena *arena,
	struct url *out, struct note *why);

/* The port to connect to: as written, or the scheme's. 0 when it is not a port. */
uint16_t url_port(const struct url *url);

/* For messages: user-info, query and fragment replaced (section 2.1). Of a text that can't be
 * parsed but has one of their marks, only the scheme is left. */
struct slice url_redact(struct slice source, struct arena *arena);
