#define _GNU_SOURCE	/* renameat2, sync_file_range */
#include "tangle/base/change.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tangle/base/diag.h"
#include "tangle/base/fd.h"
#include "tangle/base/temp.h"

enum { PERMISSIONS = 0777, MOST_ROUNDS = 100 };

/*
 * Preparing: a complete file beside the old one
 */

/*
 * Attributes that a person sets.  Not security.capability: new content has no
 * right to the old one's powers.  One that the system does not let us set is
 * left out.
 */
static bool
is_kept_attribute(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strcmp(name, "system.posix_acl_access") == 0 ||
	    strcmp(name, "security.selinux") == 0;
}

static bool
keep_attributes(int from, int to)
{
	char names[1 << 12], value[1 << 16];
	ssize_t n = flistxattr(from, names, sizeof names);

	for (const char *p = names; n > 0 && p < names + n; p += strlen(p) + 1) {
		ssize_t size = is_kept_attribute(p) ? fgetxattr(from, p, value, sizeof value) : -1;

		if (size >= 0 && fsetxattr(to, p, value, (size_t)size, 0) == -1 &&
		    errno != EPERM && errno != ENOTSUP)
			return false;
	}
	return true;
}

/* The permissions that the new file should have, as far as we may. */
static bool
keep_access(const struct spot *s, struct change *c)
{
	mode_t mode = c->old.mode & PERMISSIONS;
	struct stat st;
	int old;
	bool ok;

	if (c->options.mode >= 0)
		mode = (mode_t)c->options.mode & PERMISSIONS;
	else if (!c->old.exists)
		return true;		/* as it was created: 0666 & ~umask */
	if (c->old.exists) {
		old = spot_open_file(s->folder, s->name);
		ok = old != -1 && fstat(c->fd, &st) == 0;
		if (ok && (st.st_uid != c->old.uid || st.st_gid != c->old.gid) &&
		    fchown(c->fd, c->old.uid, c->old.gid) == -1 &&
		    fchown(c->fd, (uid_t)-1, c->old.gid) == -1)
			/* Another group must not get what ours had. */
			mode &= ~(mode_t)070 | (mode & 07) << 3;
		ok = ok && keep_attributes(old, c->fd);
		if (old != -1)
			close(old);
		if (!ok)
			return false;
	}
	return fchmod(c->fd, mode) == 0;
}

/*
 * The name of a temporary file tells what it may hold and be removed with.  An
 * old file that is to be kept is no such thing: a sweep after a kill keeps it.
 */
static void
name_temp(const struct change *c, const struct spot *s, char to[NAME_MAX + 1],
    enum temp_kind kind)
{
	temp_name(to, kind, str_of(s->name),
	    c->options.keep ? c->ours.digest : c->old.digest, c->ours.digest);
}

static bool
write_part(const struct spot *s, struct change *c, struct str text, struct diag *d)
{
	bool as_umask = !c->old.exists && c->options.mode < 0;
	const char *doing = "create a file beside";
	struct stat st;
	int why;

	name_temp(c, s, c->temp, TEMP_PART);
	do
		c->fd = openat(s->folder, c->temp,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    as_umask ? 0666 : 0600);
	while (c->fd == -1 && (errno == EINTR ||
	    /* of a process of the same number in a life before */
	    (errno == EEXIST && unlinkat(s->folder, c->temp, 0) == 0)));
	if (c->fd == -1)
		goto failed;
	doing = "write";
	if (!fd_write(c->fd, text) || !keep_access(s, c) || fstat(c->fd, &st) == -1)
		goto failed;
	c->ours.dev = st.st_dev;
	c->ours.ino = st.st_ino;
	c->step = CHANGE_PREPARED;
	/* Start the disk now: the wait in change_settle is then short. */
	if (c->options.durable)
		sync_file_range(c->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return true;
failed:
	why = errno;
	if (c->fd != -1) {
		close(c->fd);
		unlinkat(s->folder, c->temp, 0);
		c->fd = -1;
	}
	errno = why;
	diag_errno(d, doing, c->path);
	return false;
}

static enum file_result
prepare(const struct spot *s, struct change *c, const struct digest *expected,
    struct str text, struct diag *d)
{
	if (!spot_look(s->folder, s->name, false, &c->old, c->path, d))
		return FILE_FAILED;
	if (c->old.exists != (expected != NULL) ||
	    (expected && !digest_eq(c->old.digest, *expected)))
		return FILE_CHANGED;
	c->ours = (struct file_state){ .exists = true, .digest = hash_of(text) };
	if (c->old.exists && digest_eq(c->old.digest, c->ours.digest)) {
		if (c->options.mode < 0 || (mode_t)c->options.mode == (c->old.mode & PERMISSIONS))
			return FILE_UNCHANGED;
		c->mode_only = true;
		c->step = CHANGE_PREPARED;
		return FILE_WRITTEN;
	}
	if (c->old.exists && !spot_replaceable(s, &c->old, d))
		return FILE_FAILED;
	return write_part(s, c, text, d) ? FILE_WRITTEN : FILE_FAILED;
}

/* The change's spot: its holder's, or one of its own for this step. */
static bool
enter(const struct change *c, struct spot *s, bool make, struct diag *d)
{
	if (!c->spot)
		return spot_open(s, c->root, c->path, make, d);
	*s = *c->spot;
	return true;
}

static void
leave(const struct change *c, struct spot *s)
{
	if (!c->spot)
		spot_close(s);
}

enum file_result
change_prepare(struct change *c, const struct root *root, struct str path,
    const struct spot *spot, const struct digest *expected, struct str text, const struct file_options *o,
    struct diag *d)
{
	enum file_result result;
	struct spot s;

	*c = (struct change){ .root = root, .path = path, .spot = spot, .options = *o, .fd = -1 };
	if (!enter(c, &s, o->make_folders, d))
		return FILE_FAILED;
	result = prepare(&s, c, expected, text, d);
	leave(c, &s);
	return result;
}

bool
change_settle(struct change *c, struct diag *d)
{
	char settled[NAME_MAX + 1];
	struct spot s;
	int fd = c->fd, got;
	bool ok = true;

	assert(c->step == CHANGE_PREPARED && "a change is settled once");
	c->step = CHANGE_SETTLED;
	if (c->mode_only)
		return true;
	c->fd = -1;
	if (c->options.durable) {
		do
			got = fsync(fd);
		while (got == -1 && errno == EINTR);
		ok = got == 0;
	}
	/* Full disks of some file systems show only now. */
	if (close(fd) == -1 && errno != EINTR)
		ok = false;
	if (!ok)
		diag_errno(d, "write", c->path);
	if (!ok || !enter(c, &s, false, d))
		return false;
	name_temp(c, &s, settled, TEMP_NEW);
	ok = renameat(s.folder, c->temp, s.folder, settled) == 0;
	if (ok)
		memcpy(c->temp, settled, sizeof settled);
	else
		diag_errno(d, "rename the file beside", c->path);
	leave(c, &s);
	return ok;
}

/*
 * Exchange the temporary file and the file.  Where the file system cannot, by
 * a second link to the old one; where it cannot even that, the old one is
 * overwritten and gone.
 */
static int
exchange(struct change *c, const struct spot *s)
{
	char aside[NAME_MAX + 1];

	if (renameat2(s->folder, c->temp, s->folder, s->name, RENAME_EXCHANGE) == 0)
		return 0;
	if (!spot_is_unsupported(errno))
		return -1;
	name_temp(c, s, aside, TEMP_OLD);
	if (linkat(s->folder, s->name, s->folder, aside, 0) == -1) {
		if ((errno != EPERM && errno != EOPNOTSUPP) || c->options.keep)
			return -1;
		c->traceless = true;
		return renameat(s->folder, c->temp, s->folder, s->name);
	}
	if (renameat(s->folder, c->temp, s->folder, s->name) == 0)
		return renameat(s->folder, aside, s->folder, c->temp);
	unlinkat(s->folder, aside, 0);
	return -1;
}

/* What the temporary file holds is nobody's to remove, even if it keeps its name. */
static void
rescue(struct change *c, const struct spot *s, struct diag *d)
{
	if (c->temp[0])
		spot_rescue(s, c->temp, d);
	c->temp[0] = '\0';
}

static void
remove_temp(const struct change *c, const struct spot *s)
{
	if (c->temp[0])
		unlinkat(s->folder, c->temp, 0);
}

static bool
is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/*
 * Put the temporary file, which holds `mine`, in the place of the file, which
 * is believed to hold `believed`.
 *
 * What comes out may be something else: an editor was faster.  Its version is
 * newer than ours and goes back in the same way; what comes out then should be
 * what we had put there, and if it is not, it is newer still.  In the end the
 * newest stands at the name and the temporary file holds one that its own
 * writer has replaced.
 *
 * A file that was being written when it first came out is known by half of its
 * content.  When it comes out again, whole, times tell whether it is older than
 * the one that took its place; it is kept in any case.
 */
static enum file_result
swap(struct change *c, const struct spot *s, struct digest mine,
    struct digest believed, struct diag *d)
{
	struct file_state out, standing = c->ours;

	for (int round = 0; round < MOST_ROUNDS; round++) {
		if (exchange(c, s) == -1) {
			if (round > 0) {
				rescue(c, s, d);
				return FILE_CHANGED;
			}
			if (errno == ENOENT)
				return FILE_CHANGED;
			diag_errno(d, "replace", c->path);
			return FILE_FAILED;
		}
		if (c->traceless)
			return FILE_WRITTEN;
		if (!spot_look(s->folder, c->temp, true, &out, c->path, d)) {
			if (exchange(c, s) == -1)
				rescue(c, s, d);
			return FILE_FAILED;
		}
		if (!out.exists || (digest_eq(out.digest, believed) && !out.busy))
			return round == 0 ? FILE_WRITTEN : FILE_CHANGED;
		if (round > 1 && !out.busy && !is_later(out.written, standing.written))
			break;
		believed = mine;
		mine = out.digest;
		standing = out;
	}
	rescue(c, s, d);
	return FILE_CHANGED;
}

static enum file_result
change_mode(const struct change *c, const struct spot *s, mode_t mode, struct diag *d)
{
	if (fchmodat(s->folder, s->name, mode & PERMISSIONS, 0) == 0)
		return FILE_WRITTEN;
	diag_errno(d, "change the mode of", c->path);
	return FILE_FAILED;
}

static enum file_result
commit(struct change *c, const struct spot *s, struct diag *d)
{
	if (c->mode_only)
		return change_mode(c, s, (mode_t)c->options.mode, d);
	if (c->old.exists)
		return swap(c, s, c->ours.digest, c->old.digest, d);
	if (spot_rename_new(s->folder, c->temp, s->name) == 0)
		return FILE_WRITTEN;
	if (errno == EEXIST)
		return FILE_CHANGED;
	diag_errno(d, "rename the file beside", c->path);
	return FILE_FAILED;
}

enum file_result
change_commit(struct change *c, struct diag *d)
{
	enum file_result result;
	struct spot s;

	assert(c->step == CHANGE_SETTLED && "what is not on the disk is not shown");
	if (!enter(c, &s, false, d))
		return FILE_FAILED;
	result = commit(c, &s, d);
	if (result == FILE_WRITTEN) {
		c->step = CHANGE_COMMITTED;
	} else if (!c->mode_only) {
		remove_temp(c, &s);
		c->step = CHANGE_IDLE;
	}
	leave(c, &s);
	return result;
}

bool
change_finish(struct change *c, struct diag *d)
{
	struct spot s;
	bool ok = true;

	assert(c->step == CHANGE_COMMITTED && "only a committed change is finished");
	c->step = CHANGE_IDLE;
	if (c->mode_only || c->traceless || !c->old.exists)
		return true;
	if (!enter(c, &s, false, d))
		return false;
	if (c->options.keep) {
		ok = spot_save_aside(s.folder, c->temp, str_of(s.name), c->saved);
		if (!ok)
			diag_errno(d, "keep a copy of", c->path);
	} else if (unlinkat(s.folder, c->temp, 0) == -1 && errno != ENOENT) {
		diag_errno(d, "remove the old file beside", c->path);
		ok = false;
	}
	leave(c, &s);
	return ok;
}

static void
undo_commit(struct change *c, const struct spot *s, struct diag *d)
{
	if (c->mode_only) {
		change_mode(c, s, c->old.mode, d);
	} else if (!c->old.exists) {
		spot_remove(s, c->ours.digest, d);
	} else if (!c->traceless) {
		enum file_result result = swap(c, s, c->old.digest, c->ours.digest, d);

		/* The old file may still bear the temporary name. */
		if (result != FILE_WRITTEN && c->options.keep)
			rescue(c, s, d);
		if (result != FILE_FAILED)
			remove_temp(c, s);
	}
}

void
change_undo(struct change *c, struct diag *d)
{
	struct spot s;

	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	if (c->step == CHANGE_IDLE || !enter(c, &s, false, d))
		return;
	if (c->step == CHANGE_COMMITTED)
		undo_commit(c, &s, d);
	else if (!c->mode_only)
		unlinkat(s.folder, c->temp, 0);
	c->step = CHANGE_IDLE;
	leave(c, &s);
}
