#define _GNU_SOURCE	/* F_OFD_SETLK, O_PATH */
#include "runner/cache/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/fd.h"
#include "tangle/base/trace.h"

enum {
	NAME_SIZE = HASH_HEX + 8,
	STALE_TEMP = 24 * 3600,		/* seconds */
	STALE_TOUCH = 3600,
	BLOCK = 4096
};

/* "o/ab/cdef..." */
static void
name_of(enum kind kind, const struct digest *d, char name[NAME_SIZE])
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	snprintf(name, NAME_SIZE, "%c/%.2s/%s", (char)kind, hex, hex + 2);
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

static bool
is_safe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 022) == 0;
}

/* Backup programs pass a folder over that has this file. */
static void
write_tag(int folder)
{
	static const char text[] = "Signature: 8a477f597d28d172789f06886806bc55\n"
	    "# A cache of skein: https://bford.info/cachedir/\n";
	int fd = openat(folder, "CACHEDIR.TAG", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1)
		return;
	if (write(fd, text, sizeof text - 1) == -1)
		trace("cache", "cannot write CACHEDIR.TAG: %s", strerror(errno));
	close(fd);
}

bool
folder_open(struct folder *f, const char *path, struct arena *a, struct diag *d)
{
	struct utsname machine;

	*f = (struct folder){ .fd = -1, .locks = -1, .diag = d };
	f->host = uname(&machine) == 0 ? arena_cstr(a, str_of(machine.nodename)) : "host";
	if (!path)
		path = default_path(a);
	if (path && make_folders(path, a))
		f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd == -1) {
		diag_warning(d, PLACE_NONE, "no-cache", "nothing is kept: the cache '%s': %s",
		    path ? path : "~/.cache", strerror(errno));
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
	write_tag(f->fd);
	if (mkdirat(f->fd, "t", 0700) == -1 && errno != EEXIST)
		trace("cache", "cannot make 't': %s", strerror(errno));
	f->locks = openat(f->fd, "locks", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return true;
}

/*
 * What runs that were killed left a day ago: files being published, and the
 * compilers' folders, which are flat.
 */
static void
sweep_folder(int parent, const char *name, bool is_inner)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;
	struct stat st;

	if (fd != -1 && !dir)
		close(fd);
	while (dir && (e = readdir(dir))) {
		if (str_starts(str_of(e->d_name), STR(".")) ||
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    time(NULL) - st.st_mtime <= STALE_TEMP)
			continue;
		if (S_ISDIR(st.st_mode) && !is_inner)
			sweep_folder(fd, e->d_name, true);
		unlinkat(fd, e->d_name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
	}
	if (dir)
		closedir(dir);
}

void
folder_sweep(struct folder *f)
{
	if (f->fd != -1)
		sweep_folder(f->fd, "t", false);
}

void
folder_close(struct folder *f)
{
	if (f->ntemps > 0)
		folder_sweep(f);
	if (f->locks != -1)
		close(f->locks);
	if (f->fd != -1)
		close(f->fd);
	f->fd = f->locks = -1;
}

static void
renew(int fd, const struct stat *st)
{
	static const struct timespec now[2] = { { 0, UTIME_OMIT }, { 0, UTIME_NOW } };

	if (time(NULL) - st->st_mtime > STALE_TOUCH && futimens(fd, now) == -1)
		trace("cache", "cannot renew a time: %s", strerror(errno));
}

bool
folder_read(struct folder *f, enum kind kind, const struct digest *digest,
    size_t max, bool touch, struct arena *a, struct str *text)
{
	char name[NAME_SIZE], *bytes;
	size_t size, done = 0;
	struct stat st;
	ssize_t n = 0;
	int fd;

	name_of(kind, digest, name);
	fd = f->fd == -1 ? -1 : openat(f->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return false;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || (size_t)st.st_size > max) {
		close(fd);
		return false;
	}
	if (touch)
		renew(fd, &st);
	size = (size_t)st.st_size;
	bytes = arena_alloc(a, size, 1);
	while (done < size && ((n = read(fd, bytes + done, size - done)) > 0 ||
	    (n == -1 && errno == EINTR)))
		done += n > 0 ? (size_t)n : 0;
	close(fd);
	*text = (struct str){ bytes, done };
	return n >= 0;
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
	fd = f->fd == -1 ? -1 : openat(f->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
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

/* Make the folders above a name ("o", "o/ab"). */
static bool
make_above(const struct folder *f, const char *name)
{
	char above[5];

	for (size_t len = 1; len <= 4; len += 3) {
		snprintf(above, sizeof above, "%.*s", (int)len, name);
		if (mkdirat(f->fd, above, 0700) == -1 && errno != EEXIST)
			return false;
	}
	return true;
}

static int
open_temp(struct folder *f, char temp[], size_t size)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, fd;

	snprintf(temp, size, "t/%.40s.%ld.%lu", f->host, (long)getpid(), ++f->ntemps);
	fd = openat(f->fd, temp, flags, 0400);
	if (fd == -1 && errno == EEXIST && unlinkat(f->fd, temp, 0) != -1)
		fd = openat(f->fd, temp, flags, 0400);	/* of an older process of our number */
	return fd;
}

/*
 * What is there already is as good, but may be old and named by nothing yet:
 * it is renewed, or a collector could take it away before something does.
 */
static bool
settle(struct folder *f, const char *temp, const char *name, bool replace, size_t size)
{
	if (!replace && linkat(f->fd, temp, f->fd, name, 0) == -1)
		return errno == EEXIST &&
		    (utimensat(f->fd, name, NULL, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT);
	if (replace && renameat(f->fd, temp, f->fd, name) == -1)
		return false;
	f->grown += (size + BLOCK - 1) / BLOCK * BLOCK;
	return true;
}

static bool
publish(struct folder *f, enum kind kind, const struct digest *digest,
    struct str text, bool replace)
{
	char name[NAME_SIZE], temp[128];
	bool ok;
	int fd;

	if (f->fd == -1 || f->is_readonly)
		return false;
	fd = open_temp(f, temp, sizeof temp);
	if (fd == -1)
		return cannot_write(f);
	name_of(kind, digest, name);
	ok = fd_write(fd, text);
	if (close(fd) == -1)
		ok = false;
	ok = ok && (settle(f, temp, name, replace, text.len) ||
	    (errno == ENOENT && make_above(f, name) && settle(f, temp, name, replace, text.len)));
	if (!ok)
		cannot_write(f);
	if (!ok || !replace)
		unlinkat(f->fd, temp, 0);
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

/* The byte of a digest: its first 62 bits are the offset. */
static bool
set_lock(const struct folder *f, const struct digest *d, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_len = 1 };
	uint64_t at = 0;

	for (size_t i = 0; i < 8; i++)
		at = at << 8 | d->bytes[i];
	lock.l_start = (off_t)(at >> 2);
	return f->locks == -1 || fcntl(f->locks, F_OFD_SETLK, &lock) == 0 ||
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
