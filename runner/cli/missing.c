/* opendir */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/missing.h"

#include <dirent.h>
#include <stdbool.h>
#include <string.h>

#include "runner/build/supply.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/expand/graph.h"

struct str
missing_header(struct str text)
{
	size_t cut = str_find(text, STR(": No such file or directory"));

	if (cut < text.len)
		return str_slice(text, 0, cut);
	if (str_starts(text, STR("'")) && str_ends(text, STR("' file not found")))
		return str_slice(text, 1, text.len - 16);
	return STR("");
}

/* Not the document of the same name, nor a source. */
static bool
looks_included(struct str path)
{
	size_t dot = path.len;

	while (dot > 0 && path.data[dot - 1] != '.' && path.data[dot - 1] != '/')
		dot--;
	return dot == 0 || path.data[dot - 1] == '/' || (dot < path.len && strchr("hHi", path.data[dot]));
}

static bool
is_nearer(struct str name, struct str path, unsigned *limit)
{
	unsigned far = looks_included(path) ? str_distance(name, path, *limit) : *limit + 1;

	if (far > *limit || far == 0 || str_ends(path, STR(".c")))
		return false;
	*limit = far;
	return true;
}

/* A target, or a file beside the document, of nearly that name; or empty. */
static struct str
near_header(struct str name, const struct graph *g, struct str folder, struct arena *a)
{
	DIR *dir = opendir(arena_cstr(a, folder));
	const struct dirent *e;
	struct str best = {0};
	unsigned limit = 2;

	for (size_t i = 0; i < g->ntargets; i++)
		if (is_nearer(name, g->targets[i]->file, &limit))
			best = g->targets[i]->file;
	while (dir && (e = readdir(dir)))
		if (is_nearer(name, str_of(e->d_name), &limit))
			best = arena_str(a, str_of(e->d_name));
	if (dir)
		closedir(dir);
	return best;
}

void
missing_header_help(struct str name, const struct graph *g, struct str folder, struct place at,
    struct diag *d)
{
	const struct supply *s = supply_of_header(name);
	struct arena a;
	struct str near;

	arena_init(&a);
	near = near_header(name, g, folder, &a);
	if (near.len > 0)
		diag_help(d, at, "there is a '%.*s'", STR_ARG(near));
	else if (s && s->library)
		diag_help(d, at, "apt install %s, and add libs=%s", s->package, s->library);
	else if (s && s->pc)
		diag_help(d, at, "apt install %s, and add pkg=%s", s->package, s->pc);
	else if (s)
		diag_help(d, at, "apt install %s", s->package);
	arena_release(&a);
}
