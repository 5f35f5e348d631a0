/* plugin.h - what a plugin is: one file, one const struct, one line in a hand-written list. To add
 * one, start here and copy plugins/auth/token.c; CONTRIBUTING.md tells the rest. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/field.h"
#include "common/message.h"
#include "common/note.h"
#include "common/random.h"
#include "common/secret.h"

/* The zero value is not a pass, and whatever is not a pass is a refusal. */
enum verdict {
	VERDICT_NONE,
	VERDICT_PASS,
	VERDICT_REFUSE, /* `reason` says why, from a fixed list, never with bytes of the caller */
};

/* A plugin as one integration uses it. The slots are the worker's vault: a secret's value may be
 * replaced between two requests, so nothing keeps a slice of one. */
struct use {
	const void *params; /* read through `fields`, checked */
	void *state;        /* what `open` made of them in this worker */
	struct secret *const *slots;
};

/* What a plugin sees of one request. */
struct call {
	struct message *message;
	struct arena *arena; /* ends with the request */
	struct random *random;
	const char *reason;
};

/* What plugins do with the secrets in their slots, and with the header that carries one
 * (plugins/auth/use.c). */

/* The value in a slot; empty when the slot is SLOT_NONE. */
struct slice use_secret(const struct use *use, uint32_t slot);

/* Is `given` one of these secrets? It is compared with all of them, in a time that tells nothing
 * about them. What is empty is none. */
bool use_accepts(const struct use *use, const struct list *slots, struct slice given);

/* One of these secrets, each as likely as the others; empty when there are none. */
struct slice use_pick(const struct use *use, const struct list *slots, struct random *random);

/* Master: can a header of this name carry a credential? */
int use_check_header(struct slice name, struct note *why);

/* Puts the credential on the request, in the place of every header of that name. Refuses a value
 * that would not be one header. */
enum verdict use_set_header(struct call *call, struct slice name, struct slice value);

/* What every auth plugin has. The functions may be NULL. */
struct plugin {
	const char *name;           /* `type:` in the configuration */
	const struct field *fields; /* what the configuration may say */
	size_t params_size;

	/* Master: do these parameters make sense together? The note has the reference's words. */
	int (*check)(const void *params, struct note *why);

	/* Worker, once, before it says READY: parse keys, compile patterns. */
	int (*open)(struct use *use, struct arena *arena, struct note *why);
};

/* Proves who calls us. All functions but verify may be NULL. */
struct incoming {
	struct plugin plugin;

	/* Worker, per request: is it true; who says so (false: nobody in particular); and what of
	 * the proof has to go before the request travels on. */
	enum verdict (*verify)(const struct use *use, struct call *call);
	bool (*identify)(const struct use *use, const struct call *call, struct slice *caller);
	void (*strip)(const struct use *use, struct message *message);
};

/* Puts our credential on a request that goes out. */
struct outgoing {
	struct plugin plugin;
	enum verdict (*apply)(const struct use *use, struct call *call);
};

/* Fetches the value behind "env:NAME", "file:PATH" and the like. Master only. */
struct secret_source {
	const char *scheme;
	int (*fetch)(struct slice id, struct secret **out, struct note *why);
};

/* Written out by hand in plugins/auth/list.c and plugins/secrets/list.c, in alphabetical order,
 * NULL at the end. The worker links the first only. */
extern const struct incoming *const incoming_plugins[];
extern const struct outgoing *const outgoing_plugins[];
extern const struct secret_source *const secret_sources[];

const struct incoming *incoming_find(struct slice type);
const struct outgoing *outgoing_find(struct slice type);
const struct secret_source *secret_source_find(struct slice scheme);
