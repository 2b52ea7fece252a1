#include "runner/cli/compilers.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/build/ask.h"
#include "runner/build/memo.h"
#include "runner/build/toolchain.h"
#include "runner/cli/finding.h"
#include "runner/cli/specimen.h"
#include "runner/cli/venture.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"

enum { SECONDS = 10 };

/* Those that documents may name, as they are called for C and for C++. */
static const struct { const char *name, *cxx, *package, *cxx_package; } known[] = {
	{ "gcc", "g++", "gcc libc6-dev", "g++" },
	{ "clang", "clang++", "clang libc6-dev", "clang libstdc++-12-dev" },
	{ "tcc", NULL, "tcc libc6-dev", NULL },
	{ "cc", "c++", "gcc libc6-dev", "g++" },
};

enum { NKNOWN = sizeof known / sizeof *known };

/* ---- one compiler ------------------------------------------------------------------------- */

/* In a child, since a program of that name may do anything: its path, its version. */
static int
ask_about(void *arg)
{
	const char *name = arg;
	struct memo *m = memo_open(-1, NULL);
	const struct toolchain *t;
	struct arena a;
	struct diag d;

	arena_init(&a);
	diag_init(&d, stderr, DIAG_COLOR_NEVER);
	t = toolchain_find(m, str_of(name), true, &a, PLACE_NONE, &d);
	if (t)
		printf("%s\n%.*s\n", t->path, STR_ARG(t->version));
	diag_release(&d);
	return t ? 0 : (int)STATUS_ENVIRONMENT;
}

struct compiler {
	const char *name;
	struct str real;		/* its file, links resolved */
	struct venture about;		/* what it says of itself */
	struct str path, version;	/* empty: it is not here */
	bool is_absent;
};

static void
look(struct compiler *c, const char *name, struct arena *a)
{
	struct str rest;

	*c = (struct compiler){ .name = name };
	venture(&c->about, ask_about, arena_cstr(a, str_of(name)), SECONDS, a);
	c->is_absent = c->about.end == VENTURE_DONE &&
	    str_eq(specimen_id(&c->about), STR("no-compiler"));
	rest = c->about.out;
	if (venture_is_well(&c->about)) {
		c->path = str_cut(rest, '\n', &rest);
		c->version = str_trim(str_cut(rest, '\n', &rest));
		c->real = path_real(c->path, a);
	}
}

bool
compilers_find(const char *name, struct str *what, struct arena *a)
{
	struct compiler c;

	look(&c, name, a);
	*what = c.path.len == 0 ? specimen_reason(&c.about, a) :
	    arena_printf(a, "%.*s, %.*s", STR_ARG(c.path), STR_ARG(c.version));
	return c.path.len > 0;
}

/* What to do about a unit that could not be made, or did not run. */
static const char *
advice_of(struct str reason, const char *package, struct arena *a)
{
	if (str_find(reason, STR("stdio.h")) < reason.len || str_find(reason, STR("crt1.o")) < reason.len ||
	    str_find(reason, STR("cannot find -lc")) < reason.len || str_find(reason, STR("crti.o")) < reason.len)
		return "the C library's headers are missing: apt install libc6-dev";
	if (str_find(reason, STR("'as'")) < reason.len || str_find(reason, STR("'ld'")) < reason.len)
		return "the assembler or the linker is missing: apt install binutils";
	return arena_printf(a, "apt install %s, or take another with cc=", package).data;
}

/* "cc is clang": said in the line of the one that is used. */
static struct str
use_of(const char *name, struct str chosen, struct str by, struct arena *a)
{
	if (!str_eq(str_of(name), chosen))
		return STR("");
	return arena_printf(a, " (cells get it: %.*s)", STR_ARG(by));
}

/* Does what was told of the first notebook say something about this compiler? */
static bool
is_to_blame(struct str id)
{
	static const char *const ids[] = { "compile", "compiler", "compiler-limit", "no-compiler", "load", "" };

	for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
		if (str_eq(id, str_of(ids[k])))
			return true;
	return false;
}

static void
tell_one(struct findings *f, const struct specimens *s, const struct compiler *c,
    enum specimen_kind kind, const char *set, const char *package, enum finding_level bad, struct str use)
{
	const char *const options[] = { set, NULL };
	struct str reason;
	struct venture v;

	if (c->path.len == 0) {
		finding(f, bad, c->name, specimen_reason(&c->about, f->arena), advice_of(STR(""), package, f->arena));
		return;
	}
	specimen_run(s, kind, options, &v);
	if (specimen_is_well(&v)) {
		finding(f, FINDING_OK, c->name, arena_printf(f->arena, "%.*s, %.*s%.*s", STR_ARG(c->path),
		    STR_ARG(c->version), STR_ARG(use)), NULL);
		return;
	}
	reason = specimen_reason(&v, f->arena);
	if (v.end == VENTURE_DONE && !is_to_blame(specimen_id(&v)))
		finding(f, FINDING_NOTE, c->name, arena_printf(f->arena, "%.*s, %.*s, which could not be tried%.*s",
		    STR_ARG(c->path), STR_ARG(c->version), STR_ARG(use)), NULL);
	else
		finding(f, bad, c->name, arena_printf(f->arena, "%.*s, %.*s, but: %.*s%.*s", STR_ARG(c->path),
		    STR_ARG(c->version), STR_ARG(reason), STR_ARG(use)), advice_of(reason, package, f->arena));
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* gcc-12, clang++-14 */
static bool
has_version(const char *name)
{
	for (size_t k = 0; k < NKNOWN; k++) {
		const char *const bases[] = { known[k].name, known[k].cxx };

		for (size_t i = 0; i < 2; i++) {
			size_t n = bases[i] ? strlen(bases[i]) : 0;

			if (n > 0 && strncmp(name, bases[i], n) == 0 && name[n] == '-' &&
			    isdigit((unsigned char)name[n + 1]) &&
			    name[n + 1 + strspn(name + n + 1, "0123456789.")] == '\0')
				return true;
		}
	}
	return false;
}

static int
by_name(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* Those with a version in their name, which a document can choose, too. */
static void
tell_versions(struct findings *f)
{
	struct str rest = str_of(ask_path());
	struct path_list found = {0};
	const struct str *names;
	struct buf text = {0};
	size_t n;

	while (rest.len > 0) {
		struct str folder = str_cut(rest, ':', &rest);
		DIR *dir = folder.len > 0 && *folder.data == '/' ? opendir(arena_cstr(f->arena, folder)) : NULL;
		const struct dirent *e;

		while (dir && (e = readdir(dir)))
			if (has_version(e->d_name))
				path_list_add(&found, arena_str(f->arena, str_of(e->d_name)));
		if (dir)
			closedir(dir);
	}
	if (found.n > 0)
		qsort(found.items, found.n, sizeof *found.items, by_name);
	names = path_list_take(&found, f->arena, &n);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !str_eq(names[i - 1], names[i]))
			buf_printf(&text, "%s%.*s", text.len > 0 ? " " : "", STR_ARG(names[i]));
	if (text.len > 0)
		finding(f, FINDING_OK, "with a version", buf_str(&text), NULL);
	buf_release(&text);
}

/* It is no row of the table: the user's own choice, by a name or a path. */
static bool
is_known(struct str chosen)
{
	for (size_t k = 0; k < NKNOWN; k++)
		if (str_eq(chosen, str_of(known[k].name)))
			return true;
	return false;
}

static void
tell_sanitizer(struct findings *f, const struct specimens *s)
{
	static const char *const set[] = { "sanitize=address", NULL };
	struct venture v;

	specimen_run(s, SPECIMEN_C, set, &v);
	if (specimen_is_well(&v))
		finding(f, FINDING_OK, "sanitize=address", STR("works"), NULL);
	else
		finding(f, FINDING_NOTE, "sanitize=address", specimen_reason(&v, f->arena),
		    "only documents with sanitize= need it");
}

/* A checkpoint is made before the cell that crashes, and woken for the next one. */
static void
tell_checkpoint(struct findings *f, const struct specimens *s)
{
	struct venture v;

	specimen_run(s, SPECIMEN_CRASH, NULL, &v);
	if (specimen_is_well(&v))
#if defined(__x86_64__) || defined(__aarch64__)
		finding(f, FINDING_OK, "checkpoints", STR("one was made, and woken after a crash"), NULL);
#else
		finding(f, FINDING_OK, "checkpoints", STR("one was made, and woken after a crash; they cost three "
		    "times as much on this machine as where page tables need be copied but once"), NULL);
#endif
	else
		finding(f, FINDING_WARNING, "checkpoints", specimen_reason(&v, f->arena),
		    "after a crash the cells before it run again: look at the limits of processes and memory below");
}

static void
tell_usual(struct findings *f, const struct venture *v)
{
	if (specimen_is_well(v))
		finding(f, FINDING_OK, "a notebook", STR("was compiled, linked and run"), NULL);
	else if (v->end == VENTURE_NOT_STARTED)
		finding(f, FINDING_ERROR, "a notebook", venture_how(v, f->arena),
		    "end some of this user's, or allow more: ulimit -u 4096");
	else
		finding(f, FINDING_ERROR, "a notebook", specimen_reason(v, f->arena),
		    "no document with C cells can run until this is mended");
}

/* g++, clang++-14 */
static bool
is_cxx(const struct compiler *c)
{
	return strstr(c->name, "++") != NULL;
}

/* cc is mostly a link to gcc: that was tried.  clang++ is clang, but by another name. */
static bool
is_another(struct findings *f, const struct compiler *c, const struct compiler *tried, size_t ntried)
{
	for (size_t k = 0; k < ntried; k++) {
		if (c->real.len == 0 || !str_eq(c->real, tried[k].real) || is_cxx(c) != is_cxx(&tried[k]))
			continue;
		finding(f, FINDING_OK, c->name, arena_printf(f->arena, "%.*s, which is %s", STR_ARG(c->path), tried[k].name), NULL);
		return true;
	}
	return false;
}

/* One that need not be here. */
static void
miss(const struct findings *f, const char *name, const char *package, struct str *names, struct str *packages)
{
	struct str first = str_cut(str_of(package), ' ', &(struct str){0});

	*names = arena_printf(f->arena, "%.*s %s", STR_ARG(*names), name);
	if (str_find(*packages, first) == packages->len)
		*packages = arena_printf(f->arena, "%.*s %.*s", STR_ARG(*packages), STR_ARG(first));
}

void
compilers_try(struct findings *f, const struct specimens *s, struct str chosen, struct str by)
{
	struct str names = STR(""), packages = STR("");
	const char *own = getenv("CC");
	struct compiler c, reals[2 * NKNOWN];
	struct venture usually;
	size_t nreals = 0;

	specimen_run(s, SPECIMEN_C, (const char *const[]){ arena_printf(f->arena, "cc=%.*s", STR_ARG(chosen)).data, NULL },
	    &usually);
	tell_usual(f, &usually);
	if (usually.end == VENTURE_NOT_STARTED)
		return;
	for (size_t k = 0; k < NKNOWN; k++) {
		enum finding_level bad = str_eq(chosen, str_of(known[k].name)) ? FINDING_ERROR : FINDING_WARNING;
		const char *set = arena_printf(f->arena, "cc=%s", known[k].name).data;

		look(&c, known[k].name, f->arena);
		if (bad != FINDING_ERROR && is_another(f, &c, reals, nreals))
			;
		else if (c.is_absent && bad != FINDING_ERROR)
			miss(f, known[k].name, known[k].package, &names, &packages);
		else
			tell_one(f, s, &c, SPECIMEN_C, set, known[k].package, bad, use_of(known[k].name, chosen, by, f->arena));
		reals[nreals++] = c;
		if (!known[k].cxx)
			continue;
		look(&c, known[k].cxx, f->arena);
		if (is_another(f, &c, reals, nreals))
			;
		else if (c.is_absent)
			miss(f, known[k].cxx, known[k].cxx_package, &names, &packages);
		else
			tell_one(f, s, &c, SPECIMEN_CXX, set, known[k].cxx_package, FINDING_WARNING, STR(""));
		reals[nreals++] = c;
	}
	if (!is_known(chosen)) {
		const char *name = arena_cstr(f->arena, chosen);

		look(&c, name, f->arena);
		tell_one(f, s, &c, SPECIMEN_C, NULL, name, FINDING_ERROR, use_of(name, chosen, by, f->arena));
	}
	if (names.len > 0)
		finding(f, FINDING_NOTE, "not here", str_trim(names),
		    arena_printf(f->arena, "only documents that ask for them need them: apt install%.*s", STR_ARG(packages)).data);
	tell_versions(f);
	if (own && *own && !str_eq(str_of(own), chosen))
		finding(f, FINDING_NOTE, "CC", arena_printf(f->arena, "%s, which documents do not heed", own),
		    "put cc = \"...\" into skein.lua or config.lua, or say --set cc=...");
	if (!specimen_is_well(&usually))
		return;
	tell_checkpoint(f, s);
	tell_sanitizer(f, s);
}
