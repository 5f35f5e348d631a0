/* watch.c - one event handle for each document's directory, and two timers. */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/check.h"
#include "common/limits.h"
#include "master/load/source.h"
#include "master/watch.h"

static struct watch_look look_at(const char *path)
{
	struct stat found;

	if (stat(path, &found) < 0) {
		return (struct watch_look){ 0 };
	}
	return (struct watch_look){
		.device = found.st_dev,
		.inode = found.st_ino,
		.size = found.st_size,
		.modified = found.st_mtim,
		.changed = found.st_ctim, /* rights count: now it may be readable */
	};
}

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_file(const struct watch_look *a, const struct watch_look *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static bool is_same(const struct watch_look *a, const struct watch_look *b)
{
	return is_same_file(a, b) && a->size == b->size && is_same_time(a->modified, b->modified) &&
	       is_same_time(a->changed, b->changed);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status);

static int listen_for(struct watch_document *document)
{
	(void)uv_fs_event_stop(&document->event);
	return uv_fs_event_start(&document->event, on_event, document->directory, 0);
}

/* Listens to the directory that is there now: the one that we listened to may have been moved away
 * or replaced. Told once, when it begins to fail. */
static void follow_directory(struct watch_document *document)
{
	struct watch_look there = look_at(document->directory);
	int err;

	if (there.inode != 0 && is_same_file(&there, &document->watched)) {
		return;
	}
	err = listen_for(document);
	document->watched = err < 0 ? (struct watch_look){ 0 } : there;
	if (err < 0 && !document->missed) {
		log_error(document->watch->log, "watch add failed",
			LOG_STR("directory", document->directory),
			LOG_STR("error", uv_strerror(err)));
	}
	document->missed = err < 0;
}

static void on_still(uv_timer_t *timer)
{
	struct watch *watch = container_of(timer, struct watch, still);

	watch->restless_since = 0;
	watch->changed(watch);
}

/* A document that is written without an end must not put it off without an end. */
static void wait_for_stillness(struct watch *watch)
{
	uint64_t now = uv_now(watch->still.loop);

	if (watch->restless_since == 0) {
		watch->restless_since = now;
	}
	if (now - watch->restless_since < LIMIT_WATCH_RESTLESS_MS) {
		check(uv_timer_start(&watch->still, on_still, LIMIT_WATCH_STILL_MS, 0) == 0);
	}
}

static void look(struct watch *watch)
{
	bool moved = false;

	for (unsigned i = 0; i < watch->count; i++) {
		struct watch_document *document = &watch->documents[i];
		struct watch_look now;

		follow_directory(document);
		now = look_at(document->path);
		moved = moved || !is_same(&now, &document->seen);
		document->seen = now;
	}
	if (moved) {
		wait_for_stillness(watch);
	}
}

static void on_look(uv_timer_t *timer)
{
	struct watch *watch = container_of(timer, struct watch, look);

	watch->alerted = false;
	look(watch);
}

static void look_in(struct watch *watch, uint64_t ms)
{
	check(uv_timer_start(&watch->look, on_look, ms, LIMIT_WATCH_LOOK_MS) == 0);
}

/* Our own log may lie in the same directory: a look for each of its lines would be too many. */
static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
	struct watch *watch = container_of(event, struct watch_document, event)->watch;

	(void)name;
	(void)events;
	(void)status;
	if (!watch->alerted) {
		watch->alerted = true;
		look_in(watch, LIMIT_WATCH_EVENT_MS);
	}
}

static void on_closed(uv_handle_t *handle)
{
	struct watch *watch = handle->data;

	watch->handles--;
	for (unsigned i = 0; watch->handles == 0 && i < watch->count; i++) {
		free(watch->documents[i].directory);
		free(watch->documents[i].path);
	}
}

/* What stands before the last slash. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL   ? strdup(".")
			  : slash == path ? strdup("/")
					  : strndup(path, (size_t)(slash - path));

	check(directory != NULL);
	return directory;
}

static void add(struct watch *watch, uv_loop_t *loop, const struct load_source *source)
{
	struct slice where = slice_of(source->where), path = source_path(where);
	struct watch_document *document = &watch->documents[watch->count];

	if (source_is_remote(where)) {
		return;
	}
	watch->count++;
	document->watch = watch;
	document->path = strndup(path.at == NULL ? "" : path.at, path.len);
	check(document->path != NULL);
	document->directory = directory_of(document->path);
	document->event.data = watch;
	check(uv_fs_event_init(loop, &document->event) == 0);
	watch->handles++;
	follow_directory(document);
	document->seen = look_at(document->path);
}

static void open_timer(struct watch *watch, uv_loop_t *loop, uv_timer_t *timer)
{
	timer->data = watch;
	check(uv_timer_init(loop, timer) == 0);
	watch->handles++;
}

void watch_open(struct watch *watch, uv_loop_t *loop, struct log *log,
	const struct load_request *request, void (*changed)(struct watch *watch))
{
	*watch = (struct watch){ .log = log, .changed = changed };
	add(watch, loop, &request->config);
	add(watch, loop, &request->allowlist);
	add(watch, loop, &request->denylist);
	if (watch->count > 0) {
		open_timer(watch, loop, &watch->still);
		open_timer(watch, loop, &watch->look);
		look_in(watch, LIMIT_WATCH_LOOK_MS);
	}
}

void watch_close(struct watch *watch)
{
	if (watch->count == 0) {
		return;
	}
	for (unsigned i = 0; i < watch->count; i++) {
		uv_close((uv_handle_t *)&watch->documents[i].event, on_closed);
	}
	uv_close((uv_handle_t *)&watch->still, on_closed);
	uv_close((uv_handle_t *)&watch->look, on_closed);
}
