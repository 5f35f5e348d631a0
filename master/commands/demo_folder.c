/* demo_folder.c - writes the demo's documents, and removes them again: at the end, or, where a demo
 * was killed, at the beginning of the next one. */

#include "master/commands/demo_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/random.h"

#define NAME "at-demo-" /* and six characters */

/* Paths are relative: the proxy is started in the folder. */
static const char config[] =
	"integrations:\n"
	"  - name: demo                    # callers ask for it by this name: Host: demo\n"
	"    destination: http://127.0.0.1:%u\n"
	"    incoming_auth:                # the proof that a caller gives\n"
	"      - type: token\n"
	"        params:\n"
	"          secrets: [\"file:caller-token\"]\n"
	"          header: Authorization\n"
	"          prefix: \"Bearer \"\n"
	"    outgoing_auth:                # the credential that the upstream gets\n"
	"      - type: token\n"
	"        params:\n"
	"          secrets: [\"file:upstream-credential\"]\n"
	"          header: Authorization\n"
	"          prefix: \"Bearer \"\n";

static const char allowlist[] =
	"- integration: demo\n"
	"  callers:\n"
	"    - id: \"*\"                     # every caller that gave its proof\n"
	"      rules:\n"
	"        - path: /messages/**\n"
	"          methods: {GET: {}, POST: {}}\n";

static const char denylist[] = "- integration: demo\n"
			       "  callers:\n"
			       "    - id: \"*\"\n"
			       "      rules:\n"
			       "        - path: /messages/private/**\n"
			       "          methods: {GET: {}, POST: {}}\n";

/* "caller-0123456789abcdef": random, and short enough for a table. */
static void make_secret(char *to, const char *prefix, struct random *random)
{
	uint8_t bytes[8];
	size_t len = (size_t)snprintf(to, DEMO_SECRET_ROOM, "%s-", prefix);

	random_bytes(random, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		len += (size_t)snprintf(to + len, DEMO_SECRET_ROOM - len, "%02x", bytes[i]);
	}
}

static int write_file(const struct demo_folder *folder, const char *name, const char *text,
	size_t len, struct note *why)
{
	char path[PATH_MAX + 32];
	int fd, err = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		return note_fail(why, -errno, "%s: %s", path, strerror(errno));
	}
	if (write(fd, text, len) != (ssize_t)len) {
		err = note_fail(why, -EIO, "%s can't be written", path);
	}
	(void)close(fd);
	return err;
}

static int write_files(const struct demo_folder *folder, uint16_t port, struct note *why)
{
	char configured[sizeof(config) + 8];
	const char *const files[][2] = {
		{ "config.yaml", configured },
		{ "allowlist.yaml", allowlist },
		{ "denylist.yaml", denylist },
		{ "caller-token", folder->token },
		{ "upstream-credential", folder->credential },
	};
	int err = 0;

	(void)snprintf(configured, sizeof(configured), config, port);
	for (size_t i = 0; err == 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		err = write_file(folder, files[i][0], files[i][1], strlen(files[i][1]), why);
	}
	return err;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static void remove_all(const char *path)
{
	if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0) {
		fprintf(stderr, "authtranslator: %s can't be removed: %s\n", path, strerror(errno));
	}
}

/* Whoever has the lock on a folder may use it, or remove it. -1: it is not ours, somebody else has
 * it, or it is gone. */
static int lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat held, there;

	if (fd >= 0 && fstat(fd, &held) == 0 && held.st_uid == geteuid() &&
		flock(fd, LOCK_EX | LOCK_NB) == 0 && lstat(path, &there) == 0 &&
		there.st_ino == held.st_ino && there.st_dev == held.st_dev) {
		return fd;
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return -1;
}

/* A demo that was killed could not tidy up, so the next one does. */
static void remove_orphans(const char *place)
{
	char pattern[PATH_MAX];
	glob_t found;

	(void)snprintf(pattern, sizeof(pattern), "%s/" NAME "??????", place);
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			int fd = lock(found.gl_pathv[i]);

			if (fd >= 0) {
				remove_all(found.gl_pathv[i]);
				(void)close(fd);
			}
		}
		globfree(&found);
	}
}

/* A new folder, locked. Another demo that starts now may take it for an orphan before it is locked,
 * and then there is one more try. */
static int make(struct demo_folder *folder, const char *place, struct note *why)
{
	for (int i = 0; i < 3; i++) {
		int len = snprintf(folder->path, sizeof(folder->path), "%s/" NAME "XXXXXX", place);

		errno = ENAMETOOLONG;
		if (len >= (int)sizeof(folder->path) || mkdtemp(folder->path) == NULL) {
			break;
		}
		folder->lock = lock(folder->path);
		if (folder->lock >= 0) {
			return 0;
		}
	}
	folder->path[0] = '\0';
	return note_fail(why, -errno, "no folder for the demo: %s", strerror(errno));
}

int demo_folder_make(struct demo_folder *folder, uint16_t upstream_port, struct note *why)
{
	const char *place = getenv("TMPDIR");
	struct random *random;
	int err;

	place = place != NULL && place[0] == '/' ? place : "/tmp";
	remove_orphans(place);
	err = make(folder, place, why);
	if (err < 0) {
		return err;
	}
	random = random_new();
	make_secret(folder->token, "caller", random);
	make_secret(folder->credential, "upstream", random);
	random_free(&random);
	err = write_files(folder, upstream_port, why);
	if (err < 0) {
		demo_folder_remove(folder);
	}
	return err;
}

void demo_folder_remove(struct demo_folder *folder)
{
	if (folder->path[0] != '\0') {
		remove_all(folder->path);
		(void)close(folder->lock);
	}
	folder->path[0] = '\0';
}
