/* demo_folder.c - writes the demo's documents, and removes them again. */

#include "master/commands/demo_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/random.h"

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

int demo_folder_make(struct demo_folder *folder, uint16_t upstream_port, struct note *why)
{
	const char *place = getenv("TMPDIR");
	struct random *random;
	int err, len;

	len = snprintf(folder->path, sizeof(folder->path), "%s/at-demo-XXXXXX",
		place != NULL && place[0] == '/' ? place : "/tmp");
	errno = ENAMETOOLONG;
	if (len >= (int)sizeof(folder->path) || mkdtemp(folder->path) == NULL) {
		err = note_fail(why, -errno, "no folder for the demo: %s", strerror(errno));
		folder->path[0] = '\0';
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

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

void demo_folder_remove(struct demo_folder *folder)
{
	if (folder->path[0] != '\0' &&
		nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0) {
		fprintf(stderr, "authtranslator: %s can't be removed: %s\n", folder->path,
			strerror(errno));
	}
	folder->path[0] = '\0';
}
