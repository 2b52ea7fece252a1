/* lstat, realpath */
#define _XOPEN_SOURCE 700
#include "tangle/project/project.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"

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

/* The nearest folder from `folder` upwards that holds `name`; empty if none. */
static struct str
nearest_with(struct arena *a, struct str folder, const char *name)
{
	struct stat here, above;

	for (int level = 0; level < HIGHEST; level++) {
		struct str up;

		if (exists(a, folder, name))
			return folder;
		up = arena_printf(a, str_eq(folder, STR(".")) ? ".." : "%.*s/..", STR_ARG(folder));
		if (stat(arena_cstr(a, folder), &here) != 0 || stat(up.data, &above) != 0 ||
		    (here.st_dev == above.st_dev && here.st_ino == above.st_ino))
			break;
		folder = up;
	}
	return (struct str){0};
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

struct str
project_root(struct arena *a, struct str document)
{
	struct str folder = folder_of(document), found;

	found = nearest_with(a, folder, "skein.lua");
	if (found.len == 0)
		found = nearest_with(a, folder, ".git");
	return found.len ? shortened(a, found) : folder;
}

/* ---- documents ----------------------------------------------------------------- */

struct found {
	struct str path, id;		/* device and inode */
};

struct listing {
	struct arena *arena;
	struct diag *diag;
	struct found *list;
	size_t n, cap;
	struct str *folders;
	size_t nfolders, folders_cap;
	size_t nread;			/* of the folders */
	struct map seen;		/* device and inode of each document */
	bool ok;
};

static bool
is_markdown(struct str name)
{
	return str_ends(name, STR(".md")) || str_ends(name, STR(".markdown")) ||
	    str_ends(name, STR(".qmd")) || str_ends(name, STR(".Rmd"));
}

static void
add_document(struct listing *l, struct str path, const struct stat *st)
{
	struct str id = arena_printf(l->arena, "%llu:%llu", (unsigned long long)st->st_dev,
	    (unsigned long long)st->st_ino);

	l->list = mem_grow(l->list, &l->cap, l->n + 1, sizeof *l->list);
	l->list[l->n++] = (struct found){ path, id };
}

/* A document that was named twice, in whatever way, is one. */
static void
leave_out_twins(struct listing *l, size_t from)
{
	size_t n = from;

	for (size_t i = from; i < l->n; i++) {
		if (map_get(&l->seen, l->list[i].id))
			continue;
		map_put(&l->seen, l->list[i].id, l);
		l->list[n++] = l->list[i];
	}
	l->n = n;
}

static void
add_folder(struct listing *l, struct str path)
{
	l->folders = mem_grow(l->folders, &l->folders_cap, l->nfolders + 1, sizeof *l->folders);
	l->folders[l->nfolders++] = path;
}

/* Links to folders are not followed: they could lead in circles. */
static void
read_folder(struct listing *l, struct str folder)
{
	DIR *dir = opendir(folder.data);
	struct dirent *e;

	if (!dir) {
		diag_errno(l->diag, "read the folder", folder);
		l->ok = false;
		return;
	}
	while (errno = 0, (e = readdir(dir))) {
		struct str name = str_of(e->d_name), path;
		struct stat st;

		if (name.data[0] == '.')
			continue;
		path = arena_printf(l->arena, "%.*s/%s", STR_ARG(folder), e->d_name);
		if (lstat(path.data, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode))
			add_folder(l, path);
		else if (is_markdown(name) && stat(path.data, &st) == 0 && S_ISREG(st.st_mode))
			add_document(l, path, &st);
	}
	if (errno) {
		diag_errno(l->diag, "read the folder", folder);
		l->ok = false;
	}
	closedir(dir);
}

static int
by_path(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static int
by_name(const void *a, const void *b)
{
	const struct found *one = a, *two = b;

	return str_compare(one->path, two->path);
}

static void
add_argument(struct listing *l, struct str path)
{
	struct stat st;
	size_t before = l->n, folders = l->nfolders;

	if (stat(path.data, &st) != 0) {
		diag_errno(l->diag, "read", path);
		l->ok = false;
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		add_document(l, path, &st);
		leave_out_twins(l, before);
		return;
	}
	while (path.len > 1 && path.data[path.len - 1] == '/')
		path = arena_str(l->arena, str_slice(path, 0, path.len - 1));
	add_folder(l, path);
	while (l->nread < l->nfolders)
		read_folder(l, l->folders[l->nread++]);
	qsort(l->list + before, l->n - before, sizeof *l->list, by_name);
	leave_out_twins(l, before);
	qsort(l->folders + folders, l->nfolders - folders, sizeof *l->folders, by_path);
}

bool
project_documents(struct arena *a, char *const *arguments, size_t n,
    struct project_list *list, struct diag *d)
{
	struct listing l = { .arena = a, .diag = d, .ok = true };

	for (size_t i = 0; i < n; i++)
		add_argument(&l, str_of(arguments[i]));
	*list = (struct project_list){
		.documents = arena_alloc(a, l.n, sizeof *list->documents), .ndocuments = l.n,
		.folders = arena_copy(a, l.folders, l.nfolders, sizeof *l.folders),
		.nfolders = l.nfolders,
	};
	for (size_t i = 0; i < l.n; i++)
		list->documents[i] = l.list[i].path;
	map_release(&l.seen);
	mem_free(l.list);
	mem_free(l.folders);
	return l.ok;
}
