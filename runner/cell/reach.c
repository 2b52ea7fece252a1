#include <stdlib.h>

#include "runner/cell/interface.h"
#include "runner/cell/lex.h"
#include "runner/cell/names.h"
#include "runner/cell/preprocessor.h"
#include "tangle/base/arena.h"

/* The walk: from a cell's words to what they mean, and so on. */
struct walk {
	struct interface *in;
	const struct interface_cell *cell;
	size_t index, stamp;
	struct list found;		/* entries; also the queue */
	struct list names;		/* to be renamed */
	size_t next;
	bool is_alone;			/* a program that takes nothing of the session */
	bool weakly;			/* also by names that are probably the text's own */
	bool everything;
	struct cause cause;		/* of what is being reached */
	struct reach *reach;		/* being filled */
};

/* Shadowed by the program's own. */
static bool
is_shadowed(const struct walk *w, const struct name *n)
{
	return n->own == w->stamp;
}

static bool
is_own_feature(const struct walk *w, const struct entry *e)
{
	return e->kind == ENTRY_FEATURE && e->cell == w->index;
}

/* Headers of C that C++ has no reading of. */
static bool
is_only_for_c(const struct entry *e)
{
	return e->kind == ENTRY_INCLUDE && (str_find(e->text, STR("<stdatomic.h>")) < e->text.len
	    || str_find(e->text, STR("<stdnoreturn.h>")) < e->text.len);
}

static bool
is_of_language(const struct walk *w, const struct entry *e)
{
	if (!w->cell->source.is_cxx)
		return !e->is_cxx;
	return w->index < e->hidden_from_cxx && !is_only_for_c(e);
}

static void
reach_entry(struct walk *w, struct entry *e)
{
	if (e->reached == w->stamp || !is_of_language(w, e))
		return;
	if (!names_is_visible(e, w->index) && !is_own_feature(w, e))
		return;
	if (e->is_test && !w->cell->is_program && w->cause.how >= REACH_ALWAYS)
		return;
	e->reached = w->stamp;
	e->cause = w->cause;
	names_list_add(w->in->arena, &w->found, e);
	if (e->pastes)
		w->everything = true;
}

static void
reach_name(struct walk *w, struct name *n)
{
	size_t k;

	if (n->seen == w->stamp || is_shadowed(w, n))
		return;
	n->seen = w->stamp;
	for (k = 0; k < n->entries.n; k++) {
		struct mention *m = &n->entries.list[k];

		reach_entry(w, m->entry);
		if (m->entry->kind == ENTRY_OBJECT && n->nversions > 0 && n->renamed != w->stamp
		    && (m->entry->cell == w->index || m->entry->reached == w->stamp)) {
			n->renamed = w->stamp;
			names_list_add(w->in->arena, &w->names, n);
		}
	}
}

static void
reach_references(struct walk *w, const struct reference *list, size_t n)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (w->weakly || !list[k].is_weak)
			reach_name(w, list[k].name);
}

static void
reach_branch(struct walk *w, struct branch *b)
{
	while (b && b->reached != w->stamp) {
		b->reached = w->stamp;
		reach_references(w, b->references, b->nreferences);
		b = b->before ? b->before : b->outer;
	}
}

/*
 * C++ finds functions by the types of their arguments: operators, swap(), begin(),
 * std::hash<T>.  So who has the type has all that was said of it.
 */
static void
reach_made_of(struct walk *w, const struct entry *e)
{
	size_t k, i;

	for (k = 0; e->is_cxx && e->kind == ENTRY_TYPE && k < e->ndefines; k++) {
		const struct mentions *users = &e->defines[k].name->users;

		for (i = 0; i < users->n; i++)
			if (users->list[i].entry->kind == ENTRY_CXX && !users->list[i].entry->is_variable)
				reach_entry(w, users->list[i].entry);
	}
}

static void
follow(struct walk *w)
{
	while (w->next < w->found.n) {
		const struct entry *e = w->found.list[w->next++];

		w->cause = (struct cause){ REACH_THROUGH, e };
		reach_references(w, e->references, e->nreferences);
		reach_branch(w, e->branch);
		reach_made_of(w, e);
	}
}

/* A declaration that defines nothing refers to what it names. */
static void
reach_declared(struct walk *w, const struct item *it)
{
	size_t k;

	for (k = 0; it->kind == ITEM_DECLARATION && k < it->ndeclarators; k++)
		reach_name(w, names_get(w->in, it->declarators[k].name));
}

static void
reach_own(struct walk *w)
{
	size_t k;

	w->cause = (struct cause){ w->weakly ? REACH_WEAKLY : REACH_NAMED, NULL };
	for (k = 0; k < w->cell->nparts; k++) {
		const struct part *p = &w->cell->parts[k];

		reach_references(w, p->references, p->nreferences);
		reach_declared(w, &p->item);
		if (p->item.pastes && w->index > 0)
			w->everything = true;
	}
}

/* Did earlier cells include a header (of somebody's, if not `any`), or call macros of one? */
static bool
has_headers_before(const struct walk *w, bool any)
{
	size_t k;

	for (k = 0; k < w->in->always.n; k++) {
		const struct entry *e = w->in->always.list[k];

		if (e->cell < w->index && names_is_visible(e, w->index)
		    && (e->kind == ENTRY_OPAQUE
		    || (e->kind == ENTRY_INCLUDE && (any || !preprocessor_is_standard(e->text)))))
			return true;
	}
	return false;
}

/*
 * Is the program all there is?  One that includes nothing has its headers from other
 * cells, and one that only calls the main of a test header has its tests from there.
 */
static bool
is_complete(const struct walk *w)
{
	bool includes = false, calls = false, tests = false;
	size_t k;

	for (k = 0; k < w->cell->nparts; k++) {
		const struct item *it = &w->cell->parts[k].item;

		includes = includes || (it->kind == ITEM_DIRECTIVE
		    && it->directive == DIRECTIVE_INCLUDE);
		calls = calls || (it->kind == ITEM_MACRO && it->name.len > 0);
		tests = tests || interface_is_test(it);
	}
	return (includes && (tests || !calls)) || !has_headers_before(w, !includes);
}

/* A program's own names shadow those of the session. */
static void
mark_own(struct walk *w)
{
	size_t k, d;

	for (k = 0; w->cell->is_program && k < w->cell->nparts; k++) {
		const struct item *it = &w->cell->parts[k].item;

		for (d = 0; d < it->ndeclarators; d++)
			names_get(w->in, it->declarators[d].name)->own = w->stamp;
		for (d = 0; d < it->ntags; d++)
			if (it->tags[d].body.data && it->tags[d].name.len > 0)
				names_get(w->in, it->tags[d].name)->own = w->stamp;
		for (d = 0; d < it->nenumerators; d++)
			names_get(w->in, it->enumerators[d])->own = w->stamp;
		if (it->kind == ITEM_DIRECTIVE && it->directive == DIRECTIVE_DEFINE)
			names_get(w->in, it->name)->own = w->stamp;
	}
}

static void
reach_unasked(struct walk *w)
{
	size_t k;

	w->cause = (struct cause){ REACH_ALWAYS, NULL };
	for (k = 0; k < w->in->always.n; k++) {
		struct entry *e = w->in->always.list[k];

		if (e->cell > w->index)
			break;
		if (w->cell->source.is_cxx && !e->is_cxx && e->kind == ENTRY_OPAQUE)
			continue;	/* who knows whether it can be read as C++ */
		if (is_own_feature(w, e) || !w->is_alone)
			reach_entry(w, e);
	}
}

/* The last header that could look at what stands before it. */
static void
reach_before_headers(struct walk *w)
{
	size_t k, n = 0, macros = 0;

	for (k = 0; k < w->found.n; k++) {
		const struct entry *e = w->found.list[k];

		if (e->kind != ENTRY_INCLUDE || preprocessor_is_standard(e->text))
			continue;
		if (e->order > macros)
			macros = e->order;
		if (str_find_byte(e->text, '"') < e->text.len && e->order > n)
			n = e->order;
	}
	for (k = 0; k < w->cell->nparts; k++) {
		const struct item *it = &w->cell->parts[k].item;

		if (it->kind != ITEM_DIRECTIVE || it->directive != DIRECTIVE_INCLUDE
		    || preprocessor_is_standard(it->text) || w->cell->is_program)
			continue;
		macros = w->in->entries.n;
		if (str_find_byte(it->text, '"') < it->text.len)
			n = w->in->entries.n;
	}
	w->cause = (struct cause){ REACH_HEADER, NULL };
	for (k = 0; k < w->in->entries.n && (k < n || k < macros); k++) {
		struct entry *e = w->in->entries.list[k];

		if (k < n || e->kind == ENTRY_MACRO)
			reach_entry(w, e);
	}
}

static void
reach_everything(struct walk *w)
{
	size_t k;

	w->cause = (struct cause){ REACH_PASTED, NULL };
	for (k = 0; k < w->in->entries.n; k++)
		reach_entry(w, w->in->entries.list[k]);
}

static int
by_order(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

	return x->order < y->order ? -1 : x->order > y->order;
}

static int
by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

static size_t
unique(size_t *list, size_t n)
{
	size_t kept = 0, k;

	if (n > 0)
		qsort(list, n, sizeof *list, by_number);
	for (k = 0; k < n; k++)
		if (kept == 0 || list[kept - 1] != list[k])
			list[kept++] = list[k];
	return kept;
}

/* Has the cell a newer line about the macro before it? */
static bool
is_superseded(const struct walk *w, const struct entry *e)
{
	return e->kind == ENTRY_MACRO && e->next && e->next->cell < w->index;
}

/*
 * Which cells it depends on: those whose names it says.  What is there only
 * because a header might look at it would block a cell for nothing.
 */
static void
take_cells(struct walk *w)
{
	struct reach *r = w->reach;
	size_t k;

	r->uses = arena_alloc(w->in->arena, w->found.n, sizeof *r->uses);
	r->needs = arena_alloc(w->in->arena, w->found.n, sizeof *r->needs);
	for (k = 0; k < w->found.n; k++) {
		const struct entry *e = w->found.list[k];
		size_t number = interface_source(w->in, e)->number;

		if (e->is_definition)
			r->uses[r->nuses++] = number;
		if (e->kind != ENTRY_INCLUDE && e->kind != ENTRY_PRAGMA && e->kind != ENTRY_FEATURE
		    && !is_superseded(w, e))
			r->needs[r->nneeds++] = number;
	}
	r->nuses = unique(r->uses, r->nuses);
	r->nneeds = unique(r->needs, r->nneeds);
}

/* Is the next line about the macro so near that nobody hears of this one? */
static bool
is_unheard(const struct walk *w, const struct entry *e)
{
	return is_superseded(w, e) && e->next->kind == ENTRY_MACRO && e->next->reached == w->stamp
	    && e->next->others == e->others
	    && (!e->next->branch || e->next->branch == e->branch);
}

static void
drop_lines(struct walk *w)
{
	size_t others = 0, kept = 0, k;

	for (k = 0; k < w->found.n; k++) {
		struct entry *e = w->found.list[k];

		e->others = e->kind == ENTRY_MACRO ? others : ++others;
	}
	for (k = 0; k < w->found.n; k++)
		if (!is_unheard(w, w->found.list[k]))
			w->found.list[kept++] = w->found.list[k];
	w->found.n = kept;
}

static void
finish(struct walk *w)
{
	struct reach *r = w->reach;
	size_t k;

	if (w->found.n > 0)
		qsort(w->found.list, w->found.n, sizeof *w->found.list, by_order);
	drop_lines(w);
	r->nentries = w->found.n;
	r->entries = (const struct entry **)w->found.list;
	r->nrenamings = w->names.n;
	r->renamings = arena_alloc(w->in->arena, r->nrenamings + 1, sizeof *r->renamings);
	for (k = 0; k < r->nrenamings; k++) {
		const struct name *n = w->names.list[k];

		r->renamings[k] = (struct renaming){ n->text, names_symbol(w->in, n, w->index) };
	}
}

void
interface_reach(struct interface *i, size_t number, struct reach *r)
{
	struct walk w = { .in = i, .index = names_cell_index(i, number), .stamp = ++i->stamp,
	    .reach = r };

	*r = (struct reach){0};
	w.cell = i->cells.list[w.index];
	mark_own(&w);
	reach_own(&w);
	follow(&w);
	take_cells(&w);
	w.is_alone = w.cell->is_program && w.found.n == 0 && is_complete(&w);
	if (!w.is_alone) {
		w.weakly = true;
		w.next = 0;
		reach_own(&w);
		follow(&w);
	}
	reach_unasked(&w);
	reach_before_headers(&w);
	follow(&w);
	if (w.everything) {
		reach_everything(&w);
		follow(&w);
	}
	finish(&w);
}
