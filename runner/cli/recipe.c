#include "runner/cli/recipe.h"

#include "runner/build/flags.h"
#include "runner/build/memo.h"
#include "runner/build/packages.h"
#include "runner/build/toolchain.h"
#include "runner/cache/store.h"
#include "runner/cell/cell.h"
#include "runner/cli/parts.h"
#include "runner/cli/scratch.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

static void
add_unique(struct str *list, size_t *n, struct str path)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq(list[i], path))
			return;
	list[(*n)++] = path;
}

void
recipes_init(struct recipes *r, struct str root, struct str document,
    const struct str *more, size_t nmore, const struct scratch *s, struct store *store,
    struct arena *a, struct diag *d)
{
	struct str *quote = arena_alloc(a, s->nfolders + nmore + 3, sizeof *quote);
	struct str *include = arena_alloc(a, 1, sizeof *include);
	struct base *bases = arena_alloc(a, 3, sizeof *bases);
	struct str header = parts_headers(a);
	size_t n = 0;

	*r = (struct recipes){ .arena = a, .memo = store_memo(store), .diag = d, .root = root,
	    .temp = store_temp(store) };
	if (s->path.len > 0) {
		add_unique(quote, &n, s->path);
		bases[r->bases.n++] = (struct base){ s->path, STR("scratch") };
	}
	for (size_t i = 0; i < s->nfolders; i++)
		add_unique(quote, &n, s->folders[i]);
	add_unique(quote, &n, document);
	add_unique(quote, &n, root);
	for (size_t i = 0; i < nmore; i++)
		add_unique(quote, &n, more[i]);
	if (header.len > 0) {
		include[r->ninclude++] = header;
		bases[r->bases.n++] = (struct base){ header, STR("skein") };
	}
	bases[r->bases.n++] = (struct base){ root, STR("root") };
	r->quote = quote;
	r->nquote = n;
	r->include = include;
	r->bases.list = bases;
}

void
recipes_release(struct recipes *r)
{
	map_release(&r->known);
}

/* ---- what a cell says ------------------------------------------------------------ */

static void
add_words(struct buf *b, const char *key, const struct word *words, size_t n)
{
	buf_add(b, str_of(key));
	for (size_t i = 0; i < n; i++) {
		buf_printf(b, "%zu:", words[i].text.len);
		buf_add(b, words[i].text);
	}
}

static struct str
fingerprint(const struct cell *c, struct arena *a)
{
	struct buf b = {0};

	add_words(&b, "cc", &c->cc, 1);
	add_words(&b, "std", &c->std, 1);
	buf_add(&b, c->is_cxx ? STR("c++") : STR("c"));
	add_words(&b, "cflags", c->cflags, c->ncflags);
	add_words(&b, "libs", c->libs, c->nlibs);
	add_words(&b, "pkg", c->pkg, c->npkg);
	return buf_take(&b, a);
}

/* ---- what that means --------------------------------------------------------------- */

struct cooking {
	struct recipes *r;
	struct str *flags, *libs;
	size_t nflags, nlibs, flags_cap, libs_cap;
	bool ok, is_unknown;
};

static void
add_flag(struct cooking *k, struct str flag)
{
	k->flags = mem_grow(k->flags, &k->flags_cap, k->nflags + 1, sizeof *k->flags);
	k->flags[k->nflags++] = flag;
}

static void
add_lib(struct cooking *k, struct str lib)
{
	k->libs = mem_grow(k->libs, &k->libs_cap, k->nlibs + 1, sizeof *k->libs);
	k->libs[k->nlibs++] = lib;
}

static bool
same_place(struct place a, struct place b)
{
	return a.source == b.source && a.offset == b.offset;
}

/* "-fsanitize=address,undefined" names both. */
static bool
sanitizes(struct str flag, struct str kind)
{
	struct str rest;

	if (!str_starts(flag, STR("-fsanitize=")))
		return false;
	for (rest = str_slice(flag, 11, flag.len); rest.len > 0;)
		if (str_eq(str_cut(rest, ',', &rest), kind))
			return true;
	return false;
}

/* Why a sanitizer cannot be had in cells, and what can be done instead. */
static const char *
sanitizer_refusal(struct str flag)
{
	static const struct { const char *kind, *why; } refused[] = {
		{ "thread", "it does not survive that a session is copied; write a program to a file and run it there" },
		{ "leak", "memory of a session lives on in later cells; -fsanitize=address finds misuse" },
		{ "memory", "it would have to be in libc and skein's own host as well; -fsanitize=address finds other misuse" },
		{ "hwaddress", "the host's own memory is not tagged; -fsanitize=address does the same work" },
		{ "kernel-address", "it is for kernels" }, { "kernel-hwaddress", "it is for kernels" },
		{ "fuzzer", "it brings a main of its own" },
		{ "cfi", "it needs -flto" }, { "dataflow", "its library has to be linked into the host" },
		{ "safe-stack", "its library has to be linked into the host" },
	};

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (sanitizes(flag, str_of(refused[i].kind)))
			return refused[i].why;
	return NULL;
}

/* The host must have the sanitizer's library from its start. */
static void
find_runtime(struct cooking *k, const struct cell *c, struct compile_options *o)
{
	const char *wanted = NULL;

	for (size_t i = 0; i < k->nflags; i++) {
		if (sanitizes(k->flags[i], STR("address")))
			wanted = "asan";
		else if (str_starts(k->flags[i], STR("-fsanitize=")) && !wanted)
			wanted = "ubsan";
	}
	if (!wanted || !o->toolchain)
		return;
	o->runtime = toolchain_runtime(k->r->memo, o->toolchain, wanted, k->r->arena);
	if (!o->runtime.data || o->runtime.len > 0)
		return;
	diag_error(k->r->diag, STATUS_ENVIRONMENT, c->ncflags > 0 ? c->cflags[0].at : c->at, "no-sanitizer",
	    "%s has no shared library for this sanitizer: apt install %s%lu%s",
	    o->toolchain->path, o->toolchain->kind == TOOLCHAIN_CLANG ? "libclang-rt-" : "libgcc-",
	    o->toolchain->major, "-dev");
	k->ok = false;
}

/* The words of each option as one text: "-I dir" is two words of one flag. */
static void
cook_flags(struct cooking *k, const struct cell *c)
{
	struct recipes *r = k->r;

	for (size_t i = 0; i < c->ncflags;) {
		struct place at = c->cflags[i].at;
		struct buf text = {0};
		const struct str *words, *flags;
		size_t nwords, nflags;

		for (; i < c->ncflags && same_place(c->cflags[i].at, at); i++) {
			buf_add(&text, c->cflags[i].text);
			buf_byte(&text, ' ');
		}
		if (!flags_split(buf_take(&text, r->arena), r->arena, &words, &nwords, at, r->diag) ||
		    !flags_accept(words, nwords, r->root, r->arena, &flags, &nflags, at, r->diag)) {
			k->ok = false;
			continue;
		}
		for (size_t n = 0; n < nflags; n++) {
			const char *why = sanitizer_refusal(flags[n]);

			if (why) {
				diag_error(r->diag, STATUS_REFUSED, at, "forbidden-flag",
				    "'%.*s' does not work in cells: %s", STR_ARG(flags[n]), why);
				k->ok = false;
			}
			if (flags_suit(flags[n], c->is_cxx))
				add_flag(k, flags[n]);
		}
	}
}

static void
cook_libs(struct cooking *k, const struct cell *c)
{
	for (size_t i = 0; i < c->nlibs; i++) {
		struct str lib = c->libs[i].text;

		if (str_starts(lib, STR("-l")))
			lib = str_slice(lib, 2, lib.len);
		if (!flags_is_library(lib)) {
			diag_error(k->r->diag, STATUS_REFUSED, c->libs[i].at, "forbidden-flag",
			    "'%.*s' is no name of a library: write libs=m for -lm", STR_ARG(lib));
			k->ok = false;
			continue;
		}
		add_lib(k, arena_printf(k->r->arena, "-l%.*s", STR_ARG(lib)));
	}
}

static void
cook_packages(struct cooking *k, const struct cell *c)
{
	struct recipes *r = k->r;
	struct str *names = arena_alloc(r->arena, c->npkg, sizeof *names);
	struct package_flags flags;

	if (c->npkg == 0)
		return;
	for (size_t i = 0; i < c->npkg; i++)
		names[i] = c->pkg[i].text;
	if (!packages_find(r->memo, names, c->npkg, r->arena, &flags, c->pkg[0].at, r->diag)) {
		k->ok = k->ok && memo_is_frozen(r->memo);
		k->is_unknown = true;
		return;
	}
	for (size_t i = 0; i < flags.ncflags; i++)
		add_flag(k, flags.cflags[i]);
	for (size_t i = 0; i < flags.nlibs; i++)
		add_lib(k, flags.libs[i]);
}

static const struct toolchain *
find_toolchain(struct recipes *r, const struct cell *c)
{
	struct str said = c->cc.text.len ? c->cc.text : STR("gcc");
	struct place at = c->cc.text.len ? c->cc.at : c->at;
	struct str name = toolchain_name(said, c->is_cxx, r->arena);

	if (name.len > 0)
		return toolchain_find(r->memo, name, false, r->arena, at, r->diag);
	diag_error(r->diag, STATUS_COMPILE, at, "language", "%.*s does not know C++: take cc=gcc for this cell",
	    STR_ARG(said));
	return NULL;
}

static bool
check_standard(struct recipes *r, const struct cell *c)
{
	struct str s = c->std.text;
	bool for_cxx = str_find(s, STR("++")) < s.len;

	if (s.len == 0 || (flags_is_standard(s) && for_cxx == c->is_cxx))
		return true;
	diag_error(r->diag, STATUS_STRUCTURE, c->std.at, "bad-value",
	    "the value '%.*s' of 'std' must be a %s", STR_ARG(s), c->is_cxx ?
	    "C++ standard such as c++17 or gnu++20" : "C standard such as c17 or gnu17");
	return false;
}

static struct recipe *
cook(struct recipes *r, const struct cell *c)
{
	struct recipe *recipe = arena_alloc(r->arena, 1, sizeof *recipe);
	struct cooking k = { .r = r, .ok = true };
	struct compile_options *o = &recipe->options;

	o->toolchain = find_toolchain(r, c);
	o->is_cxx = c->is_cxx;
	k.ok = check_standard(r, c);
	cook_packages(&k, c);
	cook_flags(&k, c);
	cook_libs(&k, c);
	find_runtime(&k, c, o);
	o->standard = c->std.text;
	o->flags = arena_copy(r->arena, k.flags, k.nflags, sizeof *k.flags);
	o->nflags = k.nflags;
	o->libs = arena_copy(r->arena, k.libs, k.nlibs, sizeof *k.libs);
	o->nlibs = k.nlibs;
	o->quote_folders = r->quote;
	o->nquote = r->nquote;
	o->include_folders = r->include;
	o->ninclude = r->ninclude;
	o->bases = r->bases;
	o->temp = r->temp;
	recipe->ok = k.ok && (o->toolchain || memo_is_frozen(r->memo));
	recipe->is_unknown = k.is_unknown || !o->toolchain;
	mem_free(k.flags);
	mem_free(k.libs);
	return recipe;
}

const struct recipe *
recipe_of(struct recipes *r, const struct cell *c)
{
	struct str said = fingerprint(c, r->arena);
	struct recipe *recipe = map_get(&r->known, said);

	if (!recipe) {
		recipe = cook(r, c);
		map_put(&r->known, said, recipe);
	}
	return recipe->ok ? recipe : NULL;
}
