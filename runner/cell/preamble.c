#include "runner/cell/preamble.h"

#include "runner/cell/declare.h"
#include "runner/cell/names.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

static void
add_renaming(struct writer *w, struct str name, struct str symbol)
{
	buf_printf(&w->out, "#pragma redefine_extname %.*s %.*s\n", STR_ARG(name), STR_ARG(symbol));
}

/* The lines that lead to b from an earlier branch of its group, or from before it. */
static void
write_branches(struct writer *w, const struct branch *b, const struct branch *from)
{
	const struct branch **list = NULL;
	size_t n = 0, cap = 0;

	for (; b && b != from; b = b->before) {
		list = mem_grow(list, &cap, n + 1, sizeof *list);
		list[n++] = b;
	}
	while (n-- > 0)
		buf_printf(&w->out, "%.*s\n", STR_ARG(list[n]->text));
	mem_free(list);
}

static size_t
depth_of(const struct branch *b)
{
	return b ? b->depth : 0;
}

static void
enter(struct writer *w, size_t *n, const struct branch *b)
{
	w->entered = mem_grow(w->entered, &w->entered_cap, *n + 1, sizeof *w->entered);
	w->entered[(*n)++] = b;
}

/* Leave the #if groups around the last entry and enter those of the next. */
static void
change_branch(struct writer *w, const struct branch *from, const struct branch *to)
{
	size_t n = 0;

	for (; depth_of(to) > depth_of(from); to = to->outer)
		enter(w, &n, to);
	for (; depth_of(from) > depth_of(to); from = from->outer)
		buf_add(&w->out, STR("#endif\n"));
	for (; from != to && from->group != to->group; from = from->outer, to = to->outer) {
		buf_add(&w->out, STR("#endif\n"));
		enter(w, &n, to);
	}
	if (from != to)
		write_branches(w, to, from);
	while (n-- > 0)
		write_branches(w, w->entered[n], NULL);
}

/* gcc's built-in functions do not hear of a renaming that came before their declaration. */
void
preamble_rename_again(struct writer *w, struct str name)
{
	struct str symbol;

	if (w->by_label || !names_is_builtin(name))
		return;
	symbol = interface_symbol(w->in, name, w->cell->source.number);
	if (symbol.len == 0)
		return;
	writer_glue(w);
	add_renaming(w, name, symbol);
}

/* Words that the one language has and the other has not, where cells of both meet. */
static const struct { const char *word, *means; } words_of_c[] = {
	{ "restrict", "__restrict" }, { "_Bool", "bool" }, { "_Noreturn", "__attribute__((__noreturn__))" },
	{ "_Static_assert", "static_assert" }, { "_Alignas", "alignas" }, { "_Alignof", "alignof" },
	{ "_Thread_local", "__thread" },
}, words_of_cxx[] = {
	{ "bool", "_Bool" }, { "noexcept", "" },
};

static void
translate(struct writer *w, const struct entry *e, bool to_cxx, bool begin)
{
	size_t n = to_cxx ? sizeof words_of_c / sizeof *words_of_c
	    : sizeof words_of_cxx / sizeof *words_of_cxx;

	for (size_t k = 0; k < n; k++) {
		const char *word = to_cxx ? words_of_c[k].word : words_of_cxx[k].word;

		if (str_find(e->text, str_of(word)) == e->text.len)
			continue;
		if (begin)
			buf_printf(&w->out, "#pragma push_macro(\"%s\")\n#undef %s\n#define %s %s\n", word,
			    word, word, to_cxx ? words_of_c[k].means : words_of_cxx[k].means);
		else
			buf_printf(&w->out, "#undef %s\n#pragma pop_macro(\"%s\")\n", word, word);
	}
}

/* C in a unit of C++: with its own linkage, but not what comes as text or for the preprocessor. */
static bool
is_c_in_cxx(const struct writer *w, const struct entry *e)
{
	if (!w->cell->source.is_cxx || e->is_cxx)
		return false;
	return e->kind == ENTRY_TYPE || e->kind == ENTRY_OBJECT || e->kind == ENTRY_INLINE
	    || e->kind == ENTRY_OPAQUE
	    || (e->kind == ENTRY_INCLUDE && str_find_byte(e->text, '"') < e->text.len);
}

static bool
is_from_cxx(const struct writer *w, const struct entry *e)
{
	return !w->cell->source.is_cxx && interface_source(w->in, e)->is_cxx;
}

static void
open_entry(struct writer *w, const struct entry *e)
{
	if (is_c_in_cxx(w, e) || is_from_cxx(w, e))
		translate(w, e, w->cell->source.is_cxx, true);
	if (is_c_in_cxx(w, e))
		buf_add(&w->out, STR("extern \"C\" {\n"));
	buf_add(&w->out, e->scope);
	if (e->inner.len > 0)
		buf_printf(&w->out, "%.*s {\n", STR_ARG(e->inner));
}

static void
close_entry(struct writer *w, const struct entry *e)
{
	size_t closing = (size_t)(e->inner.len > 0) + is_c_in_cxx(w, e);

	for (size_t k = 0; k < e->scope.len; k++)
		closing += e->scope.data[k] == '\n';
	buf_fill(&w->out, '}', closing);
	if (closing > 0)
		buf_byte(&w->out, '\n');
	if (is_c_in_cxx(w, e) || is_from_cxx(w, e))
		translate(w, e, w->cell->source.is_cxx, false);
}

static void
write_entry(struct writer *w, const struct entry *e)
{
	bool keeps_lines = (e->kind == ENTRY_MACRO && !e->is_undef) || e->kind == ENTRY_INLINE
	    || e->kind == ENTRY_OPAQUE || e->keeps_lines;

	if (e->undefines)
		buf_printf(&w->out, "#undef %.*s\n", STR_ARG(e->name));
	open_entry(w, e);
	if (keeps_lines)
		writer_foreign(w, 1, interface_marker(w->in, e));
	if (e->kind == ENTRY_OBJECT && e->declarator && w->by_label)
		declare_name(&w->out, e->item, e->declarator, e->tag, writer_label(w, e->name),
		    e->is_constant);
	else
		buf_add(&w->out, e->text);
	buf_byte(&w->out, '\n');
	if (keeps_lines)
		writer_glue(w);
	close_entry(w, e);
	if (e->kind == ENTRY_OBJECT)
		preamble_rename_again(w, e->name);
}

/* Members of structs in the standard prelude: must keep their names. */
static bool
is_member(struct str name)
{
	return str_eq(name, STR("quot")) || str_eq(name, STR("rem"))
	    || str_starts(name, STR("tv_"));
}

/*
 * Nobody asked for the headers of the standard prelude: what a document
 * defines goes before what they declare (index, random, y1).
 */
static void
shield(struct writer *w, const struct reach *r, bool begin)
{
	size_t k;

	for (k = 0; k < r->nrenamings; k++) {
		struct str name = r->renamings[k].name;

		if (is_member(name))
			continue;
		if (begin)
			buf_printf(&w->out, "#define %.*s skein_libc_%.*s\n", STR_ARG(name),
			    STR_ARG(name));
		else
			buf_printf(&w->out, "#undef %.*s\n", STR_ARG(name));
	}
}

/* Lines of the standard prelude stand on no line of a cell. */
static bool
is_prelude(const struct entry *e)
{
	return e->kind == ENTRY_INCLUDE && e->line == 0;
}

static void
write_entries(struct writer *w, const struct reach *r, bool features)
{
	const struct branch *at = NULL;
	bool shielded = false;
	size_t k;

	for (k = 0; k < r->nentries; k++) {
		const struct entry *e = r->entries[k];

		if ((e->kind == ENTRY_FEATURE) != features)
			continue;
		if (shielded != is_prelude(e)) {
			shielded = !shielded;
			shield(w, r, shielded);
		}
		change_branch(w, at, e->branch);
		at = e->branch;
		if (e->kind == ENTRY_INCLUDE && !shielded) {
			buf_add(&w->out, w->shield);
			write_entry(w, e);
			buf_add(&w->out, w->unshield);
		} else {
			write_entry(w, e);
		}
	}
	if (shielded)
		shield(w, r, false);
	change_branch(w, at, NULL);
}

/* The names that headers give symbols of their own: no compiler renames those again. */
static void
make_shield(struct writer *w, const struct reach *r)
{
	struct buf begin = {0}, end = {0};
	size_t k;

	for (k = 0; k < r->nrenamings; k++) {
		struct str name = r->renamings[k].name;

		if (!names_is_redirected(name))
			continue;
		buf_printf(&begin, "#define %.*s skein_libc_%.*s\n", STR_ARG(name), STR_ARG(name));
		buf_printf(&end, "#undef %.*s\n", STR_ARG(name));
	}
	w->shield = buf_take(&begin, interface_arena(w->in));
	w->unshield = buf_take(&end, interface_arena(w->in));
}

/* All compilers that know the pragma say so.  The message leads to a retry, with labels. */
static void
ask_for_pragma(struct writer *w)
{
	buf_add(&w->out, STR("#ifndef __PRAGMA_REDEFINE_EXTNAME\n"));
	writer_line(w, PREAMBLE_LABELS_LINE);
	buf_add(&w->out, STR("#error " PREAMBLE_WANTS_LABELS "\n"));
	writer_glue(w);
	buf_add(&w->out, STR("#endif\n"));
}

/* What -Weverything would say of our lines, and of variables whose 'static' went. */
static const char CLANG_PRAGMAS[] =
    "#ifdef __clang__\n"
    "#pragma clang diagnostic ignored \"-Wunknown-warning-option\"\n"
    "#pragma clang diagnostic ignored \"-Wgnu-line-marker\"\n"
    "#pragma clang diagnostic ignored \"-Wmissing-variable-declarations\"\n"
    "#endif\n";

static const char HEAD[] =
    "struct skein_block { int index; void (*run)(void); };\n"
    "extern void __skein_store(void *, const void *, unsigned long);\n"
    "extern void __skein_value(const void *, const char *, const void *, unsigned long);\n";

void
preamble_write(struct writer *w, const struct reach *r)
{
	size_t k;

	buf_add(&w->out, STR("#line 1 \"<skein>\"\n"));
	buf_add(&w->out, str_of(CLANG_PRAGMAS));
	writer_glue(w);
	if (!w->cell->source.is_cxx)
		make_shield(w, r);
	write_entries(w, r, true);
	if (r->nrenamings > 0 && !w->by_label)
		ask_for_pragma(w);
	for (k = 0; k < r->nrenamings && !w->by_label; k++)
		add_renaming(w, r->renamings[k].name, r->renamings[k].symbol);
	for (k = 0; k < w->nabsent; k++)
		buf_printf(&w->out, "#pragma weak %.*s\n", STR_ARG(w->absent[k]));
	if (!w->cell->is_program && !w->cell->source.is_cxx)
		buf_add(&w->out, str_of(HEAD));
	write_entries(w, r, false);
	if (w->cell->has_standard_prelude) {
		shield(w, r, true);
		buf_add(&w->out, interface_prelude);
		shield(w, r, false);
	}
}
