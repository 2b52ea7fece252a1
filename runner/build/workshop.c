#define _GNU_SOURCE	/* realpath */
#include "runner/build/workshop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/litter.h"
#include "tangle/base/arena.h"
#include "tangle/base/fd.h"
#include "tangle/base/trace.h"

enum { SWEPT = 3 };	/* times that a folder is made anew */

/* False with EAGAIN: it was swept away before it was held. */
static bool
make_held(struct workshop *w, const char *parent, const char *prefix, struct arena *a)
{
	w->path = arena_cstr(a, arena_printf(a, "%s/%sXXXXXX", parent, prefix));
	if (!mkdtemp(w->path)) {
		w->path = NULL;
		return false;
	}
	w->held = open(w->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (w->held == -1 || litter_hold(w->held))
		return true;
	close(w->held);
	*w = WORKSHOP_NONE;
	errno = EAGAIN;
	return false;
}

bool
workshop_open(struct workshop *w, const char *temp, struct arena *a)
{
	const char *parent = temp ? temp : getenv("TMPDIR");
	const char *prefix = temp ? LITTER_HELD : "skein-";
	char *real = realpath(parent && *parent ? parent : "/tmp", NULL);
	bool ok;

	*w = WORKSHOP_NONE;
	if (!real)
		return false;
	ok = make_held(w, real, prefix, a);
	for (int i = 0; !ok && errno == EAGAIN && i < SWEPT; i++)
		ok = make_held(w, real, prefix, a);
	free(real);
	return ok;
}

bool
workshop_read(const struct workshop *w, const char *name, size_t max, struct arena *a,
    struct str *text)
{
	int fd = open(arena_printf(a, "%s/%s", w->path, name).data,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *bytes;
	size_t done = 0;
	ssize_t n = 1;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || (size_t)st.st_size > max) {
		close(fd);
		return false;
	}
	bytes = arena_alloc(a, (size_t)st.st_size, 1);
	while (done < (size_t)st.st_size && (n > 0 || errno == EINTR)) {
		n = read(fd, bytes + done, (size_t)st.st_size - done);
		if (n == 0)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	*text = (struct str){ bytes, done };
	return done == (size_t)st.st_size;
}

bool
workshop_write(const struct workshop *w, struct str name, struct str text, struct arena *a)
{
	int fd = open(arena_printf(a, "%s/%.*s", w->path, STR_ARG(name)).data,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok = fd != -1 && fd_write(fd, text);

	if (fd != -1)
		close(fd);
	return ok;
}

/* The compiler makes files there and no folders. */
void
workshop_close(struct workshop *w)
{
	DIR *dir = w->path ? opendir(w->path) : NULL;
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	if (w->path && rmdir(w->path) == -1)
		trace("compile", "cannot remove '%s': %s", w->path, strerror(errno));
	if (w->held != -1)
		close(w->held);
	*w = WORKSHOP_NONE;
}
