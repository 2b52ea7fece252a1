/* readlink, realpath */
#define _XOPEN_SOURCE 700
#include "runner/cli/parts.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"

enum { MOST_HOST = 16 << 20 };

struct str
parts_folder(struct arena *a)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path);

	while (n > 0 && path[n - 1] != '/')
		n--;
	return n > 1 ? arena_str(a, (struct str){ path, (size_t)n - 1 }) : (struct str){0};
}

/* Beside the program, the way from it to its parts in an installed tree, or where that was to be. */
static struct str
find(struct arena *a, const char *name, int how)
{
	struct str own = parts_folder(a);
	struct str places[] = {
		arena_printf(a, "%.*s/%s", STR_ARG(own), name),
		arena_printf(a, "%.*s/%s/%s", STR_ARG(own), SKEIN_WAY, name),
		arena_printf(a, "%s/%s", SKEIN_LIBEXEC, name),
	};

	for (size_t i = own.len > 0 ? 0 : 2; i < sizeof places / sizeof places[0]; i++)
		if (access(places[i].data, how) == 0)
			return places[i];
	return (struct str){0};
}

/* One that must be there; empty after an error. */
static struct str
find_own(struct arena *a, const char *name, const char *what, int how, struct diag *d)
{
	struct str path = find(a, name, how), own = parts_folder(a);

	if (path.len == 0)
		diag_error(d, STATUS_ENVIRONMENT, PLACE_NONE, "no-host",
		    "the %s is neither beside skein nor in %.*s/%s nor in %s: install skein again",
		    what, STR_ARG(own), SKEIN_WAY, SKEIN_LIBEXEC);
	return path;
}

const char *
parts_host(struct arena *a, struct diag *d)
{
	return find_own(a, "skein-host", "program skein-host", X_OK, d).data;
}

const char *
parts_lua(struct arena *a)
{
	return find(a, "skein-lua.so", R_OK).data;
}

struct str
parts_host_object(struct arena *a, struct diag *d)
{
	struct str path = find_own(a, "host.o", "file host.o", R_OK, d), text = {0};

	if (path.len > 0 && !file_read(NULL, path, MOST_HOST, a, &text, d))
		return (struct str){0};
	return text;
}

struct str
parts_headers(struct arena *a)
{
	struct str folder = find(a, "include", R_OK);
	char *real = folder.len ? realpath(folder.data, NULL) : NULL;

	folder = real ? arena_str(a, str_of(real)) : (struct str){0};
	free(real);
	return folder;
}
