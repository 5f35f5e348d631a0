/* lookup.c - one question, one uv_getaddrinfo, one answer. */

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/lookup.h"
#include "master/worker.h"

/* Lives until its look-up has ended, which nothing can hurry: a worker may be gone before it. */
struct question {
	uv_getaddrinfo_t lookup;
	struct worker *worker; /* NULL: nobody waits any more */
	struct question *next;
	uint32_t number; /* the worker's own */
	uint16_t port;
};

static bool is_inet(const struct addrinfo *found)
{
	return (found->ai_family == AF_INET && found->ai_addrlen == sizeof(struct sockaddr_in)) ||
	       (found->ai_family == AF_INET6 && found->ai_addrlen == sizeof(struct sockaddr_in6));
}

static uint32_t count_inet(const struct addrinfo *found)
{
	uint32_t count = 0;

	for (; found != NULL && count < LIMIT_ADDRESSES; found = found->ai_next) {
		count += is_inet(found);
	}
	return count;
}

/* In the resolver's order, which is the order of preference. A worker that can't take the answer
 * now stops waiting by itself. */
static void answer(
	struct worker *worker, uint32_t number, uint16_t port, const struct addrinfo *found)
{
	struct wire_writer w = { 0 };
	uint32_t count = count_inet(found);

	wire_put_u32(&w, number);
	wire_put_u32(&w, count);
	for (; count > 0; found = found->ai_next) {
		struct sockaddr_in6 address;

		if (is_inet(found)) {
			memcpy(&address, found->ai_addr, found->ai_addrlen);
			address.sin6_port = htons(port); /* IPv4 has it in the same place */
			wire_put_slice(
				&w, (struct slice){ (const char *)&address, found->ai_addrlen });
			count--;
		}
	}
	(void)channel_send(&worker->channel, CONTROL_ADDRESSES, wire_written(&w), -1);
	wire_writer_fini(&w);
}

static void unlink_question(struct question *question)
{
	struct worker *worker = question->worker;

	for (struct question **at = &worker->questions; *at != NULL; at = &(*at)->next) {
		if (*at == question) {
			*at = question->next;
			worker->question_count--;
			return;
		}
	}
}

static void on_found(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
	struct question *question = container_of(lookup, struct question, lookup);

	if (question->worker != NULL) {
		unlink_question(question);
		answer(question->worker, question->number, question->port,
			status == 0 ? found : NULL);
	}
	uv_freeaddrinfo(found);
	free(question);
}

int lookup_ask(struct worker *worker, struct wire_reader *payload)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	uint32_t number = wire_get_u32(payload, UINT32_MAX);
	struct slice host = wire_get_slice(payload, CONTROL_HOST_BYTES);
	uint32_t port = wire_get_u32(payload, UINT16_MAX);
	char name[CONTROL_HOST_BYTES + 1];
	struct question *question;

	if (!wire_finished(payload) || host.len == 0 || memchr(host.at, '\0', host.len) != NULL) {
		return -EPROTO;
	}
	if (worker->question_count >= LIMIT_QUESTIONS) {
		answer(worker, number, (uint16_t)port, NULL);
		return 0;
	}
	memcpy(name, host.at, host.len);
	name[host.len] = '\0';
	question = calloc(1, sizeof(*question));
	check(question != NULL);
	*question = (struct question){
		.worker = worker,
		.next = worker->questions,
		.number = number,
		.port = (uint16_t)port,
	};
	if (uv_getaddrinfo(worker->kit->loop, &question->lookup, on_found, name, NULL, &hints) <
		0) {
		free(question);
		answer(worker, number, (uint16_t)port, NULL);
		return 0;
	}
	worker->questions = question;
	worker->question_count++;
	return 0;
}

void lookup_forget(struct worker *worker)
{
	while (worker->questions != NULL) {
		struct question *question = worker->questions;

		worker->questions = question->next;
		question->worker = NULL;
		(void)uv_cancel((uv_req_t *)&question->lookup); /* if it has not begun */
	}
	worker->question_count = 0;
}
