/* admin_test.c - the admin socket is ours alone, and whoever misuses it is sent away. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/admin.h"
#include "master/load/load.h"
#include "master/load/serve.h"
#include "test/lib/expect.h"

/* In the loader. No generation is ever formed: a reload fails at its load. */
int load(const struct load_request *request, struct loaded **out, struct note *why)
{
	(void)request;
	(void)out;
	return note_fail(why, -EINVAL, "no");
}

struct rig {
	uv_loop_t loop;
	struct log *log;
	struct supervise supervise;
	struct reload reload;
	struct listener listener;
	struct admin admin;
	char folder[64], path[96];
};

static void on_stopped(struct reload *reload)
{
	(void)reload;
}

static const struct reload_events events = { .stopped = on_stopped };

static struct rig *rig_open(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct worker_kit kit = { .loop = NULL };
	struct load_request request = {
		.config.where = "https://u:p@localhost/c.yaml?token=x",
		.allowlist.where = "",
		.denylist.where = "",
	};
	struct note why;

	check(rig != NULL && uv_loop_init(&rig->loop) == 0);
	(void)snprintf(rig->folder, sizeof(rig->folder), "/tmp/admin_test.XXXXXX");
	check(mkdtemp(rig->folder) != NULL);
	(void)snprintf(rig->path, sizeof(rig->path), "%s/admin.sock", rig->folder);
	rig->log = log_new(STDERR_FILENO, LOG_ERROR, false);
	supervise_open(&rig->supervise, &rig->loop, rig->log, 1, &kit);
	reload_init(&rig->reload, &rig->supervise, &request, NULL, 0, &events);
	assert_int_equal(admin_open(&rig->admin, rig->path, &rig->reload, &rig->listener, &why), 0);
	return rig;
}

static void rig_close(struct rig *rig)
{
	admin_close(&rig->admin);
	supervise_close(&rig->supervise);
	check(uv_run(&rig->loop, UV_RUN_DEFAULT) == 0);
	assert_int_equal(uv_loop_close(&rig->loop), 0);
	assert_int_equal(access(rig->path, F_OK), -1);
	assert_int_equal(rmdir(rig->folder), 0);
	log_free(&rig->log);
	free(rig);
}

static int connect_to(const struct rig *rig)
{
	struct sockaddr_un address = admin_path_address(&rig->admin.path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void turn(struct rig *rig)
{
	for (int i = 0; i < 10; i++) {
		(void)uv_run(&rig->loop, UV_RUN_NOWAIT);
	}
}

static void say(struct rig *rig, int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
	turn(rig);
}

/* What came until the end, which must have come. */
static const char *hear(int fd)
{
	static char text[4096];
	size_t len = 0;
	ssize_t got;

	while ((got = recv(fd, text + len, sizeof(text) - 1 - len, 0)) > 0) {
		len += (size_t)got;
	}
	assert_int_equal(got, 0);
	text[len] = '\0';
	close(fd);
	return text;
}

static void a_line_is_answered_by_an_object_and_the_end(void **state)
{
	struct rig *rig = rig_open();
	int fd = connect_to(rig);
	json_t *status;

	(void)state;
	say(rig, fd, "sta");
	say(rig, fd, "tus\n");
	status = json_loads(hear(fd), 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(status, "pid")), getpid());
	assert_true(json_is_null(json_object_get(status, "generation")));
	json_decref(status);
	rig_close(rig);
}

static void a_failed_reload_is_told_in_its_own_words(void **state)
{
	struct rig *rig = rig_open();
	int fd = connect_to(rig);

	(void)state;
	(void)send(fd, "reload\n", 7, 0);
	assert_int_equal(shutdown(fd, SHUT_WR), 0); /* as `echo reload | nc -UN` does */
	do {
		(void)uv_run(&rig->loop, UV_RUN_ONCE);
	} while (rig->reload.last.at == 0);
	turn(rig);
	assert_string_equal(hear(fd),
		"{\"ok\":false,\"error\":\"reload failed for "
		"https://REDACTED:REDACTED@localhost/c.yaml?REDACTED: no\"}\n");
	rig_close(rig);
}

static void what_is_unknown_or_too_long_leads_nowhere(void **state)
{
	struct rig *rig = rig_open();
	char flood[LIMIT_ADMIN_REQUEST_BYTES + 1];
	int fd = connect_to(rig);

	(void)state;
	say(rig, fd, "status \n");
	assert_string_equal(hear(fd),
		"{\"ok\":false,\"error\":\"the admin socket knows status and reload\"}\n");
	fd = connect_to(rig);
	memset(flood, 'x', sizeof(flood));
	flood[sizeof(flood) - 1] = '\0';
	say(rig, fd, flood);
	assert_string_equal(hear(fd), "");
	assert_int_equal(rig->admin.client_count, 0);
	rig_close(rig);
}

static void there_is_room_for_so_many_clients_and_no_more(void **state)
{
	struct rig *rig = rig_open();
	int fds[LIMIT_ADMIN_CLIENTS], late;

	(void)state;
	for (int i = 0; i < LIMIT_ADMIN_CLIENTS; i++) {
		fds[i] = connect_to(rig);
		turn(rig);
	}
	late = connect_to(rig);
	turn(rig);
	assert_string_equal(hear(late), "");
	assert_int_equal(rig->admin.client_count, LIMIT_ADMIN_CLIENTS);
	close(fds[0]);
	turn(rig);
	late = connect_to(rig);
	say(rig, late, "x\n");
	assert_string_not_equal(hear(late), "");
	for (int i = 1; i < LIMIT_ADMIN_CLIENTS; i++) {
		close(fds[i]);
	}
	rig_close(rig);
}

static void the_socket_is_for_our_user_alone(void **state)
{
	struct rig *rig = rig_open();
	struct stat found;

	(void)state;
	assert_int_equal(stat(rig->path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
	rig_close(rig);
}

static void a_living_instance_keeps_its_socket_a_dead_one_does_not(void **state)
{
	struct rig *rig = rig_open();
	struct admin second;
	struct note why;
	char old[104];

	(void)state;
	assert_int_equal(
		admin_open(&second, rig->path, &rig->reload, &rig->listener, &why), -EADDRINUSE);
	admin_close(&second);
	assert_int_equal(access(rig->path, F_OK), 0);
	(void)snprintf(old, sizeof(old), "%s.old", rig->path);
	assert_int_equal(link(rig->path, old), 0);
	admin_close(&rig->admin);
	turn(rig);
	assert_int_equal(rename(old, rig->path), 0);
	assert_int_equal(admin_open(&rig->admin, rig->path, &rig->reload, &rig->listener, &why), 0);
	rig_close(rig);
}

/* A path that was given by mistake costs nobody a file. */
static void what_is_no_socket_is_not_replaced(void **state)
{
	struct rig *rig = rig_open();
	struct admin second;
	struct note why;
	char path[80];
	FILE *file;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/precious", rig->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fclose(file);
	assert_int_equal(
		admin_open(&second, path, &rig->reload, &rig->listener, &why), -EADDRINUSE);
	admin_close(&second);
	assert_int_equal(unlink(path), 0);
	rig_close(rig);
}

static void the_path_is_found_where_it_was_put(void **state)
{
	struct admin_path path;
	struct note why;
	char long_path[200];

	(void)state;
	assert_int_equal(setenv("RUNTIME_DIRECTORY", "/run/one:/run/two", 1), 0);
	assert_int_equal(admin_path_find("", &path, &why), 0);
	assert_string_equal(path.text, "/run/one/admin.sock");
	assert_int_equal(admin_path_find("given", &path, &why), 0);
	assert_string_equal(path.text, "given");
	assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/user/7", 1), 0);
	assert_int_equal(admin_path_find("", &path, &why), 0);
	assert_string_equal(path.text, geteuid() == 0 ? "/run/authtranslator/admin.sock"
						      : "/run/user/7/authtranslator/admin.sock");
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(admin_path_find(long_path, &path, &why), -ENAMETOOLONG);
}

static void a_folder_that_others_can_write_to_is_not_trusted(void **state)
{
	char folder[] = "/tmp/admin_test.XXXXXX";
	char base[40], name[80];
	struct admin_path path;
	struct note why;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(base, sizeof(base), "%s/own", folder);
	assert_int_equal(setenv("RUNTIME_DIRECTORY", base, 1), 0);
	assert_int_equal(admin_path_find("", &path, &why), 0);
	assert_int_equal(admin_path_make_folder("", &path, &why), 0);
	assert_int_equal(admin_path_make_folder("", &path, &why), 0);
	assert_int_equal(chmod(base, 0777), 0);
	assert_int_equal(admin_path_make_folder("", &path, &why), -EPERM);
	(void)snprintf(name, sizeof(name), "%s/moved", folder);
	assert_int_equal(rename(base, name), 0);
	assert_int_equal(chmod(name, 0700), 0);
	assert_int_equal(symlink(name, base), 0);
	assert_int_equal(admin_path_make_folder("", &path, &why), -EPERM);
	assert_int_equal(unlink(base), 0);
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_answered_by_an_object_and_the_end),
		cmocka_unit_test(a_failed_reload_is_told_in_its_own_words),
		cmocka_unit_test(what_is_unknown_or_too_long_leads_nowhere),
		cmocka_unit_test(there_is_room_for_so_many_clients_and_no_more),
		cmocka_unit_test(the_socket_is_for_our_user_alone),
		cmocka_unit_test(a_living_instance_keeps_its_socket_a_dead_one_does_not),
		cmocka_unit_test(what_is_no_socket_is_not_replaced),
		cmocka_unit_test(the_path_is_found_where_it_was_put),
		cmocka_unit_test(a_folder_that_others_can_write_to_is_not_trusted),
	};

	(void)argc;
	if (load_is_served_as(argv[0])) {
		return load_serve();
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
