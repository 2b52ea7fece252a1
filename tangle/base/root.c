#define _GNU_SOURCE	/* O_PATH, syscall: openat2 has no wrapper in glibc */
#include "tangle/base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

struct str
path_name(struct str path)
{
	size_t at = path.len;

	while (at > 0 && path.data[at - 1] != '/')
		at--;
	return str_slice(path, at, path.len);
}

struct str
path_folder(struct str path)
{
	size_t name = path_name(path).len;

	return str_slice(path, 0, name < path.len ? path.len - name - 1 : 0);
}

bool
root_open(struct root *r, struct str path, struct diag *d)
{
	struct buf name = {0};

	buf_add(&name, path);
	r->path = path;
	do
		r->fd = open(buf_cstr(&name), FOLDER);
	while (r->fd == -1 && errno == EINTR);
	if (r->fd == -1)
		diag_errno(d, "open the folder", path);
	buf_release(&name);
	return r->fd != -1;
}

void
root_close(struct root *r)
{
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
}

/* Open one component below `folder`, which is closed; a link gives ELOOP. */
static int
step(int folder, struct str component, bool make)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int fd = -1, why;

	if (component.len > NAME_MAX || component.len == 0) {
		errno = component.len ? ENAMETOOLONG : EINVAL;
	} else if (str_eq(component, STR(".."))) {
		errno = EXDEV;
	} else {
		memcpy(name, component.data, component.len);
		name[component.len] = '\0';
		if (!make || mkdirat(folder, name, 0777) == 0 || errno == EEXIST) {
			do
				fd = openat(folder, name, FOLDER | O_NOFOLLOW);
			while (fd == -1 && errno == EINTR);
		}
		/* Linux says ENOTDIR for a link met with O_DIRECTORY. */
		if (fd == -1 && errno == ENOTDIR)
			errno = fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
	}
	why = errno;
	close(folder);
	errno = why;
	return fd;
}

static int
walk(const struct root *r, struct str folder, bool make)
{
	int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);

	while (fd != -1 && folder.len > 0) {
		struct str component = str_cut(folder, '/', &folder);

		fd = step(fd, component, make);
	}
	return fd;
}

static int
open_beneath(const struct root *r, struct str folder)
{
	struct open_how how = {
		.flags = FOLDER,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	char path[PATH_MAX];
	long fd;

	if (folder.len >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (folder.len > 0)
		memcpy(path, folder.data, folder.len);
	else
		path[folder.len++] = '.';
	path[folder.len] = '\0';
	do
		fd = syscall(SYS_openat2, r->fd, path, &how, sizeof how);
	while (fd == -1 && (errno == EINTR || errno == EAGAIN));
	return (int)fd;
}

int
root_folder(const struct root *r, struct str path, bool make)
{
	struct str folder = path_folder(path);
	int fd;

	if (path.len > 0 && path.data[0] == '/') {
		errno = EXDEV;
		return -1;
	}
	fd = open_beneath(r, folder);
	/* Old kernels have no openat2; old container filters answer EPERM. */
	if (fd == -1 && (errno == ENOSYS || errno == EPERM || (make && errno == ENOENT)))
		fd = walk(r, folder, make);
	return fd;
}

struct str
root_obstacle(const struct root *r, struct str path)
{
	struct str folder = path_folder(path), rest = folder;
	int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);

	while (fd != -1 && rest.len > 0) {
		struct str component = str_cut(rest, '/', &rest);

		fd = step(fd, component, false);
		if (fd == -1 && (errno == ELOOP || errno == ENOTDIR))
			return str_slice(folder, 0,
			    (size_t)(component.data + component.len - folder.data));
	}
	if (fd != -1)
		close(fd);
	return (struct str){0};
}

/*
 * A folder that ignores itself needs no line in the project's .gitignore.
 * The file may be empty when a run was killed right here.
 */
static bool
ignore_itself(int fd)
{
	struct stat st;
	int file;
	bool ok;

	file = openat(fd, ".gitignore", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (file == -1)
		return false;
	ok = fstat(file, &st) == 0 && (st.st_size > 0 || write(file, "*\n", 2) == 2);
	return close(file) == 0 && ok;
}

int
root_state(const struct root *r, struct diag *d)
{
	int fd = root_folder(r, STR(".skein/x"), true);

	if (fd == -1) {
		diag_errno(d, "open the folder", STR(".skein"));
	} else if (!ignore_itself(fd)) {
		diag_errno(d, "write", STR(".skein/.gitignore"));
		close(fd);
		fd = -1;
	}
	return fd;
}

struct str
path_real(struct str path, struct arena *a)
{
	char real[PATH_MAX];
	struct str folder = path_folder(path);

	if (realpath(arena_cstr(a, path), real))
		return arena_str(a, str_of(real));
	if (folder.len == 0)
		folder = str_starts(path, STR("/")) ? STR("/") : STR(".");
	if (!realpath(arena_cstr(a, folder), real))
		return path;
	return arena_printf(a, "%s/%.*s", strcmp(real, "/") == 0 ? "" : real,
	    STR_ARG(path_name(path)));
}

struct str
root_relative(const struct root *r, struct str path, struct arena *a)
{
	struct str root = path_real(r->path, a), real = path_real(path, a);

	if (str_eq(root, STR("/")))
		root.len = 0;
	if (str_starts(real, root) && real.len > root.len && real.data[root.len] == '/')
		return str_slice(real, root.len + 1, real.len);
	return real;
}

struct str
root_shown(const struct root *r, struct str path, struct arena *a)
{
	if (r->path.len == 0 || str_eq(r->path, STR(".")))
		return path;
	return arena_printf(a, "%.*s%s%.*s", STR_ARG(r->path),
	    str_ends(r->path, STR("/")) ? "" : "/", STR_ARG(path));
}
