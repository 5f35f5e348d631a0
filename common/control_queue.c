/* control_queue.c - keeps messages until their socket takes them. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "common/control_queue.h"
#include "common/secret.h"

/* A message that waits. */
struct control_parcel {
	struct control_parcel *next;
	enum control_type type;
	int fd; /* our own copy, or -1 */
	size_t len;
	char bytes[];
};

static int keep(struct control_queue *queue, enum control_type type, struct slice payload, int fd)
{
	struct control_parcel *parcel;
	int copy = -1;

	if (payload.len > LIMIT_CONTROL_BYTES) {
		return -EMSGSIZE;
	}
	if (!control_queue_has_room(queue)) {
		return -ENOBUFS;
	}
	if (fd >= 0) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, CONTROL_FD + 1);
		if (copy < 0) {
			return -errno;
		}
	}
	parcel = malloc(sizeof(*parcel) + payload.len);
	check(parcel != NULL);
	*parcel = (struct control_parcel){ .type = type, .fd = copy, .len = payload.len };
	if (payload.len > 0) {
		memcpy(parcel->bytes, payload.at, payload.len);
	}
	if (queue->first == NULL) {
		queue->first = parcel;
	} else {
		queue->last->next = parcel;
	}
	queue->last = parcel;
	queue->count++;
	return 0;
}

int control_queue_put(
	struct control_queue *queue, enum control_type type, struct slice payload, int fd)
{
	int err = -EAGAIN;

	if (control_queue_is_empty(queue)) {
		err = control_send(queue->socket, type, payload, fd);
	}
	return err == -EAGAIN ? keep(queue, type, payload, fd) : err;
}

/* It may hold a secret, or what a caller sent. */
static void drop_first(struct control_queue *queue)
{
	struct control_parcel *parcel = queue->first;

	queue->first = parcel->next;
	queue->count--;
	if (parcel->fd >= 0) {
		(void)close(parcel->fd);
	}
	secret_wipe(parcel->bytes, parcel->len);
	free(parcel);
}

int control_queue_flush(struct control_queue *queue)
{
	int err = 0;

	while (queue->first != NULL && err == 0) {
		const struct control_parcel *parcel = queue->first;
		struct slice payload = { parcel->bytes, parcel->len };

		err = control_send(queue->socket, parcel->type, payload, parcel->fd);
		if (err == 0) {
			drop_first(queue);
		}
	}
	if (err < 0 && err != -EAGAIN) {
		control_queue_clear(queue);
	}
	return err;
}

bool control_queue_is_empty(const struct control_queue *queue)
{
	return queue->first == NULL;
}

bool control_queue_has_room(const struct control_queue *queue)
{
	return queue->count < LIMIT_CONTROL_QUEUE;
}

void control_queue_clear(struct control_queue *queue)
{
	while (queue->first != NULL) {
		drop_first(queue);
	}
}
