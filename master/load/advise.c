/* advise.c - warnings about a configuration that was just loaded. */

#include "master/load/advise.h"

#include "common/arena.h"
#include "common/note.h"
#include "common/url.h"

enum { NAMES = 20 }; /* of the integrations, in one line */

static bool is_open(const struct snapshot *snapshot, const struct integration *in)
{
	return !snapshot->settings.default_deny && !in->allow_listed;
}

static bool has_limits(const struct snapshot *snapshot, const struct integration *in)
{
	(void)snapshot;
	return in->in_rate_limit > 0 || in->out_rate_limit > 0;
}

static bool needs_tls(const struct snapshot *snapshot, const struct integration *in)
{
	(void)snapshot;
	return slice_starts_with_nocase(in->destination, SLICE("https:"));
}

/* The load has seen to it that it is a URL. */
static bool is_no_http(const struct snapshot *snapshot, const struct integration *in)
{
	struct arena *arena = arena_new("advise", 512);
	struct url url;
	bool is = false;

	(void)snapshot;
	if (url_check_destination(in->destination, arena, &url, NULL) == 0) {
		is = url.user_info.at != NULL || url_port(&url) == 0 ||
		     !(slice_equal(url.scheme, SLICE("http")) ||
			     slice_equal(url.scheme, SLICE("https")));
	}
	arena_free(&arena);
	return is;
}

static const struct {
	bool (*concerns)(const struct snapshot *snapshot, const struct integration *in);
	const char *message;
} advices[] = {
	{ is_open, "integrations without an allowlist entry are open to every caller" },
	{ has_limits, "rate limits are not enforced by this version" },
	{ needs_tls, "upstreams with TLS are not served by this version; requests get 502" },
	{ is_no_http,
		"destinations with a scheme other than http and https, or with port 0, are not "
		"served; a user name in one is ignored" },
};

/* The names of those that it is about; false when there are none. */
static bool find_names(const struct snapshot *snapshot, size_t advice, struct note *names)
{
	size_t found = 0;

	names->text[0] = '\0';
	for (size_t i = 0; i < snapshot->integrations.count; i++) {
		const struct integration *in =
			LIST_AT(snapshot->integrations, struct integration, i);

		if (advices[advice].concerns(snapshot, in) && found++ < NAMES) {
			note_append(
				names, "%s" SLICE_FMT, found == 1 ? "" : ", ", SLICE_ARG(in->name));
		}
	}
	if (found > NAMES) {
		note_append(names, " and %zu more", found - NAMES);
	}
	return found > 0;
}

void advise(struct log *log, const struct snapshot *snapshot)
{
	struct note names;

	for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++) {
		if (find_names(snapshot, i, &names)) {
			log_warn(log, advices[i].message, LOG_STR("integrations", names.text));
		}
	}
}
