#include "runner/build/removal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Folders within a folder are moved up to the top, so that there is never more
 * than one level: no recursion, two descriptors, and no path that gets too long.
 */
struct removal {
	int top;
	dev_t device;
	unsigned long moved;
	bool is_less;		/* this round took something away */
	bool is_left;		/* and left something for the next */
};

typedef void remove_fn(struct removal *r, int folder, const char *name);

static void
each(struct removal *r, int folder, remove_fn *fn)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir) {
		if (fd != -1)
			close(fd);
		r->is_left = true;
		return;
	}
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			fn(r, folder, e->d_name);
	closedir(dir);
}

/* False if it is a folder with something in it. */
static bool
remove_easily(struct removal *r, int folder, const char *name)
{
	if (unlinkat(folder, name, 0) == 0) {
		r->is_less = true;
		return true;
	}
	if (errno != EISDIR && errno != EPERM) {
		r->is_left = r->is_left || errno != ENOENT;
		return true;
	}
	(void)!fchmodat(folder, name, 0700, 0);	/* no link: that would be gone */
	if (unlinkat(folder, name, AT_REMOVEDIR) == -1)
		return false;
	r->is_less = true;
	return true;
}

static void
remove_inner(struct removal *r, int folder, const char *name)
{
	char moved[32];

	if (remove_easily(r, folder, name))
		return;
	r->is_left = true;
	do
		snprintf(moved, sizeof moved, ".skein-%lu", ++r->moved);
	while (faccessat(r->top, moved, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	if (renameat(folder, name, r->top, moved) == 0)
		r->is_less = true;
}

static void
remove_top(struct removal *r, int folder, const char *name)
{
	struct stat st;
	int fd;

	if (remove_easily(r, folder, name))
		return;
	fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0 && st.st_dev == r->device)
		each(r, fd, remove_inner);
	if (fd != -1)
		close(fd);
	if (unlinkat(folder, name, AT_REMOVEDIR) == 0)
		r->is_less = true;
	else
		r->is_left = true;
}

bool
removal_clear(int folder)
{
	struct removal r = { .top = folder };
	struct stat st;

	if (fstat(folder, &st) == -1)
		return false;
	r.device = st.st_dev;
	(void)!fchmod(folder, 0700);
	do {
		r.is_less = r.is_left = false;
		each(&r, folder, remove_top);
	} while (r.is_left && r.is_less);
	return !r.is_left;
}
