#define _POSIX_C_SOURCE 200809L	/* fdopendir, fstatat */
#include "runner/cache/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FANOUT = 256, LEAST_PREFIX = 4, NANO = 1000000000 };

/* The digest of "ab" and the 62 digits of a file's name. */
static bool
name_of_file(const char *above, const char *rest, struct digest *name)
{
	char hex[HASH_HEX + 1];

	return (size_t)snprintf(hex, sizeof hex, "%s%s", above, rest) == HASH_HEX &&
	    digest_parse(name, str_of(hex));
}

static bool
is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid();
}

/* "o/ab" */
static DIR *
open_inner(const struct folder *f, enum kind kind, const char *above)
{
	char path[8];
	int fd;
	DIR *dir;

	snprintf(path, sizeof path, "%c/%s", (char)kind, above);
	fd = f->fd == -1 ? -1 : openat(f->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	dir = fd == -1 ? NULL : fdopendir(fd);
	if (fd != -1 && !dir)
		close(fd);
	return dir;
}

static bool
visit_inner(struct folder *f, enum kind kind, const char *above, walk_fn *fn, void *arg)
{
	DIR *dir = open_inner(f, kind, above);
	struct entry entry = { .kind = kind };
	const struct dirent *e;
	bool goes_on = true;
	struct stat st;

	while (dir && goes_on && (e = readdir(dir))) {
		if (!name_of_file(above, e->d_name, &entry.name) ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !is_ours(&st))
			continue;
		entry.size = (uint64_t)st.st_size;
		entry.used = (int64_t)st.st_mtim.tv_sec * NANO + st.st_mtim.tv_nsec;
		goes_on = fn(arg, &entry);
	}
	if (dir)
		closedir(dir);
	return goes_on;
}

bool
walk(struct folder *f, enum kind kind, walk_fn *fn, void *arg)
{
	char above[3];

	for (unsigned i = 0; i < FANOUT; i++) {
		snprintf(above, sizeof above, "%02x", i);
		if (!visit_inner(f, kind, above, fn, arg))
			return false;
	}
	return true;
}

static bool
is_entry(DIR *dir, const char *above, const char *name)
{
	struct digest d;
	struct stat st;

	return name_of_file(above, name, &d) &&
	    fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_ours(&st);
}

bool
walk_foreign(struct folder *f, enum kind kind, walk_foreign_fn *fn, void *arg)
{
	bool goes_on = true;
	char above[3];

	for (unsigned i = 0; i < FANOUT && goes_on; i++) {
		const struct dirent *e;
		char path[300];
		DIR *dir;

		snprintf(above, sizeof above, "%02x", i);
		dir = open_inner(f, kind, above);
		while (dir && goes_on && (e = readdir(dir))) {
			if (e->d_name[0] == '.' || is_entry(dir, above, e->d_name))
				continue;
			snprintf(path, sizeof path, "%c/%s/%s", (char)kind, above, e->d_name);
			goes_on = fn(arg, str_of(path));
		}
		if (dir)
			closedir(dir);
	}
	return goes_on;
}

struct search {
	struct str prefix;
	walk_fn *fn;
	void *arg;
};

static bool
match(void *arg, const struct entry *e)
{
	const struct search *s = arg;
	char hex[HASH_HEX + 1];

	digest_hex(e->name, hex);
	return !str_starts(str_of(hex), s->prefix) || s->fn(s->arg, e);
}

bool
walk_prefix(struct folder *f, enum kind kind, struct str prefix, walk_fn *fn, void *arg)
{
	struct search s = { prefix, fn, arg };
	char above[3];

	if (prefix.len < LEAST_PREFIX)
		return true;
	snprintf(above, sizeof above, "%.2s", prefix.data);
	for (size_t i = 0; i < 2; i++)
		if (!((above[i] >= '0' && above[i] <= '9') || (above[i] >= 'a' && above[i] <= 'f')))
			return true;
	return visit_inner(f, kind, above, match, &s);
}

struct finding {
	struct digest *name;
	enum walk_found found;
};

static bool
find(void *arg, const struct entry *e)
{
	struct finding *x = arg;

	*x->name = e->name;
	x->found = x->found == WALK_NONE ? WALK_ONE : WALK_MANY;
	return x->found != WALK_MANY;
}

enum walk_found
walk_find(struct folder *f, enum kind kind, struct str prefix, struct digest *name)
{
	struct finding x = { name, WALK_NONE };

	walk_prefix(f, kind, prefix, find, &x);
	return x.found;
}
