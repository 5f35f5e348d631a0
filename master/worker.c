/* worker.c - tells one worker what it is to know, hears it, and sees to its end. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/lookup.h"
#include "master/spawn.h"
#include "master/worker.h"

static void on_message(struct channel *channel, struct control_message *message);
static void on_eased(struct channel *channel);
static void on_ended(struct channel *channel, int err, const struct note *why);
static void on_deadline(uv_timer_t *timer);

static const struct channel_events channel_events = { on_message, on_eased, on_ended };

static struct worker *worker_of(struct channel *channel)
{
	return container_of(channel, struct worker, channel);
}

enum control_phase worker_phase(const struct worker *worker)
{
	return worker->channel.phase;
}

static bool is_in(const struct worker *worker, enum control_phase phase)
{
	return worker != NULL && worker->state == WORKER_RUNS && worker_phase(worker) == phase;
}

bool worker_is_ready(const struct worker *worker)
{
	return is_in(worker, CONTROL_STANDBY);
}

bool worker_serves(const struct worker *worker)
{
	return is_in(worker, CONTROL_SERVING);
}

#define TO(state) (1u << (state))

static void move(struct worker *worker, enum worker_state to)
{
	static const unsigned next[] = {
		[WORKER_RUNS] = TO(WORKER_CONDEMNED) | TO(WORKER_REAPED),
		[WORKER_CONDEMNED] = TO(WORKER_REAPED),
		[WORKER_REAPED] = 0,
	};

	check(next[worker->state] & TO(to));
	worker->state = to;
}

/* The first reason that is known is the one that is told. */
static void explain(struct worker *worker, const char *why)
{
	if (worker->why.text[0] == '\0') {
		note_append(&worker->why, "%s", why);
	}
}

void worker_kill(struct worker *worker, const char *why)
{
	explain(worker, why);
	worker->loaded = NULL; /* may be freed now */
	if (worker->state == WORKER_RUNS) {
		move(worker, WORKER_CONDEMNED);
		(void)kill(worker->pid, SIGKILL);
	}
}

/* What could not be said. That it has left already is about to be told by its end. */
static void fail(struct worker *worker, int err)
{
	if (err != -EPIPE) {
		worker_kill(worker, strerror(-err));
	}
}

static void await(struct worker *worker, uint64_t ms)
{
	check(uv_timer_start(&worker->deadline, on_deadline, ms, 0) == 0);
}

static int tell(struct worker *worker, enum control_type type, struct wire_writer *w, int fd)
{
	int err = channel_send(&worker->channel, type, wire_written(w), fd);

	wire_writer_fini(w);
	return err;
}

/* What is the same for every generation. */
static int tell_place(struct worker *worker)
{
	struct wire_writer hello = { 0 }, nothing = { 0 }, slot = { 0 };
	int err;

	wire_put_u32(&hello, CONTROL_VERSION);
	wire_put_u32(&hello, worker->generation_number);
	wire_put_u32(&hello, worker->slot);
	err = tell(worker, CONTROL_HELLO, &hello, -1);
	if (err == 0) {
		err = tell(worker, CONTROL_SCOREBOARD, &nothing, worker->kit->scoreboard);
	}
	if (err == 0) {
		wire_put_u32(&slot, worker->slot);
		err = tell(worker, CONTROL_LISTEN, &slot, worker->kit->listening[worker->slot]);
	}
	return err;
}

static int tell_secret(struct worker *worker)
{
	struct wire_writer w = { 0 };

	wire_put_u32(&w, (uint32_t)worker->told);
	wire_put_slice(&w, secret_reveal(worker->loaded->secrets[worker->told]));
	return tell(worker, CONTROL_SECRET, &w, -1);
}

static int tell_snapshot(struct worker *worker)
{
	struct wire_writer w = { 0 };

	wire_put_u64(&w, worker->loaded->len);
	return tell(worker, CONTROL_SNAPSHOT, &w, worker->loaded->fd);
}

/* There may be more secrets than a queue holds: goes on when the worker has read what it was sent.
 */
static void tell_generation(struct worker *worker)
{
	while (worker->loaded != NULL && channel_clear(&worker->channel)) {
		int err;

		if (worker->told < worker->loaded->secret_count) {
			err = tell_secret(worker);
			worker->told++;
		} else {
			err = tell_snapshot(worker);
			worker->loaded = NULL;
		}
		if (err < 0) {
			fail(worker, err);
			return;
		}
	}
}

int worker_spawn(const struct worker_kit *kit, struct generation *generation, unsigned number,
	unsigned slot, const struct loaded *loaded, struct worker **out, struct note *why)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int socket, err;

	check(worker != NULL);
	*worker = (struct worker){
		.kit = kit,
		.generation = generation,
		.generation_number = number,
		.slot = slot,
		.loaded = loaded,
		.started_at = time(NULL),
	};
	err = spawn(kit->path, &worker->pid, &socket, why);
	if (err < 0) {
		goto fail;
	}
	err = channel_open(&worker->channel, kit->loop, socket, &channel_events, why);
	if (err < 0) {
		(void)kill(worker->pid, SIGKILL);
		(void)waitpid(worker->pid, NULL, 0);
		goto fail;
	}
	check(uv_timer_init(kit->loop, &worker->deadline) == 0);
	worker->handles = 2;
	await(worker, kit->ready_ms);
	err = tell_place(worker);
	if (err < 0) {
		fail(worker, err);
	} else {
		tell_generation(worker);
	}
	*out = worker;
	return 0;

fail:
	free(worker);
	return err;
}

void worker_start(struct worker *worker)
{
	int err = channel_send(&worker->channel, CONTROL_START, SLICE(""), -1);

	if (err < 0) {
		fail(worker, err);
	}
}

void worker_drain(struct worker *worker, uint64_t drain_ms, bool handover)
{
	struct wire_writer w = { 0 };
	int err;

	worker->drain_ms = drain_ms;
	wire_put_u32(&w, drain_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)drain_ms);
	wire_put_u8(&w, handover);
	err = tell(worker, CONTROL_DRAIN, &w, -1);
	if (err < 0) {
		fail(worker, err);
		return;
	}
	await(worker, worker->kit->draining_ms);
}

typedef void hearer(struct worker *worker, struct control_message *message);

static void hear_ready(struct worker *worker, struct control_message *message)
{
	(void)message;
	check(uv_timer_stop(&worker->deadline) == 0);
	if (worker_is_ready(worker)) {
		worker->kit->events->ready(worker);
	}
}

/* Its words are shown to operators: as text, whatever they are. */
static void hear_failed(struct worker *worker, struct control_message *message)
{
	struct slice text = wire_get_slice(&message->payload, sizeof(worker->why.text) - 1);
	char words[sizeof(worker->why.text)];

	for (size_t i = 0; i < text.len; i++) {
		words[i] = text.at[i] < ' ' || text.at[i] > '~' ? '?' : text.at[i];
	}
	words[text.len] = '\0';
	worker_kill(worker, text.len > 0 ? words : "failed without saying why");
}

static void hear_resolve(struct worker *worker, struct control_message *message)
{
	if (lookup_ask(worker, &message->payload) < 0) {
		worker_kill(worker, "asked for a name in a way that is not agreed");
	}
}

static void hear_draining(struct worker *worker, struct control_message *message)
{
	(void)message;
	await(worker, worker->drain_ms + LIMIT_GOODBYE_MS);
	worker->kit->events->draining(worker);
}

static void hear_handover(struct worker *worker, struct control_message *message)
{
	struct wire_reader payload = message->payload;
	struct slice whole = { (const char *)payload.at, (size_t)(payload.end - payload.at) };

	(void)wire_get_slice(&payload, LIMIT_CONTROL_BYTES);
	if (!wire_finished(&payload)) {
		close(message->fd);
		worker_kill(worker, "handed a connection over in a way that is not agreed");
		return;
	}
	worker->kit->events->handover(worker, whole, message->fd);
}

/* It ends now; what is awaited is that. */
static void hear_drained(struct worker *worker, struct control_message *message)
{
	(void)worker;
	(void)message;
}

/* One for each row of control_from_worker, in the order of the conversation. */
static hearer *const hearers[CONTROL_TYPES] = {
	[CONTROL_READY] = hear_ready,
	[CONTROL_FAILED] = hear_failed,
	[CONTROL_RESOLVE] = hear_resolve,
	[CONTROL_DRAINING] = hear_draining,
	[CONTROL_HANDOVER] = hear_handover,
	[CONTROL_DRAINED] = hear_drained,
};

static void on_message(struct channel *channel, struct control_message *message)
{
	hearers[message->type](worker_of(channel), message);
}

static void on_eased(struct channel *channel)
{
	struct worker *worker = worker_of(channel);

	tell_generation(worker);
	worker->kit->events->eased(worker);
}

static void on_closed(uv_handle_t *handle)
{
	struct worker *worker = handle->data;

	worker->handles--;
	if (worker->handles == 0) {
		worker->kit->events->gone(worker);
		free(worker);
	}
}

static void close_handles(struct worker *worker)
{
	if (uv_is_closing((uv_handle_t *)&worker->deadline)) {
		return;
	}
	lookup_forget(worker);
	worker->channel.poll.data = worker;
	worker->deadline.data = worker;
	channel_close(&worker->channel, on_closed);
	uv_close((uv_handle_t *)&worker->deadline, on_closed);
}

static void close_when_over(struct worker *worker)
{
	if (worker->state == WORKER_REAPED && worker->channel.over) {
		close_handles(worker);
	}
}

/* A worker ends behind its last word. One that only closed its socket is helped. */
static void on_ended(struct channel *channel, int err, const struct note *why)
{
	struct worker *worker = worker_of(channel);

	if (err != -EPIPE) {
		worker_kill(worker, why->text[0] != '\0' ? why->text : strerror(-err));
	} else if (worker->state != WORKER_REAPED) {
		await(worker, LIMIT_GOODBYE_MS);
	}
	close_when_over(worker);
}

/* What should have come has not. */
static void on_deadline(uv_timer_t *timer)
{
	static const char *const late[CONTROL_PHASES] = {
		[CONTROL_SPAWNED] = "was not ready in time",
		[CONTROL_ENDING] = "did not stop accepting in time",
		[CONTROL_LEAVING] = "had requests running at the end of -drain-timeout",
	};
	struct worker *worker = container_of(timer, struct worker, deadline);

	if (worker->state == WORKER_REAPED) {
		close_handles(worker); /* nobody could take its last connections in time */
	} else if (worker->channel.over) {
		worker_kill(worker, "closed its control socket");
	} else {
		worker_kill(worker, late[worker_phase(worker)]);
	}
}

static void explain_status(struct worker *worker, int status)
{
	struct note note = { "" };

	if (WIFSIGNALED(status)) {
		note_append(&note, "ended by signal %d", WTERMSIG(status));
	} else if (WEXITSTATUS(status) == SPAWN_CANNOT_EXECUTE) {
		note_append(&note, "%s can't be executed", worker->kit->path);
	} else {
		note_append(&note, "ended with status %d", WEXITSTATUS(status));
	}
	worker->orderly = status == 0 && worker->why.text[0] == '\0';
	explain(worker, note.text);
}

/* Its last words may still be in the socket: why it failed, or the connections that it handed over.
 * They are heard before it counts as dead, or later when the channel is held. */
void worker_reap(struct worker *worker)
{
	int status = 0;

	if (worker->state == WORKER_REAPED || waitpid(worker->pid, &status, WNOHANG) == 0) {
		return;
	}
	move(worker, WORKER_REAPED);
	channel_hear(&worker->channel);
	explain_status(worker, status);
	worker->kit->events->died(worker);
	close_when_over(worker);
}
