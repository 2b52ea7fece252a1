/* utimensat */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/builds.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cli/command.h"
#include "runner/cli/linemap.h"
#include "runner/cli/load.h"
#include "runner/cli/targets.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"
#include "tangle/emit/depfile.h"
#include "tangle/emit/path.h"

struct str *
builds_paths(const struct targets *groups, size_t ngroups, const struct node *only,
    bool trusted, struct arena *a, size_t *n, struct diag *d)
{
	struct str *paths, path;
	size_t most = 0;

	for (size_t g = 0; g < ngroups; g++)
		most += groups[g].n;
	paths = arena_alloc(a, most, sizeof *paths);
	*n = 0;
	for (size_t g = 0; g < ngroups; g++) {
		const struct root root = { .fd = -1, .path = groups[g].root };

		for (size_t k = 0; k < groups[g].n; k++) {
			const struct target *t = &groups[g].list[k];

			if (only && groups[g].nodes[k] != only)
				continue;
			if (target_path(&path, t->path, trusted, a, t->at, d))
				paths[(*n)++] = root_shown(&root, path, a);
		}
	}
	return paths;
}

/*
 * Before
 */

static bool
is_same(const struct stat *one, struct str path)
{
	struct stat two;

	return stat(path.data, &two) == 0 && one->st_dev == two.st_dev &&
	    one->st_ino == two.st_ino;
}

/* What is not there yet can only be one of what is made, which then has its name. */
static bool
is_one_of(struct str file, const struct stat *st, const struct str *made, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (str_eq(file, made[k]) || (st && is_same(st, made[k])))
			return true;
	return false;
}

static bool
is_document(const struct stat *st, const struct load *l)
{
	for (size_t k = 0; k < l->n; k++)
		if (is_same(st, l->documents[k].path))
			return true;
	return false;
}

static bool
check_file(const struct load *l, const struct build_files *f, struct str file,
    const char *flag, struct diag *d)
{
	struct stat state, *st = file.len > 0 && stat(file.data, &state) == 0 ? &state : NULL;
	/* the output itself may be all that is made */
	size_t others = f->made == &f->output && str_eq(file, f->output) ? 0 : f->nmade;

	if (file.len == 0 || str_eq(file, STR("-")) ||
	    (!(st && is_document(st, l)) && !is_one_of(file, st, f->made, others)))
		return true;
	diag_error(d, STATUS_REFUSED, PLACE_NONE, "same-file",
	    "--%s names '%.*s', which is a document or a target of this run", flag,
	    STR_ARG(file));
	return false;
}

bool
builds_check(const struct load *l, const struct build_files *f, struct diag *d)
{
	bool ok = check_file(l, f, f->depfile, "depfile", d);

	ok = check_file(l, f, f->stamp, "stamp", d) && ok;
	ok = check_file(l, f, f->map, "map", d) && ok;
	return check_file(l, f, f->output, "output", d) && ok;
}

/*
 * The depfile
 */

struct needs {
	struct map seen;
	struct str *list;
	size_t n, cap;
};

static void
add_need(struct needs *n, struct str path)
{
	if (map_get(&n->seen, path))
		return;
	map_put(&n->seen, path, n);
	n->list = mem_grow(n->list, &n->cap, n->n + 1, sizeof *n->list);
	n->list[n->n++] = path;
}

/* Documents, folders in which one may appear, what leaves some out, settings. */
static void
collect_needs(struct needs *n, struct load *l)
{
	for (size_t k = 0; k < l->named.ndocuments; k++)
		add_need(n, l->named.documents[k]);
	for (size_t k = 0; k < l->named.nfolders; k++)
		add_need(n, l->named.folders[k]);
	for (size_t k = 0; k < l->named.nrules; k++)
		add_need(n, l->named.rules[k]);
	for (size_t k = 0; k < l->n; k++)
		if (l->documents[k].config->exists)
			add_need(n, l->documents[k].config->source.name);
	if (l->users.exists)
		add_need(n, l->users.source.name);
}

/* What stands there already is not written, as with a target. */
static bool
replace(struct str path, struct str text, int mode, struct diag *d)
{
	struct file_options o = { .mode = mode, .durable = true };
	struct file_state f;
	enum file_result got;

	if (!file_look(NULL, path, &f, d))
		return false;
	got = file_replace(NULL, path, f.exists ? &f.digest : NULL, text, &o, d);
	if (got == FILE_CHANGED)
		diag_error(d, STATUS_CONFLICT, PLACE_NONE, "changed-meanwhile",
		    "somebody else wrote '%.*s' while we were at work", STR_ARG(path));
	return got == FILE_WRITTEN || got == FILE_UNCHANGED;
}

bool
builds_put(struct str path, struct str text, int mode, struct diag *d)
{
	if (!str_eq(path, STR("-")))
		return replace(path, text, mode, d);
	command_print(text);
	return true;
}

static bool
write_map(struct load *l, struct str path, struct diag *d)
{
	struct buf text = {0};
	bool ok;

	linemap_add(l, &text, d);
	ok = builds_put(path, buf_str(&text), -1, d);
	buf_release(&text);
	return ok;
}

static bool
write_depfile(struct load *l, const struct build_files *f, struct diag *d)
{
	struct needs needs = {0};
	struct buf text = {0};
	bool ok;

	collect_needs(&needs, l);
	ok = f->stamp.len ? depfile_add(&text, &f->stamp, 1, needs.list, needs.n, d)
	    : depfile_add(&text, f->made, f->nmade, needs.list, needs.n, d);
	if (ok)
		ok = builds_put(f->depfile, buf_str(&text), -1, d);
	buf_release(&text);
	map_release(&needs.seen);
	mem_free(needs.list);
	return ok;
}

/*
 * The stamp
 */

/*
 * No new file takes the old one's place: that would make its folder younger than
 * the stamp, and the folder may be one that targets depend on.
 */
static bool
touch_in(const struct spot *s)
{
	int fd, error;

	if (utimensat(s->folder, s->name, NULL, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (errno != ENOENT)
		return false;
	do
		fd = openat(s->folder, s->name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC, 0666);
	while (fd == -1 && errno == EINTR);
	if (fd == -1)
		return false;
	error = futimens(fd, NULL) == 0 ? 0 : errno;
	close(fd);
	errno = error;
	return error == 0;
}

static bool
touch(struct str path, struct diag *d)
{
	struct stat st;
	struct spot s;
	bool ok;

	if (!spot_open(&s, NULL, path, false, d))
		return false;
	ok = fstatat(s.folder, s.name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    spot_is_regular(st.st_mode, STATUS_REFUSED, path, d);
	if (ok && !(ok = touch_in(&s)))
		diag_errno(d, "touch", path);
	spot_close(&s);
	return ok;
}

/* The first document that is no longer what was read; l->n if there is none. */
static size_t
first_changed(const struct load *l)
{
	size_t k = 0;

	while (k < l->n && load_is_current(l, k))
		k++;
	return k;
}

bool
builds_finish(struct load *l, const struct build_files *f, struct diag *d)
{
	size_t changed;

	if (f->map.len && !write_map(l, f->map, d))
		return false;
	if (f->depfile.len && !write_depfile(l, f, d))
		return false;
	if (f->stamp.len == 0)
		return true;
	changed = first_changed(l);
	if (changed == l->n)
		return touch(f->stamp, d);
	diag_warning(d, place_file(&l->documents[changed].source), "saved-meanwhile",
	    "this was saved while it was tangled; the stamp stays as it was, and the next "
	    "build tangles again");
	return true;
}
