#include "runner/build/invocation.h"

#include "runner/build/compile.h"
#include "runner/build/expansion.h"
#include "runner/build/flags.h"
#include "runner/build/toolchain.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

struct words {
	struct arena *arena;
	struct str *list;
	size_t n, cap;
};

static void
add(struct words *w, struct str s)
{
	w->list = mem_grow(w->list, &w->cap, w->n + 1, sizeof *w->list);
	w->list[w->n++] = s;
}

static void
add_all(struct words *w, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(w, list[i]);
}

static void
add_each(struct words *w, const char *flag, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add(w, str_of(flag));
		add(w, list[i]);
	}
}

bool
compile_is_cxx(struct str path)
{
	static const char *const endings[] = { ".cpp", ".cc", ".cxx", ".c++", ".C" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (str_ends(path, str_of(endings[i])))
			return true;
	return false;
}

static bool
is_cxx(const struct compile_request *r)
{
	return r->source.len > 0 ? compile_is_cxx(r->source) : r->options->is_cxx;
}

const char *
compile_language(const struct compile_request *r)
{
	return r->nparts > 0 ? "" : is_cxx(r) ? "c++" : "c";
}

static struct str
standard_of(const struct compile_options *o, bool is_cxx)
{
	return o->standard.len > 0 && o->is_cxx == is_cxx ? o->standard : is_cxx ? STR("gnu++17") : STR("gnu17");
}

static void
add_compiling(struct words *w, const struct compile_options *o, bool is_cxx)
{
	add(w, arena_printf(w->arena, "-std=%.*s", STR_ARG(standard_of(o, is_cxx))));
	add(w, STR("-O0"));
	add(w, STR("-g"));
	add(w, STR("-Wall"));
	for (size_t i = 0; i < o->nflags; i++)
		if (o->is_cxx == is_cxx || flags_suit(o->flags[i], is_cxx))
			add(w, o->flags[i]);
	add(w, STR("-fPIC"));
	add_each(w, o->toolchain->is_tcc ? "-I" : "-iquote", o->quote_folders, o->nquote);
	for (size_t i = 0; o->toolchain->has_embed && i < o->nquote; i++)
		add(w, arena_printf(w->arena, "--embed-dir=%.*s", STR_ARG(o->quote_folders[i])));
	add_each(w, "-I", o->include_folders, o->ninclude);
}

static void
add_linking(struct words *w, const struct compile_request *r)
{
	const struct compile_options *o = r->options;

	if (r->is_host) {
		add(w, STR("-pie"));
		add(w, STR("-rdynamic"));
		add(w, STR("-pthread"));
		add(w, STR("-ldl"));
		return;
	}
	add(w, STR("-shared"));
	/* tcc exports __start_skein_blocks, and a cell's own must win. */
	if (r->is_program || o->toolchain->is_tcc)
		add(w, STR("-Wl,-Bsymbolic"));
	if (o->toolchain->kind != TOOLCHAIN_OTHER) {
		add(w, STR("-Wl,-z,lazy"));
		add(w, STR("-Wl,--as-needed"));
	}
	/* Two mappings, not four and a half: of a small object loading is all the cost. */
	if (o->toolchain->linker_joins) {
		add(w, STR("-Wl,-z,noseparate-code"));
		add(w, STR("-Wl,-z,norelro"));
	}
	add_all(w, o->libs, o->nlibs);
	add(w, STR("-lm"));
}

/* How messages look, what is kept out of the object; no part of the key. */
static void
add_manners(struct words *w, const struct invocation *v)
{
	const struct compile_options *o = v->request->options;

	switch (o->toolchain->kind) {
	case TOOLCHAIN_GCC:
		add(w, STR("-fdiagnostics-parseable-fixits"));
		if (o->toolchain->major >= 9)
			add(w, STR("-fno-diagnostics-show-labels"));
		add(w, STR("-fdiagnostics-color=never"));
		add(w, STR("-fmessage-length=0"));
		add(w, STR("-gno-record-gcc-switches"));
		if (o->toolchain->major >= 11)
			add(w, STR("-fdiagnostics-column-unit=byte"));
		add(w, arena_printf(w->arena, "-frandom-seed=%.*s", STR_ARG(v->seed)));
		break;
	case TOOLCHAIN_CLANG:
		add(w, STR("-fdiagnostics-parseable-fixits"));
		add(w, STR("-fdiagnostics-print-source-range-info"));
		add(w, STR("-fno-color-diagnostics"));
		break;
	case TOOLCHAIN_OTHER:
		return;
	}
	/*
	 * gcc takes the last that fits, and the first of ours is to win; the
	 * folder itself may stand below one of them.
	 */
	for (size_t i = o->bases.n; i-- > 0;)
		add(w, arena_printf(w->arena, "-ffile-prefix-map=%.*s/=",
		    STR_ARG(o->bases.list[i].path)));
	if (o->toolchain->kind == TOOLCHAIN_CLANG)
		add(w, STR("-ffile-compilation-dir=."));
	else
		add(w, arena_printf(w->arena, "-ffile-prefix-map=%.*s=.", STR_ARG(v->folder)));
}

/*
 * The list of headers.  A compiler that misses one writes no list; it is asked
 * again, only for the list, with what is missing passed over (-MG).
 */
static void
add_dependencies(struct words *w, const struct invocation *v)
{
	if (v->request->options->toolchain->kind == TOOLCHAIN_OTHER)
		return;
	if (v->kind == INVOKE_LIST) {
		add(w, STR("-M"));
		add(w, STR("-MG"));
	} else {
		add(w, STR("-MD"));
	}
	add(w, STR("-MF"));
	add(w, STR("object.d"));
	add(w, STR("-MT"));
	add(w, STR("x"));
}

bool
invocation_asks_assembler(const struct compile_request *r)
{
	return r->options->toolchain->kind == TOOLCHAIN_GCC && r->nparts == 0 &&
	    (str_find(r->unit, STR("incbin")) < r->unit.len ||
	    str_find(r->unit, STR("INCBIN")) < r->unit.len ||
	    str_find(r->unit, STR(".include")) < r->unit.len);
}

static void
add_assembler(struct words *w, const struct invocation *v)
{
	const struct compile_options *o = v->request->options;

	if (v->kind == INVOKE_LIST || v->kind == INVOKE_LINK || !invocation_asks_assembler(v->request))
		return;
	add(w, STR("-Wa,--MD,as.d"));
	for (size_t i = 0; i < o->nquote; i++)
		if (str_find_byte(o->quote_folders[i], ',') == o->quote_folders[i].len)
			add(w, arena_printf(w->arena, "-Wa,-I,%.*s", STR_ARG(o->quote_folders[i])));
}

static void
add_link_files(struct words *w, const struct invocation *v)
{
	if (v->request->options->toolchain->linker_lists)
		add(w, STR("-Wl,--dependency-file=link.d"));
	add(w, STR("-o"));
	add(w, STR(INVOCATION_OBJECT));
}

/* pkg-config may name libraries by their paths; clang warns of a -x for nothing. */
static bool
names_files(const struct compile_options *o)
{
	for (size_t i = 0; i < o->nlibs; i++)
		if (!str_starts(o->libs[i], STR("-")))
			return true;
	return false;
}

struct str
invocation_part(size_t i, struct arena *a)
{
	return arena_printf(a, "%zu.o", i);
}

/* A `main` of a source gets a symbol of its own, for each source another. */
static void
add_source(struct words *w, const struct invocation *v)
{
	struct str source = v->request->source;

	add(w, arena_printf(w->arena, "-Dmain=skein_s_main_%.*s", STR_ARG(v->seed)));
	add(w, STR("-Wno-return-type"));	/* only main may end without return */
	add_dependencies(w, v);
	if (v->kind != INVOKE_LIST) {
		add(w, STR("-c"));
		add(w, STR("-o"));
		add(w, STR(INVOCATION_OBJECT));
	}
	if (str_ends(source, STR(".c")) || compile_is_cxx(source)) {	/* g++ would take both for C++ */
		add(w, STR("-x"));
		add(w, str_of(compile_language(v->request)));
	}
	add(w, source);
}

static void
add_unit(struct words *w, const struct invocation *v)
{
	const struct compile_request *r = v->request;

	if (v->kind == INVOKE_LINK) {
		add(w, STR(INVOCATION_COMPILED));
		return;
	}
	add_dependencies(w, v);
	add_assembler(w, v);
	add(w, STR("-x"));
	add(w, str_of(compile_language(r)));
	if (v->kind == INVOKE_COMPILE) {
		add(w, STR("-c"));
		add(w, STR("-o"));
		add(w, STR(INVOCATION_COMPILED));
		add(w, STR(INVOCATION_UNIT));
		return;
	}
	add(w, STR("-"));
	if (v->kind != INVOKE_LIST && names_files(r->options)) {
		add(w, STR("-x"));
		add(w, STR("none"));
	}
}

static void
add_parts(struct words *w, const struct invocation *v)
{
	const struct compile_request *r = v->request;

	add_all(w, r->options->flags, r->options->nflags);
	for (size_t i = 0; i < r->nparts; i++)
		add(w, invocation_part(i, w->arena));
}

static void
add_command(struct words *w, const struct invocation *v)
{
	const struct compile_request *r = v->request;

	if (r->nparts == 0) {
		add_compiling(w, r->options, is_cxx(r));
		add_manners(w, v);
	}
	if (r->source.len > 0) {
		add_source(w, v);
		return;
	}
	if (r->nparts == 0)
		add_unit(w, v);
	else
		add_parts(w, v);
	if (v->kind == INVOKE_ALL || v->kind == INVOKE_LINK) {
		add_link_files(w, v);
		add_linking(w, r);
	}
}

static const struct str *
take(struct words *w, size_t *n)
{
	const struct str *list = arena_copy(w->arena, w->list, w->n, sizeof *w->list);

	*n = w->n;
	mem_free(w->list);
	return list;
}

const struct str *
invocation_words(const struct invocation *v, struct arena *a, size_t *n)
{
	struct words w = { .arena = a };

	add_command(&w, v);
	return take(&w, n);
}

const struct str *
compile_words(const struct compile_request *r, struct arena *a, size_t *n)
{
	struct words w = { .arena = a };

	if (r->nparts == 0)
		add_compiling(&w, r->options, is_cxx(r));
	else
		add_all(&w, r->options->flags, r->options->nflags);
	if (r->source.len == 0)
		add_linking(&w, r);
	return take(&w, n);
}


/* ---- without the driver ---------------------------------------------------------------- */

/* Libraries that are the compiler's own or libc's hold nothing for the linker's plugin. */
static bool
is_own_library(struct str word)
{
	static const char *const own[] = { "-lm", "-lc", "-ldl", "-lrt", "-lpthread" };

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (str_eq(word, str_of(own[i])))
			return true;
	return false;
}

static bool
is_plain(const struct compile_request *r)
{
	const struct compile_options *o = r->options;

	if (o->toolchain->kind != TOOLCHAIN_GCC || !o->memo || o->sanitizers || r->source.len > 0 ||
	    r->nparts > 0 || invocation_asks_assembler(r))
		return false;
	for (size_t i = 0; i < o->nflags; i++)
		if (!expansion_knows(o->flags[i]))
			return false;
	for (size_t i = 0; i < o->nlibs; i++)
		if (!is_own_library(o->libs[i]))
			return false;
	return true;
}

struct tokens {
	struct arena *arena;
	struct token *list;
	size_t n;
};

/* No token is part of another one, or of anything else. */
static struct str
add_token(struct tokens *t, const char *kind, struct str value)
{
	struct str name = arena_printf(t->arena, "SKEIN_%s%zu_", kind, t->n);

	t->list[t->n++] = (struct token){ name, value };
	return name;
}

static const struct str *
add_tokens(struct tokens *t, const char *kind, const struct str *values, size_t n)
{
	struct str *names = arena_alloc(t->arena, n, sizeof *names);

	for (size_t i = 0; i < n; i++)
		names[i] = add_token(t, kind, values[i]);
	return names;
}

bool
invocation_expand(const struct invocation *v, struct arena *a, struct expansion *e,
    const struct token **tokens, size_t *ntokens)
{
	struct compile_options o = *v->request->options;
	struct compile_request r = *v->request;
	struct invocation general = { .request = &r, .kind = v->kind };
	struct base *bases = arena_alloc(a, o.bases.n, sizeof *bases);
	struct tokens t = { .arena = a };
	const struct str *words;
	size_t n;

	if (!is_plain(v->request))
		return false;
	t.list = arena_alloc(a, o.nquote + o.ninclude + o.bases.n + 2, sizeof *t.list);
	o.quote_folders = add_tokens(&t, "q", o.quote_folders, o.nquote);
	o.include_folders = add_tokens(&t, "i", o.include_folders, o.ninclude);
	for (size_t i = 0; i < o.bases.n; i++)
		bases[i].path = add_token(&t, "b", o.bases.list[i].path);
	o.bases.list = bases;
	general.seed = add_token(&t, "s", v->seed);
	general.folder = add_token(&t, "f", v->folder);
	r.options = &o;
	words = invocation_words(&general, a, &n);
	*tokens = t.list;
	*ntokens = t.n;
	return expansion_find(o.memo, o.toolchain, words, n, arena_cstr(a, v->folder), a, e);
}
