#define _GNU_SOURCE	/* F_OFD_SETLK, fdopendir */
#include "runner/cache/trees.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/removal.h"
#include "runner/cache/folder.h"
#include "runner/cache/gate.h"
#include "tangle/base/trace.h"

#define TARGETS		"s"
#define CONSOLES	"w"
#define TEMPS		"t"
#define GOING		"tree."		/* in t/: on its way out */

enum {
	HOUR = 3600, DAY = 24 * HOUR,
	TARGETS_NAME = HASH_HEX,	/* hex digits of a name */
	CONSOLES_NAME = 16
};

struct collecting {
	struct folder *folder;
	int64_t before;			/* Unix time, s: used since then, it stays */
	bool is_dry;
	size_t n;
};

void
trees_use(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && time(NULL) - st.st_mtime > HOUR &&
	    utimensat(AT_FDCWD, path, NULL, 0) == -1)
		trace("cache", "cannot renew '%s': %s", path, strerror(errno));
}

static bool
is_hex(const char *name, size_t n)
{
	return strlen(name) == n && strspn(name, "0123456789abcdef") == n;
}

static bool
is_of_console(const char *name)
{
	return is_hex(name, CONSOLES_NAME);
}

static bool
is_of_targets(const char *name)
{
	return is_hex(name, TARGETS_NAME);
}

static bool
is_going(const char *name)
{
	return strncmp(name, GOING, strlen(GOING)) == 0 && is_of_targets(name + strlen(GOING));
}

/* A folder of ours, open; -1: it is none. */
static int
open_tree(int parent, const char *name, struct stat *st)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd != -1 && (fstat(fd, st) == -1 || st->st_uid != geteuid())) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
remove_tree(struct collecting *c, int parent, const char *name, int fd)
{
	if (c->is_dry || (removal_clear(fd) && unlinkat(parent, name, AT_REMOVEDIR) == 0))
		c->n++;
	else
		trace("cache", "cannot remove the tree '%s': %s", name, strerror(errno));
}

/* It goes out of the way first, so that nobody finds half of it. */
static void
collect_targets(struct collecting *c, int parent, const char *name)
{
	struct stat st;
	char temp[128];
	int fd = open_tree(parent, name, &st), temps;

	if (fd == -1)
		return;
	snprintf(temp, sizeof temp, GOING "%.80s", name);
	temps = openat(c->folder->fd, TEMPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (temps != -1 && st.st_mtime <= c->before &&
	    (c->is_dry || renameat(parent, name, temps, temp) == 0))
		remove_tree(c, temps, temp, fd);
	if (temps != -1)
		close(temps);
	close(fd);
}

/* Whoever wanted it away was killed. */
static void
collect_going(struct collecting *c, int parent, const char *name)
{
	struct stat st;
	int fd = c->is_dry ? -1 : open_tree(parent, name, &st);

	if (fd == -1)
		return;
	remove_tree(c, parent, name, fd);
	close(fd);
}

static void
collect_console(struct collecting *c, int parent, const char *name)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	int fd = open_tree(parent, name, &st), lock;

	if (fd == -1)
		return;
	lock = openat(fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (lock != -1 && fcntl(lock, F_OFD_SETLK, &whole) == 0 && fstat(lock, &st) == 0 &&
	    st.st_mtime <= c->before)
		remove_tree(c, parent, name, fd);
	if (lock != -1)
		close(lock);
	close(fd);
}

static void
collect_in(struct collecting *c, const char *place, bool (*is_one)(const char *name),
    void (*fn)(struct collecting *c, int parent, const char *name))
{
	int fd = openat(c->folder->fd, place, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (fd != -1 && !dir)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (is_one(e->d_name))
			fn(c, dirfd(dir), e->d_name);
	if (dir)
		closedir(dir);
}

size_t
trees_collect(struct folder *f, int64_t age, bool is_dry)
{
	int64_t now = time(NULL);
	struct collecting c = { .folder = f, .before = now - age / 1000000000, .is_dry = is_dry };

	if (f->fd == -1)
		return 0;
	collect_in(&c, TEMPS, is_going, collect_going);
	collect_in(&c, CONSOLES, is_of_console, collect_console);
	/* a run may have begun with it a while ago */
	if (gate_is_held(f, GATE_LIVE) && c.before > now - DAY)
		c.before = now - DAY;
	collect_in(&c, TARGETS, is_of_targets, collect_targets);
	return c.n;
}
