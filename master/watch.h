/* watch.h - notices that a document has changed (-watch).
 *
 * Events of the documents' directories make it quick, a look every few seconds makes it sure: it
 * sees what no event tells of (another file system, a directory that came back, the target of a
 * link far away). Either way what counts is what a path leads to: a document has changed when
 * another file is there, or the same one with another size or time. So a file beside it, which
 * changes often in some directories, means nothing, and a swapped link of Kubernetes much.
 *
 *   still      a document differs from when it was last seen       -> restless
 *   restless   none has changed any more for LIMIT_WATCH_STILL_MS  -> `changed`, still
 *              or it goes on for LIMIT_WATCH_RESTLESS_MS           -> the same */

#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>
#include <uv.h>

#include "common/log.h"
#include "master/load/load_request.h"

enum { WATCH_DOCUMENTS = 3 };

/* What a path leads to; all zero when to nothing. */
struct watch_look {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

struct watch_document {
	struct watch *watch;
	char *path, *directory;
	uv_fs_event_t event;
	struct watch_look watched; /* the directory that `event` is about; zero: none */
	bool missed;               /* it can't be watched, and the log says so */
	struct watch_look seen;
};

struct watch {
	struct log *log;
	struct watch_document documents[WATCH_DOCUMENTS];
	unsigned count;   /* 0: nothing to watch, and no handle is open */
	unsigned handles; /* that have not closed */
	uv_timer_t still; /* runs while restless ... */
	uint64_t restless_since;
	uv_timer_t look;
	bool alerted; /* an event has brought the next look nearer */
	void (*changed)(struct watch *watch);
};

/* Watches the documents of `request` that are files here. What differs from now on counts, so it
 * is called before the first load. */
void watch_open(struct watch *watch, uv_loop_t *loop, struct log *log,
	const struct load_request *request, void (*changed)(struct watch *watch));

/* The struct is needed until the loop has run once more. One that was never opened is fine. */
void watch_close(struct watch *watch);
