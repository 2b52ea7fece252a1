#define _GNU_SOURCE	/* O_CLOEXEC */
#include "runner/build/memo.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/litter.h"
#include "runner/build/loop.h"
#include "runner/build/probe.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/fd.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

/*
 * The file: a head, entries (struct entry), facts, and the SHA-256 of all
 * that.  It is read by the machine that wrote it, so integers are its own.
 */
#define HEAD	"skein memo 3\n"

enum {
	MAX_FILE = 64 << 20,		/* of the memo itself */
	MAX_ENTRIES = 20000,
	MAX_FACTS = 1000,
	MAX_TEXT = 16 << 20,		/* what is scanned for probes */
	SECONDS_RACY = 2
};

/* How a file looks from outside; all zero: there is none. */
struct marks {
	uint64_t device, inode, size;
	int64_t mtime, ctime;		/* nanoseconds */
};

struct entry {
	struct marks marks;		/* the key */
	unsigned char digest[HASH_SIZE];
	uint64_t has_probes;
};

/* A path in this run. */
struct seen {
	struct marks marks;
	bool is_regular, is_read, is_readable;
	int64_t read_at;		/* by loop_now */
	struct memo_file file;
};

/*
 * What a fact rests on.  A file that only looks different (its link count or
 * mode changed) is known by its digest; marks that prove nothing fit no file.
 */
struct guard {
	struct str path;
	struct marks marks;
	unsigned char digest[HASH_SIZE];	/* all zero: of no file */
};

struct fact {
	struct str name, value;
	const struct guard *guards;
	size_t nguards;
};

struct memo {
	int folder;
	const char *name;
	struct arena arena;		/* all that lives as long as the memo */
	struct arena run;		/* of this run: paths */
	struct map entries;		/* marks -> struct entry */
	struct map seen;		/* path -> struct seen */
	struct map facts;		/* name -> struct fact */
	bool is_changed;
	bool is_frozen;
};

static struct str
bytes_of(const void *p, size_t n)
{
	return (struct str){ p, n };
}

static int64_t
nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct marks
marks_of(const struct stat *st)
{
	return (struct marks){
		(uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size,
		nanoseconds(st->st_mtim), nanoseconds(st->st_ctim)
	};
}

static bool
same_marks(const struct marks *a, const struct marks *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	    a->mtime == b->mtime && a->ctime == b->ctime;
}

static bool
is_absent(const struct marks *m)
{
	return m->inode == 0;
}

/* Touched so lately, or in the future, that its times prove nothing. */
static bool
is_racy(const struct marks *m)
{
	struct timespec t;
	int64_t now, last = m->mtime > m->ctime ? m->mtime : m->ctime;

	clock_gettime(CLOCK_REALTIME, &t);
	now = nanoseconds(t);
	return now - last < (int64_t)SECONDS_RACY * 1000000000;
}

/* What a path is in this run; asks the system once. */
static struct seen *
look(struct memo *m, struct str path)
{
	struct seen *s = map_get(&m->seen, path);
	struct stat st;
	char *name;

	if (s)
		return s;
	name = arena_cstr(&m->run, path);
	s = arena_alloc(&m->run, 1, sizeof *s);
	if (stat(name, &st) == 0) {
		s->marks = marks_of(&st);
		s->is_regular = S_ISREG(st.st_mode);
	}
	map_put(&m->seen, (struct str){ name, path.len }, s);
	return s;
}

bool
memo_exists(struct memo *m, struct str path)
{
	return !is_absent(&look(m, path)->marks);
}

void
memo_paths(const struct memo *m, void (*fn)(void *arg, struct str path), void *arg)
{
	for (const struct map_entry *e = map_first(&m->seen); e; e = map_next(e))
		fn(arg, map_key(e));
}

static bool
is_binary(struct str head)
{
	return str_starts(head, STR("\177ELF")) || str_starts(head, STR("!<arch>\n"));
}

/* Hash an open file; a text is kept whole on the way, to be scanned. */
static bool
hash_fd(int fd, struct memo_file *file)
{
	static _Thread_local char bytes[1 << 16];
	struct hash *h = hash_start();
	struct buf text = {0};
	bool is_text = true;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0 || (n == -1 && errno == EINTR)) {
		struct str part = { bytes, n > 0 ? (size_t)n : 0 };

		hash_add(h, part);
		is_text &= text.len > 0 || !is_binary(part);
		if (is_text && text.len < MAX_TEXT)
			buf_add(&text, part);
	}
	file->digest = hash_end(h);
	file->has_probes = probe_may_be_in(buf_str(&text));
	buf_release(&text);
	return n == 0;
}

static bool
read_file(const char *path, const struct marks *expected, struct memo_file *file)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat before, after;
	bool ok = false;

	if (fd == -1)
		return false;
	if (fstat(fd, &before) == 0 && S_ISREG(before.st_mode) &&
	    hash_fd(fd, file) && fstat(fd, &after) == 0) {
		struct marks a = marks_of(&before), b = marks_of(&after);

		ok = same_marks(&a, expected) && same_marks(&b, expected);
	}
	close(fd);
	return ok;
}

static void
keep_entry(struct memo *m, const struct seen *s)
{
	struct entry *e = arena_alloc(&m->arena, 1, sizeof *e);

	e->marks = s->marks;
	memcpy(e->digest, s->file.digest.bytes, HASH_SIZE);
	e->has_probes = s->file.has_probes;
	map_put(&m->entries, bytes_of(&e->marks, sizeof e->marks), e);
	m->is_changed = true;
}

bool
memo_file(struct memo *m, struct str path, struct memo_file *file)
{
	struct seen *s = look(m, path);
	const struct entry *e;

	if (!s->is_regular)
		return false;
	if (!s->is_read) {
		s->is_read = true;
		s->read_at = loop_now();
		e = map_get(&m->entries, bytes_of(&s->marks, sizeof s->marks));
		if (e) {
			memcpy(s->file.digest.bytes, e->digest, HASH_SIZE);
			s->file.has_probes = e->has_probes != 0;
			s->is_readable = true;
		} else {
			s->is_readable = read_file(arena_cstr(&m->run, path),
			    &s->marks, &s->file);
			if (s->is_readable && !is_racy(&s->marks))
				keep_entry(m, s);
		}
	}
	*file = s->file;
	return s->is_readable;
}

/* False if it is not there. */
static bool
look_again(struct memo *m, struct seen *s, struct str path)
{
	struct stat st;
	struct marks now;
	bool there = stat(arena_cstr(&m->run, path), &st) == 0;

	now = there ? marks_of(&st) : (struct marks){0};
	if (!same_marks(&now, &s->marks))
		*s = (struct seen){ .marks = now, .is_regular = there && S_ISREG(st.st_mode) };
	return there;
}

void
memo_look_again(struct memo *m, struct str path)
{
	struct seen *s = look(m, path);

	(void)look_again(m, s, path);
	if (is_racy(&s->marks))
		s->is_read = s->is_readable = false;
}

bool
memo_changed_since(struct memo *m, struct str path, struct timespec since, int64_t start)
{
	struct seen *s = look(m, path);
	struct marks now;

	if (!look_again(m, s, path))
		return true;
	now = s->marks;
	if (s->is_readable && s->read_at < start)
		return false;
	return now.ctime >= nanoseconds(since) || now.mtime >= nanoseconds(since);
}

static void
put_digest(unsigned char to[HASH_SIZE], struct memo *m, struct str path)
{
	struct memo_file file;

	memset(to, 0, HASH_SIZE);
	if (memo_file(m, path, &file))
		memcpy(to, file.digest.bytes, HASH_SIZE);
}

static bool
holds(struct memo *m, const struct guard *g)
{
	static const unsigned char none[HASH_SIZE];
	unsigned char now[HASH_SIZE];

	if (same_marks(&look(m, g->path)->marks, &g->marks))
		return true;
	if (memcmp(g->digest, none, HASH_SIZE) == 0)
		return false;
	put_digest(now, m, g->path);
	return memcmp(g->digest, now, HASH_SIZE) == 0;
}

bool
memo_recall(struct memo *m, struct str name, struct arena *a, struct str *value)
{
	const struct fact *f = map_get(&m->facts, name);

	if (!f)
		return false;
	for (size_t i = 0; i < f->nguards; i++) {
		if (!holds(m, &f->guards[i])) {
			trace("memo", "'%.*s' changed", STR_ARG(f->guards[i].path));
			return false;
		}
	}
	*value = arena_str(a, f->value);
	return true;
}

/* False if nothing would show a change of it. */
static bool
set_guard(struct memo *m, struct guard *g, struct str path)
{
	static const unsigned char none[HASH_SIZE];
	const struct seen *s = look(m, path);

	g->path = arena_str(&m->arena, path);
	g->marks = s->marks;
	if (s->is_regular)
		put_digest(g->digest, m, path);
	if (is_absent(&g->marks) || !is_racy(&g->marks))
		return true;
	g->marks = (struct marks){ .inode = UINT64_MAX };
	return memcmp(g->digest, none, HASH_SIZE) != 0;
}

void
memo_learn(struct memo *m, struct str name, struct str value,
    const struct str *paths, size_t npaths)
{
	struct fact *f = arena_alloc(&m->arena, 1, sizeof *f);
	struct guard *guards = arena_alloc(&m->arena, npaths, sizeof *guards);

	for (size_t i = 0; i < npaths; i++)
		if (!set_guard(m, &guards[i], paths[i]))
			return;
	*f = (struct fact){ arena_str(&m->arena, name), arena_str(&m->arena, value),
	    guards, npaths };
	map_remove(&m->facts, name);
	map_put(&m->facts, f->name, f);
	m->is_changed = true;
}

/* Reading the file back: a cursor that fails once and for all. */
struct cursor {
	struct str rest;
	bool failed;
};

static struct str
take(struct cursor *c, uint64_t n)
{
	struct str part = { 0 };

	if (c->failed || n > c->rest.len) {
		c->failed = true;
		return part;
	}
	part = str_slice(c->rest, 0, (size_t)n);
	c->rest = str_slice(c->rest, (size_t)n, c->rest.len);
	return part;
}

static bool
take_into(struct cursor *c, void *to, size_t n)
{
	struct str part = take(c, n);

	if (!c->failed)
		memcpy(to, part.data, n);
	return !c->failed;
}

static uint64_t
take_number(struct cursor *c)
{
	uint64_t n = 0;

	take_into(c, &n, sizeof n);
	return n;
}

static void
read_fact(struct memo *m, struct cursor *c)
{
	struct fact *f = arena_alloc(&m->arena, 1, sizeof *f);
	struct guard *guards;

	f->name = take(c, take_number(c));
	f->value = take(c, take_number(c));
	f->nguards = take_number(c);
	if (c->failed || f->nguards > c->rest.len / sizeof guards->marks) {
		c->failed = true;
		return;
	}
	guards = arena_alloc(&m->arena, f->nguards, sizeof *guards);
	f->guards = guards;
	for (size_t i = 0; i < f->nguards; i++) {
		take_into(c, &guards[i].marks, sizeof guards[i].marks);
		take_into(c, guards[i].digest, HASH_SIZE);
		guards[i].path = take(c, take_number(c));
	}
	if (!c->failed)
		map_put(&m->facts, f->name, f);
}

static void
read_all(struct memo *m, struct str text)
{
	struct cursor c = { .rest = str_slice(text, 0, text.len - HASH_SIZE) };
	struct digest sum = hash_of(c.rest);
	uint64_t n;

	if (memcmp(sum.bytes, text.data + c.rest.len, HASH_SIZE) != 0 ||
	    !str_eq(take(&c, sizeof HEAD - 1), STR(HEAD)))
		return;
	n = take_number(&c);
	for (uint64_t i = 0; i < n && !c.failed; i++) {
		struct entry *e = arena_alloc(&m->arena, 1, sizeof *e);

		if (take_into(&c, e, sizeof *e))
			map_put(&m->entries, bytes_of(&e->marks, sizeof e->marks), e);
	}
	n = take_number(&c);
	for (uint64_t i = 0; i < n && !c.failed; i++)
		read_fact(m, &c);
}

static void
load(struct memo *m)
{
	int fd = openat(m->folder, m->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *bytes;

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 022) == 0 &&
	    st.st_size > HASH_SIZE && st.st_size <= MAX_FILE) {
		size_t size = (size_t)st.st_size;

		bytes = arena_alloc(&m->arena, size, 1);
		if (read(fd, bytes, size) == st.st_size)
			read_all(m, bytes_of(bytes, size));
	}
	close(fd);
}

static void
put_number(struct buf *b, uint64_t n)
{
	buf_add(b, bytes_of(&n, sizeof n));
}

static void
put_text(struct buf *b, struct str s)
{
	put_number(b, s.len);
	buf_add(b, s);
}

/* The newest are at the end of the map; over the limit the oldest go. */
static const struct map_entry *
skip_oldest(const struct map *map, size_t limit, size_t *count)
{
	const struct map_entry *e = map_first(map);

	for (*count = map_count(map); *count > limit; --*count)
		e = map_next(e);
	return e;
}

static void
write_all(const struct memo *m, struct buf *b)
{
	const struct map_entry *e;
	struct digest sum;
	size_t n;

	buf_add(b, STR(HEAD));
	e = skip_oldest(&m->entries, MAX_ENTRIES, &n);
	put_number(b, n);
	for (; e; e = map_next(e))
		buf_add(b, bytes_of(map_value(e), sizeof(struct entry)));
	e = skip_oldest(&m->facts, MAX_FACTS, &n);
	put_number(b, n);
	for (; e; e = map_next(e)) {
		const struct fact *f = map_value(e);

		put_text(b, f->name);
		put_text(b, f->value);
		put_number(b, f->nguards);
		for (size_t i = 0; i < f->nguards; i++) {
			buf_add(b, bytes_of(&f->guards[i].marks, sizeof f->guards[i].marks));
			buf_add(b, bytes_of(f->guards[i].digest, HASH_SIZE));
			put_text(b, f->guards[i].path);
		}
	}
	sum = hash_of(buf_str(b));
	buf_add(b, bytes_of(sum.bytes, HASH_SIZE));
}

/* Two runs that end at once: the later wins, and only knowledge is lost. */
static bool
save(struct memo *m)
{
	struct buf b = {0};
	int temps = openat(m->folder, "t", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool ok;

	write_all(m, &b);
	ok = litter_replace(temps, m->folder, m->name, buf_str(&b));
	if (temps != -1)
		close(temps);
	buf_release(&b);
	return ok;
}

struct memo *
memo_open(int folder, const char *name)
{
	struct memo *m = mem_zalloc(1, sizeof *m);

	arena_init(&m->arena);
	arena_init(&m->run);
	m->folder = folder;
	if (folder != -1) {
		m->name = arena_cstr(&m->arena, str_of(name));
		load(m);
	}
	return m;
}

void
memo_refresh(struct memo *m)
{
	map_release(&m->seen);
	arena_release(&m->run);
}

void
memo_freeze(struct memo *m)
{
	m->is_frozen = true;
}

bool
memo_is_frozen(const struct memo *m)
{
	return m->is_frozen;
}

void
memo_close(struct memo *m)
{
	if (!m)
		return;
	if (m->folder != -1 && m->is_changed && !save(m))
		trace("memo", "it was not kept: %s", strerror(errno));
	map_release(&m->entries);
	map_release(&m->seen);
	map_release(&m->facts);
	arena_release(&m->run);
	arena_release(&m->arena);
	mem_free(m);
}
