#include "runner/cli/recipe.h"

#include "runner/build/flags.h"
#include "runner/build/memo.h"
#include "runner/build/native.h"
#include "runner/build/packages.h"
#include "runner/build/sanitizer.h"
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
	launcher_find(&r->launcher, a, d);
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
	add_words(&b, "sanitize", &c->sanitize, 1);
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

static void
refuse_sanitizer(struct cooking *k, struct str said, struct str name, struct place at)
{
	const char *why = sanitizer_refusal(name);

	if (why)
		diag_error(k->r->diag, STATUS_REFUSED, at, "forbidden-flag",
		    "'%.*s' does not work in cells: %s", STR_ARG(said), why);
	else
		diag_error(k->r->diag, STATUS_STRUCTURE, at, "bad-value",
		    "the value '%.*s' of 'sanitize' must be address, undefined, thread, leak or none",
		    STR_ARG(said));
	k->ok = false;
}

/* The flags of `sanitize=`; cflags come after them, and may take some of it back. */
static void
cook_sanitize(struct cooking *k, const struct cell *c)
{
	struct str rest = c->sanitize.text, flags[SANITIZER_FLAGS];
	unsigned set = 0;
	size_t n;

	while (rest.len > 0) {
		struct str name = str_cut(rest, ',', &rest);

		if (name.len == 0 || str_eq(name, STR("none")))
			continue;
		set |= sanitizer_named(name);
		if (!sanitizer_named(name))
			refuse_sanitizer(k, name, name, c->sanitize.at);
	}
	if (set == 0)
		return;
	n = sanitizer_flags(set, flags, k->r->arena);
	for (size_t i = 0; i < n; i++)
		add_flag(k, flags[i]);
}

/* What the flags come to, and whether that can be had. */
static void
check_sanitizers(struct cooking *k, const struct cell *c, struct compile_options *o)
{
	struct place at = c->sanitize.text.len > 0 ? c->sanitize.at :
	    c->ncflags > 0 ? c->cflags[0].at : c->at;

	for (size_t i = 0; i < k->nflags; i++)
		o->sanitizers = sanitizer_after(o->sanitizers, k->flags[i]);
	if (sanitizer_clash(o->sanitizers))
		diag_error(k->r->diag, STATUS_REFUSED, at, "other-sanitizer",
		    "'thread' goes with 'undefined' only: take one of '%.*s', or sanitize= and session= for each",
		    STR_ARG(sanitizer_names(o->sanitizers, k->r->arena)));
	else if (o->sanitizers && o->toolchain && o->toolchain->kind == TOOLCHAIN_OTHER)
		diag_error(k->r->diag, STATUS_REFUSED, at, "no-sanitizer",
		    "%s has no sanitizers: take cc=gcc or cc=clang for this cell, or sanitize=none",
		    o->toolchain->path);
	else {
		/* It is the host's alone; linked to an object it would be beside address, which has it. */
		if (o->sanitizers & SANITIZER_LEAK)
			add_flag(k, STR("-fno-sanitize=leak"));
		return;
	}
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
			struct str refused = sanitizer_refused_in(flags[n]);

			if (refused.len > 0)
				refuse_sanitizer(k, flags[n], refused, at);
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
	cook_sanitize(&k, c);
	cook_flags(&k, c);
	cook_libs(&k, c);
	check_sanitizers(&k, c, o);
	o->standard = c->std.text;
	o->flags = arena_copy(r->arena, k.flags, k.nflags, sizeof *k.flags);
	o->nflags = k.nflags;
	o->libs = arena_copy(r->arena, k.libs, k.nlibs, sizeof *k.libs);
	o->nlibs = k.nlibs;
	o->quote_folders = r->quote;
	o->nquote = r->nquote;
	o->include_folders = r->include;
	o->ninclude = r->ninclude;
	if (o->toolchain && !native_find(r->memo, o, r->arena, &o->native))
		k.is_unknown |= memo_is_frozen(r->memo);
	o->bases = r->bases;
	o->temp = r->temp;
	o->memo = r->memo;
	o->launcher = &r->launcher;
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
