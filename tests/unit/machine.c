/* What a machine has left: kernels, groups and containers told by files of ours. */
#undef NDEBUG
#include "runner/session/machine.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB	(UINT64_C(1) << 20)

static char root[] = "/tmp/skein-machine.XXXXXX";

/* Its folders are made along; text NULL takes it away. */
static void
put(const char *name, const char *text)
{
	char path[512], *at;
	FILE *f;

	snprintf(path, sizeof path, "%s%s", root, name);
	for (at = path + sizeof root; (at = strchr(at, '/')); at++) {
		*at = '\0';
		assert(mkdir(path, 0700) == 0 || errno == EEXIST);
		*at = '/';
	}
	if (!text) {
		assert(unlink(path) == 0);
		return;
	}
	f = fopen(path, "w");
	assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static uint64_t
left(void)
{
	return machine_memory_below(root);
}

int
main(void)
{
	char command[128];

	assert(mkdtemp(root));
	assert(left() == 0);
	put("/proc/meminfo", "MemTotal:       8388608 kB\nMemAvailable:   4194304 kB\n");
	assert(left() == 4096 * MIB);
	/* version 2: the least on the way up counts */
	put("/proc/self/cgroup", "0::/user.slice/a.scope\n");
	put("/sys/fs/cgroup/user.slice/a.scope/memory.max", "max\n");
	assert(left() == 4096 * MIB);
	put("/sys/fs/cgroup/user.slice/memory.max", "1073741824\n");
	assert(left() == 1024 * MIB);
	put("/sys/fs/cgroup/user.slice/a.scope/memory.max", "536870912\n");
	assert(left() == 512 * MIB);
	/* in a container only the root is seen */
	put("/proc/self/cgroup", "0::/docker/0123\n");
	put("/sys/fs/cgroup/memory.max", "268435456\n");
	assert(left() == 256 * MIB);
	put("/sys/fs/cgroup/memory.max", NULL);
	/* version 1, and both side by side */
	put("/proc/self/cgroup", "5:cpu,memory:/b\n1:name=memory:/c\n0::/\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	assert(left() == 4096 * MIB);
	put("/sys/fs/cgroup/memory/b/memory.limit_in_bytes", "134217728\n");
	put("/sys/fs/cgroup/memory/c/memory.limit_in_bytes", "1\n");
	assert(left() == 128 * MIB);
	/* more than there is limits nothing */
	put("/sys/fs/cgroup/memory/b/memory.limit_in_bytes", "99999999999999\n");
	assert(left() == 4096 * MIB);
	snprintf(command, sizeof command, "rm -r %s", root);
	assert(system(command) == 0);
	assert(machine_memory() > 0);
	return 0;
}
