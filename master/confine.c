/* confine.c - the settings of the process. */

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/check.h"
#include "master/confine.h"

/* Where one is closed, the next file that we open would get its number, and our log in it. */
static void hold_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		check(fd >= 0);
	} while (fd <= STDERR_FILENO);
	(void)close(fd);
}

void confine(void)
{
	struct rlimit files, no_core = { 0, 0 };

	hold_standard_descriptors();
	check(prctl(PR_SET_DUMPABLE, 0) == 0);
	check(setrlimit(RLIMIT_CORE, &no_core) == 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}
