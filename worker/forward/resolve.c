/* resolve.c - a bounded table of names, kept fresh by asking the master. */

#include "worker/forward/resolve.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "common/check.h"
#include "worker/control.h"
#include "worker/worker.h"

enum { BUCKETS = 256 };

struct name {
	struct name *next; /* in its bucket */
	uint32_t question;
	uint16_t port;
	bool asked; /* an answer is on its way */
	bool known;
	uint64_t asked_ms, fresh_until_ms;
	struct addresses addresses;
	struct chain waiting;
	size_t len;
	char text[];
};

struct resolver {
	struct worker *worker;
	uint32_t last_question;
	size_t count;
	struct name *buckets[BUCKETS];
};

struct resolver *resolver_new(struct worker *worker)
{
	struct resolver *r = calloc(1, sizeof(*r));

	check(r != NULL);
	r->worker = worker;
	return r;
}

static void name_free(struct resolver *r, struct name **at)
{
	struct name *name = *at;

	*at = name->next;
	r->count--;
	free(name);
}

void resolver_free(struct resolver **resolver)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while ((*resolver)->buckets[i] != NULL) {
			name_free(*resolver, &(*resolver)->buckets[i]);
		}
	}
	free(*resolver);
	*resolver = NULL;
}

static bool read_literal(struct slice name, uint16_t port, struct addresses *out)
{
	char text[INET6_ADDRSTRLEN];

	if (name.len == 0 || name.len >= sizeof(text)) {
		return false;
	}
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	out->at[0] = (union address){ 0 };
	out->count = 1;
	if (inet_pton(AF_INET, text, &out->at[0].four.sin_addr) == 1) {
		out->at[0].four.sin_family = AF_INET;
		out->at[0].four.sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, text, &out->at[0].six.sin6_addr) == 1) {
		out->at[0].six.sin6_family = AF_INET6;
		out->at[0].six.sin6_port = htons(port);
		return true;
	}
	return false;
}

static struct name **bucket_of(struct resolver *r, struct slice name)
{
	unsigned h = 5381;

	for (size_t i = 0; i < name.len; i++) {
		h = h * 33 + (unsigned char)(name.at[i] | 0x20); /* in any letter case */
	}
	return &r->buckets[h % BUCKETS];
}

/* Wildcard destinations let callers choose names, so the table has a bound: beyond it, names that
 * nobody waits for make room. */
static void make_room(struct resolver *r)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct name **at = &r->buckets[i];

		while (*at != NULL) {
			if ((*at)->waiting.first == NULL && !(*at)->asked) {
				name_free(r, at);
			} else {
				at = &(*at)->next;
			}
		}
	}
}

static struct name *name_of(struct resolver *r, struct slice text, uint16_t port)
{
	struct name **bucket = bucket_of(r, text);
	struct name *name;

	for (name = *bucket; name != NULL; name = name->next) {
		if (name->port == port &&
			slice_equal_nocase((struct slice){ name->text, name->len }, text)) {
			return name;
		}
	}
	if (r->count >= LIMIT_NAMES) {
		make_room(r);
	}
	if (r->count >= LIMIT_NAMES) {
		return NULL;
	}
	name = calloc(1, sizeof(*name) + text.len);
	check(name != NULL);
	memcpy(name->text, text.at, text.len);
	name->len = text.len;
	name->port = port;
	name->next = *bucket;
	*bucket = name;
	r->count++;
	return name;
}

static void ask(struct resolver *r, struct name *name)
{
	uint64_t now = uv_now(&r->worker->loop);

	/* A question that was never answered (the master has many) is asked again. */
	if (name->asked && now - name->asked_ms < LIMIT_NAME_WAIT_MS) {
		return;
	}
	name->question = ++r->last_question;
	name->asked_ms = now;
	name->asked = control_resolve(r->worker->control, name->question,
			      (struct slice){ name->text, name->len }, name->port) == 0;
}

const struct addresses *resolver_find(struct resolver *r, struct slice text, uint16_t port,
	struct addresses *literal, struct resolver_wait *wait)
{
	static const struct addresses none = { .count = 0 };
	struct name *name;

	if (read_literal(text, port, literal)) {
		return literal;
	}
	/* No name is that long; and to ask for it would break the rules of the conversation. */
	name = text.len > CONTROL_HOST_BYTES ? NULL : name_of(r, text, port);
	if (name == NULL) {
		return &none;
	}
	if (!name->known || uv_now(&r->worker->loop) >= name->fresh_until_ms) {
		ask(r, name);
	}
	if (name->known) {
		return &name->addresses;
	}
	chain_add(&name->waiting, &wait->place);
	return NULL;
}

void resolver_forget(struct resolver_wait *wait)
{
	chain_remove(&wait->place);
}

static struct name *name_by_question(struct resolver *r, uint32_t question)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct name *name = r->buckets[i]; name != NULL; name = name->next) {
			if (name->asked && name->question == question) {
				return name;
			}
		}
	}
	return NULL;
}

static void take_addresses(struct addresses *to, const struct slice *from, size_t count)
{
	struct addresses all = { .count = 0 };

	for (size_t i = 0; i < count && all.count < LIMIT_ADDRESSES; i++) {
		union address *address = &all.at[all.count];

		if (from[i].len == 0 || from[i].len > sizeof(*address)) {
			continue;
		}
		memcpy(address, from[i].at, from[i].len);
		if ((address->any.sa_family == AF_INET && from[i].len == sizeof(address->four)) ||
			(address->any.sa_family == AF_INET6 &&
				from[i].len == sizeof(address->six))) {
			all.count++;
		}
	}
	*to = all;
}

void resolver_answer(
	struct resolver *r, uint32_t question, const struct slice *addresses, size_t count)
{
	struct name *name = name_by_question(r, question);

	if (name == NULL) {
		return; /* asked again since, or forgotten */
	}
	name->asked = false;
	/* A resolver that fails for a moment does not undo what is known. */
	if (count > 0 || !name->known) {
		take_addresses(&name->addresses, addresses, count);
	}
	name->known = true;
	name->fresh_until_ms = uv_now(&r->worker->loop) + LIMIT_NAME_FRESH_MS;
	while (name->waiting.first != NULL) {
		struct resolver_wait *wait =
			container_of(name->waiting.first, struct resolver_wait, place);

		resolver_forget(wait);
		wait->answered(wait);
	}
	if (name->addresses.count == 0) {
		name->known = false; /* "no such name" is told to those who waited, and not kept */
	}
}
