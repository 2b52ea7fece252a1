#define _GNU_SOURCE	/* renameat2, leases */
#include "tangle/base/spot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"
#include "tangle/base/temp.h"

enum { MOST_SAVED = 9999 };

/*
 * Spots
 */

/* The user's own path: links are followed, to the file that they name. */
static int
open_own(const char *path, char real[PATH_MAX], struct str *name)
{
	struct stat st;
	struct str folder;
	int fd;

	if (!realpath(path, real)) {
		if (errno != ENOENT)
			return -1;
		if (lstat(path, &st) == 0) {	/* a link to nowhere */
			errno = ENOENT;
			return -1;
		}
		if (strlen(path) >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(real, path, strlen(path) + 1);
	}
	*name = path_name(str_of(real));
	folder = str_slice(str_of(real), 0, strlen(real) - name->len);
	if (folder.len == 0)
		return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* The name is cut off for a moment: `real` stays in one piece. */
	real[folder.len - 1] = '\0';
	fd = open(folder.len == 1 ? "/" : real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	real[folder.len - 1] = '/';
	return fd;
}

void
spot_say(const struct root *root, struct str path, struct diag *d)
{
	struct source file = { .name = path };
	int why = errno;
	struct str part = root ? root_obstacle(root, path) : (struct str){0};

	if (part.len > 0 || why == EXDEV) {
		diag_error(d, STATUS_REFUSED, place_file(&file), "refused-path",
		    part.len > 0 ? "'%.*s' is a link or a file, not a folder of the project"
		    : "'%.*s' leads out of the project",
		    STR_ARG(part.len > 0 ? part : path));
		return;
	}
	errno = why;
	diag_errno(d, "open its folder", path);
}

bool
spot_find(struct spot *s, const struct root *root, struct str path, bool make)
{
	char real[PATH_MAX];
	struct str name = path_name(path);
	struct buf own = {0};

	*s = (struct spot){ .shown = path };
	if (root) {
		s->folder = root_folder(root, path, make);
	} else {
		buf_add(&own, path);
		s->folder = open_own(buf_cstr(&own), real, &name);
		buf_release(&own);
	}
	if (s->folder == -1)
		return false;
	if (name.len == 0 || name.len > NAME_MAX) {
		close(s->folder);
		errno = name.len ? ENAMETOOLONG : EISDIR;
		return false;
	}
	memcpy(s->name, name.data, name.len);
	return true;
}

bool
spot_open(struct spot *s, const struct root *root, struct str path, bool make,
    struct diag *d)
{
	if (spot_find(s, root, path, make))
		return true;
	spot_say(root, path, d);
	return false;
}

void
spot_close(struct spot *s)
{
	close(s->folder);
}

/*
 * Reading
 */

static const char *
kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:	return "a folder";
	case S_IFIFO:	return "a named pipe";
	case S_IFSOCK:	return "a socket";
	case S_IFCHR:
	case S_IFBLK:	return "a device";
	case S_IFLNK:	return "a symbolic link";
	}
	return "no regular file";
}

bool
spot_is_regular(mode_t mode, enum status status, struct str path, struct diag *d)
{
	struct source file = { .name = path };

	if (S_ISREG(mode))
		return true;
	diag_error(d, status, place_file(&file),
	    status == STATUS_REFUSED ? "refused-path" : "not-a-file",
	    "this is %s, not a file", kind(mode));
	return false;
}

/* -1 with errno; what changed its kind since it was looked at never blocks us. */
int
spot_open_file(int folder, const char *name)
{
	int fd;

	do
		fd = openat(folder, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	while (fd == -1 && errno == EINTR);
	return fd;
}

ssize_t
spot_read(int fd, char *to, size_t n)
{
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got == -1 && errno == EINTR);
	return got;
}

/*
 * A read lease is refused while anybody has the file open for writing.  It is
 * given back at once; should it be broken in between, the signal is one that
 * does nothing by default.
 */
static bool
is_being_written(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) == -1)
		return false;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == -1)
		return errno == EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

static bool
hash_file(int fd, struct digest *digest)
{
	char block[1 << 16];
	struct hash *h = hash_start();
	ssize_t n;

	while ((n = spot_read(fd, block, sizeof block)) > 0)
		hash_add(h, (struct str){ block, (size_t)n });
	*digest = hash_end(h);
	return n == 0;
}

void
spot_state(struct file_state *f, const struct stat *st)
{
	*f = (struct file_state){
		.exists = true, .mode = st->st_mode & 07777, .uid = st->st_uid,
		.gid = st->st_gid, .links = st->st_nlink, .dev = st->st_dev,
		.ino = st->st_ino, .size = st->st_size, .written = st->st_mtim,
	};
}

/* Look at one name in a folder; `probe`: also whether it is being written. */
bool
spot_look(int folder, const char *name, bool probe, struct file_state *f, struct str shown,
    struct diag *d)
{
	struct stat st;
	int fd = -1;
	bool ok = false, busy;

	*f = (struct file_state){0};
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		ok = errno == ENOENT;
		goto out;
	}
	if (!spot_is_regular(st.st_mode, STATUS_REFUSED, shown, d))
		return false;
	fd = spot_open_file(folder, name);
	if (fd == -1) {
		ok = errno == ENOENT;
		goto out;
	}
	busy = probe && is_being_written(fd);
	if (fstat(fd, &st) == -1)
		goto out;
	spot_state(f, &st);
	f->busy = busy;
	ok = hash_file(fd, &f->digest);
out:
	if (!ok)
		diag_errno(d, "read", shown);
	if (fd != -1)
		close(fd);
	return ok;
}

/*
 * Writing
 */

bool
spot_replaceable(const struct spot *s, const struct file_state *f, struct diag *d)
{
	struct source file = { .name = s->shown };

	if (f->links > 1) {
		diag_error(d, STATUS_ENVIRONMENT, place_file(&file), "hard-link",
		    "the file has %lu hard links, which replacing it would part: remove the others",
		    (unsigned long)f->links);
		return false;
	}
	if (faccessat(s->folder, s->name, W_OK, AT_EACCESS) == -1) {
		diag_errno(d, "write", s->shown);
		return false;
	}
	if (faccessat(s->folder, ".", W_OK | X_OK, AT_EACCESS) == -1) {
		diag_errno(d, "write into its folder", s->shown);
		return false;
	}
	return true;
}

bool
spot_is_unsupported(int error)
{
	return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

/* Rename to a name that nobody has; -1 with EEXIST if somebody has it. */
int
spot_rename_new(int folder, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (!spot_is_unsupported(errno))
		return -1;
	if (linkat(folder, from, folder, to, 0) == 0)
		return unlinkat(folder, from, 0);
	if (errno != EPERM && errno != EOPNOTSUPP)
		return -1;
	if (fstatat(folder, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	if (errno != ENOENT)
		return -1;
	return renameat(folder, from, folder, to);
}

/* Give what is in the temporary file a name that a person can find. */
bool
spot_save_aside(int folder, const char *temp, struct str name, char saved[NAME_MAX + 1])
{
	name = str_slice(name, 0, NAME_MAX - sizeof ".skein-saved-9999");
	for (int n = 1; n <= MOST_SAVED; n++) {
		snprintf(saved, NAME_MAX + 1, "%.*s.skein-saved-%d", STR_ARG(name), n);
		if (spot_rename_new(folder, temp, saved) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	return false;
}

/* An edit that has no way back to its name; nobody may lose it. */
void
spot_rescue(const struct spot *s, const char *temp, struct diag *d)
{
	struct source file = { .name = s->shown };
	char saved[NAME_MAX + 1];

	if (spot_save_aside(s->folder, temp, str_of(s->name), saved))
		diag_warning(d, place_file(&file), "saved-edit",
		    "an edit made while we were writing is kept as '%s'", saved);
	else
		diag_errno(d, "rename the edit beside", s->shown);
}

/* Remove what is called `name` if it has that digest. */
enum file_result
spot_remove(const struct spot *s, struct digest expected, struct diag *d)
{
	char temp[NAME_MAX + 1];
	struct file_state f;

	temp_name(temp, TEMP_NEW, str_of(s->name), expected, expected);
	if (!spot_look(s->folder, s->name, false, &f, s->shown, d))
		return FILE_FAILED;
	if (!f.exists || !digest_eq(f.digest, expected))
		return f.exists ? FILE_CHANGED : FILE_UNCHANGED;
	if (renameat(s->folder, s->name, s->folder, temp) == -1) {
		diag_errno(d, "remove", s->shown);
		return FILE_FAILED;
	}
	if (spot_look(s->folder, temp, true, &f, s->shown, d) &&
	    digest_eq(f.digest, expected) && !f.busy) {
		if (unlinkat(s->folder, temp, 0) == 0)
			return FILE_WRITTEN;
		diag_errno(d, "remove", s->shown);
	}
	/* An editor was faster: its file gets its name back. */
	if (spot_rename_new(s->folder, temp, s->name) == -1)
		spot_rescue(s, temp, d);
	return FILE_CHANGED;
}
