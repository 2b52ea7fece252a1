#define _GNU_SOURCE	/* F_OFD_SETLK, mkdtemp, nftw */
#include "runner/cli/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cache/trees.h"
#include "runner/cli/scratch.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/fd.h"
#include "tangle/base/hash.h"
#include "tangle/base/map.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"

enum { DESCRIPTORS = 16, ROUNDS = 100, USUAL_MODE = 0644 };

static const char temporary[] = "tmp-";

/* ---- clearing -------------------------------------------------------------------- */

/* nftw hands nothing through. */
static struct {
	const struct map *kept;	/* paths below the folder */
	size_t front;		/* what stands before those */
	bool again;		/* a folder that was closed has been opened */
} clearing;

static bool
open_folder_of(const char *path)
{
	char folder[PATH_MAX];
	struct str name = path_folder(str_of(path));

	if (name.len == 0 || name.len >= sizeof folder)
		return false;
	memcpy(folder, name.data, name.len);
	folder[name.len] = '\0';
	return chmod(folder, 0700) == 0;
}

static int
clear_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	struct str rest = str_of(path);

	rest = str_slice(rest, clearing.front, rest.len);
	if (where->level == 0 && type != FTW_DNR)
		return 0;
	if (type == FTW_DNR) {
		if ((st->st_mode & 0700) == 0700)
			return -1;
		clearing.again = true;
		return chmod(path, 0700);
	}
	if (type == FTW_DP || type == FTW_D) {
		if (rmdir(path) == 0 || errno == ENOTEMPTY || errno == EEXIST)
			return 0;
		return errno == EACCES && open_folder_of(path) ? rmdir(path) : -1;
	}
	if (type == FTW_F && map_get(clearing.kept, rest))
		return 0;
	if (unlink(path) == 0)
		return 0;
	return errno == EACCES && open_folder_of(path) ? unlink(path) : -1;
}

/* Remove all that stands below a folder, but for these files. Links lead nowhere. */
static bool
clear(const char *folder, const struct map *kept)
{
	int rounds = ROUNDS;

	clearing.kept = kept;
	clearing.front = strlen(folder) + 1;
	do {
		clearing.again = false;
		if (nftw(folder, clear_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
			return false;
	} while (clearing.again && rounds-- > 0);
	return !clearing.again;
}

static void
remove_all(const char *folder)
{
	struct map none = {0};

	if (!clear(folder, &none) || rmdir(folder) == -1)
		trace("tree", "%s is left: %s", folder, strerror(errno));
}

/* ---- filling --------------------------------------------------------------------- */

static bool
read_same(int fd, struct str text)
{
	char bytes[16384];
	ssize_t n;

	while (text.len > 0) {
		n = read(fd, bytes, text.len < sizeof bytes ? text.len : sizeof bytes);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0 || memcmp(bytes, text.data, (size_t)n) != 0)
			return false;
		text = str_slice(text, (size_t)n, text.len);
	}
	return true;
}

/* A file of that name and text that nobody else has a link to. */
static bool
stands_there(const char *path, struct str text, mode_t mode)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool same;

	if (fd == -1)
		return false;
	same = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    (size_t)st.st_size == text.len && read_same(fd, text) &&
	    ((st.st_mode & 07777) == mode || fchmod(fd, mode) == 0);
	close(fd);
	return same;
}

static bool
make_folders(char *path, size_t from)
{
	for (size_t i = from; path[i]; i++) {
		bool made;

		if (path[i] != '/')
			continue;
		path[i] = '\0';
		made = mkdir(path, 0755) == 0 || errno == EEXIST;
		path[i] = '/';
		if (!made)
			return false;
	}
	return true;
}

static bool
write_new(const char *path, struct str text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	bool ok = fd != -1 && fchmod(fd, mode) == 0 && fd_write(fd, text);

	if (fd != -1 && close(fd) == -1)
		ok = false;
	return ok;
}

/* What is the same already keeps its time, so that make sees no change. */
static bool
fill(const struct tree *t, const struct scratch_file *files, size_t n, struct arena *a,
    struct diag *d)
{
	for (size_t i = 0; i < n; i++) {
		mode_t mode = files[i].mode == -1 ? USUAL_MODE : (mode_t)files[i].mode;
		char *path = arena_cstr(a, arena_printf(a, "%s/%.*s", t->files.data,
		    STR_ARG(files[i].path)));

		if (stands_there(path, files[i].text, mode))
			continue;
		if (unlink(path) == -1 && errno != ENOENT && errno != ENOTDIR) {
			diag_errno(d, "replace", str_of(path));
			return false;
		}
		if (!make_folders(path, t->files.len + 1) || !write_new(path, files[i].text, mode)) {
			diag_errno(d, "write", str_of(path));
			return false;
		}
	}
	return true;
}

/* A command may have put anything in its place. */
static bool
have_folder(const char *path, mode_t mode)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode) && unlink(path) == -1)
		return false;
	return mkdir(path, mode) == 0 || errno == EEXIST;
}

static bool
make_new(const struct tree *t, const struct scratch_file *files, size_t n, struct arena *a,
    struct diag *d)
{
	struct map kept = {0}, none = {0};
	bool ok;

	for (size_t i = 0; i < n; i++)
		map_put(&kept, files[i].path, (void *)&files[i]);
	ok = have_folder(t->files.data, 0755) && have_folder(t->temp.data, 0700) &&
	    clear(t->files.data, &kept) && clear(t->temp.data, &none);
	if (!ok)
		diag_errno(d, "make anew", t->folder);
	map_release(&kept);
	return ok && fill(t, files, n, a, d);
}

/* ---- whose it is ----------------------------------------------------------------- */

/* -1: another run has it, or there is none. */
static int
lock_folder(const char *folder, int flags, struct arena *a)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct str path = arena_printf(a, "%s/lock", folder);
	int fd = open(path.data, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);

	if (fd != -1 && fcntl(fd, F_OFD_SETLK, &whole) == 0)
		trees_use(path.data);
	else if (fd != -1 && close(fd) == 0)
		fd = -1;
	return fd;
}

/* Those of runs that were killed. */
static void
sweep(const char *parent, struct arena *a)
{
	DIR *dir = opendir(parent);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct str path;
		int fd;

		if (strncmp(e->d_name, temporary, strlen(temporary)) != 0)
			continue;
		path = arena_printf(a, "%s/%s", parent, e->d_name);
		fd = lock_folder(path.data, 0, a);
		if (fd == -1)
			continue;
		remove_all(path.data);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

static bool
take_usual(struct tree *t, const char *parent, struct str document, struct arena *a)
{
	char hex[HASH_HEX + 1];

	digest_hex(hash_of(document), hex);
	t->folder = arena_printf(a, "%s/%.16s", parent, hex);
	if (mkdir(t->folder.data, 0700) == -1 && errno != EEXIST)
		return false;
	t->lock = lock_folder(t->folder.data, O_CREAT, a);
	return t->lock != -1;
}

/* The folder is the usual one's neighbour, or where everybody's temporary things are. */
static bool
take_temporary(struct tree *t, const char *parent, const char *front, struct arena *a)
{
	char *path = arena_cstr(a, arena_printf(a, "%s/%sXXXXXX", parent, front));

	if (!mkdtemp(path))
		return false;
	t->folder = str_of(path);
	t->is_temporary = true;
	t->lock = lock_folder(path, O_CREAT, a);
	return true;
}

/* `parent` is ours, in the cache; empty if there is none. */
static bool
take_any(struct tree *t, struct str parent, struct str document, struct arena *a)
{
	const char *other = getenv("TMPDIR");

	if (parent.len > 0 && take_usual(t, parent.data, document, a))
		return true;
	if (parent.len > 0) {
		sweep(parent.data, a);
		if (take_temporary(t, parent.data, temporary, a))
			return true;
	}
	return take_temporary(t, other && *other ? other : "/tmp", "skein-", a);
}

/* Its own path is what `pwd` says, so no links may be in it. */
static bool
settle(struct tree *t, struct arena *a)
{
	char *real = realpath(t->folder.data, NULL);

	if (!real)
		return false;
	t->folder = arena_printf(a, "%s", real);
	t->files = arena_printf(a, "%s/tree", real);
	t->temp = arena_printf(a, "%s/tmp", real);
	free(real);
	return true;
}

bool
tree_open(struct tree *t, const struct scratch_file *files, size_t n, struct str document,
    struct str cache, struct arena *a, struct diag *d)
{
	struct str parent = {0};

	*t = (struct tree){ .lock = -1 };
	if (cache.len > 0) {
		parent = arena_printf(a, "%.*s/w", STR_ARG(cache));
		if (mkdir(parent.data, 0700) == -1 && errno != EEXIST)
			parent = (struct str){0};
	}
	if (!take_any(t, parent, document, a)) {
		diag_errno(d, "make a folder", STR("for console blocks"));
		return false;
	}
	if (!settle(t, a)) {
		diag_errno(d, "find", t->folder);
		return false;
	}
	return make_new(t, files, n, a, d);
}

void
tree_close(struct tree *t)
{
	if (t->is_temporary)
		remove_all(t->folder.data);
	if (t->lock != -1)
		close(t->lock);
	*t = (struct tree){ .lock = -1 };
}
