/* fetch_test.c - a request goes out as its caller wants it, and any status is an answer. The way
 * there, TLS, proxies and bad answers are stories: test/scenario/56_documents_from_afar.py. */

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "master/fetch/fetch.h"
#include "test/lib/expect.h"

/* Answers one request, and keeps it. */
struct server {
	int listening;
	pthread_t thread;
	const char *answer;
	char url[64], request[2048];
};

static void *serve(void *arg)
{
	struct server *server = arg;
	int caller = accept(server->listening, NULL, NULL);
	size_t len = 0;
	ssize_t got;

	if (caller < 0) {
		return NULL; /* nobody came until the end */
	}
	while (strstr(server->request, "\r\n\r\n") == NULL &&
		(got = recv(caller, server->request + len, sizeof(server->request) - 1 - len, 0)) >
			0) {
		len += (size_t)got;
	}
	(void)send(caller, server->answer, strlen(server->answer), MSG_NOSIGNAL);
	close(caller);
	return NULL;
}

static void start(struct server *server, const char *answer)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	*server = (struct server){ .answer = answer };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(bind(server->listening, (struct sockaddr *)&address, len) == 0);
	check(listen(server->listening, 5) == 0);
	check(getsockname(server->listening, (struct sockaddr *)&address, &len) == 0);
	(void)snprintf(
		server->url, sizeof(server->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
	check(pthread_create(&server->thread, NULL, serve, server) == 0);
}

static void stop(struct server *server)
{
	(void)shutdown(server->listening, SHUT_RDWR);
	check(pthread_join(server->thread, NULL) == 0);
	close(server->listening);
}

static void a_request_goes_out_as_it_was_made(void **state)
{
	const struct header headers[] = { { SLICE("X-Vault-Token"), SLICE("hush") },
		{ SLICE("Authorization"), SLICE("Bearer own") } };
	struct arena *arena = arena_new("test", 1024);
	struct fetch_answer answer;
	struct server server;
	struct fetch fetch = {
		.method = SLICE("POST"),
		.headers = headers,
		.header_count = 2,
		.body = SLICE("{\"role\":1}"),
		.max_bytes = 5,
	};
	char wanted[400];

	(void)state;
	start(&server, "HTTP/1.1 403 No\r\nX-Y: z\r\nContent-Length: 5\r\n\r\nhello");
	fetch.url = arena_printf(arena, "http://u:p@%s/a%%2Fb?c", server.url + strlen("http://"));
	assert_int_equal(fetch_run(&fetch, arena, &answer, NULL), 0);
	stop(&server);
	assert_int_equal(answer.head.status, 403);
	expect_text(message_header(&answer.head, SLICE("X-Y")), "z");
	expect_text(answer.body, "hello");
	fetch_forget(&answer);
	assert_null(answer.body.at);
	(void)snprintf(wanted, sizeof(wanted),
		"POST /a%%2Fb?c HTTP/1.1\r\nHost: %s\r\nUser-Agent: authtranslator/" VERSION "\r\n"
		"X-Vault-Token: hush\r\nAuthorization: Bearer own\r\nContent-Length: 10\r\n"
		"Connection: close\r\n\r\n",
		server.url + strlen("http://"));
	assert_memory_equal(server.request, wanted, strlen(wanted));
	arena_free(&arena);
}

static int ask(const struct server *server, struct fetch fetch, struct note *why)
{
	struct arena *arena = arena_new("test", 1024);
	struct fetch_answer answer;
	int err;

	fetch.url = slice_of(server->url);
	err = fetch_run(&fetch, arena, &answer, why);
	if (err == 0) {
		err = answer.head.status;
		fetch_forget(&answer);
	}
	arena_free(&arena);
	return err;
}

static void a_redirect_is_an_answer_to_who_follows_none(void **state)
{
	struct server server;

	(void)state;
	start(&server,
		"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(ask(&server, (struct fetch){ .redirects = 0 }, NULL), 307);
	stop(&server);
}

/* A fake store that answers with another address must not be shown the token a second time. */
static void headers_of_our_own_go_to_one_host_only(void **state)
{
	const struct header token = { SLICE("X-Vault-Token"), SLICE("hush") };
	const struct fetch fetch = { .headers = &token, .header_count = 1, .redirects = 5 };
	struct server server, far;
	char answer[200];
	struct note why;

	(void)state;
	start(&far, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	(void)snprintf(answer, sizeof(answer),
		"HTTP/1.1 307 Elsewhere\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n", far.url);
	start(&server, answer);
	assert_int_equal(ask(&server, fetch, &why), -EACCES);
	stop(&server);
	stop(&far);
	assert_string_equal(far.request, "");
	assert_non_null(strstr(why.text, "must not get our credentials"));
}

static void a_header_can_not_become_two(void **state)
{
	static const char *const values[] = { "hush\n", "a\r\nX-Y: z", "a\tb", "\x7f" };
	struct server server;
	struct note why;

	(void)state;
	start(&server, "");
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		const struct header header = { SLICE("X-Token"), slice_of(values[i]) };
		const struct fetch fetch = { .headers = &header, .header_count = 1 };

		assert_int_equal(ask(&server, fetch, &why), -EINVAL);
		assert_string_equal(why.text, "control byte in header X-Token");
	}
	stop(&server);
	assert_string_equal(server.request, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_goes_out_as_it_was_made),
		cmocka_unit_test(a_redirect_is_an_answer_to_who_follows_none),
		cmocka_unit_test(headers_of_our_own_go_to_one_host_only),
		cmocka_unit_test(a_header_can_not_become_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
