/* lstat */
#define _XOPEN_SOURCE 700
#include "tangle/project/project.h"

#include <sys/stat.h>

#include "tangle/base/arena.h"
#include "tangle/project/trust.h"

/* More levels than any path has. */
enum { HIGHEST = 4096 };

static struct str
folder_of(struct str path)
{
	size_t n = path.len;

	while (n > 0 && path.data[n - 1] != '/')
		n--;
	while (n > 1 && path.data[n - 1] == '/')
		n--;
	return n ? str_slice(path, 0, n) : STR(".");
}

static bool
exists(struct arena *a, struct str folder, const char *name)
{
	struct str path = arena_printf(a, "%.*s/%s", STR_ARG(folder), name);
	struct stat st;

	return lstat(path.data, &st) == 0;
}

/* "docs/.." is a long way to say "."; the way down is taken back where it is ours. */
static struct str
shortened(struct arena *a, struct str path)
{
	struct stat st;

	while (str_ends(path, STR("/.."))) {
		struct str before = str_slice(path, 0, path.len - 3), name;

		name = str_slice(before, folder_of(before).len + 1, before.len);
		if (str_eq(folder_of(before), STR(".")) && !str_starts(before, STR("./")))
			name = before;
		/* the way up from a linked folder is another one */
		if (name.len == 0 || str_eq(name, STR("..")) || str_eq(name, STR(".")) ||
		    before.data[0] == '/' || lstat(arena_cstr(a, before), &st) != 0 ||
		    S_ISLNK(st.st_mode))
			break;
		path = folder_of(before);
	}
	return path;
}

/* One of somebody else could make a folder of theirs the root of everybody's documents below. */
static bool
counts(struct arena *a, struct str folder, const struct trust *trust, struct project_passed *passed)
{
	struct str path = arena_printf(a, "%.*s/skein.lua", STR_ARG(folder)), why;
	struct stat st;

	if (lstat(path.data, &st) == -1)
		return false;
	if (trust_allows(trust, folder, &st, &why, a))
		return true;
	folder = shortened(a, folder);
	if (passed->path.len == 0 && str_eq(folder, STR(".")))
		*passed = (struct project_passed){ STR("skein.lua"), why };
	else if (passed->path.len == 0)
		*passed = (struct project_passed){ arena_printf(a, "%.*s/skein.lua", STR_ARG(folder)), why };
	return false;
}

/* The nearest folder from `folder` upwards that holds `name`; empty if none. */
static struct str
nearest_with(struct arena *a, struct str folder, const char *name, const struct trust *trust,
    struct project_passed *passed)
{
	struct stat here, above;

	for (int level = 0; level < HIGHEST; level++) {
		struct str up;

		if (trust ? counts(a, folder, trust, passed) : exists(a, folder, name))
			return folder;
		up = arena_printf(a, str_eq(folder, STR(".")) ? ".." : "%.*s/..", STR_ARG(folder));
		if (stat(arena_cstr(a, folder), &here) != 0 || stat(up.data, &above) != 0 ||
		    (here.st_dev == above.st_dev && here.st_ino == above.st_ino))
			break;
		folder = up;
	}
	return (struct str){0};
}

struct str
project_root(struct arena *a, struct str document, const struct trust *trust,
    struct project_passed *passed)
{
	struct str folder = folder_of(document), found;

	*passed = (struct project_passed){0};
	found = nearest_with(a, folder, "skein.lua", trust, passed);
	if (found.len == 0)
		found = nearest_with(a, folder, ".git", NULL, NULL);
	return found.len ? shortened(a, found) : folder;
}

struct str
project_repository(struct arena *a, struct str folder)
{
	return nearest_with(a, folder, ".git", NULL, NULL);
}

struct str
project_top(struct arena *a, struct str folder)
{
	struct str found = project_repository(a, folder);

	if (found.len == 0)
		found = nearest_with(a, folder, "skein.lua", NULL, NULL);
	return found.len ? found : folder;
}

bool
project_is_document(struct str path)
{
	static const struct str endings[] = {
		{ ".md", 3 }, { ".markdown", 9 }, { ".mkd", 4 }, { ".mdown", 6 }, { ".qmd", 4 }, { ".rmd", 4 },
	};

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t n = endings[i].len;

		if (path.len > n && str_eq_nocase(str_slice(path, path.len - n, path.len), endings[i]))
			return true;
	}
	return false;
}
