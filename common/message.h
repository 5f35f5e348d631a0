/* message.h - one HTTP message, parsed and bounded, the same for HTTP/1 and HTTP/2. Plugins see
 * this and never the bytes that it was made from. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"

struct header {
	struct slice name;  /* as it came; compare with slice_equal_nocase */
	struct slice value; /* without blanks around it */
};

/* How long the body is, as the framing says. */
enum body_kind {
	BODY_NONE,        /* there is none and can be none */
	BODY_LENGTH,      /* exactly body_length bytes, which may be 0 */
	BODY_CHUNKED,     /* until the end that the framing marks */
	BODY_UNTIL_CLOSE, /* responses only */
};

struct message {
	/* Requests. `path` is escaped, as sent; `decoded_path` is what policy reads. `query` is
	 * without its '?', and its `at` is NULL when there is none. */
	struct slice method, authority, path, decoded_path, query;
	int status; /* responses */
	struct header *headers;
	size_t header_count, header_room;
	uint64_t name_lengths; /* message.c's own. Bit n: a name of n bytes (63: or more) was added.
				* Dropping it leaves the bit: it says where to look, not what is
				* there */
	enum body_kind body;
	uint64_t body_length;
	struct arena *arena; /* owns every slice above */
};

/* The first value of that header; `at` is NULL when it is absent. */
struct slice message_header(const struct message *m, struct slice name);
size_t message_count_header(const struct message *m, struct slice name);

/* Makes the header stand once with this value, in the place of the first or at the end. The slices
 * must live as long as the message. */
void message_set_header(struct message *m, struct slice name, struct slice value);
void message_add_header(struct message *m, struct slice name, struct slice value);

/* Are these the same name to some server? Letter case counts for nothing, and there are servers
 * that read '_' as '-' (security.md F38). */
bool message_same_name(struct slice a, struct slice b);

/* Drops every header that message_same_name takes for this one. */
void message_drop_header(struct message *m, struct slice name);

/* Does it belong to one hop only (RFC 9110 section 7.6.1)? So do names that some server reads as
 * one of these, or as Content-Length: it would see another framing than ours. */
bool message_is_hop_by_hop(struct slice name);

/* How many names the Connection headers list. Whoever reads a message refuses more than
 * LIMIT_CONNECTION_OPTIONS of them. */
size_t message_count_options(const struct message *m);

/* Drops all of these, and the headers named in Connection. */
void message_drop_hop_by_hop(struct message *m);
