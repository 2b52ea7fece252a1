#include "tangle/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"
#include "tangle/base/spot.h"
#include "tangle/base/temp.h"

static bool
too_large(struct str path, size_t max, struct diag *d)
{
	struct source file = { .name = path };

	diag_error(d, STATUS_LIMIT, place_file(&file), "too-large",
	    "the file has more than the %zu bytes that are allowed", max);
	return false;
}

/* Up to n bytes; fewer only at the end of the file.  -1 with errno. */
static ssize_t
read_all(int fd, char *to, size_t n)
{
	size_t done = 0;
	ssize_t got = 1;

	while (done < n && (got = spot_read(fd, to + done, n - done)) > 0)
		done += (size_t)got;
	return got == -1 ? -1 : (ssize_t)done;
}

/* More than its size said: it grows, or is one of those (in /proc) that have none. */
static ssize_t
read_on(int fd, struct buf *b, size_t max)
{
	enum { PIECE = 1 << 16 };
	ssize_t n = PIECE;

	while (n == PIECE && b->len <= max) {
		n = read_all(fd, buf_room(b, PIECE), PIECE);
		b->len += n > 0 ? (size_t)n : 0;
	}
	return n;
}

/*
 * Straight into the arena, since to copy a large document takes as long as to
 * read it.  One byte more than it has is asked for, so that the end shows itself.
 */
static bool
read_text(int fd, struct str path, size_t max, struct arena *a, struct str *text,
    struct diag *d)
{
	struct buf b = {0};
	struct stat st;
	char *bytes;
	size_t room;
	ssize_t n;

	if (fstat(fd, &st) == -1) {
		diag_errno(d, "read", path);
		return false;
	}
	if (!spot_is_regular(st.st_mode, STATUS_USAGE, path, d))
		return false;
	if (st.st_size > 0 && (size_t)st.st_size > max)
		return too_large(path, max, d);
	room = (size_t)st.st_size + 1;
	bytes = arena_alloc(a, room, 1);
	n = read_all(fd, bytes, room);
	*text = (struct str){ bytes, n > 0 ? (size_t)n : 0 };
	if (n == (ssize_t)room) {
		buf_add(&b, *text);
		n = read_on(fd, &b, max);
		*text = buf_take(&b, a);
	}
	if (n == -1)
		diag_errno(d, "read", path);
	else if (text->len > max)
		return too_large(path, max, d);
	return n != -1;
}

bool
file_read(const struct root *root, struct str path, size_t max, struct arena *a,
    struct str *text, struct diag *d)
{
	struct spot s;
	struct stat st;
	int fd = -1;
	bool ok = false;

	if (!spot_open(&s, root, path, false, d))
		return false;
	if (fstatat(s.folder, s.name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		diag_errno(d, "read", path);
	else if (!spot_is_regular(st.st_mode, STATUS_USAGE, path, d))
		;
	else if ((fd = spot_open_file(s.folder, s.name)) == -1)
		diag_errno(d, "read", path);
	else
		ok = read_text(fd, path, max, a, text, d);
	if (fd != -1)
		close(fd);
	spot_close(&s);
	return ok;
}

bool
file_peek(struct str path, size_t max, struct arena *a, struct str *text)
{
	int fd = open(arena_cstr(a, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	size_t size, done = 0;
	ssize_t n = 1;
	char *bytes;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || (size_t)st.st_size > max) {
		close(fd);
		return false;
	}
	size = (size_t)st.st_size;
	bytes = arena_alloc(a, size, 1);
	while (done < size && (n = spot_read(fd, bytes + done, size - done)) > 0)
		done += (size_t)n;
	close(fd);
	*text = (struct str){ bytes, done };
	return n != -1;
}

static bool
look(const struct root *root, struct str path, bool probe, struct file_state *f, struct diag *d)
{
	struct spot s;
	bool ok;

	*f = (struct file_state){0};
	if (!spot_find(&s, root, path, false)) {
		if (errno == ENOENT)
			return true;
		spot_say(root, path, d);
		return false;
	}
	ok = spot_look(s.folder, s.name, probe, f, path, d);
	spot_close(&s);
	return ok;
}

bool
file_look(const struct root *root, struct str path, struct file_state *f, struct diag *d)
{
	return look(root, path, false, f, d);
}

bool
file_probe(const struct root *root, struct str path, struct file_state *f, struct diag *d)
{
	return look(root, path, true, f, d);
}

bool
file_identify(const struct root *root, struct str path, struct file_state *f,
    struct diag *d)
{
	struct spot s;
	struct stat st;
	bool ok = true;

	*f = (struct file_state){0};
	if (!spot_find(&s, root, path, false)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return true;
		spot_say(root, path, d);
		return false;
	}
	if (fstatat(s.folder, s.name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		spot_state(f, &st);
	} else if (errno != ENOENT) {
		diag_errno(d, "look at", path);
		ok = false;
	}
	spot_close(&s);
	return ok;
}

bool
file_replaceable(const struct root *root, struct str path, struct diag *d)
{
	struct file_state f;
	struct spot s;
	bool ok;

	if (!spot_open(&s, root, path, false, d))
		return false;
	ok = spot_look(s.folder, s.name, false, &f, path, d);
	if (ok && !f.exists) {
		errno = ENOENT;
		diag_errno(d, "write", path);
		ok = false;
	}
	ok = ok && spot_replaceable(&s, &f, d);
	spot_close(&s);
	return ok;
}

static bool
sync_folder(const struct spot *s, struct diag *d)
{
	int got;

	do
		got = fsync(s->folder);
	while (got == -1 && errno == EINTR);
	/* Some file systems have nothing to do here. */
	if (got == 0 || errno == EINVAL)
		return true;
	diag_errno(d, "write the folder of", s->shown);
	return false;
}

bool
file_sync_folder(const struct root *root, struct str path, struct diag *d)
{
	struct spot s;
	bool ok;

	if (!spot_open(&s, root, path, false, d))
		return false;
	ok = sync_folder(&s, d);
	spot_close(&s);
	return ok;
}

static enum file_result
replace(struct change *c, const struct spot *s, struct diag *d)
{
	enum file_result result;

	if (!change_settle(c, d))
		return FILE_FAILED;
	result = change_commit(c, d);
	if (result != FILE_WRITTEN)
		return result;
	if ((c->options.durable && !sync_folder(s, d)) || !change_finish(c, d))
		return FILE_FAILED;
	return FILE_WRITTEN;
}

enum file_result
file_replace(const struct root *root, struct str path, const struct digest *expected,
    struct str text, const struct file_options *o, struct diag *d)
{
	enum file_result result;
	struct change c;
	struct spot s;

	if (!spot_open(&s, root, path, o->make_folders, d))
		return FILE_FAILED;
	result = change_prepare(&c, root, path, &s, expected, text, o, d);
	if (result == FILE_WRITTEN)
		result = replace(&c, &s, d);
	change_undo(&c, d);	/* nothing, if all went well */
	spot_close(&s);
	return result;
}

enum file_result
file_remove(const struct root *root, struct str path, const struct digest *expected,
    struct diag *d)
{
	enum file_result result;
	struct spot s;

	if (!spot_open(&s, root, path, false, d))
		return FILE_FAILED;
	result = spot_remove(&s, *expected, d);
	spot_close(&s);
	return result;
}

static void
sweep_one(const struct spot *s, const char *name, struct diag *d)
{
	struct source file = { .name = s->shown };
	char saved[NAME_MAX + 1];
	struct file_state f;
	struct stat st;
	struct temp t;

	if (!temp_parse(&t, str_of(name)) || !temp_is_dead(&t) ||
	    fstatat(s->folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return;
	/* A second name of a file that has another is only a name. */
	if (t.kind != TEMP_PART && st.st_nlink == 1) {
		if (!spot_look(s->folder, name, false, &f, s->shown, d))
			return;
		if (f.exists && !temp_holds(&t, f.digest)) {
			if (spot_save_aside(s->folder, name, t.name, saved))
				diag_warning(d, place_file(&file), "saved-edit",
				    "an edit that a killed run had in its hands is kept as '%s'",
				    saved);
			return;
		}
	}
	unlinkat(s->folder, name, 0);
}

void
file_sweep(const struct root *root, struct str path, struct diag *d)
{
	const struct dirent *e;
	struct spot s;
	DIR *dir;
	int fd;

	if (!spot_find(&s, root, path, false))
		return;
	fd = openat(s.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd == -1 ? NULL : fdopendir(fd);
	while (dir && (e = readdir(dir)))
		sweep_one(&s, e->d_name, d);
	if (dir)
		closedir(dir);
	else if (fd != -1)
		close(fd);
	spot_close(&s);
}
