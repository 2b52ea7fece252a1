#define _GNU_SOURCE	/* O_TMPFILE, statfs, fdopendir */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/memo.h"
#include "runner/build/toolchain.h"
#include "runner/cache/budget.h"
#include "runner/cache/folder.h"
#include "runner/cache/gate.h"
#include "runner/cli/cache_doctor.h"
#include "runner/cli/command.h"
#include "runner/cli/finding.h"
#include "runner/cli/quantity.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/project/settings.h"

static void doctor(struct invocation *i);

const struct command cache_doctor = {
	.name = "cache doctor",
	.args = "[--json]",
	.summary = "try what the cache needs of the system, and say what is wrong",
	.flags = FLAGS_OF(FLAG_JSON),
	.starts = true,
	.run = doctor,
};

enum {
	DAY = 24 * 3600,
	SKEW = 2,			/* seconds: what memo.h lives with */
	FEW_INODES = 10000
};

struct doctor {
	struct findings *findings;
	struct diag *diag;
	struct arena *arena;
	struct folder folder;
};

/* advice NULL: all is well. */
static void
say(struct doctor *x, const char *name, struct str what, const char *advice)
{
	finding(x->findings, advice ? FINDING_WARNING : FINDING_OK, name, what, advice);
}

/* ---- the folder and its file system ----------------------------------------------------- */

static const struct {
	unsigned long magic;
	const char *name;
} file_systems[] = {
	{ EXT4_SUPER_MAGIC, "ext4" }, { XFS_SUPER_MAGIC, "xfs" }, { BTRFS_SUPER_MAGIC, "btrfs" },
	{ 0x2fc12fc1, "zfs" }, { F2FS_SUPER_MAGIC, "f2fs" }, { OVERLAYFS_SUPER_MAGIC, "overlay" },
	{ TMPFS_MAGIC, "tmpfs" }, { NFS_SUPER_MAGIC, "nfs" }, { SMB_SUPER_MAGIC, "smb" },
	{ 0xff534d42, "cifs" }, { 0xfe534d42, "smb2" }, { AFS_SUPER_MAGIC, "afs" },
	{ 0x00c36400, "ceph" }, { V9FS_MAGIC, "9p" }, { FUSE_SUPER_MAGIC, "fuse" },
	{ 0x0bd00bd0, "lustre" }, { 0x47504653, "gpfs" }, { 0x19830326, "beegfs" },
};

static struct str
name_of_kind(struct doctor *x, unsigned long magic)
{
	for (size_t i = 0; i < sizeof file_systems / sizeof *file_systems; i++)
		if (file_systems[i].magic == magic)
			return str_of(file_systems[i].name);
	return arena_printf(x->arena, "of kind %#lx", magic);
}

static void
try_file_system(struct doctor *x)
{
	struct statfs s;

	if (fstatfs(x->folder.fd, &s) == -1)
		return;
	say(x, "file system", name_of_kind(x, (unsigned long)s.f_type & 0xffffffff),
	    !folder_is_network((long)s.f_type) ? NULL :
	    "locks and times cannot be trusted on a network: set SKEIN_CACHE_DIR to a folder "
	    "of a disk of this machine");
}

static void
try_space(struct doctor *x)
{
	struct statvfs v;
	struct budget b;
	struct buf text = {0};
	uint64_t left;

	budget_of_environment(&b, x->diag);
	if (fstatvfs(x->folder.fd, &v) == -1)
		return;
	left = (uint64_t)v.f_bavail * v.f_frsize;
	quantity_bytes(&text, left);
	buf_add(&text, STR(" free"));
	say(x, "space", buf_str(&text), left < b.min_free || left < UINT64_C(100) << 20 ?
	    "runs go on without keeping anything: make room, or skein cache gc --min-free 1G" : NULL);
	buf_clear(&text);
	quantity_number(&text, (uint64_t)v.f_favail);
	buf_add(&text, STR(" free"));
	if (v.f_files > 0)
		say(x, "inodes", buf_str(&text), v.f_favail < FEW_INODES ?
		    "each entry takes several: skein cache gc --max-age 1d" : NULL);
	buf_clear(&text);
	quantity_bytes(&text, budget_total(&x->folder));
	if (b.max_size != SETTING_NO_LIMIT) {
		buf_add(&text, STR(" of at most "));
		quantity_bytes(&text, b.max_size);
	}
	buf_add(&text, b.is_off ? STR(", which nobody collects (SKEIN_CACHE_GC)") : STR(""));
	say(x, "size", buf_str(&text), NULL);
	buf_release(&text);
}

static void
try_files(struct doctor *x)
{
	char name[64], other[80];
	struct timespec now;
	struct stat st;
	int fd;

	snprintf(name, sizeof name, "t/doctor.%ld", (long)getpid());
	snprintf(other, sizeof other, "%s.link", name);
	fd = openat(x->folder.fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1) {
		say(x, "writing", str_of(strerror(errno)), "nothing new is kept: make the folder writable");
		return;
	}
	say(x, "writing", STR("works"), NULL);
	clock_gettime(CLOCK_REALTIME, &now);
	if (fstat(fd, &st) == 0 && llabs((long long)(st.st_mtim.tv_sec - now.tv_sec)) > SKEW)
		say(x, "clock", arena_printf(x->arena, "files are %lld s from now",
		    (long long)(st.st_mtim.tv_sec - now.tv_sec)),
		    "set the clocks of this machine and of its file server to one time");
	else
		say(x, "clock", STR("files and machine agree"), NULL);
	if (linkat(x->folder.fd, name, x->folder.fd, other, 0) == 0)
		say(x, "hard links", STR("work"), NULL);
	else
		say(x, "hard links", str_of(strerror(errno)), "nothing can be kept without: set SKEIN_CACHE_DIR "
		    "to a folder of another file system");
	unlinkat(x->folder.fd, other, 0);
	unlinkat(x->folder.fd, name, 0);
	close(fd);
	fd = openat(x->folder.fd, "t", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	say(x, "files without a name", fd == -1 ? STR("none here; names do as well") : STR("work"), NULL);
	if (fd != -1)
		close(fd);
}

/* A child holds what we then must not get. */
static bool
do_locks_hold(struct doctor *x)
{
	int ready[2], over[2], status = -1;
	bool held = false;
	char byte;
	pid_t pid;

	if (pipe(ready) == -1)
		return false;
	if (pipe(over) == -1) {
		close(ready[0]);
		close(ready[1]);
		return false;
	}
	pid = fork();
	if (pid == 0) {
		struct folder own = x->folder;

		own.locks = openat(own.fd, "locks", O_RDWR | O_CLOEXEC);
		close(over[1]);
		if (own.locks != -1 && gate_enter(&own, GATE_STATS, GATE_ALONE) && write(ready[1], "", 1) == 1)
			(void)!read(over[0], &byte, 1);
		_exit(0);
	}
	close(ready[1]);
	close(over[0]);
	if (pid > 0 && read(ready[0], &byte, 1) == 1)
		held = gate_is_held(&x->folder, GATE_STATS) &&
		    !gate_enter(&x->folder, GATE_STATS, GATE_SHARED);
	close(over[1]);
	close(ready[0]);
	while (pid > 0 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return held && gate_enter(&x->folder, GATE_STATS, GATE_SHARED);
}

static void
try_locks(struct doctor *x)
{
	if (x->folder.locks != -1 && do_locks_hold(x))
		say(x, "locks", STR("hold between processes, and end with them"), NULL);
	else
		say(x, "locks", STR("do not hold between processes"),
		    "runs may compile the same cell at once: set SKEIN_CACHE_DIR to a folder of a disk "
		    "of this machine");
	gate_leave(&x->folder, GATE_STATS);
}

/* ---- what lies in it -------------------------------------------------------------------- */

static void
try_litter(struct doctor *x)
{
	int fd = openat(x->folder.fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	size_t n = 0, old = 0;
	const struct dirent *e;
	struct stat st;

	if (fd != -1 && !dir)
		close(fd);
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		n++;
		old += time(NULL) - st.st_mtime > DAY;
	}
	if (dir)
		closedir(dir);
	say(x, "temporary files", arena_printf(x->arena, "%zu, %zu of them older than a day", n, old),
	    old > 0 ? "killed runs left them: skein cache gc" : NULL);
}

static void
try_memo(struct doctor *x)
{
	struct buf text = {0};
	struct stat st;
	const char *name = arena_printf(x->arena, "memo.%s", x->folder.host).data;

	if (fstatat(x->folder.fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	quantity_bytes(&text, (uint64_t)st.st_size);
	say(x, "memory of files and compilers", buf_str(&text), st.st_size > 32 << 20 ?
	    "each run reads it: skein cache clean --what memo" : NULL);
	buf_release(&text);
}

/* Folders of other versions, beside a cache that stands where it does by default. */
static void
try_versions(struct doctor *x)
{
	struct str path = x->folder.path;
	DIR *dir;
	const struct dirent *e;

	if (!str_ends(path, STR("/v1")))
		return;
	dir = opendir(arena_cstr(x->arena, str_slice(path, 0, path.len - 3)));
	while (dir && (e = readdir(dir)))
		if (e->d_name[0] == 'v' && strlen(e->d_name) == 2 && strcmp(e->d_name, "v1") != 0)
			say(x, "other versions", arena_printf(x->arena, "%.*s%s", (int)path.len - 2, path.data,
			    e->d_name), "it is of another skein; remove it when that is gone");
	if (dir)
		closedir(dir);
}

/* ---- who writes it ---------------------------------------------------------------------- */

static void
try_compiler(struct doctor *x)
{
	struct memo *m = memo_open(-1, NULL);
	const struct toolchain *t;
	struct diag d;
	char hex[HASH_HEX + 1];
	FILE *nowhere = fopen("/dev/null", "we");

	diag_init(&d, nowhere ? nowhere : stderr, DIAG_COLOR_NEVER);
	t = toolchain_find(m, STR("gcc"), false, x->arena, PLACE_NONE, &d);
	if (t) {
		digest_hex(t->identity, hex);
		say(x, "compiler", arena_printf(x->arena, "%s, %.*s, identity %.16s", t->path,
		    STR_ARG(t->version), hex), NULL);
	} else {
		say(x, "compiler", STR("there is no gcc"), "install gcc, or say cc=clang in documents");
	}
	diag_release(&d);
	if (nowhere)
		fclose(nowhere);
	memo_close(m);
}

static void
try_ccache(struct doctor *x)
{
	const char *path = getenv("PATH");
	struct str rest = path ? str_of(path) : STR("");

	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);
		struct str file = arena_printf(x->arena, "%.*s/ccache", STR_ARG(folder));

		if (folder.len > 0 && access(file.data, X_OK) == 0) {
			say(x, "ccache", file, NULL);
			return;
		}
	}
	say(x, "ccache", STR("not on PATH, and not needed"), NULL);
}

static void
try_environment(struct doctor *x)
{
	static const char *const names[] = {
		"SKEIN_CACHE_DIR", "XDG_CACHE_HOME", "SKEIN_CACHE_MAX_SIZE", "SKEIN_CACHE_MAX_AGE",
		"SKEIN_CACHE_MIN_FREE", "SKEIN_CACHE_GC", "CPATH", "C_INCLUDE_PATH",
		"CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX",
		"SOURCE_DATE_EPOCH"
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			say(x, "environment", arena_printf(x->arena, "%s=%s", names[i], value), NULL);
	}
}

static void
try_all(struct doctor *x)
{
	say(x, "folder", x->folder.path, NULL);
	try_file_system(x);
	try_files(x);
	try_locks(x);
	try_space(x);
	try_litter(x);
	try_memo(x);
	try_versions(x);
	try_environment(x);
}

bool
cache_examine(struct findings *f, struct diag *d)
{
	struct doctor x = { .findings = f, .diag = d, .arena = f->arena };
	bool done = folder_open(&x.folder, NULL, x.arena, d) && x.folder.fd != -1;

	if (done)
		try_all(&x);
	folder_close(&x.folder);
	return done;
}

static void
doctor(struct invocation *i)
{
	struct findings f;
	struct arena a;
	struct doctor x = { .findings = &f, .diag = i->diag, .arena = &a };

	arena_init(&a);
	findings_begin(&f, i->set[FLAG_JSON], false, &a);
	if (!cache_examine(&f, i->diag)) {
		diag_status_add(i->diag, STATUS_ENVIRONMENT);
	} else {
		try_compiler(&x);
		try_ccache(&x);
	}
	if (f.count[FINDING_WARNING] > 0 && diag_status(i->diag) == STATUS_DONE)
		diag_status_add(i->diag, STATUS_DIFFERS);
	findings_end(&f);
	arena_release(&a);
}
