/* orders.c - what each of the master's messages means, in the order of the conversation. */

#include "worker/orders.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/accept/accept.h"
#include "worker/control.h"
#include "worker/drain.h"
#include "worker/forward/resolve.h"
#include "worker/route.h"
#include "worker/vault.h"
#include "worker/worker.h"

typedef int order(struct worker *worker, struct control_message *message, struct note *why);

static int malformed(const struct control_message *message, struct note *why)
{
	return note_fail(why, -EPROTO, "%s: malformed", control_names[message->type]);
}

/* Whoever keeps the descriptor takes it; orders_obey closes what nobody took. */
static int take_fd(struct control_message *message)
{
	int fd = message->fd;

	message->fd = -1;
	return fd;
}

static int hear_hello(struct worker *worker, struct control_message *message, struct note *why)
{
	uint32_t version = wire_get_u32(&message->payload, UINT32_MAX);
	uint32_t generation = wire_get_u32(&message->payload, UINT32_MAX);
	uint32_t number = wire_get_u32(&message->payload, LIMIT_WORKERS - 1);

	if (!wire_finished(&message->payload)) {
		return malformed(message, why);
	}
	if (version != CONTROL_VERSION) {
		return note_fail(why, -EPROTO, "master speaks version %u, this worker %d", version,
			CONTROL_VERSION);
	}
	worker->generation = generation;
	worker->number = number;
	return 0;
}

static int hear_scoreboard(struct worker *worker, struct control_message *message, struct note *why)
{
	if (worker->board != NULL) {
		return malformed(message, why);
	}
	return scoreboard_open(message->fd, worker->number, &worker->board, why);
}

static int hear_listen(struct worker *worker, struct control_message *message, struct note *why)
{
	uint32_t slot = wire_get_u32(&message->payload, LIMIT_WORKERS - 1);

	if (!wire_finished(&message->payload)) {
		return malformed(message, why);
	}
	return accept_add(worker->acceptor, slot, take_fd(message), why);
}

static int hear_secret(struct worker *worker, struct control_message *message, struct note *why)
{
	uint32_t slot = wire_get_u32(&message->payload, LIMIT_SECRETS - 1);
	struct slice value = wire_get_slice(&message->payload, LIMIT_SECRET_BYTES);

	if (!wire_finished(&message->payload) || !vault_put(worker->vault, slot, value)) {
		return malformed(message, why);
	}
	return 0;
}

/* Maps the memfd for as long as it takes to decode it. */
static int decode_snapshot(struct worker *worker, int fd, size_t len, struct note *why)
{
	struct snapshot *snapshot;
	void *bytes = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	int err;

	if (bytes == MAP_FAILED) {
		return note_fail(why, -errno, "snapshot: mmap: %s", strerror(errno));
	}
	err = snapshot_decode((struct slice){ bytes, len }, worker->arena, &snapshot, why);
	(void)munmap(bytes, len);
	if (err == 0) {
		worker->snapshot = snapshot;
	}
	return err;
}

static int check_slots(const struct worker *worker, struct note *why)
{
	for (size_t slot = 0; slot < worker->snapshot->secrets.count; slot++) {
		if (!vault_has(worker->vault, (uint32_t)slot)) {
			return note_fail(why, -EPROTO, "secret slot %zu was not filled", slot);
		}
	}
	return 0;
}

/* Makes ready for everything that the snapshot says. */
static int open_snapshot(struct worker *worker, struct control_message *message, struct note *why)
{
	uint64_t len = wire_get_u64(&message->payload, LIMIT_SNAPSHOT_BYTES);
	struct stat file;
	int err;

	if (!wire_finished(&message->payload) || worker->snapshot != NULL ||
		worker->board == NULL || fstat(message->fd, &file) < 0 || file.st_size <= 0 ||
		(uint64_t)file.st_size != len) {
		return malformed(message, why);
	}
	err = decode_snapshot(worker, message->fd, (size_t)len, why);
	if (err < 0 || (err = check_slots(worker, why)) < 0) {
		return err;
	}
	log_set(worker->log, (enum log_level)worker->snapshot->settings.log_level,
		worker->snapshot->settings.log_json);
	return routes_open(worker, why);
}

/* The last of what we are told. The answer is READY, or why not. */
static int hear_snapshot(struct worker *worker, struct control_message *message, struct note *why)
{
	int err = open_snapshot(worker, message, why);

	if (err < 0) {
		control_say_failed(worker->control, why);
		return err;
	}
	control_say_ready(worker->control);
	return 0;
}

static int hear_start(struct worker *worker, struct control_message *message, struct note *why)
{
	(void)message;
	(void)why;
	accept_start(worker->acceptor);
	return 0;
}

static int hear_addresses(struct worker *worker, struct control_message *message, struct note *why)
{
	uint32_t question = wire_get_u32(&message->payload, UINT32_MAX);
	uint32_t count = wire_get_u32(&message->payload, LIMIT_ADDRESSES);
	struct slice addresses[LIMIT_ADDRESSES];

	for (uint32_t i = 0; i < count; i++) {
		addresses[i] = wire_get_slice(&message->payload, sizeof(struct sockaddr_in6));
	}
	if (!wire_finished(&message->payload)) {
		return malformed(message, why);
	}
	resolver_answer(worker->resolver, question, addresses, count);
	return 0;
}

static int hear_release(struct worker *worker, struct control_message *message, struct note *why)
{
	uint32_t slot = wire_get_u32(&message->payload, LIMIT_WORKERS - 1);

	if (!wire_finished(&message->payload)) {
		return malformed(message, why);
	}
	accept_remove(worker->acceptor, slot);
	return 0;
}

static int hear_adopt(struct worker *worker, struct control_message *message, struct note *why)
{
	struct slice unread = wire_get_slice(&message->payload, LIMIT_CONTROL_BYTES);

	if (!wire_finished(&message->payload)) {
		return malformed(message, why);
	}
	accept_adopt(worker->acceptor, take_fd(message), unread);
	return 0;
}

static int hear_drain(struct worker *worker, struct control_message *message, struct note *why)
{
	uint32_t within_ms = wire_get_u32(&message->payload, UINT32_MAX);
	bool hand_over = wire_get_u8(&message->payload, 1) != 0;

	if (!wire_finished(&message->payload)) {
		return malformed(message, why);
	}
	drain_begin(worker->drain, within_ms, hand_over);
	return 0;
}

/* One for each row of control_from_master. */
static order *const orders[CONTROL_TYPES] = {
	[CONTROL_HELLO] = hear_hello,
	[CONTROL_SCOREBOARD] = hear_scoreboard,
	[CONTROL_LISTEN] = hear_listen,
	[CONTROL_SECRET] = hear_secret,
	[CONTROL_SNAPSHOT] = hear_snapshot,
	[CONTROL_START] = hear_start,
	[CONTROL_ADDRESSES] = hear_addresses,
	[CONTROL_RELEASE] = hear_release,
	[CONTROL_ADOPT] = hear_adopt,
	[CONTROL_DRAIN] = hear_drain,
};

int orders_obey(struct worker *worker, struct control_message *message, struct note *why)
{
	int err = orders[message->type](worker, message, why);

	if (message->fd >= 0) {
		(void)close(message->fd);
	}
	return err;
}
