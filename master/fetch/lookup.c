/* lookup.c - asks the resolver in a thread of its own, because nothing can hurry getaddrinfo: who
 * has waited long enough leaves it behind. */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "master/fetch/lookup.h"

enum { NAME_BYTES = 254, MS_IN_S = 1000, NS_IN_MS = 1000 * 1000 };

/* Belongs to both sides; the last one to leave frees it. */
struct question {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool answered, abandoned;
	char name[NAME_BYTES + 1], port[6];
	int err; /* of getaddrinfo */
	struct addrinfo *found;
};

static struct question *question_new(struct slice name, uint16_t port)
{
	struct question *question = calloc(1, sizeof(*question));
	pthread_condattr_t monotonic;

	check(question != NULL);
	check(pthread_mutex_init(&question->lock, NULL) == 0);
	check(pthread_condattr_init(&monotonic) == 0);
	check(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
	check(pthread_cond_init(&question->changed, &monotonic) == 0);
	(void)pthread_condattr_destroy(&monotonic);
	memcpy(question->name, name.at, name.len);
	(void)snprintf(question->port, sizeof(question->port), "%u", port);
	return question;
}

static void question_free(struct question *question)
{
	if (question->found != NULL) {
		freeaddrinfo(question->found);
	}
	(void)pthread_cond_destroy(&question->changed);
	(void)pthread_mutex_destroy(&question->lock);
	free(question);
}

static void *ask(void *arg)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct question *question = arg;
	struct addrinfo *found = NULL;
	int err = getaddrinfo(question->name, question->port, &hints, &found);
	bool abandoned;

	(void)pthread_mutex_lock(&question->lock);
	question->err = err;
	question->found = err == 0 ? found : NULL;
	question->answered = true;
	abandoned = question->abandoned;
	(void)pthread_cond_signal(&question->changed);
	(void)pthread_mutex_unlock(&question->lock);
	if (abandoned) {
		question_free(question);
	}
	return NULL;
}

static int start_asking(struct question *question)
{
	pthread_attr_t detached;
	pthread_t thread;
	int err;

	check(pthread_attr_init(&detached) == 0);
	check(pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0);
	err = pthread_create(&thread, &detached, ask, question);
	(void)pthread_attr_destroy(&detached);
	return -err;
}

/* False when the answer did not come in time: then the question is the thread's alone. */
static bool await_answer(struct question *question, struct patience patience)
{
	const struct timespec end = { patience.ends_ms / MS_IN_S,
		patience.ends_ms % MS_IN_S * NS_IN_MS };
	bool answered;
	int err = 0;

	(void)pthread_mutex_lock(&question->lock);
	while (!question->answered && err == 0) {
		err = patience.ends_ms == 0
			      ? pthread_cond_wait(&question->changed, &question->lock)
			      : pthread_cond_timedwait(&question->changed, &question->lock, &end);
	}
	answered = question->answered;
	question->abandoned = !answered;
	(void)pthread_mutex_unlock(&question->lock);
	return answered;
}

int lookup(struct slice name, uint16_t port, struct patience patience, struct addrinfo **out,
	struct note *why)
{
	struct question *question;
	int err;

	if (name.len == 0 || name.len > NAME_BYTES || memchr(name.at, '\0', name.len) != NULL) {
		return note_fail(why, -EINVAL, "this can't be a host's name");
	}
	question = question_new(name, port);
	err = start_asking(question);
	if (err < 0) {
		question_free(question);
		return note_fail(why, err, "looking up the name: %s", strerror(-err));
	}
	if (!await_answer(question, patience)) {
		return note_fail(why, -ETIMEDOUT, "looking up the name timed out");
	}
	if (question->err == 0) {
		*out = question->found;
		question->found = NULL;
	} else {
		err = note_fail(why, -EHOSTUNREACH, "lookup " SLICE_FMT ": %s", SLICE_ARG(name),
			gai_strerror(question->err));
	}
	question_free(question);
	return err;
}
