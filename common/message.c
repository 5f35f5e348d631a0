/* message.c - looking up, changing and dropping the headers of a message. */

#include "common/message.h"
#include "common/check.h"

enum { FIRST_HEADERS = 16 };

/* Most names that are looked for are not there, and no name there is even as long: one bit says so.
 * No bit is cleared when a header goes; then a look at the others says the same. */
static uint64_t length_bit(struct slice name)
{
	return (uint64_t)1 << (name.len < 63 ? name.len : 63);
}

static bool may_have(const struct message *m, struct slice name)
{
	return (m->name_lengths & length_bit(name)) != 0;
}

struct slice message_header(const struct message *m, struct slice name)
{
	if (!may_have(m, name)) {
		return (struct slice){ NULL, 0 };
	}
	for (size_t i = 0; i < m->header_count; i++) {
		if (slice_equal_nocase(m->headers[i].name, name)) {
			return m->headers[i].value;
		}
	}
	return (struct slice){ NULL, 0 };
}

size_t message_count_header(const struct message *m, struct slice name)
{
	size_t count = 0;

	if (!may_have(m, name)) {
		return 0;
	}
	for (size_t i = 0; i < m->header_count; i++) {
		count += slice_equal_nocase(m->headers[i].name, name);
	}
	return count;
}

void message_add_header(struct message *m, struct slice name, struct slice value)
{
	if (m->header_count == m->header_room) {
		size_t room = m->header_room == 0 ? FIRST_HEADERS : 2 * m->header_room;
		struct header *more = arena_room(m->arena, room, sizeof(*more));

		if (m->header_count > 0) {
			memcpy(more, m->headers, m->header_count * sizeof(*more));
		}
		m->headers = more;
		m->header_room = room;
	}
	m->headers[m->header_count++] = (struct header){ name, value };
	m->name_lengths |= length_bit(name);
}

static bool is_twin_byte(char a, char b)
{
	a = a == '_' ? '-' : a;
	b = b == '_' ? '-' : b;
	return a == b || ((a ^ b) == 0x20 && ((a >= 'a' && a <= 'z') || (b >= 'a' && b <= 'z')));
}

/* CGI and WSGI turn '-' into '_', and then nobody can tell the two apart. */
bool message_same_name(struct slice a, struct slice b)
{
	if (slice_equal(a, b)) {
		return true;
	}
	if (a.len != b.len) {
		return false;
	}
	for (size_t i = 0; i < a.len; i++) {
		if (!is_twin_byte(a.at[i], b.at[i])) {
			return false;
		}
	}
	return true;
}

void message_drop_header(struct message *m, struct slice name)
{
	size_t kept = 0;

	if (!may_have(m, name)) {
		return;
	}
	for (size_t i = 0; i < m->header_count; i++) {
		if (!message_same_name(m->headers[i].name, name)) {
			m->headers[kept++] = m->headers[i];
		}
	}
	m->header_count = kept;
}

void message_set_header(struct message *m, struct slice name, struct slice value)
{
	message_drop_header(m, name);
	message_add_header(m, name, value);
}

/* By length first: nearly every header is decided by its length alone. */
bool message_is_hop_by_hop(struct slice name)
{
	switch (name.len) {
	case 2:
		return message_same_name(name, SLICE("TE"));
	case 7:
		return message_same_name(name, SLICE("Trailer")) ||
		       message_same_name(name, SLICE("Upgrade"));
	case 10:
		return message_same_name(name, SLICE("Connection")) ||
		       message_same_name(name, SLICE("Keep-Alive"));
	case 14: /* The real one says how long a body is that is not there (HEAD, 304). */
		return message_same_name(name, SLICE("Content-Length")) &&
		       !slice_equal_nocase(name, SLICE("Content-Length"));
	case 16:
		return message_same_name(name, SLICE("Proxy-Connection"));
	case 17:
		return message_same_name(name, SLICE("Transfer-Encoding"));
	case 18:
		return message_same_name(name, SLICE("Proxy-Authenticate"));
	case 19:
		return message_same_name(name, SLICE("Proxy-Authorization"));
	default:
		return false;
	}
}

size_t message_count_options(const struct message *m)
{
	static const struct slice connection = SLICE("Connection");
	size_t count = 0;

	for (size_t i = 0; may_have(m, connection) && i < m->header_count; i++) {
		struct slice rest = m->headers[i].value, option;

		while (slice_equal_nocase(m->headers[i].name, connection) &&
			slice_next(&rest, ',', &option)) {
			count++;
		}
	}
	return count;
}

/* The values of all Connection headers that name something beside the well-known. */
struct connection_values {
	struct slice *at;
	size_t count;
};

static bool names(struct slice tokens, struct slice name)
{
	struct slice token;

	while (slice_next(&tokens, ',', &token)) {
		if (message_same_name(slice_trim(token), name)) {
			return true;
		}
	}
	return false;
}

static bool is_end_to_end(const struct header *h, const struct connection_values *values)
{
	if (message_is_hop_by_hop(h->name)) {
		return false;
	}
	for (size_t i = 0; i < values->count; i++) {
		if (names(values->at[i], h->name)) {
			return false;
		}
	}
	return true;
}

/* Nearly every Connection header says this and no more. */
static bool is_plain_option(struct slice value)
{
	return slice_equal_nocase(value, SLICE("close")) ||
	       slice_equal_nocase(value, SLICE("keep-alive"));
}

void message_drop_hop_by_hop(struct message *m)
{
	struct connection_values values = { NULL, 0 };
	bool names_hops = may_have(m, SLICE("Connection"));
	size_t kept = 0;

	for (size_t i = 0; names_hops && i < m->header_count; i++) {
		if (slice_equal_nocase(m->headers[i].name, SLICE("Connection")) &&
			!is_plain_option(m->headers[i].value)) {
			if (values.at == NULL) {
				values.at =
					arena_alloc(m->arena, m->header_count, sizeof(*values.at));
			}
			values.at[values.count++] = m->headers[i].value;
		}
	}
	for (size_t i = 0; i < m->header_count; i++) {
		if (is_end_to_end(&m->headers[i], &values)) {
			m->headers[kept++] = m->headers[i];
		}
	}
	m->header_count = kept;
}
