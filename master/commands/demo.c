/* demo.c - `authtranslator demo`: one request through a proxy of our own to an upstream of our own,
 * with both ends shown. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "master/command.h"
#include "master/commands/demo_caller.h"
#include "master/commands/demo_folder.h"
#include "master/commands/demo_head.h"
#include "master/commands/demo_proxy.h"
#include "master/commands/demo_stage.h"
#include "master/commands/demo_table.h"
#include "master/commands/demo_upstream.h"
#include "master/flags.h"

struct words {
	bool serve;
};

static const struct flag flags[] = {
	{ "serve", FLAG_BOOL, offsetof(struct words, serve), NULL,
		"leave everything running until Ctrl-C" },
	{ 0 },
};

/* Everything that takes part. */
struct demo {
	struct demo_stage stage;
	struct demo_upstream upstream;
	struct demo_folder folder;
	struct demo_proxy proxy;
	struct demo_answer answer; /* the last that the caller got */
	char request[512];         /* the last that the caller sent */
	size_t request_len;
};

/* ---- the story ---- */

/* One step of it, as it is done. */
__attribute__((format(printf, 1, 2))) static void tell(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("demo: ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	(void)fflush(stdout);
}

/* The upstream first, because the proxy's configuration names it. */
static int set_up(struct demo *demo, struct note *why)
{
	int err = demo_upstream_open(&demo->upstream, &demo->stage.loop, why);

	if (err < 0) {
		return err;
	}
	tell("a small upstream listens on 127.0.0.1:%u", demo->upstream.port);
	err = demo_folder_make(&demo->folder, demo->upstream.port, why);
	if (err < 0) {
		return err;
	}
	tell("configuration and secrets, made for this run, are in %s", demo->folder.path);
	err = demo_proxy_start(&demo->proxy, &demo->stage, &demo->folder, why);
	if (err < 0) {
		return err;
	}
	tell("the proxy listens on 127.0.0.1:%u", demo->proxy.port);
	return 0;
}

/* One request, with this token. */
static int ask(struct demo *demo, const char *token, struct note *why)
{
	demo->request_len = (size_t)snprintf(demo->request, sizeof(demo->request),
		"GET /messages/today?limit=1 HTTP/1.1\r\n"
		"Host: demo\r\n"
		"Authorization: Bearer %s\r\n"
		"Accept: text/plain\r\n"
		"Connection: close\r\n\r\n",
		token);
	check(demo->request_len < sizeof(demo->request));
	return demo_caller_ask(&demo->stage, demo->proxy.port,
		(struct slice){ demo->request, demo->request_len }, &demo->answer, why);
}

static bool holds(struct slice bytes, const char *text)
{
	return memmem(bytes.at, bytes.len, text, strlen(text)) != NULL;
}

/* The whole point: the credential is there, the token is not. */
static int check_translation(const struct demo *demo, struct note *why)
{
	struct slice seen = demo_upstream_last(&demo->upstream);
	char wanted[64];

	(void)snprintf(wanted, sizeof(wanted), "Bearer %s", demo->folder.credential);
	if (demo->answer.status != 200 || demo->upstream.requests != 1) {
		return note_fail(why, -EPROTO, "the request did not come through: status %d",
			demo->answer.status);
	}
	if (!slice_equal(demo_head_value(demo_head_of(seen), SLICE("Authorization")),
		    slice_of(wanted))) {
		return note_fail(why, -EPROTO, "the upstream did not get its credential");
	}
	if (holds(seen, demo->folder.token)) {
		return note_fail(why, -EPROTO, "the upstream got the caller's token");
	}
	return 0;
}

static int show_translation(struct demo *demo, struct note *why)
{
	int err = ask(demo, demo->folder.token, why);

	if (err < 0) {
		return err;
	}
	printf("\nOne request, seen from both ends:\n\n");
	demo_table_print("the caller sent",
		demo_head_of((struct slice){ demo->request, demo->request_len }),
		"the upstream received", demo_head_of(demo_upstream_last(&demo->upstream)));
	err = check_translation(demo, why);
	if (err < 0) {
		return err;
	}
	printf("The caller's token ended at the proxy. The upstream's credential was put on there, and\n"
	       "the caller never had it.\n\n");
	return 0;
}

static int show_refusal(struct demo *demo, struct note *why)
{
	struct slice head, rest, line;
	int err = ask(demo, "somebody-elses", why);

	if (err < 0) {
		return err;
	}
	head = rest = demo_head_of((struct slice){ demo->answer.bytes, demo->answer.len });
	if (demo->answer.status != 401 || !demo_head_next(&rest, &line)) {
		return note_fail(why, -EPROTO, "a wrong token was answered with status %d",
			demo->answer.status);
	}
	if (demo->upstream.requests != 1) {
		return note_fail(why, -EPROTO, "a request with a wrong token reached the upstream");
	}
	printf("The same with another token is refused; the upstream saw nothing of it:\n\n");
	printf("  " SLICE_FMT "\n  " SLICE_FMT "\n\n", SLICE_ARG(line),
		SLICE_ARG(demo_head_line(head, SLICE("X-AT-Error-Reason"))));
	return 0;
}

/* ---- afterwards ---- */

static void suggest(const struct demo *demo)
{
	const char *program = demo->proxy.program;

	printf("To try next:\n\n"
	       "  %s demo --serve\n"
	       "      the same, and leaves it running for you to play with\n"
	       "  %s check\n"
	       "      says whether config.yaml and the lists beside it are sound\n"
	       "  %s -h\n"
	       "      every option and command\n\n"
	       "README.md tells how it works, docs/configuration.md what can be configured.\n",
		program, program, program);
}

static void suggest_request(const struct demo *demo, const char *path)
{
	printf("  curl -i -H 'Host: demo' -H 'Authorization: Bearer %s' \\\n"
	       "      http://127.0.0.1:%u%s\n",
		demo->folder.token, demo->proxy.port, path);
}

static void suggest_while_serving(const struct demo *demo)
{
	const char *program = demo->proxy.program, *folder = demo->folder.path;

	printf("It goes on running. To try next, in another terminal:\n\n");
	suggest_request(demo, "/messages/1");
	printf("        what you have just seen\n");
	suggest_request(demo, "/messages/private/1");
	printf("        403: %s/denylist.yaml forbids it\n", folder);
	printf("  $EDITOR %s/denylist.yaml\n"
	       "  %s reload -admin-socket %s/admin.sock\n"
	       "        and the next request is judged by what you wrote\n",
		folder, program, folder);
	printf("  %s status -admin-socket %s/admin.sock\n"
	       "        the workers, the generation, the last reload\n\n",
		program, folder);
	printf("README.md tells how it works, docs/configuration.md what can be configured. Ctrl-C ends\n"
	       "the demo. What follows is the proxy's log.\n\n");
}

static int serve(struct demo *demo, struct note *why)
{
	suggest_while_serving(demo);
	(void)fflush(stdout);
	demo->proxy.shows_log = true;
	demo_stage_idle(&demo->stage, &demo->proxy.gone);
	if (demo->proxy.gone) {
		return note_fail(why, -ECHILD, "the proxy has ended");
	}
	return 0;
}

static int play(struct demo *demo, bool serves, struct note *why)
{
	int err = set_up(demo, why);

	if (err < 0 || (err = show_translation(demo, why)) < 0 ||
		(err = show_refusal(demo, why)) < 0) {
		return err;
	}
	if (serves) {
		return serve(demo, why);
	}
	suggest(demo);
	return 0;
}

/* However far it got. */
static void take_down(struct demo *demo)
{
	demo_proxy_stop(&demo->proxy, &demo->stage);
	demo_upstream_close(&demo->upstream);
	demo_stage_close(&demo->stage);
	demo_folder_remove(&demo->folder);
}

static int run(void *options, char **rest)
{
	const struct words *words = options;
	struct note why = { "" };
	struct demo *demo;
	int err;

	(void)rest;
	demo = calloc(1, sizeof(*demo));
	check(demo != NULL);
	demo_stage_open(&demo->stage);
	err = play(demo, words->serve, &why);
	take_down(demo);
	free(demo);
	if (err < 0) {
		fprintf(stderr, "authtranslator: demo: %s\n", why.text);
	}
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command command_demo = {
	.name = "demo",
	.summary = "sends one request through a proxy of its own, and shows both ends",
	.usage = "Usage: authtranslator demo [options]",
	.flags = flags,
	.size = sizeof(struct words),
	.run = run,
};
