#include "runner/cell/usage.h"

#include <stdlib.h>

#include "runner/cell/names.h"
#include "tangle/base/arena.h"

struct numbers {
	size_t *list;
	size_t n, cap;
};

struct asking {
	struct interface *in;
	struct usage *usages;		/* by index of the cell */
	struct list *given;		/* struct given, by index of the cell */
	struct list *of_entry;		/* struct given, by order of the entry */
	struct numbers *users;		/* by order of the entry */
	size_t index;			/* of the cell at hand */
	struct list *taken;
};

/* ---- what a cell gives ------------------------------------------------------------ */

static bool
keeps_text(const struct entry *e)
{
	return e && e->kind != ENTRY_OBJECT && e->kind != ENTRY_INCLUDE;
}

static void
give(struct asking *q, const char *kind, struct str name, size_t line, const struct entry *e)
{
	struct given *g = arena_alloc(q->in->arena, 1, sizeof *g);

	*g = (struct given){ .kind = kind, .name = name, .line = line, .entry = e,
	    .is_whole = keeps_text(e) };
	names_list_add(q->in->arena, &q->given[q->index], g);
	if (e)
		names_list_add(q->in->arena, &q->of_entry[e->order], g);
}

/* The entry that the cell left for a name; the one of that line, if there are several. */
static const struct entry *
entry_of(const struct asking *q, struct str text, enum space space, size_t line)
{
	const struct name *n = map_get(&q->in->names, text);
	const struct entry *found = NULL;

	for (size_t k = 0; n && k < n->entries.n; k++) {
		const struct mention *m = &n->entries.list[k];

		if (m->entry->cell == q->index && m->space == space &&
		    (!found || m->entry->line == line))
			found = m->entry;
	}
	return found;
}

/* An entry without a name: an #include, a #pragma, a macro call. */
static const struct entry *
entry_at(const struct asking *q, enum entry_kind kind, size_t line)
{
	size_t from = 0, to = q->in->entries.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct entry *e = q->in->entries.list[middle];

		if (e->cell < q->index || (e->cell == q->index && e->line < line))
			from = middle + 1;
		else
			to = middle;
	}
	for (; from < q->in->entries.n; from++) {
		const struct entry *e = q->in->entries.list[from];

		if (e->cell != q->index || e->line != line)
			return NULL;
		if (e->kind == kind)
			return e;
	}
	return NULL;
}

static void
give_directive(struct asking *q, const struct item *it)
{
	const struct entry *e;

	switch (it->directive) {
	case DIRECTIVE_INCLUDE:
		give(q, "header", it->name, it->line, entry_at(q, ENTRY_INCLUDE, it->line));
		return;
	case DIRECTIVE_DEFINE:
		e = entry_of(q, it->name, SPACE_MACRO, it->line);
		give(q, "macro", it->name, it->line,
		    e ? e : entry_at(q, ENTRY_FEATURE, it->line));
		return;
	case DIRECTIVE_UNDEF:
		give(q, "no macro", it->name, it->line, entry_of(q, it->name, SPACE_MACRO, it->line));
		return;
	case DIRECTIVE_PRAGMA:
		if ((e = entry_at(q, ENTRY_PRAGMA, it->line)))
			give(q, "directive", it->text, it->line, e);
		return;
	case DIRECTIVE_IF:
	case DIRECTIVE_ELSE:
	case DIRECTIVE_ENDIF:
	case DIRECTIVE_PRAGMA_STATEMENT:
	case DIRECTIVE_OTHER:
		return;
	}
}

static const char *
keyword_of(const struct tag *t)
{
	return str_eq(t->keyword, STR("struct")) ? "struct"
	    : str_eq(t->keyword, STR("union")) ? "union" : "enum";
}

static void
give_tags(struct asking *q, const struct part *p)
{
	const struct item *it = &p->item;

	for (size_t k = 0; k < it->ntags; k++)
		if (it->tags[k].body.data && it->tags[k].name.len > 0)
			give(q, keyword_of(&it->tags[k]), it->tags[k].name, it->line,
			    entry_of(q, it->tags[k].name, SPACE_TAG, it->line));
	if (it->ndeclarators == 0 && it->ntags > 0 && !it->tags[0].body.data)
		give(q, "declaration", it->tags[0].name, it->line,
		    entry_of(q, it->tags[0].name, SPACE_TAG, it->line));
	for (size_t k = 0; k < it->nenumerators; k++)
		give(q, "enumerator", it->enumerators[k], it->line,
		    entry_of(q, it->enumerators[k], SPACE_ORDINARY, it->line));
}

static const char *
kind_of(const struct item *it, const struct declarator *d)
{
	if (it->kind == ITEM_FUNCTION)
		return "function";
	if (it->specifiers & SPEC_TYPEDEF)
		return "type";
	if (d->is_function || ((it->specifiers & SPEC_EXTERN) && !d->initialiser.data))
		return "declaration";
	return "variable";
}

static void
give_declaration(struct asking *q, const struct part *p)
{
	const struct item *it = &p->item;
	size_t before = q->given[q->index].n;

	give_tags(q, p);
	for (size_t k = 0; k < it->ndeclarators; k++) {
		const struct declarator *d = &it->declarators[k];
		const struct entry *e = entry_of(q, d->name, SPACE_ORDINARY, d->line);

		/* a class of C++ is no variable */
		give(q, e && e->kind == ENTRY_TYPE ? "type" : kind_of(it, d), d->name, d->line, e);
	}
	for (; p->is_left_out && before < q->given[q->index].n; before++)
		((struct given *)q->given[q->index].list[before])->is_said_before = true;
}

static void
give_part(struct asking *q, const struct part *p)
{
	switch (p->item.kind) {
	case ITEM_DIRECTIVE:
		give_directive(q, &p->item);
		break;
	case ITEM_DECLARATION:
	case ITEM_FUNCTION:
		give_declaration(q, p);
		break;
	case ITEM_MACRO:
		give(q, "macro call", p->item.name, p->item.line,
		    entry_at(q, ENTRY_OPAQUE, p->item.line));
		break;
	case ITEM_STATEMENT:
	case ITEM_EXPRESSION:
	case ITEM_NEUTRAL:
		break;
	}
}

static void
give_all(struct asking *q, const struct interface_cell *c)
{
	if (c->has_standard_prelude)
		give(q, "header", STR("the standard prelude"), 0, entry_at(q, ENTRY_INCLUDE, 0));
	for (size_t k = 0; k < c->nparts; k++)
		give_part(q, &c->parts[k]);
}

/* ---- what a cell takes -------------------------------------------------------------- */

static const struct given *
first_of(const struct asking *q, const struct entry *e)
{
	const struct list *l = e ? &q->of_entry[e->order] : NULL;

	return l && l->n > 0 ? l->list[0] : NULL;
}

static void
take(struct asking *q, const struct given *what, size_t from, struct cause cause, bool is_later)
{
	const struct interface_cell *c = q->in->cells.list[from];
	struct taken *t = arena_alloc(q->in->arena, 1, sizeof *t);

	*t = (struct taken){ .what = what, .from = c->source.number, .how = cause.how,
	    .through = first_of(q, cause.through), .is_later = is_later };
	names_list_add(q->in->arena, &q->taken[q->index], t);
}

/* The names that the cell says itself. */
static void
find_said(const struct asking *q, struct map *said)
{
	const struct interface_cell *c = q->in->cells.list[q->index];

	for (size_t k = 0; k < c->nparts; k++) {
		const struct part *p = &c->parts[k];

		for (size_t r = 0; r < p->nreferences; r++)
			map_put(said, p->references[r].name->text, p->references[r].name);
		for (size_t d = 0; d < p->item.ndeclarators; d++)
			map_put(said, p->item.declarators[d].name,
			    names_get(q->in, p->item.declarators[d].name));
	}
}

/* Of an entry the names that are said, or else the first. */
static void
take_entry(struct asking *q, const struct entry *e, const struct map *said)
{
	const struct list *l = &q->of_entry[e->order];
	bool is_named = e->cause.how == REACH_NAMED || e->cause.how == REACH_WEAKLY, any = false;

	for (size_t k = 0; is_named && k < l->n; k++) {
		const struct given *g = l->list[k];

		if (!map_get(said, g->name))
			continue;
		take(q, g, e->cell, e->cause, false);
		any = true;
	}
	if (!any && l->n > 0)
		take(q, l->list[0], e->cell, e->cause, false);
}

/* A function that is declared here and defined in a later cell. */
static void
take_later(struct asking *q, const struct reach *r)
{
	for (size_t k = 0; k < r->nrenamings; k++) {
		const struct name *n = map_get(&q->in->names, r->renamings[k].name);
		const struct list *l;

		if (!n || n->nversions == 0 || n->versions[0] <= q->index)
			continue;
		l = &q->given[n->versions[0]];
		for (size_t g = 0; g < l->n; g++) {
			const struct given *what = l->list[g];

			if (what->entry && what->entry->is_definition && str_eq(what->name, n->text))
				take(q, what, n->versions[0], (struct cause){ REACH_NAMED, NULL }, true);
		}
	}
}

static void
add_number(struct asking *q, struct numbers *to, size_t number)
{
	to->list = names_room(q->in->arena, to->list, &to->cap, to->n, sizeof *to->list);
	to->list[to->n++] = number;
}

static void
take_all(struct asking *q, const struct interface_cell *c)
{
	struct map said = {0};
	struct reach r;

	interface_reach(q->in, c->source.number, &r);
	find_said(q, &said);
	for (size_t k = 0; k < r.nentries; k++) {
		if (r.entries[k]->cell == q->index)
			continue;
		add_number(q, &q->users[r.entries[k]->order], c->source.number);
		take_entry(q, r.entries[k], &said);
	}
	take_later(q, &r);
	map_release(&said);
}

/* ---- together ------------------------------------------------------------------------ */

static int
by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

static void
count_users(struct asking *q, struct usage *u)
{
	struct numbers all = {0};
	size_t kept = 0;

	for (size_t k = 0; k < u->ngiven; k++)
		for (size_t n = 0; n < u->given[k].nusers; n++)
			add_number(q, &all, u->given[k].users[n]);
	if (all.n > 0)
		qsort(all.list, all.n, sizeof *all.list, by_number);
	for (size_t k = 0; k < all.n; k++)
		if (kept == 0 || all.list[kept - 1] != all.list[k])
			all.list[kept++] = all.list[k];
	u->users = all.list;
	u->nusers = kept;
}

static void
finish(struct asking *q, size_t index)
{
	struct usage *u = &q->usages[index];
	struct given *given;
	struct taken *taken;

	u->ngiven = q->given[index].n;
	u->ntaken = q->taken[index].n;
	u->given = given = arena_alloc(q->in->arena, u->ngiven, sizeof *given);
	u->taken = taken = arena_alloc(q->in->arena, u->ntaken, sizeof *taken);
	for (size_t k = 0; k < u->ngiven; k++) {
		given[k] = *(const struct given *)q->given[index].list[k];
		if (given[k].entry) {
			given[k].users = q->users[given[k].entry->order].list;
			given[k].nusers = q->users[given[k].entry->order].n;
		}
	}
	for (size_t k = 0; k < u->ntaken; k++)
		taken[k] = *(const struct taken *)q->taken[index].list[k];
	count_users(q, u);
}

const struct usage *
usage_make(struct interface *i, size_t *n)
{
	struct asking q = { .in = i };

	*n = i->cells.n;
	q.usages = arena_alloc(i->arena, *n, sizeof *q.usages);
	q.given = arena_alloc(i->arena, *n, sizeof *q.given);
	q.taken = arena_alloc(i->arena, *n, sizeof *q.taken);
	q.of_entry = arena_alloc(i->arena, i->entries.n, sizeof *q.of_entry);
	q.users = arena_alloc(i->arena, i->entries.n, sizeof *q.users);
	for (q.index = 0; q.index < *n; q.index++)
		give_all(&q, i->cells.list[q.index]);
	for (q.index = 0; q.index < *n; q.index++)
		take_all(&q, i->cells.list[q.index]);
	for (size_t k = 0; k < *n; k++)
		finish(&q, k);
	return q.usages;
}
