#define _GNU_SOURCE	/* flock, mkdtemp */
#include "runner/cli/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/removal.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"

enum { NEIGHBOURS = 64, TRIES = 100, NAME = 16 };

/* Ours, and nobody else can look into it: it may stand where everybody writes. */
static bool
is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

static int
open_folder(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
		fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

/* Is it still what stands under that name?  Its owner may just have removed it. */
static bool
stands(int parent, const char *name, int fd)
{
	struct stat at, open;

	return fstat(fd, &open) == 0 && fstatat(parent, name, &at, AT_SYMLINK_NOFOLLOW) == 0 &&
	    at.st_ino == open.st_ino && at.st_dev == open.st_dev;
}

/* The lock on a folder that is there; -1 with EWOULDBLOCK: somebody has it. */
static int
lock_folder(int parent, const char *name)
{
	int fd = open_folder(parent, name);

	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		if (stands(parent, name, fd))
			return fd;
		errno = ENOENT;
	}
	close(fd);
	return -1;
}

/* "0123456789abcdef", "0123456789abcdef-2" */
static bool
is_name(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdef");

	return digits == NAME && (name[digits] == '\0' || name[digits] == '-');
}

/* Those of runs that were killed. */
static void
sweep(const struct home *h)
{
	int fd = openat(h->parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir && fd != -1)
		close(fd);
	while (dir && (e = readdir(dir))) {
		int left = is_name(e->d_name) ? lock_folder(h->parent, e->d_name) : -1;

		if (left == -1)
			continue;
		trace("home", "swept: %s", e->d_name);
		(void)removal_clear(left);
		(void)unlinkat(h->parent, e->d_name, AT_REMOVEDIR);
		close(left);
	}
	if (dir)
		closedir(dir);
}

/* The document's folder in the parent, or a neighbour. */
static bool
take_usual(struct home *h, struct str parent, struct str document, struct arena *a)
{
	char hex[HASH_HEX + 1], name[NAME + 8];
	int neighbour = 1;

	digest_hex(hash_of(document), hex);
	for (int i = 0; i < TRIES && neighbour <= NEIGHBOURS; i++) {
		snprintf(name, sizeof name, neighbour > 1 ? "%.*s-%d" : "%.*s", NAME, hex, neighbour);
		if (mkdirat(h->parent, name, 0700) == -1 && errno != EEXIST)
			return false;
		h->fd = lock_folder(h->parent, name);
		if (h->fd != -1 && removal_clear(h->fd)) {
			h->path = arena_printf(a, "%.*s/%s", STR_ARG(parent), name);
			return true;
		}
		if (h->fd != -1 || errno != ENOENT)
			neighbour++;
		if (h->fd != -1)
			close(h->fd);
		h->fd = -1;
	}
	return false;
}

/* Whoever leaves last removes the parent, maybe just now. */
static bool
take_in_parent(struct home *h, struct str temp, struct str document, struct arena *a)
{
	struct str parent = arena_printf(a, "%.*s/skein-%lu", STR_ARG(temp), (unsigned long)geteuid());

	for (int i = 0; i < TRIES; i++) {
		if (mkdir(parent.data, 0700) == -1 && errno != EEXIST)
			return false;
		h->parent = open(parent.data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (h->parent != -1 && is_ours(h->parent) && take_usual(h, parent, document, a)) {
			h->parent_path = parent.data;
			return true;
		}
		if (h->parent != -1)
			close(h->parent);
		h->parent = -1;
		if (errno != ENOENT)
			return false;
	}
	return false;
}

static bool
take_alone(struct home *h, struct str temp, struct arena *a)
{
	char *path = arena_cstr(a, arena_printf(a, "%.*s/skein-XXXXXX", STR_ARG(temp)));

	if (!mkdtemp(path))
		return false;
	h->path = str_of(path);
	h->fd = open_folder(AT_FDCWD, path);
	return h->fd != -1;
}

static bool
take_in(struct home *h, struct str temp, struct str document, struct arena *a)
{
	temp = path_real(temp, a);
	if (take_in_parent(h, temp, document, a)) {
		sweep(h);
		return true;
	}
	return take_alone(h, temp, a);
}

bool
home_open(struct home *h, struct str document, struct arena *a, struct diag *d)
{
	const char *given = getenv("TMPDIR");

	*h = (struct home){ .fd = -1, .parent = -1 };
	if ((given && *given == '/' && take_in(h, str_of(given), document, a)) ||
	    take_in(h, STR("/tmp"), document, a))
		return true;
	diag_errno(d, "make a folder for what cells write, in", STR("/tmp"));
	return false;
}

bool
home_is_empty(const struct home *h)
{
	DIR *dir = opendir(h->path.data);
	const struct dirent *e = NULL;

	while (dir && (e = readdir(dir)))
		if (!str_eq(str_of(e->d_name), STR(".")) && !str_eq(str_of(e->d_name), STR("..")))
			break;
	if (dir)
		closedir(dir);
	return dir && !e;
}

void
home_close(struct home *h)
{
	if (h->fd == -1)
		return;
	if (!removal_clear(h->fd) || rmdir(h->path.data) == -1)
		trace("home", "%s is left: %s", h->path.data, strerror(errno));
	close(h->fd);
	if (h->parent != -1) {
		close(h->parent);
		(void)rmdir(h->parent_path);	/* if it was the last one */
	}
	*h = (struct home){ .fd = -1, .parent = -1 };
}
