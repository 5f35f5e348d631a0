/* admin.c - accepts an operator's question, has it answered, and lets nobody stay. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/admin.h"
#include "master/status.h"

/* reading -> asked -> answering -> closed; at any time LIMIT_ADMIN_WAIT_MS ends it. */
struct client {
	uv_pipe_t pipe;
	uv_timer_t deadline;
	unsigned handles; /* that have not closed */
	struct admin *admin;
	struct client *next;
	char line[LIMIT_ADMIN_REQUEST_BYTES];
	size_t len;
	struct reload_waiter waiter;
	uv_write_t write;
	char *answer; /* from malloc; set once */
};

static void on_client_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;

	client->handles--;
	if (client->handles == 0) {
		free(client->answer);
		free(client);
	}
}

static void client_close(struct client *client)
{
	struct client **at = &client->admin->clients;

	if (uv_is_closing((uv_handle_t *)&client->pipe)) {
		return;
	}
	while (*at != client) {
		at = &(*at)->next;
	}
	*at = client->next;
	client->admin->client_count--;
	reload_forget(client->admin->reload, &client->waiter);
	client->pipe.data = client->deadline.data = client;
	uv_close((uv_handle_t *)&client->pipe, on_client_closed);
	uv_close((uv_handle_t *)&client->deadline, on_client_closed);
}

static void on_deadline(uv_timer_t *timer)
{
	client_close(container_of(timer, struct client, deadline));
}

static void on_written(uv_write_t *write, int status)
{
	(void)status;
	client_close(container_of(write, struct client, write));
}

/* Takes the object. */
static void client_answer(struct client *client, json_t *object)
{
	size_t len;
	uv_buf_t bytes;

	client->answer = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	check(client->answer != NULL);
	len = strlen(client->answer);
	client->answer[len] = '\n'; /* in the place of the NUL */
	bytes = uv_buf_init(client->answer, (unsigned)len + 1);
	if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &bytes, 1, on_written) < 0) {
		client_close(client);
	}
}

static void on_reloaded(
	struct reload_waiter *waiter, int err, unsigned generation, const struct note *why)
{
	struct client *client = container_of(waiter, struct client, waiter);

	client_answer(client,
		err == 0 ? json_pack("{s:b, s:i}", "ok", 1, "generation", (int)generation)
			 : json_pack("{s:b, s:o}", "ok", 0, "error", status_text(why->text)));
}

static void obey(struct client *client, struct slice order)
{
	struct admin *admin = client->admin;

	if (slice_equal(order, SLICE("status"))) {
		client_answer(client, status_make(admin->reload, admin->listener, admin->since));
	} else if (slice_equal(order, SLICE("reload"))) {
		client->waiter.done = on_reloaded;
		reload_ask(admin->reload, &client->waiter);
	} else {
		client_answer(client, json_pack("{s:b, s:s}", "ok", 0, "error",
					      "the admin socket knows status and reload"));
	}
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct client *client = container_of((uv_pipe_t *)handle, struct client, pipe);

	(void)suggested;
	*buf = uv_buf_init(
		client->line + client->len, (unsigned)(sizeof(client->line) - client->len));
}

/* Who has asked may close its side and still gets its answer. A line that does not fit ends in
 * UV_ENOBUFS, as an error like any other. */
static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct client *client = container_of((uv_pipe_t *)stream, struct client, pipe);
	struct slice line;
	size_t end;

	(void)buf;
	if (got < 0) {
		client_close(client);
		return;
	}
	client->len += (size_t)got;
	line = (struct slice){ client->line, client->len };
	end = slice_find(line, '\n', 0);
	if (end < line.len) {
		check(uv_read_stop(stream) == 0);
		obey(client, slice_sub(line, 0, end));
	}
}

static bool is_trusted(uv_pipe_t *pipe)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	uv_os_fd_t fd;

	return uv_fileno((uv_handle_t *)pipe, &fd) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void on_connection(uv_stream_t *listening, int status)
{
	struct admin *admin = container_of((uv_pipe_t *)listening, struct admin, pipe);
	struct client *client;

	if (status < 0) {
		return;
	}
	client = calloc(1, sizeof(*client));
	check(client != NULL);
	check(uv_pipe_init(listening->loop, &client->pipe, 0) == 0);
	check(uv_timer_init(listening->loop, &client->deadline) == 0);
	client->handles = 2;
	client->admin = admin;
	client->next = admin->clients;
	admin->clients = client;
	admin->client_count++;
	if (uv_accept(listening, (uv_stream_t *)&client->pipe) < 0 ||
		admin->client_count > LIMIT_ADMIN_CLIENTS || !is_trusted(&client->pipe) ||
		uv_read_start((uv_stream_t *)&client->pipe, on_room, on_read) < 0) {
		client_close(client);
		return;
	}
	check(uv_timer_start(&client->deadline, on_deadline, LIMIT_ADMIN_WAIT_MS, 0) == 0);
}

/* Is somebody listening at this path? */
static bool is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool alive =
		fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
				   errno == EAGAIN);

	if (fd >= 0) {
		close(fd);
	}
	return alive;
}

/* Binds with nobody else's rights from the first moment on: on Linux a socket file gets the mode of
 * the socket. */
static int bind_socket(const struct admin_path *path, int *out, struct note *why)
{
	struct sockaddr_un address = admin_path_address(path);
	struct stat found;
	int fd, err;

	if (is_alive(&address)) {
		return note_fail(why, -EADDRINUSE, "%s belongs to another instance", path->text);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return note_fail(why, -errno, "socket: %s", strerror(errno));
	}
	if (lstat(path->text, &found) == 0 && S_ISSOCK(found.st_mode)) {
		(void)unlink(path->text);
	}
	if (fchmod(fd, S_IRUSR | S_IWUSR) < 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		err = note_fail(why, -errno, "%s: %s", path->text, strerror(errno));
		close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

int admin_open(struct admin *admin, const char *given, struct reload *reload,
	const struct listener *listener, struct note *why)
{
	int fd = -1, err;

	*admin = (struct admin){ .reload = reload, .listener = listener, .since = time(NULL) };
	err = admin_path_find(given, &admin->path, why);
	if (err == 0) {
		err = admin_path_make_folder(given, &admin->path, why);
	}
	if (err == 0) {
		err = bind_socket(&admin->path, &fd, why);
	}
	if (err < 0) {
		return err;
	}
	check(uv_pipe_init(reload->supervise->loop, &admin->pipe, 0) == 0);
	admin->open = true;
	err = uv_pipe_open(&admin->pipe, fd);
	if (err == 0) {
		err = uv_listen((uv_stream_t *)&admin->pipe, LIMIT_ADMIN_CLIENTS, on_connection);
	}
	if (err < 0) {
		err = note_fail(why, err, "%s: %s", admin->path.text, uv_strerror(err));
		admin_close(admin);
	}
	return err;
}

void admin_close(struct admin *admin)
{
	while (admin->clients != NULL) {
		client_close(admin->clients);
	}
	if (admin->open) {
		(void)unlink(admin->path.text);
		uv_close((uv_handle_t *)&admin->pipe, NULL);
		admin->open = false;
	}
}
