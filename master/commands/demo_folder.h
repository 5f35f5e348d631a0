/* demo_folder.h - the demo's own folder: its three documents and its two secrets, which are other
 * ones at every run. */

#pragma once

#include <limits.h>
#include <stdint.h>

#include "common/note.h"

enum { DEMO_SECRET_ROOM = 32 };

struct demo_folder {
	char path[PATH_MAX];               /* "": there is none */
	int lock;                          /* held as long as there is one */
	char token[DEMO_SECRET_ROOM];      /* what the caller has */
	char credential[DEMO_SECRET_ROOM]; /* what the upstream wants */
};

/* Nobody else can read it. Those that killed demos left go first. A failed call leaves nothing
 * behind. */
int demo_folder_make(struct demo_folder *folder, uint16_t upstream_port, struct note *why);

/* With all that is in it by then. None is fine. */
void demo_folder_remove(struct demo_folder *folder);
