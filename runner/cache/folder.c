#define _GNU_SOURCE	/* F_OFD_SETLK, O_PATH, syscall: openat2 has no wrapper in glibc */
#include "runner/cache/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/litter.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/fd.h"
#include "tangle/base/trace.h"

/* What the folder holds, and where. Raise it when an older skein would not know. */
enum { LAYOUT = 1 };

#define TAG_FILE	"CACHEDIR.TAG"
#define TAG_HEAD	"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of skein, layout "

enum {
	ABOVE_SIZE = 5,			/* "o/ab" */
	NAME_SIZE = HASH_HEX + 8,	/* "o/ab/cdef..." */
	LEAF_AT = ABOVE_SIZE,
	STALE_TOUCH = 3600,		/* seconds */
	BLOCK = 4096
};

static void
name_of(enum kind kind, const struct digest *d, char name[NAME_SIZE])
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	name[0] = (char)kind;
	name[1] = name[4] = '/';
	memcpy(name + 2, hex, 2);
	memcpy(name + 5, hex + 2, HASH_HEX - 2 + 1);
}

static const char *
default_path(struct arena *a)
{
	const char *own = getenv("SKEIN_CACHE_DIR");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (own && *own)
		return own;
	if (xdg && *xdg == '/')
		return arena_printf(a, "%s/skein/v1", xdg).data;
	if (home && *home == '/')
		return arena_printf(a, "%s/.cache/skein/v1", home).data;
	errno = ENOENT;
	return NULL;
}

/* mkdir -p with mode 0700; what is there stays as it is. */
static bool
make_folders(const char *path, struct arena *a)
{
	char *copy = arena_cstr(a, str_of(path));

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) == -1 && errno != EEXIST)
			return false;
		*p = '/';
	}
	return mkdir(copy, 0700) != -1 || errno == EEXIST;
}

/* Links on the way are the user's; where they lead is judged by what is open. */
static int
open_top(const char *path, struct arena *a)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, fd = open(path, flags);

	if (fd == -1 && errno == ENOENT && make_folders(path, a))
		fd = open(path, flags);
	return fd;
}

/* Compilers stand in other folders, so a relative path would not do. */
static const char *
absolute(const char *path, struct arena *a)
{
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	const char *whole = here ? arena_printf(a, "%s/%s", here, path).data : path;

	free(here);
	return whole;
}

static bool
is_safe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 022) == 0;
}

/* Below the cache no link is followed. */
static int
open_below(int folder, const char *name, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
	    .resolve = RESOLVE_NO_SYMLINKS };
	int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof how);

	/* Old kernels have no openat2; old container filters answer EPERM. */
	if (fd == -1 && (errno == ENOSYS || errno == EPERM))
		fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW);
	return fd;
}

bool
folder_is_network(long magic)
{
	static const unsigned long kinds[] = {
		NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
		AFS_SUPER_MAGIC, AFS_FS_MAGIC, CODA_SUPER_MAGIC, NCP_SUPER_MAGIC,
		CEPH_SUPER_MAGIC, V9FS_MAGIC, FUSE_SUPER_MAGIC,
		0x0bd00bd0,	/* Lustre */
		0x47504653,	/* GPFS */
		0x19830326,	/* BeeGFS */
		0xaad7aaea	/* PanFS */
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i] == ((unsigned long)magic & 0xffffffff))
			return true;
	return false;
}

/* Backup programs pass a folder over that has this file. */
static bool
write_tag(const struct folder *f)
{
	static const char text[] = TAG_HEAD "%d: https://bford.info/cachedir/\n";
	char temp[LITTER_NAME];
	int fd = f->temps == -1 ? -1 : litter_file(f->temps, temp);
	bool ok;

	if (fd == -1)
		return false;
	ok = dprintf(fd, text, LAYOUT) > 0 &&
	    linkat(f->temps, temp, f->fd, TAG_FILE, 0) == 0;
	unlinkat(f->temps, temp, 0);
	close(fd);
	return ok;
}

/* The layout that the folder's tag tells of; 0: it has none. */
static unsigned long
layout_of(int folder)
{
	char text[256];
	int fd = open_below(folder, TAG_FILE, O_RDONLY | O_NONBLOCK);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text);
	struct str rest = { text, n > 0 ? (size_t)n : 0 };
	unsigned long layout;

	if (fd != -1)
		close(fd);
	if (!str_starts(rest, STR(TAG_HEAD)))
		return 0;
	rest = str_slice(rest, sizeof TAG_HEAD - 1, rest.len);
	return str_number(str_cut(rest, ':', &rest), 1000000, &layout) ? layout : 0;
}

/* Told once: no folder of ours, or one that others can write to. */
static void
tell_unsafe(struct folder *f, const char *above)
{
	if (!f->is_told)
		diag_warning(f->diag, PLACE_NONE, "no-cache",
		    "nothing is kept in '%.*s/%s', as it is a link, no folder, or others can "
		    "write to it; remove it", STR_ARG(f->path), above);
	f->is_told = true;
}

/* A folder below the cache, ours alone; -1 with errno EPERM after a warning. */
static int
open_inner(struct folder *f, const char *above, int flags)
{
	int fd = open_below(f->fd, above, flags | O_DIRECTORY);

	if (fd != -1 && !is_safe(fd)) {
		close(fd);
		fd = -1;
		errno = ELOOP;
	}
	if (fd == -1 && (errno == ELOOP || errno == ENOTDIR)) {
		tell_unsafe(f, above);
		errno = EPERM;
	}
	return fd;
}

/* One byte to lock for each request: a regular file, whatever stood there before. */
static int
open_locks(const struct folder *f)
{
	int flags = O_RDWR | O_CREAT | O_NONBLOCK, fd;
	struct stat st;

	if (f->is_network)
		return -1;
	fd = openat(f->fd, "locks", flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	if (fd != -1)
		close(fd);
	if ((fd != -1 || errno == ELOOP || errno == ENXIO || errno == EISDIR) &&
	    (unlinkat(f->fd, "locks", 0) == 0 || unlinkat(f->fd, "locks", AT_REMOVEDIR) == 0))
		return openat(f->fd, "locks", flags | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return -1;
}

static void
no_cache(struct folder *f, const char *path, const char *why)
{
	if (path)
		diag_warning(f->diag, PLACE_NONE, "no-cache", "nothing is kept: the cache '%s': %s", path, why);
	else
		diag_warning(f->diag, PLACE_NONE, "no-cache",
		    "nothing is kept: the cache has no folder, since HOME is not set; SKEIN_CACHE_DIR can name one");
	folder_close(f);
}

/* What is below the top, once that is known to be ours. */
static void
open_parts(struct folder *f)
{
	struct statfs system;
	unsigned long layout = layout_of(f->fd);

	if (layout > LAYOUT) {
		no_cache(f, f->path.data, "it belongs to a newer skein; set SKEIN_CACHE_DIR to another");
		return;
	}
	f->is_network = fstatfs(f->fd, &system) == 0 && folder_is_network((long)system.f_type);
	f->temps = open_inner(f, "t", O_RDONLY);
	if (f->temps == -1 && errno == ENOENT && mkdirat(f->fd, "t", 0700) == 0)
		f->temps = open_inner(f, "t", O_RDONLY);
	f->locks = open_locks(f);
	if (layout == 0 && write_tag(f) && f->is_network)
		diag_warning(f->diag, PLACE_NONE, "network-cache",
		    "the new cache '%.*s' is on a network's file system: nothing is locked there, so "
		    "that runs may compile the same twice; set SKEIN_CACHE_DIR to a local folder",
		    STR_ARG(f->path));
}

bool
folder_open(struct folder *f, const char *path, struct arena *a, struct diag *d)
{
	struct utsname machine;

	*f = (struct folder){ .fd = -1, .locks = -1, .temps = -1, .diag = d };
	f->host = uname(&machine) == 0 ? arena_cstr(a, str_of(machine.nodename)) : "host";
	if (!path)
		path = default_path(a);
	if (path) {
		path = absolute(path, a);
		f->fd = open_top(path, a);
	}
	if (f->fd == -1) {
		no_cache(f, path, strerror(errno));
		return true;
	}
	if (!is_safe(f->fd)) {
		diag_error(d, STATUS_ENVIRONMENT, PLACE_NONE, "unsafe-cache",
		    "the cache '%s' belongs to another user or can be written by others; "
		    "set SKEIN_CACHE_DIR or chmod 700 it", path);
		folder_close(f);
		return false;
	}
	f->path = arena_str(a, str_of(path));
	open_parts(f);
	return true;
}

static void
shut(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
folder_sweep(struct folder *f)
{
	if (f->temps != -1)
		litter_sweep(f->temps, !f->is_network);
}

void
folder_close(struct folder *f)
{
	folder_sweep(f);
	shut(&f->temps);
	shut(&f->locks);
	shut(&f->fd);
}

/*
 * What stands in an entry's place and is of no use to anybody: away with it.
 * A folder that is not empty becomes litter.
 */
static bool
clear(struct folder *f, int above, const char *leaf)
{
	char temp[LITTER_NAME];
	int fd;

	f->ndamaged++;
	if (unlinkat(above, leaf, 0) == 0 || unlinkat(above, leaf, AT_REMOVEDIR) == 0)
		return true;
	fd = f->temps == -1 ? -1 : litter_file(f->temps, temp);
	if (fd == -1)
		return false;
	close(fd);
	return unlinkat(f->temps, temp, 0) == 0 && renameat(above, leaf, f->temps, temp) == 0;
}

static void
heal(struct folder *f, const char *name)
{
	char folder[ABOVE_SIZE];
	int above;

	snprintf(folder, sizeof folder, "%.4s", name);
	above = open_inner(f, folder, O_PATH);
	if (above == -1)
		return;
	trace("cache", "'%s' is no file of ours and was taken away", name);
	if (!clear(f, above, name + LEAF_AT))
		trace("cache", "cannot take away '%s': %s", name, strerror(errno));
	close(above);
}

static void
renew(int fd, const struct stat *st)
{
	static const struct timespec now[2] = { { 0, UTIME_OMIT }, { 0, UTIME_NOW } };

	if (time(NULL) - st->st_mtime > STALE_TOUCH && futimens(fd, now) == -1)
		trace("cache", "cannot renew a time: %s", strerror(errno));
}

/* Did opening fail for what stands there, not for want of a descriptor, memory, luck? */
static bool
is_misplaced(int error)
{
	return error == ELOOP || error == ENOTDIR || error == ENXIO || error == EACCES;
}

/* Ours, and nobody else could have written to it. */
static bool
is_entry(const struct stat *st, size_t max)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 022) == 0 &&
	    (uint64_t)st->st_size <= max;
}

static bool
read_whole(int fd, size_t size, struct arena *a, struct str *text)
{
	char *bytes = arena_alloc(a, size, 1);
	size_t done = 0;
	ssize_t n = 0;

	while (done < size && ((n = read(fd, bytes + done, size - done)) > 0 ||
	    (n == -1 && errno == EINTR)))
		done += n > 0 ? (size_t)n : 0;
	*text = (struct str){ bytes, done };
	return n >= 0;
}

bool
folder_read(struct folder *f, enum kind kind, const struct digest *digest,
    size_t max, bool touch, struct arena *a, struct str *text)
{
	char name[NAME_SIZE];
	struct stat st;
	bool ok = false;
	int fd;

	if (f->fd == -1)
		return false;
	name_of(kind, digest, name);
	fd = open_below(f->fd, name, O_RDONLY | O_NONBLOCK);
	if (fd == -1) {
		if (is_misplaced(errno))
			heal(f, name);
		return false;
	}
	if (fstat(fd, &st) == 0 && is_entry(&st, max)) {
		if (touch)
			renew(fd, &st);
		ok = read_whole(fd, (size_t)st.st_size, a, text);
	} else {
		heal(f, name);
	}
	close(fd);
	return ok;
}

size_t
folder_peek(struct folder *f, enum kind kind, const struct digest *digest,
    char bytes[], size_t size)
{
	char name[NAME_SIZE];
	struct stat st;
	ssize_t n = -1;
	int fd;

	name_of(kind, digest, name);
	fd = f->fd == -1 ? -1 : open_below(f->fd, name, O_RDONLY | O_NONBLOCK);
	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == 0 && is_entry(&st, SIZE_MAX)) {
		renew(fd, &st);
		do
			n = read(fd, bytes, size);
		while (n == -1 && errno == EINTR);
	}
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* The first failure to write is told; nothing is tried after it. */
static bool
cannot_write(struct folder *f)
{
	if (!f->is_readonly)
		diag_warning(f->diag, PLACE_NONE, "no-cache",
		    "nothing new is kept: the cache '%.*s': %s",
		    STR_ARG(f->path), strerror(errno));
	f->is_readonly = true;
	return false;
}

/* The folder of a name ("o/ab"), made when missing; -1 after a warning. */
static int
open_above(struct folder *f, const char *name)
{
	char folder[ABOVE_SIZE];
	int fd;

	snprintf(folder, sizeof folder, "%.4s", name);
	fd = open_inner(f, folder, O_PATH);
	if (fd != -1 || errno != ENOENT)
		return fd;
	folder[1] = '\0';
	if (mkdirat(f->fd, folder, 0700) == -1 && errno != EEXIST)
		return -1;
	folder[1] = '/';
	if (mkdirat(f->fd, folder, 0700) == -1 && errno != EEXIST)
		return -1;
	return open_inner(f, folder, O_PATH);
}

/* Where the content gives the name, what is whole is as long. */
static bool
is_there(int above, const char *leaf, enum kind kind, size_t size)
{
	bool is_by_content = kind == KIND_OBJECT || kind == KIND_INPUTS;
	struct stat st;

	return fstatat(above, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_entry(&st, SIZE_MAX) &&
	    (!is_by_content || (size_t)st.st_size == size);
}

/* Not every file system has links. */
static bool
has_no_links(int error)
{
	return error == EPERM || error == EOPNOTSUPP || error == EMLINK;
}

/*
 * What is there already is as good, but may be old and named by nothing yet:
 * it is renewed, or a collector could take it away before something does.
 */
static bool
settle_new(struct folder *f, const char *temp, int above, const char *leaf,
    enum kind kind, size_t size)
{
	if (linkat(f->temps, temp, above, leaf, 0) == 0)
		return true;
	if (has_no_links(errno))
		return renameat(f->temps, temp, above, leaf) == 0;
	if (errno != EEXIST)
		return false;
	if (is_there(above, leaf, kind, size) &&
	    (utimensat(above, leaf, NULL, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT))
		return true;
	return (errno == ENOENT || clear(f, above, leaf)) &&
	    (linkat(f->temps, temp, above, leaf, 0) == 0 || errno == EEXIST);
}

static bool
settle(struct folder *f, const char *temp, int above, const char *leaf)
{
	if (renameat(f->temps, temp, above, leaf) == 0)
		return true;
	return errno == EISDIR && clear(f, above, leaf) && renameat(f->temps, temp, above, leaf) == 0;
}

/* What a network's file system has to say to all that was written, it says now. */
static bool
flush(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy != -1 && close(copy) == 0;
}

/* The temporary file is held until it has its name. */
static bool
put(struct folder *f, int above, const char *leaf, enum kind kind, struct str text, bool replace)
{
	char temp[LITTER_NAME];
	int fd = litter_file(f->temps, temp), error;
	bool ok;

	if (fd == -1)
		return false;
	ok = fd_write(fd, text) && flush(fd) && (replace ? settle(f, temp, above, leaf) :
	    settle_new(f, temp, above, leaf, kind, text.len));
	error = errno;
	f->grown += ok ? (text.len + BLOCK - 1) / BLOCK * BLOCK : 0;
	if (!ok || !replace)
		unlinkat(f->temps, temp, 0);
	close(fd);
	errno = error;
	return ok;
}

static bool
publish(struct folder *f, enum kind kind, const struct digest *digest,
    struct str text, bool replace)
{
	char name[NAME_SIZE];
	bool ok;
	int above;

	if (f->fd == -1 || f->temps == -1 || f->is_readonly)
		return false;
	name_of(kind, digest, name);
	above = open_above(f, name);
	if (above == -1)
		return errno != EPERM && cannot_write(f);
	ok = put(f, above, name + LEAF_AT, kind, text, replace) || cannot_write(f);
	close(above);
	return ok;
}

bool
folder_add(struct folder *f, enum kind kind, const struct digest *name, struct str text)
{
	return publish(f, kind, name, text, false);
}

bool
folder_replace(struct folder *f, enum kind kind, const struct digest *name, struct str text)
{
	return publish(f, kind, name, text, true);
}

void
folder_remove(struct folder *f, enum kind kind, const struct digest *digest)
{
	char name[NAME_SIZE];

	name_of(kind, digest, name);
	if (f->fd != -1 && unlinkat(f->fd, name, 0) == -1)
		trace("cache", "cannot remove '%s': %s", name, strerror(errno));
}

static bool
time_of(const struct folder *f, const char *name, int64_t *time)
{
	struct stat st;

	if (f->fd == -1 || fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	*time = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	return true;
}

bool
folder_has(struct folder *f, enum kind kind, const struct digest *digest)
{
	char name[NAME_SIZE];

	name_of(kind, digest, name);
	return time_of(f, name, &(int64_t){0});
}

bool
folder_is_since(struct folder *f, enum kind kind, const struct digest *digest, int64_t time)
{
	char name[NAME_SIZE];
	int64_t has;

	name_of(kind, digest, name);
	return time_of(f, name, &has) && has == time;
}

bool
folder_remove_since(struct folder *f, enum kind kind, const struct digest *digest, int64_t time)
{
	char name[NAME_SIZE];

	name_of(kind, digest, name);
	return folder_is_since(f, kind, digest, time) && unlinkat(f->fd, name, 0) == 0;
}

void
folder_renew(struct folder *f, enum kind kind, const struct digest *digest, int64_t *time)
{
	char name[NAME_SIZE];

	name_of(kind, digest, name);
	if (f->fd != -1 && utimensat(f->fd, name, NULL, AT_SYMLINK_NOFOLLOW) == 0)
		time_of(f, name, time);
}

/*
 * A range of a digest's own: its first 62 bits are where it begins.  Its length
 * is the number of the process that holds it, plus one, so that who waits can
 * say for whom.  That two ranges meet is as good as impossible, and would
 * only make somebody wait.
 */
static struct flock
range_of(const struct digest *d, short type, off_t len)
{
	uint64_t at = 0;

	for (size_t i = 0; i < 8; i++)
		at = at << 8 | d->bytes[i];
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET,
	    .l_start = (off_t)(at >> 2), .l_len = len };
}

static bool
set_lock(const struct folder *f, const struct digest *d, short type)
{
	struct flock range = range_of(d, type, (off_t)getpid() + 1);

	return f->locks == -1 || fcntl(f->locks, F_OFD_SETLK, &range) == 0 ||
	    (errno != EAGAIN && errno != EACCES);
}

bool
folder_lock(struct folder *f, const struct digest *name)
{
	return set_lock(f, name, F_WRLCK);
}

void
folder_unlock(struct folder *f, const struct digest *name)
{
	if (!set_lock(f, name, F_UNLCK))
		trace("cache", "cannot unlock: %s", strerror(errno));
}

pid_t
folder_locker(const struct folder *f, const struct digest *name)
{
	struct flock wanted = range_of(name, F_WRLCK, 1), range = wanted;

	if (f->locks == -1 || fcntl(f->locks, F_OFD_GETLK, &range) == -1 ||
	    range.l_type == F_UNLCK || range.l_start != wanted.l_start)
		return 0;
	return (pid_t)(range.l_len - 1);
}
