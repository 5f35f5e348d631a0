/* confine.c - three settings of the process. */

#include <sys/prctl.h>
#include <sys/resource.h>

#include "common/check.h"
#include "master/confine.h"

void confine(void)
{
	struct rlimit files, no_core = { 0, 0 };

	check(prctl(PR_SET_DUMPABLE, 0) == 0);
	check(setrlimit(RLIMIT_CORE, &no_core) == 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}
