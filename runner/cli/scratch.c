/* mkdtemp, nftw, realpath */
#define _XOPEN_SOURCE 700
#include "runner/cli/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cache/trees.h"
#include "runner/cli/targets.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/hash.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/emit/path.h"
#include "tangle/expand/check.h"
#include "tangle/expand/expand.h"
#include "tangle/expand/graph.h"
#include "tangle/expand/pin.h"

struct tree {
	struct scratch_file *files;
	size_t n;
};

/* The targets of this document that can be expanded. */
static void
expand_targets(struct tree *t, struct graph *g, const struct blocks *b, struct arena *a,
    struct diag *d)
{
	struct map seen = {0};

	t->files = arena_alloc(a, g->ntargets, sizeof *t->files);
	if (!graph_check_targets(g, false, d))
		return;
	for (size_t i = 0; i < g->ntargets; i++) {
		struct node *n = g->targets[i];
		struct scratch_file *f = &t->files[t->n];
		struct expansion x = {0};

		if ((n->home != b && !g->shared) || (n->is_recorded && !pin_is_whole(n)) ||
		    !graph_check(g, n, false, d) ||
		    !target_path(&f->path, n->file, true, a, node_file_at(n), d))
			continue;
		if (map_get(&seen, f->path)) {
			diag_error(d, STATUS_STRUCTURE, node_file_at(n), "target-twins",
			    "'%.*s' is the target of another block too", STR_ARG(f->path));
			continue;
		}
		expand_node(&x, n, &(struct expand_style){0});
		f->text = buf_take(&x.text, a);
		f->mode = n->mode;
		expansion_release(&x);
		map_put(&seen, f->path, f);
		t->n++;
	}
	map_release(&seen);
}

static struct digest
digest_of(const struct tree *t)
{
	struct hash *h = hash_start();

	for (size_t i = 0; i < t->n; i++) {
		char size[32];

		hash_add(h, t->files[i].path);
		snprintf(size, sizeof size, "/%zu/", t->files[i].text.len);
		hash_add(h, str_of(size));
		hash_add(h, t->files[i].text);
	}
	return hash_end(h);
}

static bool
is_header(struct str path)
{
	static const char *const endings[] = { ".h", ".hh", ".hpp", ".hxx", ".inc", ".def" };

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (str_ends(path, str_of(endings[i])))
			return true;
	return false;
}

static void
list_files(struct scratch *s, const struct tree *t, struct arena *a)
{
	struct str *list = arena_alloc(a, t->n, sizeof *list);

	for (size_t i = 0; i < t->n; i++)
		list[i] = arena_printf(a, "%.*s/%.*s", STR_ARG(s->path), STR_ARG(t->files[i].path));
	s->files = list;
	s->nfiles = t->n;
	s->targets = t->files;
}

static void
list_folders(struct scratch *s, const struct tree *t, struct arena *a)
{
	struct str *list = arena_alloc(a, t->n, sizeof *list);

	for (size_t i = 0; i < t->n; i++) {
		struct str folder = path_folder(t->files[i].path), path;
		bool known = folder.len == 0;

		path = arena_printf(a, "%.*s/%.*s", STR_ARG(s->path), STR_ARG(folder));
		for (size_t k = 0; k < s->nfolders; k++)
			known = known || str_eq(list[k], path);
		if (!known && is_header(t->files[i].path))
			list[s->nfolders++] = path;
	}
	s->folders = list;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* A new empty folder: in the cache, or where temporary things go. */
static char *
new_folder(struct str parent, struct arena *a, struct diag *d)
{
	const char *temp = getenv("TMPDIR");
	char *path;

	if (parent.len > 0) {
		path = arena_cstr(a, arena_printf(a, "%.*s/new-XXXXXX", STR_ARG(parent)));
		if (mkdtemp(path))
			return path;
	}
	path = arena_cstr(a, arena_printf(a, "%s/skein-XXXXXX", temp && *temp ? temp : "/tmp"));
	if (mkdtemp(path))
		return path;
	diag_errno(d, "make a folder", str_of(path));
	return NULL;
}

static bool
write_tree(const char *path, const struct tree *t, struct diag *d)
{
	struct file_options o = { .mode = 0600, .make_folders = true };
	struct root root;
	bool ok = true;

	if (!root_open(&root, str_of(path), d))
		return false;
	for (size_t i = 0; ok && i < t->n; i++) {
		enum file_result r = file_replace(&root, t->files[i].path, NULL,
		    t->files[i].text, &o, d);

		ok = r == FILE_WRITTEN;
		if (r == FILE_CHANGED)	/* the name of a folder of another target */
			diag_error(d, STATUS_STRUCTURE, place_file(&(struct source){
			    .name = t->files[i].path }), "target-twins",
			    "two targets cannot both be there");
	}
	root_close(&root);
	return ok;
}

static bool
is_folder(struct str path)
{
	struct stat st;

	return stat(path.data, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
scratch_make(struct scratch *s, struct graph *g, const struct blocks *b, struct str cache,
    struct arena *a, struct diag *d)
{
	struct tree t = {0};
	struct str parent = {0};
	char hex[HASH_HEX + 1], *made;

	*s = (struct scratch){0};
	expand_targets(&t, g, b, a, d);
	if (t.n == 0)
		return true;
	digest_hex(digest_of(&t), hex);
	if (cache.len > 0) {
		parent = arena_printf(a, "%.*s/s", STR_ARG(cache));
		if (mkdir(parent.data, 0700) != 0 && errno != EEXIST)
			parent = (struct str){0};
		s->path = arena_printf(a, "%.*s/s/%s", STR_ARG(cache), hex);
	}
	if (s->path.len > 0 && is_folder(s->path)) {
		trees_use(s->path.data);
	} else {
		s->is_new = true;
		made = new_folder(parent, a, d);
		if (!made || !write_tree(made, &t, d)) {
			if (made)
				remove_tree(made);
			return false;
		}
		/* whoever is first gives it its name; the trees are the same */
		if (s->path.len > 0 && rename(made, s->path.data) == 0) {
			s->is_temporary = false;
		} else if (s->path.len > 0 && is_folder(s->path)) {
			remove_tree(made);
		} else {
			s->path = str_of(made);
			s->is_temporary = true;
		}
	}
	made = realpath(s->path.data, NULL);
	if (made) {
		s->path = arena_str(a, str_of(made));
		free(made);
	}
	list_files(s, &t, a);
	list_folders(s, &t, a);
	return true;
}

void
scratch_release(struct scratch *s)
{
	if (s->is_temporary)
		remove_tree(s->path.data);
	*s = (struct scratch){0};
}
