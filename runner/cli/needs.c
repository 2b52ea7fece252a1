#include "runner/cli/needs.h"

#include <stdio.h>
#include <string.h>

#include "runner/build/ask.h"
#include "runner/build/compile.h"
#include "runner/build/memo.h"
#include "runner/build/packages.h"
#include "runner/build/process.h"
#include "runner/build/toolchain.h"
#include "runner/cell/cell.h"
#include "runner/cli/compilers.h"
#include "runner/cli/finding.h"
#include "runner/cli/load.h"
#include "runner/cli/parts.h"
#include "runner/cli/specimen.h"
#include "runner/cli/venture.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "tangle/base/root.h"
#include "tangle/document/blocks.h"
#include "tangle/project/config.h"
#include "tangle/project/interpreter.h"

enum { SECONDS = 10 };

struct needs {
	struct findings *findings;
	const struct specimens *specimens;
	const char *chosen;
	struct map seen;		/* "pkg zlib": of this document, each once */
	struct arena *arena;
	size_t n;
};

static bool
is_new(struct needs *x, const char *kind, struct str name)
{
	struct str key = arena_printf(x->arena, "%s %.*s", kind, STR_ARG(name));

	if (name.len == 0 || map_get(&x->seen, key))
		return false;
	map_put(&x->seen, key, x);
	x->n++;
	return true;
}

/* `package`: what to install; empty: nothing would help. */
static void
tell(struct needs *x, bool is_there, const char *kind, struct str name, struct str what, struct str package)
{
	const char *title = arena_printf(x->arena, "%s %.*s", kind, STR_ARG(name)).data;

	finding(x->findings, is_there ? FINDING_OK : FINDING_ERROR, title, what,
	    is_there || package.len == 0 ? NULL : arena_printf(x->arena, "apt install %.*s", STR_ARG(package)).data);
}

/* ---- compilers ------------------------------------------------------------------------- */

static struct str
compiler_of(const struct needs *x, const struct cell *c)
{
	return c && c->cc.text.len > 0 ? c->cc.text : str_of(x->chosen);
}

static void
need_compiler(struct needs *x, struct str cc, bool is_cxx)
{
	struct str name = toolchain_name(cc, is_cxx, x->arena), what;

	if (is_new(x, "compiler", name)) {
		bool found = compilers_find(arena_cstr(x->arena, name), &what, x->arena);
		bool is_path = str_find_byte(name, '/') < name.len;

		tell(x, found, "compiler", name, what, is_path ? STR("") : name);
	}
}

/* ---- packages and libraries -------------------------------------------------------------- */

/* In a child, as pkg-config may be anything. */
static int
ask_package(void *arg)
{
	struct str name = str_of(arg);
	struct memo *m = memo_open(-1, NULL);
	struct package_flags flags;
	struct arena a;
	struct diag d;
	bool found;

	arena_init(&a);
	diag_init(&d, stderr, DIAG_COLOR_NEVER);
	found = packages_find(m, &name, 1, &a, &flags, PLACE_NONE, &d);
	diag_release(&d);
	return found ? 0 : (int)STATUS_ENVIRONMENT;
}

static void
need_package(struct needs *x, struct str name)
{
	struct venture v;
	bool found;

	if (!is_new(x, "pkg", name))
		return;
	venture(&v, ask_package, arena_cstr(x->arena, name), SECONDS, x->arena);
	found = venture_is_well(&v);
	tell(x, found, "pkg", name, found ? STR("pkg-config knows it") : specimen_reason(&v, x->arena),
	    arena_printf(x->arena, "pkg-config, and the package that has %.*s.pc", STR_ARG(name)));
}

/* -L../lib among the flags: where the library may be that is not found without. */
static bool
has_own_folders(const struct cell *c)
{
	for (size_t i = 0; i < c->ncflags; i++)
		if (str_starts(c->cflags[i].text, STR("-L")) || str_starts(c->cflags[i].text, STR("-Wl,")))
			return true;
	return false;
}

static void
need_library(struct needs *x, const struct cell *c, struct str name)
{
	const char *set[] = { arena_printf(x->arena, "libs=%.*s", STR_ARG(name)).data,
	    arena_printf(x->arena, "cc=%.*s", STR_ARG(compiler_of(x, c))).data, NULL };
	struct venture v;
	bool found;

	if (!is_new(x, "library", name))
		return;
	specimen_run(x->specimens, SPECIMEN_C, set, &v);
	found = specimen_is_well(&v);
	if (!found && has_own_folders(c))
		finding(x->findings, FINDING_NOTE, arena_printf(x->arena, "library %.*s", STR_ARG(name)).data,
		    STR("is not among the system's"), "the document's own folders (-L) may have it");
	else
		tell(x, found, "library", name, found ? STR("links") : specimen_reason(&v, x->arena),
		    arena_printf(x->arena, "lib%.*s-dev, or what apt-file search lib%.*s.so names",
		    STR_ARG(name), STR_ARG(name)));
}

/* ---- other languages ------------------------------------------------------------------------ */

static void
need_program(struct needs *x, const char *program, const char *package)
{
	const char *path = process_find(program, ask_path(), x->arena);

	if (is_new(x, "program", str_of(program)))
		tell(x, path, "program", str_of(program), path ? str_of(path) : STR("is not on the search path"),
		    str_of(package ? package : program));
}

/* Where the settings have words of their own for filters, it takes more to tell what is a program. */
static void
need_filter(struct needs *x, const struct cells *c, struct str text)
{
	struct str rest = text, program = str_word(&rest);

	if (program.len > 0 && !str_eq(program, STR("none")) && !(c->config && config_table(c->config, "filters")))
		need_program(x, arena_cstr(x->arena, program), NULL);
}

static void
need_lua(struct needs *x)
{
	const char *part = parts_lua(x->arena);

	if (is_new(x, "part", STR("skein-lua.so")))
		tell(x, part, "part", STR("skein-lua.so"), part ? str_of(part) : STR("is not there"), STR("skein again"));
}

/* ---- a document ------------------------------------------------------------------------------ */

static void
look_at_cell(struct needs *x, const struct cells *all, const struct cell *c)
{
	if (c->is_broken && !c->is_absent)
		return;
	for (size_t i = 0; i < c->nfilters; i++)
		need_filter(x, all, c->filters[i].text);
	switch (c->kind) {
	case CELL_C:
		need_compiler(x, compiler_of(x, c), c->is_cxx);
		for (size_t i = 0; i < c->npkg; i++)
			need_package(x, c->pkg[i].text);
		for (size_t i = 0; i < c->nlibs; i++)
			need_library(x, c, c->libs[i].text);
		break;
	case CELL_CONSOLE:
		need_program(x, "sh", "dash");
		break;
	case CELL_LUA:
		need_lua(x);
		break;
	case CELL_ENGINE:
		if (c->interpreter)
			need_program(x, c->interpreter->command[0], c->interpreter->package);
		break;
	}
}

static void
look_at_document(struct needs *x, struct load *l, size_t k, struct diag *d)
{
	struct cells cells;
	struct root root;

	if (!root_open(&root, load_root(l, &l->documents[k]), d))
		return;
	load_settle(l, k, d);
	cells_make(&cells, &l->graph, &l->blocks[k], &root, &l->arena, d);
	for (size_t i = 0; i < cells.n; i++)
		look_at_cell(x, &cells, &cells.list[i]);
	for (size_t i = 0; i < cells.nsources; i++)
		need_compiler(x, compiler_of(x, NULL), compile_is_cxx(cells.sources[i].text));
	if (x->n == 0)
		finding(x->findings, FINDING_OK, "cells", STR("there are none that need anything"), NULL);
	root_close(&root);
}

void
needs_try(struct findings *f, const struct specimens *s, struct load *l, const char *chosen,
    struct diag *d)
{
	for (size_t k = 0; k < l->n; k++) {
		struct needs x = { .findings = f, .specimens = s, .chosen = chosen, .arena = f->arena };
		struct buf name = {0};

		if (!load_wants(l, k))
			continue;
		buf_visible(&name, l->documents[k].path);
		findings_about(f, arena_str(f->arena, buf_str(&name)).data);
		buf_release(&name);
		look_at_document(&x, l, k, d);
		map_release(&x.seen);
	}
}
