#define _GNU_SOURCE	/* memfd_create, F_ADD_SEALS, dladdr1 */
#include "runner/jit/loaded.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/fd.h"
#include "tangle/base/trace.h"

enum { PATH_SIZE = 40 };

static void
path_of(int fd, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
}

/* Nobody can change what we verified. */
static int
seal(struct str object)
{
	int fd = memfd_create("skein-jit", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd != -1 && (!fd_write(fd, object) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == -1)) {
		int reason = errno;

		close(fd);
		errno = reason;
		return -1;
	}
	return fd;
}

/* "/proc/self/fd/5: undefined symbol: nix" -> "undefined symbol: nix" */
static struct str
reason_of(struct str said, const char *path)
{
	struct str rest = said;

	if (str_starts(rest, str_of(path)))
		rest = str_slice(rest, strlen(path), rest.len);
	if (str_starts(rest, STR(": ")))
		rest = str_slice(rest, 2, rest.len);
	return rest;
}

bool
loaded_open(struct loaded *l, struct str object, bool is_global, struct arena *a, struct str *why)
{
	char path[PATH_SIZE];

	*l = (struct loaded){ .fd = seal(object) };
	if (l->fd == -1) {
		*why = arena_printf(a, "no memory to load it from: %s", strerror(errno));
		return false;
	}
	path_of(l->fd, path);
	l->handle = dlopen(path, RTLD_NOW | (is_global ? RTLD_GLOBAL : RTLD_LOCAL));
	if (!l->handle) {
		const char *said = dlerror();

		*why = arena_str(a, reason_of(str_of(said ? said : "unknown"), path));
		close(l->fd);
		l->fd = -1;
	}
	return l->handle != NULL;
}

/*
 * The loader knows objects by their names: one that stays (as those with unique
 * symbols of C++ do) keeps its descriptor, or the next one of that name would
 * be taken for it.
 */
void
loaded_close(struct loaded *l)
{
	char path[PATH_SIZE];
	void *still;

	if (!l->handle)
		return;
	path_of(l->fd, path);
	if (dlclose(l->handle) != 0)
		trace("jit", "cannot unload: %s", dlerror());
	still = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
	if (still)
		dlclose(still);
	else
		close(l->fd);
	*l = (struct loaded){ .fd = -1 };
}

/* dlsym looks into the libraries that an object needs as well. */
void *
loaded_symbol(const struct loaded *l, const char *name)
{
	void *address = dlsym(l->handle, name);
	struct link_map *own, *map;
	Dl_info info;

	if (address && dlinfo(l->handle, RTLD_DI_LINKMAP, &own) == 0 &&
	    dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) != 0 && map != own)
		return NULL;
	return address;
}
