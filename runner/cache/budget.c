#define _GNU_SOURCE	/* openat, fstatvfs */
#include "runner/cache/budget.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/litter.h"
#include "runner/cache/folder.h"
#include "tangle/base/diag.h"
#include "tangle/base/fd.h"
#include "tangle/base/trace.h"
#include "tangle/project/settings.h"

#define TOTAL_FILE	"total"
#define GROWN_FILE	"grown"

enum {
	BLOCK = 4096,
	OFTEN = 60,			/* seconds between two collections */
	SELDOM = 24 * 3600,		/* for what has grown old */
	DAYS = 30
};

static const struct budget standard = {
	.max_size = UINT64_C(2) << 30,
	.max_age = INT64_C(1000000000) * 24 * 3600 * DAYS,
};

static struct str
variable(const char *name)
{
	const char *value = getenv(name);

	return value ? str_of(value) : STR("");
}

static void
complain(struct diag *d, const char *name, const char *form)
{
	diag_warning(d, PLACE_NONE, "cache-limit", "%s='%s' is not %s, and does not count",
	    name, getenv(name), form);
}

void
budget_of_environment(struct budget *b, struct diag *d)
{
	struct str size = variable("SKEIN_CACHE_MAX_SIZE"), age = variable("SKEIN_CACHE_MAX_AGE"),
	    left = variable("SKEIN_CACHE_MIN_FREE"), gc = variable("SKEIN_CACHE_GC");
	struct budget given = standard;
	bool on = true;

	*b = standard;
	if (size.len > 0 && !setting_size(size, &given.max_size))
		complain(d, "SKEIN_CACHE_MAX_SIZE", "a size like 300M");
	else
		b->max_size = given.max_size;
	if (age.len > 0 && !setting_duration(age, &given.max_age))
		complain(d, "SKEIN_CACHE_MAX_AGE", "a time like 7d");
	else
		b->max_age = given.max_age;
	if (left.len > 0 && !setting_size(left, &given.min_free))
		complain(d, "SKEIN_CACHE_MIN_FREE", "a size like 1G");
	else
		b->min_free = given.min_free;
	if (gc.len > 0 && !setting_flag(gc, &on))
		complain(d, "SKEIN_CACHE_GC", "on or off");
	b->is_off = !on;
}

uint64_t
budget_room(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

static int
open_own(const struct folder *f, const char *name, int flags)
{
	return f->fd == -1 ? -1 :
	    openat(f->fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

void
budget_grow(struct folder *f, uint64_t bytes)
{
	static const char zeros[BLOCK];
	int fd = bytes == 0 ? -1 : open_own(f, GROWN_FILE, O_WRONLY | O_CREAT | O_APPEND);

	if (fd == -1)
		return;
	for (uint64_t left = budget_room(bytes) / BLOCK; left > 0; ) {
		size_t part = left < sizeof zeros ? (size_t)left : sizeof zeros;

		if (!fd_write(fd, (struct str){ zeros, part }))
			break;
		left -= part;
	}
	close(fd);
}

/* Written by the last collector, at *when; false: never, or it is damaged. */
static bool
read_total(const struct folder *f, uint64_t *total, int64_t *when)
{
	char text[64];
	int fd = open_own(f, TOTAL_FILE, O_RDONLY);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text);
	struct str rest = { text, n > 0 ? (size_t)n : 0 };
	unsigned long bytes = 0;
	struct stat st;
	bool ok = str_ends(rest, STR("\n")) &&
	    str_number(str_slice(rest, 0, rest.len - 1), UINT64_MAX, &bytes) && fstat(fd, &st) == 0;

	*total = bytes;
	*when = ok ? st.st_mtime : 0;
	if (fd != -1)
		close(fd);
	return ok;
}

uint64_t
budget_total(struct folder *f)
{
	uint64_t total;
	int64_t when;
	struct stat st;

	read_total(f, &total, &when);
	if (f->fd != -1 && fstatat(f->fd, GROWN_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		total += (uint64_t)st.st_size * BLOCK;
	return total;
}

void
budget_settle(struct folder *f, uint64_t total)
{
	char text[32];

	if (f->fd == -1)
		return;
	snprintf(text, sizeof text, "%" PRIu64 "\n", total);
	if (!litter_replace(f->temps, f->fd, TOTAL_FILE, str_of(text)))
		trace("cache", "cannot rewrite '" TOTAL_FILE "': %s", strerror(errno));
	else if (unlinkat(f->fd, GROWN_FILE, 0) == -1 && errno != ENOENT)
		trace("cache", "cannot remove '" GROWN_FILE "': %s", strerror(errno));
}

static uint64_t
free_bytes(const struct folder *f)
{
	struct statvfs v;

	return fstatvfs(f->fd, &v) == 0 ? (uint64_t)v.f_bavail * v.f_frsize : UINT64_MAX;
}

uint64_t
budget_excess(struct folder *f, const struct budget *b, uint64_t total)
{
	uint64_t over = total > b->max_size ? total - b->max_size : 0, left, missing;

	if (b->min_free == 0 || f->fd == -1)
		return over;
	left = free_bytes(f);
	missing = left < b->min_free ? b->min_free - left : 0;
	return over > missing ? over : missing;
}

bool
budget_is_due(struct folder *f, const struct budget *b)
{
	uint64_t total;
	int64_t when, since;

	if (f->fd == -1 || b->is_off)
		return false;
	if (!read_total(f, &total, &when)) {
		budget_settle(f, budget_total(f));
		return false;
	}
	since = time(NULL) - when;
	if (since < 0 || since > SELDOM)	/* the clock was set back: begin anew */
		return true;
	return since >= OFTEN && budget_excess(f, b, budget_total(f)) > 0;
}
