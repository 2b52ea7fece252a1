#include "runner/cli/pins.h"

#include "runner/cli/command.h"
#include "runner/cli/load.h"
#include "runner/cli/notebook.h"
#include "runner/cli/page.h"
#include "runner/cli/performance.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/pin.h"


/* ---- which ---------------------------------------------------------------------------- */

/* Is what these blocks print pasted somewhere? */
static bool
is_pasted(const struct node *n, const struct blocks *b)
{
	return n->pin && n->home == b && n->nblocks > 0 && n->blocks[0]->is_cell;
}

/* The names of a document's cells that are; 0: none. */
static size_t
pasted_cells(const struct load *l, size_t number, struct arena *a, const struct str **names)
{
	const struct graph *g = &l->graph;
	struct str *list = arena_alloc(a, g->npins ? g->nnodes : 0, sizeof *list);
	size_t n = 0;

	for (size_t i = 0; g->npins > 0 && i < g->nnodes; i++)
		if (is_pasted(g->nodes[i], &l->blocks[number]))
			list[n++] = arena_str(a, g->nodes[i]->name);
	*names = list;
	return n;
}

/* ---- the rehearsal --------------------------------------------------------------------- */

struct rehearsal {
	struct performance performance;	/* first: its calls get this struct */
	bool is_elsewhere;		/* -o: the document stays as it is */
	struct buf text;		/* what it would be */
	struct buf held;		/* (-o) what was read last */
	bool has_changed;
};

static void
take(struct performance *p, struct desk *k, struct page *page, const struct verdicts *v)
{
	struct rehearsal *r = (struct rehearsal *)p;

	(void)v;
	buf_clear(&r->text);
	r->has_changed = page_write(page, &r->text);
	if (r->has_changed && !r->is_elsewhere)
		r->has_changed = desk_put(k, page);
}

/* With -o the load has one document. */
static void
read_text(struct rehearsal *r, struct load *l, size_t number)
{
	struct load old = *l;

	(void)load_text(l, r->performance.invocation, old.documents[number].path, buf_str(&r->text));
	load_release(&old);
	buf_release(&r->held);
	r->held = r->text;
	r->text = (struct buf){0};
}

/* Once; false when a signal asked us to stop. */
static bool
rehearse(struct rehearsal *r, struct load *l, size_t number, enum desk_use use)
{
	struct performance *p = &r->performance;
	struct desk desk;
	bool go_on = true;

	r->has_changed = false;
	p->options.selection.nonly = pasted_cells(l, number, &l->arena, &p->options.selection.only);
	if (p->options.selection.nonly == 0 || !desk_open(&desk, p->invocation, l, number, use))
		return true;
	go_on = performance_rehearse(p, &desk);
	desk_close(&desk);
	return go_on;
}

/*
 * What was found out about the documents in silence is forgotten, so that the run finds
 * it out again; and what was put in place is read.
 */
static void
read_again(struct rehearsal *r, struct load *l, size_t number)
{
	if (!r->is_elsewhere)
		(void)load_again(l, r->performance.invocation);
	else if (r->text.len > 0)
		read_text(r, l, number);
}

/* Until nothing changes any more. */
static bool
rehearse_all(struct rehearsal *r, struct load *l, size_t number, enum desk_use use)
{
	bool go_on = true;

	r->has_changed = true;
	for (size_t k = 0; go_on && r->has_changed && k < PINS_ROUNDS && number < l->n; k++) {
		go_on = rehearse(r, l, number, use);
		read_again(r, l, number);
	}
	return go_on;
}

bool
pins_are_rehearsed(const struct performance *p, const struct load *l)
{
	return p->rehearses && l->graph.npins > 0 && selection_is_all(&p->options.selection);
}

bool
pins_rehearse(struct performance *p, struct load *l, size_t number, enum desk_use use)
{
	struct rehearsal r = { .performance = *p, .is_elsewhere = use == DESK_ELSEWHERE };
	struct invocation *i = p->invocation;
	struct diag quiet, *loud = i->diag;
	bool go_on;
	FILE *nowhere;

	nowhere = fopen("/dev/null", "we");
	if (!nowhere) {
		diag_errno(loud, "open", STR("/dev/null"));
		return true;
	}
	diag_init(&quiet, nowhere, DIAG_COLOR_NEVER);
	i->diag = &quiet;
	r.performance.then = take;
	r.performance.save = NULL;
	go_on = rehearse_all(&r, l, number, use);
	i->diag = loud;
	diag_release(&quiet);
	fclose(nowhere);
	buf_release(&r.text);
	p->rehearsed = r.held;
	if (go_on && number >= l->n)		/* it was there before: say why it is not */
		(void)load_again(l, i);
	return go_on;
}

/* ---- what is no longer true --------------------------------------------------------------- */

/* The cell that stands in one of these blocks, and prints something else than is recorded. */
static const struct cell *
changed_cell(const struct page *p, const struct node *n)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->cells[i].of->block->node == n && p->cells[i].kind[FENCE_OUTPUT] == COMPARISON_DIFFERS)
			return p->cells[i].of;
	return NULL;
}

bool
pins_are_stale(const struct page *page, const struct graph *g)
{
	for (size_t i = 0; g->npins > 0 && i < g->nnodes; i++)
		if (g->nodes[i]->pin && changed_cell(page, g->nodes[i]))
			return true;
	return false;
}

static void
report_block(const struct page *page, const struct graph *g, const struct blocks *from,
    const struct block *b, bool compares, struct diag *d)
{
	for (size_t i = 0; i < b->nreferences; i++) {
		const struct reference *r = &b->references[i];
		const struct pin *p = pin_of(g, from, r);
		const struct cell *c = p ? changed_cell(page, p->cell) : NULL;

		if (!c)
			continue;
		diag_error(d, compares ? STATUS_DIFFERS : STATUS_FAILED, reference_at(r), "stale-pin", compares ?
		    "'%.*s' does not print what is pasted here any more: `skein run` renews it" :
		    "'%.*s' prints something else each time, so what is pasted here is never what it prints",
		    STR_ARG(p->cell->name));
		diag_note(d, c->at, "this cell prints something else now");
	}
}

void
pins_report(const struct page *page, const struct graph *g, bool compares, struct diag *d)
{
	for (size_t i = 0; g->npins > 0 && i < g->ndocuments; i++)
		for (size_t k = 0; k < g->documents[i].n; k++)
			report_block(page, g, &g->documents[i], &g->documents[i].list[k], compares, d);
}
