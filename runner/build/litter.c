#define _POSIX_C_SOURCE 200809L	/* fdopendir, fstatat */
#include "runner/build/litter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tangle/base/fd.h"
#include "tangle/base/str.h"

enum { STALE = 24 * 3600, MOST_TRIES = 1000 };

bool
litter_hold(int fd)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK)
		return false;
	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* The number only keeps names apart; another container may have it, too. */
int
litter_file(int folder, char name[LITTER_NAME])
{
	static unsigned long count;

	for (int i = 0; i < MOST_TRIES; i++) {
		int fd;

		snprintf(name, LITTER_NAME, LITTER_HELD "%ld.%lu", (long)getpid(), ++count);
		fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
		if (fd == -1 && errno != EEXIST)
			return -1;
		if (fd != -1 && litter_hold(fd))
			return fd;
		if (fd != -1)
			close(fd);
	}
	errno = EEXIST;
	return -1;
}

static bool
settle(int temps, const char *temp, int folder, const char *name)
{
	if (renameat(temps, temp, folder, name) == 0)
		return true;
	return errno == EISDIR && unlinkat(folder, name, AT_REMOVEDIR) == 0 &&
	    renameat(temps, temp, folder, name) == 0;
}

bool
litter_replace(int temps, int folder, const char *name, struct str text)
{
	char temp[LITTER_NAME];
	int fd = temps == -1 ? -1 : litter_file(temps, temp), error;
	bool ok;

	if (fd == -1)
		return false;
	ok = fd_write(fd, text) && fchmod(fd, 0600) == 0 && settle(temps, temp, folder, name);
	error = errno;
	if (!ok)
		unlinkat(temps, temp, 0);
	close(fd);
	errno = error;
	return ok;
}

/*
 * Left alone by its maker?  Then *fd holds it, so that it stays so while it is
 * taken away.
 */
static bool
is_litter(int folder, const char *name, const struct stat *st, bool has_locks, int *fd)
{
	*fd = -1;
	if (st->st_uid != geteuid())
		return false;
	if (has_locks && str_starts(str_of(name), STR(LITTER_HELD)))
		*fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1)
		return time(NULL) - st->st_mtime > STALE;
	return flock(*fd, LOCK_EX | LOCK_NB) == 0;
}

static void
empty(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (fd != -1 && !dir)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (!str_eq(str_of(e->d_name), STR(".")) && !str_eq(str_of(e->d_name), STR("..")))
			unlinkat(fd, e->d_name, 0);
	if (dir)
		closedir(dir);
}

void
litter_sweep(int folder, bool has_locks)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), held;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;
	struct stat st;

	if (fd != -1 && !dir)
		close(fd);
	while (dir && (e = readdir(dir))) {
		if (str_starts(str_of(e->d_name), STR(".")) ||
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (is_litter(fd, e->d_name, &st, has_locks, &held)) {
			if (S_ISDIR(st.st_mode))
				empty(fd, e->d_name);
			unlinkat(fd, e->d_name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
		}
		if (held != -1)
			close(held);
	}
	if (dir)
		closedir(dir);
}
