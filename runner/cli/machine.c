#define _GNU_SOURCE	/* memfd_create, process_vm_readv, syscall, fexecve's environment */
#include "runner/cli/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "runner/cli/finding.h"
#include "runner/cli/quantity.h"
#include "runner/cli/venture.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/confine.h"
#include "tangle/base/file.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

enum { SECONDS = 5, LANDLOCK_VERSION = 1 };

/* ---- what is tried; 0: it works, else an errno ------------------------------------------- */

static int
try_fixed_addresses(void *arg)
{
	(void)arg;
	errno = 0;
	if (personality(ADDR_NO_RANDOMIZE) == -1)
		return errno ? errno : EPERM;
	return personality(0xffffffff) & ADDR_NO_RANDOMIZE ? 0 : EPERM;
}

/* As a cell's object is loaded: a sealed file in memory, whose pages may be run. */
static int
try_memory_file(void *arg)
{
	int fd = memfd_create("skein-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *page;

	(void)arg;
	if (fd == -1 || ftruncate(fd, 4096) == -1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == -1)
		return errno;
	page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	return page == MAP_FAILED ? errno : 0;
}

static bool
copy_all(int from, int to)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof bytes)) > 0)
		if (write(to, bytes, (size_t)n) != n)
			return false;
	return n == 0;
}

/* As the host with a sanitizer is started. */
static int
try_memory_program(void *arg)
{
	char *const argv[] = { (char *)"true", NULL }, *const env[] = { NULL };
	int from = open("/bin/true", O_RDONLY | O_CLOEXEC);
	int fd = memfd_create("skein-doctor", MFD_CLOEXEC);

	(void)arg;
	if (fd == -1)
		return errno;
	if (from == -1 || !copy_all(from, fd))
		return 0;		/* nothing to try it with */
	fexecve(fd, argv, env);
	return errno;
}

/* As values and the state of a crash are read: in a child's memory. */
static int
try_reading(void *arg)
{
	static volatile int there;
	int here = 0, error = 0, status;
	struct iovec local = { &here, sizeof here }, remote = { (void *)&there, sizeof there };
	int ready[2];
	char byte;
	pid_t pid;

	(void)arg;
	if (pipe(ready) == -1)
		return errno;
	pid = fork();
	if (pid == -1)
		return errno;
	if (pid == 0) {
		there = 42;
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	if (read(ready[0], &byte, 1) != 1)
		error = EIO;
	else if (process_vm_readv(pid, &local, 1, &remote, 1, 0) == -1)
		error = errno;
	else if (here != 42)
		error = EIO;
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return error;
}

static int
try_confinement(void *arg)
{
	(void)arg;
	return confine() ? 0 : errno ? errno : ENOSYS;
}

static int
try_openat2(void *arg)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

	(void)arg;
	return syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how) == -1 ? errno : 0;
}

/* ---- what is said of it --------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*fn)(void *arg);
	const char *good;
	enum finding_level level;	/* if it does not work */
	const char *advice;
} features[] = {
	{ "objects in memory", try_memory_file, "files in memory can be sealed, and run", FINDING_WARNING,
	  "cells are loaded so: allow memfd_create and executable mappings to this container or user" },
	{ "programs in memory", try_memory_program, "can be started", FINDING_WARNING,
	  "sanitize= needs it: sysctl vm.memfd_noexec=0 (or 1), or another seccomp profile" },
	{ "fixed addresses", try_fixed_addresses, "randomisation can be turned off for cells", FINDING_NOTE,
	  "addresses that cells print are others in each run: say normalize=ptr, or run the container with "
	  "--security-opt seccomp=unconfined" },
	{ "reading a cell's memory", try_reading, "works (process_vm_readv)", FINDING_WARNING,
	  "values and variables of a crash cannot be shown: sysctl kernel.yama.ptrace_scope=1, or give "
	  "the container --cap-add SYS_PTRACE" },
	{ "confinement", try_confinement, "the kernel filters system calls (seccomp)", FINDING_NOTE,
	  "tangle, list and clean start nothing all the same, but no kernel holds them to it" },
	{ "paths below the root", try_openat2, "openat2 is there", FINDING_NOTE,
	  "they are opened a folder at a time, which is as safe and slower" },
};

/* An errno as a child returns it: its status. */
static void
try_feature(struct findings *f, size_t k)
{
	struct venture v;
	struct str what;

	venture(&v, features[k].fn, NULL, SECONDS, f->arena);
	if (venture_is_well(&v)) {
		finding(f, FINDING_OK, features[k].name, str_of(features[k].good), NULL);
		return;
	}
	if (v.end == VENTURE_NOT_STARTED) {
		finding(f, FINDING_NOTE, features[k].name, STR("could not be tried"), NULL);
		return;
	}
	what = v.end == VENTURE_DONE ? arena_printf(f->arena, "refused: %s", strerror(v.number)) :
	    venture_how(&v, f->arena);
	finding(f, features[k].level, features[k].name, what, features[k].advice);
}

static struct str
first_line_of(const char *path, struct arena *a)
{
	struct str text = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char bytes[256];
	ssize_t n = fd == -1 ? -1 : read(fd, bytes, sizeof bytes);

	if (fd != -1)
		close(fd);
	if (n > 0)
		text = str_trim(arena_str(a, (struct str){ bytes, (size_t)n }));
	return str_cut(text, '\n', &(struct str){0});
}

static void
try_proc(struct findings *f)
{
	if (access("/proc/self/status", R_OK) == 0)
		finding(f, FINDING_OK, "/proc", STR("is mounted"), NULL);
	else
		finding(f, FINDING_WARNING, "/proc", STR("is not mounted"),
		    "skein finds its own parts only where it was installed, and limits of memory and processes "
		    "do not hold: mount -t proc proc /proc");
}

static void
tell_landlock(struct findings *f)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	if (version > 0)
		finding(f, FINDING_OK, "Landlock", arena_printf(f->arena, "ABI %ld (nothing uses it yet)", version), NULL);
	else
		finding(f, FINDING_OK, "Landlock", STR("is not here (nothing uses it yet)"), NULL);
}

void
machine_kernel(struct findings *f)
{
	struct utsname u;

	if (uname(&u) == 0)
		finding(f, FINDING_OK, "system", arena_printf(f->arena, "%s %s, %s", u.sysname, u.release, u.machine), NULL);
	try_proc(f);
	for (size_t k = 0; k < sizeof features / sizeof *features; k++)
		try_feature(f, k);
	tell_landlock(f);
}

/* ---- limits ------------------------------------------------------------------------------------ */

static const struct {
	int what;
	const char *name;
	rlim_t least;			/* below that runs get into trouble */
	bool is_bytes;
	const char *advice;
} limits[] = {
	{ RLIMIT_AS, "address space", (rlim_t)4 << 30, true,
	  "compilers and cells need room (sanitizers terabytes of it): ulimit -v unlimited" },
	{ RLIMIT_DATA, "data segment", (rlim_t)1 << 30, true, "compilers and cells need room: ulimit -d unlimited" },
	{ RLIMIT_NPROC, "processes", 256, false,
	  "all of this user's count; a session has three, and compilers run side by side: ulimit -u 4096, or skein run -j 1" },
	{ RLIMIT_NOFILE, "open files", 256, false, "a session takes some forty: ulimit -n 1024" },
	{ RLIMIT_FSIZE, "file size", (rlim_t)64 << 20, true, "objects and outputs may be larger: ulimit -f unlimited" },
	{ RLIMIT_STACK, "stack", (rlim_t)1 << 20, true, "cells get it as it is: ulimit -s 8192" },
	{ RLIMIT_CPU, "processor seconds", 600, false, "a long run is killed by it: ulimit -t unlimited" },
};

static void
try_limits(struct findings *f)
{
	size_t nlow = 0;

	for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
		struct buf text = {0};
		struct rlimit r;

		if (getrlimit((__rlimit_resource_t)limits[k].what, &r) == -1 || r.rlim_cur == RLIM_INFINITY ||
		    r.rlim_cur >= limits[k].least)
			continue;
		nlow++;
		if (limits[k].is_bytes)
			quantity_bytes(&text, r.rlim_cur);
		else
			quantity_number(&text, r.rlim_cur);
		finding(f, FINDING_WARNING, arena_printf(f->arena, "limit: %s", limits[k].name).data,
		    buf_str(&text), limits[k].advice);
		buf_release(&text);
	}
	if (nlow == 0)
		finding(f, FINDING_OK, "limits", STR("of memory, processes, files, stack and time leave room"), NULL);
}

static void
tell_memory(struct findings *f)
{
	struct str mode = first_line_of("/proc/sys/vm/overcommit_memory", f->arena);

	if (mode.len == 0)
		finding(f, FINDING_NOTE, "memory", STR("how it is given out is not told"), NULL);
	else if (str_eq(mode, STR("2")))
		finding(f, FINDING_WARNING, "memory", STR("is promised only once (vm.overcommit_memory=2)"),
		    "each checkpoint counts as if it were all used: sysctl vm.overcommit_memory=0, or cells with less memory");
	else
		finding(f, FINDING_OK, "memory", STR("may be promised more than once: checkpoints are cheap"), NULL);
}

static void
tell_cores(struct findings *f)
{
	struct str pattern = first_line_of("/proc/sys/kernel/core_pattern", f->arena);

	finding(f, FINDING_OK, "core files", pattern.len == 0 ? STR("cells write none") :
	    arena_printf(f->arena, "cells write none (others: %.*s)", STR_ARG(pattern)), NULL);
}

void
machine_limits(struct findings *f)
{
	try_limits(f);
	tell_memory(f);
	tell_cores(f);
}
