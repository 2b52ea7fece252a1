/* realpath */
#define _XOPEN_SOURCE 700
#include "runner/cli/files.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/cell/cell.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"

struct finding {
	struct named_file *list;
	size_t n, cap;
	struct map known;		/* paths */
	struct str root, scratch;
	struct arena *arena;
	struct diag *diag;
};

static bool
refuse(const struct finding *f, const struct word *w, const char *why)
{
	diag_error(f->diag, STATUS_REFUSED, w->at, "refused-path",
	    "'%.*s' cannot be a source: %s", STR_ARG(w->text), why);
	return false;
}

/* Does the path lead over where it begins? */
static bool
climbs(struct str path)
{
	size_t depth = 0;

	while (path.len > 0) {
		struct str component = str_cut(path, '/', &path);

		if (str_eq(component, STR("..")) && depth-- == 0)
			return true;
		depth += component.len > 0 && !str_eq(component, STR(".")) &&
		    !str_eq(component, STR(".."));
	}
	return false;
}

/* A link may lead out of the root. */
static bool
is_below(const struct finding *f, struct str path)
{
	char *real = realpath(path.data, NULL);
	bool below = real && str_starts(str_of(real), f->root) && real[f->root.len] == '/';

	free(real);
	return below;
}

static bool
add(struct finding *f, struct str name, struct place at)
{
	struct str path = {0};
	bool found = false;

	if (f->scratch.len > 0) {
		path = arena_printf(f->arena, "%.*s/%.*s", STR_ARG(f->scratch), STR_ARG(name));
		found = access(path.data, R_OK) == 0;
	}
	if (!found) {
		path = arena_printf(f->arena, "%.*s/%.*s", STR_ARG(f->root), STR_ARG(name));
		found = is_below(f, path) && access(path.data, R_OK) == 0;
	}
	if (found && !map_get(&f->known, path)) {
		map_put(&f->known, path, f);
		f->list = mem_grow(f->list, &f->cap, f->n + 1, sizeof *f->list);
		f->list[f->n++] = (struct named_file){ name, path, at };
	}
	return found;
}

/* ---- patterns ------------------------------------------------------------------------- */

static bool
is_pattern(struct str text)
{
	return str_find_byte(text, '*') < text.len || str_find_byte(text, '?') < text.len ||
	    str_find_byte(text, '[') < text.len;
}

/* The folder itself is no pattern, whatever its name is. */
static struct str
pattern_below(struct str folder, struct str pattern, struct arena *a)
{
	struct buf b = {0};

	for (size_t i = 0; i < folder.len; i++) {
		if (strchr("*?[\\", folder.data[i]))
			buf_byte(&b, '\\');
		buf_byte(&b, folder.data[i]);
	}
	buf_byte(&b, '/');
	buf_add(&b, pattern);
	return buf_take(&b, a);
}

static void
match_below(const struct finding *f, struct str folder, struct str pattern, struct map *names)
{
	const char *text = arena_cstr(f->arena, pattern_below(folder, pattern, f->arena));
	glob_t g = {0};

	if (glob(text, GLOB_NOSORT, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++)
			map_put(names, arena_str(f->arena, str_of(g.gl_pathv[i] + folder.len + 1)), names);
	globfree(&g);
}

static int
compare(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static bool
add_matches(struct finding *f, const struct word *w)
{
	struct map names = {0};
	struct str *list;
	size_t n = 0;
	bool ok = true;

	match_below(f, f->root, w->text, &names);
	if (f->scratch.len > 0)
		match_below(f, f->scratch, w->text, &names);
	list = arena_alloc(f->arena, map_count(&names), sizeof *list);
	for (const struct map_entry *e = map_first(&names); e; e = map_next(e))
		list[n++] = map_key(e);
	map_release(&names);
	qsort(list, n, sizeof *list, compare);
	for (size_t i = 0; ok && i < n; i++)
		ok = add(f, list[i], w->at);
	return ok && n > 0;
}

/* ---- all ------------------------------------------------------------------------------ */

static bool
find_word(struct finding *f, const struct word *w)
{
	if (w->text.len == 0 || w->text.data[0] == '/')
		return refuse(f, w, "it must be relative to the project's root");
	if (climbs(w->text))
		return refuse(f, w, "it leads out of the project's root");
	if (is_pattern(w->text) ? add_matches(f, w) : add(f, w->text, w->at))
		return true;
	diag_error(f->diag, STATUS_STRUCTURE, w->at, "no-source",
	    "there is no file '%.*s' below the project's root, '%.*s'", STR_ARG(w->text),
	    STR_ARG(f->root));
	return false;
}

bool
files_find(struct files *to, const struct word *words, size_t n, struct str root,
    struct str scratch, struct arena *a, struct diag *d)
{
	struct finding f = { .root = root, .scratch = scratch, .arena = a, .diag = d };
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		ok = find_word(&f, &words[i]) && ok;
	*to = (struct files){ arena_copy(a, f.list, f.n, sizeof *f.list), ok ? f.n : 0 };
	map_release(&f.known);
	mem_free(f.list);
	return ok;
}
