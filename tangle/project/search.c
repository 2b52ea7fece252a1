/* lstat */
#define _XOPEN_SOURCE 700
#include "tangle/project/search.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"
#include "tangle/project/ignore.h"
#include "tangle/project/project.h"

#define OWN_RULES	".skeinignore"
#define GIT_RULES	".gitignore"
#define EXCLUDES	STR("--exclude")

/* What an ignore file may have: far more than any has. */
enum { LARGEST_RULES = 1 << 20 };

/* A folder whose rules are heeded. */
struct level {
	const struct level *above;
	struct str real;		/* its absolute path; empty: "/" */
	struct ignore own, git;
};

/* A folder that is to be searched. */
struct place_to_go {
	struct str path;		/* as shown */
	struct level *level;
	bool is_named;			/* by an argument */
};

struct found {
	struct str path, id;		/* device and inode */
	bool is_link;
};

/* Paths, in the order they were met. */
struct paths {
	struct str *items;
	size_t n, cap;
};

struct searching {
	struct arena *arena;
	struct diag *diag;
	struct found *list;
	size_t n, cap;
	struct place_to_go *folders;
	size_t nfolders, folders_cap;
	size_t nread;			/* of the folders */
	struct paths searched, rules;
	struct map seen;		/* device and inode of each document */
	struct level excludes;
	size_t nleft_out;		/* below this argument */
	struct str telling;		/* one of these and why, in words; best one not hidden */
	bool is_hidden;			/* that one */
	bool ok;
};

static void
add_path(struct paths *p, struct str path)
{
	p->items = mem_grow(p->items, &p->cap, p->n + 1, sizeof *p->items);
	p->items[p->n++] = path;
}

static struct str
joined(struct arena *a, struct str folder, struct str name)
{
	return arena_printf(a, "%.*s%s%.*s", STR_ARG(folder), str_ends(folder, STR("/")) ? "" : "/",
	    STR_ARG(name));
}

/* As somebody in the working folder would name it, if it is below. */
static struct str
shown(const struct searching *s, struct str real)
{
	struct str here = s->excludes.real;

	if (str_eq(real, here))
		return STR(".");
	if (str_starts(real, here) && real.data[here.len] == '/')
		return str_slice(real, here.len + 1, real.len);
	return real;
}

/* ---- rules -------------------------------------------------------------------------------- */

static bool
read_rules(struct searching *s, struct str folder, const char *name, struct ignore *to)
{
	struct str path = str_eq(folder, STR(".")) ? str_of(name) :
	    joined(s->arena, folder, str_of(name)), text;
	struct stat st;

	if (stat(path.data, &st) != 0 || !S_ISREG(st.st_mode))
		return true;
	if (!file_read(NULL, path, LARGEST_RULES, s->arena, &text, s->diag)) {
		s->ok = false;
		return false;
	}
	ignore_read(to, path, text, s->arena);
	add_path(&s->rules, path);
	return true;
}

static struct level *
level_of(struct searching *s, const struct level *above, struct str path, struct str real)
{
	struct level *l = arena_alloc(s->arena, 1, sizeof *l);

	*l = (struct level){ .above = above, .real = str_eq(real, STR("/")) ? STR("") : real };
	if (read_rules(s, path, OWN_RULES, &l->own))
		(void)read_rules(s, path, GIT_RULES, &l->git);
	return l;
}

/*
 * Those of the folders above one that was named, from the top of its repository on;
 * without one, from where the user stands.
 */
static const struct level *
levels_above(struct searching *s, struct str folder)
{
	struct str top = path_real(project_top(s->arena, folder), s->arena);
	struct str real = path_real(folder, s->arena), here = s->excludes.real;
	const struct level *level = NULL;

	if (str_eq(top, real) && str_starts(real, here) && real.data[here.len] == '/')
		top = here;
	for (size_t end = top.len > 1 ? top.len : 0; end < real.len; end++) {
		struct str one = arena_str(s->arena, end ? str_slice(real, 0, end) : STR("/"));

		if (real.data[end] == '/' && real.len > 1)
			level = level_of(s, level, shown(s, one), one);
	}
	return level;
}

static void
read_excludes(struct searching *s, const struct search *what)
{
	struct buf text = {0};

	for (size_t i = 0; i < what->nexcludes; i++)
		buf_printf(&text, "%s\n", what->excludes[i]);
	s->excludes.real = path_real(STR("."), s->arena);
	ignore_read(&s->excludes.own, EXCLUDES, buf_take(&text, s->arena), s->arena);
}

/* What decides about a file or folder. */
struct decision {
	const struct ignore *by;	/* NULL: it is hidden, or nothing does */
	const struct ignore_rule *rule;
	bool is_out;
};

/* As the folder of rules sees a path; one that is not below it, from the top on. */
static struct str
below(struct str folder, struct str real)
{
	if (str_starts(real, folder) && real.len > folder.len && real.data[folder.len] == '/')
		return str_slice(real, folder.len + 1, real.len);
	return str_slice(real, 1, real.len);
}

static bool
ask(const struct ignore *rules, struct str folder, struct str real, bool is_folder,
    struct decision *d)
{
	d->rule = rules->n ? ignore_ask(rules, below(folder, real), is_folder) : NULL;
	d->by = d->rule ? rules : NULL;
	d->is_out = d->rule && !d->rule->takes_back;
	return d->rule != NULL;
}

static struct decision
decide(const struct searching *s, const struct level *level, struct str real, bool is_folder)
{
	struct decision d = {0};

	if (ask(&s->excludes.own, s->excludes.real, real, is_folder, &d))
		return d;
	for (const struct level *l = level; l; l = l->above)
		if (ask(&l->own, l->real, real, is_folder, &d))
			return d;
	if (path_name(real).data[0] == '.') {
		d.is_out = true;
		return d;
	}
	for (const struct level *l = level; l; l = l->above)
		if (ask(&l->git, l->real, real, is_folder, &d))
			return d;
	return d;
}

static void
leave_out(struct searching *s, struct str path, struct str why, bool is_hidden)
{
	trace("explain", "'%.*s' is left out: %.*s", STR_ARG(path), STR_ARG(why));
	if (s->nleft_out++ > 0 && (is_hidden || !s->is_hidden))
		return;
	s->telling = arena_printf(s->arena, "'%.*s': %.*s", STR_ARG(path), STR_ARG(why));
	s->is_hidden = is_hidden;
}

static struct str
words_of(struct arena *a, const struct decision *d)
{
	if (!d->rule)
		return STR("its name begins with a dot");
	if (str_eq(d->by->file, EXCLUDES))
		return arena_printf(a, "by %.*s '%.*s'", STR_ARG(EXCLUDES), STR_ARG(d->rule->pattern));
	return arena_printf(a, "by %.*s:%zu", STR_ARG(d->by->file), d->rule->line);
}

/* ---- folders -------------------------------------------------------------------------------- */

static void
add_document(struct searching *s, struct str path, const struct stat *st, bool is_link)
{
	struct str id = arena_printf(s->arena, "%llu:%llu", (unsigned long long)st->st_dev,
	    (unsigned long long)st->st_ino);

	s->list = mem_grow(s->list, &s->cap, s->n + 1, sizeof *s->list);
	s->list[s->n++] = (struct found){ path, id, is_link };
}

static void
add_folder(struct searching *s, struct str path, struct level *level, bool is_named)
{
	s->folders = mem_grow(s->folders, &s->folders_cap, s->nfolders + 1, sizeof *s->folders);
	s->folders[s->nfolders++] = (struct place_to_go){ path, level, is_named };
}

/* One of a folder's entries that may be a document, or hold some. */
static void
look_at(struct searching *s, const struct place_to_go *f, struct str name)
{
	struct str path = joined(s->arena, f->path, name);
	struct str real = arena_printf(s->arena, "%.*s/%.*s", STR_ARG(f->level->real), STR_ARG(name));
	struct decision d;
	struct stat st;
	bool is_link;

	if (lstat(path.data, &st) != 0) {
		if (errno == ENOENT)
			return;
		diag_errno(s->diag, "look at", path);
		s->ok = false;
		return;
	}
	is_link = S_ISLNK(st.st_mode);
	if (!S_ISDIR(st.st_mode) && (!project_is_document(name) || stat(path.data, &st) != 0 ||
	    !S_ISREG(st.st_mode)))
		return;
	d = decide(s, f->level, real, S_ISDIR(st.st_mode));
	if (d.is_out)
		leave_out(s, path, words_of(s->arena, &d), !d.rule);
	else if (S_ISDIR(st.st_mode))
		add_folder(s, path, level_of(s, f->level, path, real), false);
	else
		add_document(s, path, &st, is_link);
}

static bool
is_never_wanted(struct str name)
{
	return str_eq(name, STR(".")) || str_eq(name, STR("..")) || str_eq(name, STR(".git")) ||
	    str_eq(name, STR(".skein"));
}

/* Its names; false after an error. */
static bool
read_names(struct searching *s, struct str folder, struct paths *names, bool *has_git)
{
	DIR *dir = opendir(folder.data);
	struct dirent *e;
	bool ok;

	if (!dir) {
		diag_errno(s->diag, "read the folder", folder);
		return false;
	}
	while (errno = 0, (e = readdir(dir))) {
		*has_git = *has_git || strcmp(e->d_name, ".git") == 0;
		if (!is_never_wanted(str_of(e->d_name)))
			add_path(names, arena_str(s->arena, str_of(e->d_name)));
	}
	ok = errno == 0;
	if (!ok)
		diag_errno(s->diag, "read the folder", folder);
	closedir(dir);
	return ok;
}

static int
by_path(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void
read_folder(struct searching *s, struct place_to_go f)
{
	struct paths names = {0};
	bool has_git = false;

	if (!read_names(s, f.path, &names, &has_git)) {
		s->ok = false;
	} else if (has_git && !f.is_named) {
		leave_out(s, f.path, STR("it is a repository of its own"), false);
		names.n = 0;
	} else {
		add_path(&s->searched, f.path);
	}
	if (names.n > 1)
		qsort(names.items, names.n, sizeof *names.items, by_path);
	for (size_t i = 0; i < names.n; i++)
		look_at(s, &f, names.items[i]);
	mem_free(names.items);
}

/* ---- arguments ------------------------------------------------------------------------------ */

static int
by_name(const void *a, const void *b)
{
	const struct found *one = a, *two = b;

	return str_compare(one->path, two->path);
}

/* A document that was named twice, in whatever way, is one; its own name is the best. */
static void
leave_out_twins(struct searching *s, size_t from)
{
	struct map own = {0};
	size_t n = from;

	for (size_t i = from; i < s->n; i++)
		if (!s->list[i].is_link)
			map_put(&own, s->list[i].id, s);
	for (size_t i = from; i < s->n; i++) {
		struct found *f = &s->list[i];

		if (map_get(&s->seen, f->id) || (f->is_link && map_get(&own, f->id)))
			continue;
		map_put(&s->seen, f->id, s);
		s->list[n++] = *f;
	}
	s->n = n;
	map_release(&own);
}

static void
say_empty(struct searching *s, struct str folder)
{
	if (s->nleft_out > 0)
		diag_error(s->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "there is no Markdown document below '%.*s' but what is left out (%.*s%s): name a file "
		    "to have it all the same", STR_ARG(folder), STR_ARG(s->telling),
		    s->nleft_out > 1 ? ", and more" : "");
	else
		diag_error(s->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "there is no Markdown document below '%.*s'", STR_ARG(folder));
	s->ok = false;
}

static void
search_folder(struct searching *s, struct str path)
{
	size_t before = s->n, searched = s->searched.n;
	bool was_ok = s->ok;

	while (path.len > 1 && path.data[path.len - 1] == '/')
		path = arena_str(s->arena, str_slice(path, 0, path.len - 1));
	s->nleft_out = 0;
	s->ok = true;
	add_folder(s, path, level_of(s, levels_above(s, path), path, path_real(path, s->arena)), true);
	while (s->nread < s->nfolders)
		read_folder(s, s->folders[s->nread++]);
	if (s->n == before && s->ok)
		say_empty(s, path);
	s->ok = s->ok && was_ok;
	if (s->n > before)
		qsort(s->list + before, s->n - before, sizeof *s->list, by_name);
	leave_out_twins(s, before);
	if (s->searched.n > searched)
		qsort(s->searched.items + searched, s->searched.n - searched, sizeof *s->searched.items, by_path);
}

static void
add_argument(struct searching *s, struct str path)
{
	struct stat st;

	if (stat(path.data, &st) != 0) {
		diag_errno(s->diag, "read", path);
		s->ok = false;
	} else if (S_ISDIR(st.st_mode)) {
		search_folder(s, path);
	} else {
		add_document(s, path, &st, false);
		leave_out_twins(s, s->n - 1);
	}
}

static struct str *
taken(struct arena *a, struct paths *p, size_t *n)
{
	struct str *items = arena_copy(a, p->items, p->n, sizeof *items);

	*n = p->n;
	mem_free(p->items);
	return items;
}

bool
search_documents(const struct search *what, struct search_list *list, struct arena *a,
    struct diag *d)
{
	struct searching s = { .arena = a, .diag = d, .ok = true };

	*list = (struct search_list){0};
	read_excludes(&s, what);
	for (size_t i = 0; i < what->narguments; i++)
		add_argument(&s, str_of(what->arguments[i]));
	list->documents = arena_alloc(a, s.n, sizeof *list->documents);
	list->ndocuments = s.n;
	for (size_t i = 0; i < s.n; i++)
		list->documents[i] = s.list[i].path;
	list->folders = taken(a, &s.searched, &list->nfolders);
	list->rules = taken(a, &s.rules, &list->nrules);
	map_release(&s.seen);
	mem_free(s.list);
	mem_free(s.folders);
	return s.ok;
}
