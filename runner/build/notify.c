#define _DEFAULT_SOURCE	/* statfs */
#include "runner/build/notify.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

#define LOOK	INT64_C(500000000)	/* nanoseconds between looks */

enum {
	MOST_LINKS = 16,
	EVENTS = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
	    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK
};

/* How a file looks from outside; all zero: there is none. */
struct look {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec written, changed;
};

struct file {
	char *name;			/* empty: whatever is in the folder */
	size_t tag;
	unsigned long named;		/* the last round in which it was */
	struct look look;		/* of one that is looked at */
	bool is_changing;
};

struct folder {
	char *path;			/* ends in a slash */
	int watch;			/* -1: its files are looked at */
	bool is_remote;
	struct file *files;
	size_t n, cap;
};

struct notify {
	struct loop *loop;
	notify_fn *fn;
	void *arg;
	int fd;				/* -1: none can be had, or is wanted */
	struct folder **folders;
	size_t n, cap;
	unsigned long round;
	unsigned long timer;
	bool is_told;			/* that no watch was to be had */
};

static void on_time(void *arg);

/* ---- looking ---------------------------------------------------------------------- */

static struct look
look_at(const struct folder *d, const struct file *f)
{
	struct buf path = {0};
	struct stat st;
	struct look look = {0};

	buf_add(&path, str_of(d->path));
	buf_add(&path, str_of(f->name));
	if (stat(buf_cstr(&path), &st) == 0)
		look = (struct look){ st.st_dev, st.st_ino, st.st_size, st.st_mtim, st.st_ctim };
	buf_release(&path);
	return look;
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
same_look(const struct look *a, const struct look *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	    same_time(a->written, b->written) && same_time(a->changed, b->changed);
}

/* One that is being written changes from look to look; the last change is told. */
static void
look_again(struct notify *n, const struct folder *d, struct file *f)
{
	struct look now = look_at(d, f);
	bool same = same_look(&now, &f->look);

	f->look = now;
	if (!same) {
		f->is_changing = true;
	} else if (f->is_changing) {
		f->is_changing = false;
		n->fn(n->arg, f->tag, now.inode ? NOTIFY_WRITTEN : NOTIFY_GONE);
	}
}

static void
set_timer(struct notify *n)
{
	bool looks = false;

	for (size_t i = 0; i < n->n; i++)
		looks = looks || n->folders[i]->watch == -1;
	loop_cancel(n->loop, n->timer);
	n->timer = looks ? loop_at(n->loop, loop_now() + LOOK, on_time, n) : 0;
}

/* ---- folders ---------------------------------------------------------------------- */

/* What changes on another machine nobody tells us of. */
static bool
is_remote(const char *path)
{
	static const unsigned long types[] = {
		0x6969, 0x517B, 0xFF534D42, 0xFE534D42,	/* NFS, SMB, CIFS, SMB 2 */
		0x01021997, 0x65735546, 0x786F4256,	/* 9P, FUSE, shared folders of VirtualBox */
		0x5346414F, 0x73757245, 0x00C36400	/* AFS, Coda, Ceph */
	};
	struct statfs st;

	if (statfs(path, &st) == -1)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (((unsigned long)st.f_type & 0xFFFFFFFF) == types[i])
			return true;
	return false;
}

static void
look_from_now(struct folder *d)
{
	for (size_t i = 0; i < d->n; i++)
		d->files[i].look = look_at(d, &d->files[i]);
}

/* False: its files are to be looked at. */
static bool
watch_folder(struct notify *n, struct folder *d)
{
	if (n->fd == -1 || d->is_remote)
		return false;
	d->watch = inotify_add_watch(n->fd, d->path, EVENTS);
	if (d->watch != -1 || n->is_told || errno == ENOENT || errno == ENOTDIR)
		return d->watch != -1;
	n->is_told = true;
	trace("notify", "'%s' cannot be watched: %s", d->path, strerror(errno));
	return false;
}

static struct folder *
known_folder(const struct notify *n, struct str path)
{
	for (size_t i = 0; i < n->n; i++)
		if (str_eq(str_of(n->folders[i]->path), path))
			return n->folders[i];
	return NULL;
}

static struct folder *
folder_of(struct notify *n, struct str path)
{
	struct folder *d = known_folder(n, path);

	if (d)
		return d;
	d = mem_zalloc(1, sizeof *d);
	d->path = mem_zalloc(path.len + 1, 1);
	memcpy(d->path, path.data, path.len);
	d->is_remote = is_remote(d->path);
	d->watch = -1;
	watch_folder(n, d);
	n->folders = mem_grow(n->folders, &n->cap, n->n + 1, sizeof(struct folder *));
	return n->folders[n->n++] = d;
}

/* Two paths of one folder have one watch between them. */
static bool
is_shared(const struct notify *n, const struct folder *d)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->folders[i] != d && n->folders[i]->watch == d->watch)
			return true;
	return false;
}

static void
free_folder(struct notify *n, struct folder *d)
{
	if (d->watch != -1 && !is_shared(n, d))
		inotify_rm_watch(n->fd, d->watch);
	while (d->n > 0)
		mem_free(d->files[--d->n].name);
	mem_free(d->files);
	mem_free(d->path);
	mem_free(d);
}

/* It is not where it was, or the system has given it up. */
static void
lose_folder(struct notify *n, struct folder *d)
{
	if (d->watch == -1)
		return;
	if (!is_shared(n, d))
		inotify_rm_watch(n->fd, d->watch);
	d->watch = -1;
	for (size_t i = 0; i < d->n; i++)
		n->fn(n->arg, d->files[i].tag, NOTIFY_GONE);
	look_from_now(d);
	set_timer(n);
}

static void
on_time(void *arg)
{
	struct notify *n = arg;

	n->timer = 0;
	for (size_t i = 0; i < n->n; i++) {
		struct folder *d = n->folders[i];

		if (d->watch != -1)
			continue;
		/* what happened until now is seen by a look, once more than needed */
		watch_folder(n, d);
		for (size_t k = 0; k < d->n; k++) {
			look_again(n, d, &d->files[k]);
			if (d->watch != -1)
				look_again(n, d, &d->files[k]);
		}
	}
	set_timer(n);
}

/* ---- hearing ---------------------------------------------------------------------- */

static void
tell(struct notify *n, const struct folder *d, const char *name, uint32_t mask)
{
	enum notify_kind kind = mask & (IN_DELETE | IN_MOVED_FROM) ? NOTIFY_GONE :
	    mask & IN_CREATE ? NOTIFY_BEGUN : NOTIFY_WRITTEN;
	bool is_entry = mask & (IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM);

	for (size_t i = 0; i < d->n; i++) {
		const struct file *f = &d->files[i];

		if (f->name[0] == '\0' ? is_entry : strcmp(f->name, name) == 0)
			n->fn(n->arg, f->tag, kind);
	}
}

static void
take(struct notify *n, const struct inotify_event *e)
{
	for (size_t i = 0; i < n->n; i++) {
		struct folder *d = n->folders[i];

		if (e->mask & IN_Q_OVERFLOW) {	/* anything may have happened */
			for (size_t k = 0; k < d->n; k++)
				n->fn(n->arg, d->files[k].tag, NOTIFY_WRITTEN);
		} else if (d->watch != e->wd) {
			continue;
		} else if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) {
			lose_folder(n, d);
		} else if (e->len > 0) {
			tell(n, d, e->name, e->mask);
		}
	}
}

static void
hear(void *arg)
{
	struct notify *n = arg;
	union {
		struct inotify_event first;
		char bytes[1 << 14];
	} room;
	ssize_t got;

	while ((got = read(n->fd, room.bytes, sizeof room)) > 0 || (got == -1 && errno == EINTR)) {
		for (size_t at = 0; got > 0 && at < (size_t)got;) {
			const struct inotify_event *e = (const void *)(room.bytes + at);

			take(n, e);
			at += sizeof *e + e->len;
		}
	}
}

/* ---- what is watched -------------------------------------------------------------- */

struct notify *
notify_new(struct loop *l, bool looks, notify_fn *fn, void *arg)
{
	struct notify *n = mem_zalloc(1, sizeof *n);

	*n = (struct notify){ .loop = l, .fn = fn, .arg = arg };
	n->fd = looks ? -1 : inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (n->fd != -1)
		loop_watch(l, n->fd, hear, n);
	else if (!looks)
		trace("notify", "files are looked at: %s", strerror(errno));
	return n;
}

void
notify_free(struct notify *n)
{
	if (!n)
		return;
	loop_cancel(n->loop, n->timer);
	if (n->fd != -1) {
		loop_unwatch(n->loop, n->fd);
		close(n->fd);
		n->fd = -1;
	}
	while (n->n > 0) {
		struct folder *d = n->folders[--n->n];

		d->watch = -1;
		free_folder(n, d);
	}
	mem_free(n->folders);
	mem_free(n);
}

void
notify_begin(struct notify *n)
{
	n->round++;
}

static size_t
folder_length(struct str path)
{
	while (path.len > 0 && path.data[path.len - 1] != '/')
		path.len--;
	return path.len;
}

static bool
is_there(const struct notify *n, struct str folder)
{
	const struct folder *d = known_folder(n, folder);
	struct buf path = {0};
	bool there;

	if (d && d->watch != -1)
		return true;
	buf_add(&path, folder);
	there = access(buf_cstr(&path), F_OK) == 0;
	buf_release(&path);
	return there;
}

/*
 * In a folder that is not there, nothing can be written before somebody makes the
 * folder: that is what is waited for.
 */
static void
add_file(struct notify *n, struct str path, size_t tag)
{
	size_t slash = folder_length(path);
	struct folder *d;
	struct file *f;
	struct str name;

	while (slash > 1 && !is_there(n, str_slice(path, 0, slash))) {
		path = str_slice(path, 0, slash - 1);
		slash = folder_length(path);
	}
	d = folder_of(n, slash > 0 ? str_slice(path, 0, slash) : STR("./"));
	name = str_slice(path, slash, path.len);
	for (size_t i = 0; i < d->n; i++) {
		f = &d->files[i];
		if (f->tag == tag && str_eq(str_of(f->name), name)) {
			f->named = n->round;
			return;
		}
	}
	d->files = mem_grow(d->files, &d->cap, d->n + 1, sizeof *d->files);
	f = &d->files[d->n++];
	*f = (struct file){ .name = mem_zalloc(name.len + 1, 1), .tag = tag, .named = n->round };
	memcpy(f->name, name.data, name.len);
	if (d->watch == -1)
		f->look = look_at(d, f);
}

/* Where a link leads, one step, into `to`; false if it is none. */
static bool
follow(struct str path, struct buf *to)
{
	struct buf name = {0};
	char target[PATH_MAX];
	ssize_t got;

	buf_add(&name, path);
	got = readlink(buf_cstr(&name), target, sizeof target);
	buf_release(&name);
	if (got <= 0 || (size_t)got == sizeof target)
		return false;
	if (target[0] != '/')
		buf_add(to, str_slice(path, 0, folder_length(path)));
	buf_add(to, (struct str){ target, (size_t)got });
	return true;
}

void
notify_add(struct notify *n, struct str path, size_t tag)
{
	struct buf at = {0}, next = {0};

	buf_add(&at, path);
	add_file(n, path, tag);
	for (int i = 0; i < MOST_LINKS && follow(buf_str(&at), &next); i++) {
		struct buf swap = at;

		at = next;
		next = swap;
		buf_clear(&next);
		add_file(n, buf_str(&at), tag);
	}
	buf_release(&at);
	buf_release(&next);
}

static void
forget_files(struct notify *n, struct folder *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (d->files[i].named == n->round)
			d->files[kept++] = d->files[i];
		else
			mem_free(d->files[i].name);
	}
	d->n = kept;
}

void
notify_end(struct notify *n)
{
	size_t i = 0;

	while (i < n->n) {
		struct folder *d = n->folders[i];

		forget_files(n, d);
		if (d->n > 0) {
			i++;
			continue;
		}
		n->n--;
		memmove(&n->folders[i], &n->folders[i + 1], (n->n - i) * sizeof(struct folder *));
		free_folder(n, d);
	}
	set_timer(n);
}
