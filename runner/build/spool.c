#define _GNU_SOURCE	/* O_TMPFILE, mkostemp */
#include "runner/build/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

enum { PART = 65536 };

struct spool_piece {
	struct spool_piece *next;
	int kind;
	bool is_filed;
	size_t size;
	off_t at;		/* in the file; else the bytes follow */
	char bytes[];
};

struct spool {
	size_t most, held;	/* in memory */
	int fd;			/* of the file; -1: none yet */
	off_t end;
	size_t nfiled;		/* pieces in the file */
};

struct spool *
spool_new(size_t most)
{
	struct spool *s = mem_zalloc(1, sizeof *s);

	*s = (struct spool){ .most = most, .fd = -1 };
	return s;
}

void
spool_free(struct spool *s)
{
	if (!s)
		return;
	if (s->fd != -1)
		close(s->fd);
	mem_free(s);
}

static int
open_nameless(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	struct buf path = {0};

	if (fd == -1) {		/* not all file systems have it */
		buf_printf(&path, "%s/skein-XXXXXX", folder);
		(void)buf_cstr(&path);
		fd = mkostemp(path.data, O_CLOEXEC);
		if (fd != -1)
			unlink(path.data);
	}
	buf_release(&path);
	return fd;
}

static bool
open_file(struct spool *s, struct diag *d)
{
	const char *folder = getenv("TMPDIR");

	if (s->fd != -1)
		return true;
	if (folder && *folder == '/')
		s->fd = open_nameless(folder);
	if (s->fd == -1)
		s->fd = open_nameless("/tmp");
	if (s->fd == -1)
		diag_errno(d, "make a temporary file in", STR("/tmp"));
	return s->fd != -1;
}

static bool
file(struct spool *s, struct str bytes, struct diag *d)
{
	off_t at = s->end;

	if (!open_file(s, d))
		return false;
	while (bytes.len > 0) {
		ssize_t n = pwrite(s->fd, bytes.data, bytes.len, at);

		if (n == -1 && errno != EINTR) {
			diag_errno(d, "keep what was printed in", STR("a temporary file"));
			return false;
		}
		at += n > 0 ? n : 0;
		bytes = str_slice(bytes, n > 0 ? (size_t)n : 0, bytes.len);
	}
	s->end = at;
	return true;
}

static void
append(struct spool_queue *q, struct spool_piece *p)
{
	if (q->last)
		q->last->next = p;
	else
		q->first = p;
	q->last = p;
}

/* What is written behind the last piece of a queue may belong to it. */
static bool
put_in_file(struct spool *s, struct spool_queue *q, int kind, struct str bytes, struct diag *d)
{
	struct spool_piece *p = q->last;
	off_t at = s->end;

	if (!file(s, bytes, d))
		return false;
	if (p && p->is_filed && p->kind == kind && p->at + (off_t)p->size == at) {
		p->size += bytes.len;
		return true;
	}
	p = mem_alloc(1, sizeof *p);
	*p = (struct spool_piece){ .kind = kind, .is_filed = true, .size = bytes.len, .at = at };
	append(q, p);
	s->nfiled++;
	return true;
}

bool
spool_put(struct spool *s, struct spool_queue *q, int kind, struct str bytes, struct diag *d)
{
	size_t size = sizeof(struct spool_piece) + bytes.len;
	struct spool_piece *p;

	if (s->held + size > s->most)
		return put_in_file(s, q, kind, bytes, d);
	p = mem_alloc(1, size);
	*p = (struct spool_piece){ .kind = kind, .size = bytes.len };
	if (bytes.len > 0)
		memcpy(p->bytes, bytes.data, bytes.len);
	append(q, p);
	s->held += size;
	return true;
}

/* The file begins anew when nothing in it is wanted. */
static void
forget(struct spool *s, struct spool_queue *q)
{
	struct spool_piece *p = q->first;

	q->first = p->next;
	if (!q->first)
		q->last = NULL;
	if (!p->is_filed)
		s->held -= sizeof *p + p->size;
	else if (--s->nfiled == 0 && ftruncate(s->fd, 0) == 0)
		s->end = 0;
	mem_free(p);
}

static bool
read_back(struct spool *s, const struct spool_piece *p,
    void (*fn)(void *arg, int kind, struct str bytes), void *arg)
{
	char part[PART];
	size_t done = 0;

	while (done < p->size) {
		size_t left = p->size - done;
		ssize_t n = pread(s->fd, part, left < PART ? left : PART, p->at + (off_t)done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		fn(arg, p->kind, (struct str){ part, (size_t)n });
		done += (size_t)n;
	}
	return true;
}

bool
spool_drain(struct spool *s, struct spool_queue *q,
    void (*fn)(void *arg, int kind, struct str bytes), void *arg, struct diag *d)
{
	bool ok = true;

	while (q->first) {
		const struct spool_piece *p = q->first;

		if (!p->is_filed)
			fn(arg, p->kind, (struct str){ p->bytes, p->size });
		else if (!read_back(s, p, fn, arg))
			ok = false;
		forget(s, q);
	}
	if (!ok)
		diag_errno(d, "read what was printed from", STR("a temporary file"));
	return ok;
}

void
spool_drop(struct spool *s, struct spool_queue *q)
{
	while (q->first)
		forget(s, q);
}
