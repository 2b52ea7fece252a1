#define _GNU_SOURCE	/* fdopendir, openat, sched_yield */
#include "runner/cache/stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/litter.h"
#include "runner/cache/folder.h"
#include "runner/cache/gate.h"
#include "tangle/base/buf.h"
#include "tangle/base/fd.h"
#include "tangle/base/trace.h"

/*
 * A line: the version, the time from which it counts, the numbers, and a full
 * stop, without which it was cut.  More numbers than we know are a later skein's.
 */
#define LINE_VERSION	"1"
#define FILE_PREFIX	"stats."

enum {
	LONG_FILE = 16 << 10,		/* bytes; is made short */
	MAX_FILE = 16 << 20,
	TRIES = 100			/* while another makes it short: it takes a millisecond */
};

static const char *const names[STATS] = {
	[STAT_RUNS] = "runs",
	[STAT_HITS] = "hits",
	[STAT_REPLAYED] = "failures-replayed",
	[STAT_SAVED] = "nanoseconds-saved",
	[STAT_NEW] = "misses-new",
	[STAT_CHANGED] = "misses-changed",
	[STAT_BROKEN] = "misses-damaged",
	[STAT_OFF] = "cache-off",
	[STAT_COMPILED] = "compiled",
	[STAT_SPENT] = "nanoseconds-compiling",
	[STAT_PUBLISHED] = "published",
	[STAT_WRITTEN] = "bytes-published",
	[STAT_DAMAGED] = "damaged",
	[STAT_COLLECTIONS] = "collections",
	[STAT_COLLECTED] = "files-collected",
	[STAT_FREED] = "bytes-collected",
};

const char *
stats_name(enum stat_id id)
{
	return names[id];
}

bool
stats_are_none(const struct stats *s)
{
	for (size_t i = 0; i < STATS; i++)
		if (s->n[i] > 0)
			return false;
	return true;
}

static void
put_line(const struct stats *s, struct buf *to)
{
	buf_printf(to, LINE_VERSION " %" PRId64, s->since);
	for (size_t i = 0; i < STATS; i++)
		buf_printf(to, " %" PRIu64, s->n[i]);
	buf_add(to, STR(" .\n"));
}

/* A line that is cut or of another version counts nothing. */
static void
add_line(struct str line, struct stats *sum)
{
	struct stats s = {0};
	unsigned long n;
	size_t i = 0;

	if (!str_ends(line, STR(" .")) || !str_eq(str_word(&line), STR(LINE_VERSION)) ||
	    !str_number(str_word(&line), INT64_MAX, &n))
		return;
	s.since = (int64_t)n;
	while (i < STATS && str_number(str_word(&line), UINT64_MAX, &n))
		s.n[i++] = n;
	for (i = 0; i < STATS; i++)
		sum->n[i] += s.n[i];
	if (sum->since == 0 || s.since < sum->since)
		sum->since = s.since;
}

static void
add_file(int fd, struct stats *sum)
{
	struct buf text = {0};
	struct str rest, line;
	ssize_t n = 1;

	while (n != 0 && text.len < MAX_FILE) {
		n = read(fd, buf_room(&text, 4096), 4096);
		if (n == -1 && errno != EINTR)
			break;
		text.len += n > 0 ? (size_t)n : 0;
	}
	rest = buf_str(&text);
	while (str_line(&rest, &line))
		add_line(line, sum);
	buf_release(&text);
}

static void
name_of(const struct folder *f, char name[], size_t size)
{
	snprintf(name, size, FILE_PREFIX "%.200s", f->host);
}

static int
open_file(const struct folder *f, const char *name, int flags)
{
	struct stat st;
	int fd = openat(f->fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One line of many, when nobody adds any. */
static void
shorten(struct folder *f, const char *name)
{
	struct stats sum = {0};
	struct buf line = {0};
	int fd;

	if (!gate_enter(f, GATE_STATS, GATE_ALONE))
		return;
	fd = open_file(f, name, O_RDONLY);
	if (fd != -1) {
		add_file(fd, &sum);
		close(fd);
		put_line(&sum, &line);
		if (!litter_replace(f->temps, f->fd, name, buf_str(&line)))
			trace("cache", "cannot rewrite '%s': %s", name, strerror(errno));
		buf_release(&line);
	}
	gate_leave(f, GATE_STATS);
}

static bool
enter_shared(struct folder *f)
{
	for (size_t i = 0; i < TRIES; i++) {
		if (gate_enter(f, GATE_STATS, GATE_SHARED))
			return true;
		sched_yield();
	}
	return false;
}

void
stats_flush(struct folder *f, struct stats *s)
{
	char name[256];
	struct buf line = {0};
	struct stat st = {0};
	int fd = -1;

	if (f->fd == -1 || stats_are_none(s) || !enter_shared(f))
		return;
	name_of(f, name, sizeof name);
	s->since = time(NULL);
	put_line(s, &line);
	fd = open_file(f, name, O_WRONLY | O_CREAT | O_APPEND);
	if (fd == -1 || !fd_write(fd, buf_str(&line)) || fstat(fd, &st) == -1)
		trace("cache", "nothing was counted: %s", strerror(errno));
	if (fd != -1)
		close(fd);
	gate_leave(f, GATE_STATS);
	if (st.st_size > LONG_FILE)
		shorten(f, name);
	buf_release(&line);
	*s = (struct stats){0};
}

/* Each file of counts of any host. */
static void
each_file(struct folder *f, void (*fn)(struct folder *f, const char *name, void *arg), void *arg)
{
	int fd = f->fd == -1 ? -1 : openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (fd != -1 && !dir)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (str_starts(str_of(e->d_name), STR(FILE_PREFIX)))
			fn(f, e->d_name, arg);
	if (dir)
		closedir(dir);
}

static void
sum_file(struct folder *f, const char *name, void *arg)
{
	int fd = open_file(f, name, O_RDONLY);

	if (fd == -1)
		return;
	add_file(fd, arg);
	close(fd);
}

void
stats_read(struct folder *f, struct stats *sum)
{
	*sum = (struct stats){0};
	each_file(f, sum_file, sum);
}

static void
remove_file(struct folder *f, const char *name, void *arg)
{
	bool *ok = arg;

	if (unlinkat(f->fd, name, 0) == -1 && errno != ENOENT)
		*ok = false;
}

bool
stats_reset(struct folder *f)
{
	bool ok = true;

	if (!gate_enter(f, GATE_STATS, GATE_ALONE))
		return false;
	each_file(f, remove_file, &ok);
	gate_leave(f, GATE_STATS);
	return ok;
}
