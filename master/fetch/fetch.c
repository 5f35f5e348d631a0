/* fetch.c - from a URL to an answer: proxy, connection, tunnel, TLS, request, redirects. */

#include <errno.h>
#include <mbedtls/base64.h>

#include "common/check.h"
#include "common/file.h"
#include "common/http1.h"
#include "common/percent.h"
#include "common/url.h"
#include "master/fetch/exchange.h"
#include "master/fetch/fetch.h"
#include "master/fetch/proxy.h"
#include "master/fetch/redirect.h"

/* One request of a chain. */
struct visit {
	const struct fetch *fetch;
	struct url url;
	struct url proxy; /* host.at == NULL: none */
	struct transport transport;
	struct arena *arena;
};

static bool is_secure(const struct visit *visit)
{
	return slice_equal(visit->url.scheme, SLICE("https"));
}

static bool is_visible_ascii(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] <= ' ' || text.at[i] > '~') {
			return false;
		}
	}
	return true;
}

/* What we would have to guess is refused. */
static int check_url(const struct url *url, struct note *why)
{
	if (!slice_equal(url->scheme, SLICE("http")) && !slice_equal(url->scheme, SLICE("https"))) {
		return note_fail(why, -ENOTSUP, "unsupported protocol scheme");
	}
	if (url->host_name.len == 0 || url_port(url) == 0) {
		return note_fail(why, -EINVAL, "no host, or an impossible port, in the URL");
	}
	if (!is_visible_ascii(url->host) || !is_visible_ascii(url->query)) {
		return note_fail(why, -EINVAL, "host and query of the URL must be ASCII, escaped");
	}
	return 0;
}

/* Values may be secrets that somebody has kept with a line end: a request has no place for it. */
static int check_headers(const struct fetch *fetch, struct note *why)
{
	for (size_t i = 0; i < fetch->header_count; i++) {
		struct slice value = fetch->headers[i].value;

		for (size_t at = 0; at < value.len; at++) {
			if ((unsigned char)value.at[at] < ' ' || value.at[at] == 0x7f) {
				return note_fail(why, -EINVAL, "control byte in header " SLICE_FMT,
					SLICE_ARG(fetch->headers[i].name));
			}
		}
	}
	return 0;
}

/* "Basic ..." of what stands before the '@' of a URL. */
static struct slice basic(struct slice user_info, struct arena *arena)
{
	bool has_password = slice_find(user_info, ':', 0) < user_info.len;
	struct slice pair = arena_join(
		arena, percent_decode(user_info, arena), has_password ? SLICE("") : SLICE(":"));
	size_t room = (pair.len + 2) / 3 * 4 + 1, len = 0; /* mbedTLS wants to write a NUL */
	char *to = arena_bytes(arena, room);

	check(mbedtls_base64_encode((unsigned char *)to, room, &len, (const unsigned char *)pair.at,
		      pair.len) == 0);
	return arena_join(arena, SLICE("Basic "), (struct slice){ to, len });
}

static void add_proxy_credentials(const struct visit *visit, struct message *request)
{
	if (visit->proxy.user_info.len > 0) {
		message_add_header(request, SLICE("Proxy-Authorization"),
			basic(visit->proxy.user_info, visit->arena));
	}
}

/* As written, but for a colon without a port. */
static struct slice host_of(const struct url *url)
{
	return slice_sub(url->host, 0, url->host.len - slice_ends_with(url->host, SLICE(":")));
}

/* From here on the proxy passes on what it can't read. */
static int dig_tunnel(struct visit *visit, struct note *why)
{
	struct slice host = host_of(&visit->url);
	struct slice target = visit->url.port.len > 0
				      ? host
				      : arena_printf(visit->arena, SLICE_FMT ":%u", SLICE_ARG(host),
						url_port(&visit->url));
	struct message answer = { .arena = visit->arena };
	struct message request = {
		.method = SLICE("CONNECT"),
		.authority = target,
		.path = target,
		.arena = visit->arena,
	};
	int err;

	add_proxy_credentials(visit, &request);
	err = exchange_ask(&visit->transport, &request, SLICE(""), why);
	err = err < 0 ? err : exchange_hear(&visit->transport, 0, &answer, NULL, why);
	if (err == 0 && answer.status / 100 != 2) {
		err = note_fail(
			why, -EACCES, "%d %s", answer.status, http1_reason_phrase(answer.status));
	}
	if (err < 0) {
		note_prefix(why, "the proxy did not connect: ");
	}
	return err;
}

static int open_connection(struct visit *visit, struct note *why)
{
	struct proxy_settings settings = proxy_from_environment();
	const struct url *next = &visit->url;
	int err = proxy_choose(&settings, &visit->url, visit->arena, &visit->proxy, why);

	if (err < 0) {
		return err;
	}
	if (visit->proxy.host.at != NULL) {
		next = &visit->proxy;
	}
	err = transport_open(&visit->transport, next->host_name, url_port(next), why);
	if (err < 0 || !is_secure(visit)) {
		return err;
	}
	if (next == &visit->proxy) {
		err = dig_tunnel(visit, why);
	}
	return err < 0 ? err
		       : transport_secure(&visit->transport, visit->url.host_name,
				 visit->fetch->ca_file, why);
}

/* A proxy is told the whole URL. */
static struct slice target_of(const struct visit *visit)
{
	struct slice path = visit->url.path.len > 0 ? visit->url.path : SLICE("/");

	if (visit->proxy.host.at == NULL || is_secure(visit)) {
		return path;
	}
	return arena_printf(visit->arena, "http://" SLICE_FMT SLICE_FMT,
		SLICE_ARG(host_of(&visit->url)), SLICE_ARG(path));
}

static void compose(const struct visit *visit, struct message *request)
{
	const struct fetch *fetch = visit->fetch;

	*request = (struct message){
		.method = fetch->method.len > 0 ? fetch->method : SLICE("GET"),
		.authority = host_of(&visit->url),
		.path = target_of(visit),
		.query = visit->url.query,
		.body = fetch->body.at != NULL ? BODY_LENGTH : BODY_NONE,
		.body_length = fetch->body.len,
		.arena = visit->arena,
	};
	message_add_header(request, SLICE("User-Agent"), SLICE("authtranslator/" VERSION));
	for (size_t i = 0; i < fetch->header_count; i++) {
		message_add_header(request, fetch->headers[i].name, fetch->headers[i].value);
	}
	if (visit->url.user_info.len > 0 &&
		message_count_header(request, SLICE("Authorization")) == 0) {
		message_add_header(
			request, SLICE("Authorization"), basic(visit->url.user_info, visit->arena));
	}
	if (!is_secure(visit)) {
		add_proxy_credentials(visit, request);
	}
}

static int make_visit(struct visit *visit, struct fetch_answer *answer, struct note *why)
{
	struct message request;
	int err = check_url(&visit->url, why);

	*answer = (struct fetch_answer){ .head.arena = visit->arena };
	if (err < 0) {
		return err;
	}
	err = open_connection(visit, why);
	if (err == 0) {
		compose(visit, &request);
		err = exchange_ask(&visit->transport, &request, visit->fetch->body, why);
	}
	if (err == 0) {
		err = exchange_hear(&visit->transport, visit->fetch->max_bytes, &answer->head,
			&answer->body, why);
	}
	transport_close(&visit->transport);
	return err;
}

/* 1: `visit` is ready for the next request; 0: the answer is the last one. */
static int follow(
	struct visit *visit, unsigned followed, const struct message *answer, struct note *why)
{
	bool with_credentials = visit->fetch->header_count > 0 || visit->url.user_info.len > 0;
	struct slice location = message_header(answer, SLICE("Location"));
	int err;

	if (visit->fetch->redirects == 0 || location.len == 0 || !redirect_is_one(answer->status)) {
		return 0;
	}
	if (followed == visit->fetch->redirects) {
		return note_fail(why, -ELOOP, "stopped after %u redirects", followed);
	}
	err = redirect_follow(
		&visit->url, location, with_credentials, visit->arena, &visit->url, why);
	return err < 0 ? err : 1;
}

int fetch_run(
	const struct fetch *fetch, struct arena *arena, struct fetch_answer *out, struct note *why)
{
	struct visit visit = {
		.fetch = fetch,
		.transport = { .fd = -1, .patience = patience_of(fetch->timeout_ns) },
		.arena = arena,
	};
	int err = url_parse(fetch->url, arena, &visit.url, why);

	err = err < 0 ? err : check_headers(fetch, why);
	if (err < 0) {
		return err;
	}
	check(fetch->redirects == 0 || fetch->body.at == NULL);
	for (unsigned followed = 0;; followed++) {
		struct fetch_answer answer;
		int next = make_visit(&visit, &answer, why);

		next = next < 0 ? next : follow(&visit, followed, &answer.head, why);
		if (next == 0) {
			*out = answer;
			return 0;
		}
		fetch_forget(&answer);
		if (next < 0) {
			return next;
		}
	}
}

void fetch_forget(struct fetch_answer *answer)
{
	file_forget(&answer->body);
}
