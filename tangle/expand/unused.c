#include "tangle/expand/unused.h"

#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/graph.h"
#include "tangle/expand/pin.h"

/* Nodes that are reached, and whose references are still to be followed. */
struct reach {
	struct node **open;
	size_t n, cap;
};

static void
touch(struct reach *r, struct node *n)
{
	if (n->is_reached)
		return;
	n->is_reached = true;
	r->open = mem_grow(r->open, &r->cap, r->n + 1, sizeof(struct node *));
	r->open[r->n++] = n;
}

static void
touch_references(struct reach *r, const struct block *b)
{
	for (size_t i = 0; i < b->nreferences; i++)
		if (pin_named(&b->references[i]))
			touch(r, pin_named(&b->references[i]));
}

static void
follow(struct reach *r)
{
	while (r->n > 0) {
		const struct node *n = r->open[--r->n];

		for (size_t i = 0; i < n->nblocks; i++)
			touch_references(r, n->blocks[i]);
	}
}

static void
reach_from_cells(struct reach *r, const struct blocks *document)
{
	for (size_t i = 0; i < document->n; i++) {
		const struct block *b = &document->list[i];

		if (!b->is_cell)
			continue;
		if (b->node)
			touch(r, b->node);
		touch_references(r, b);
		follow(r);
	}
}

/* Does the author want it so? */
static bool
is_meant(const struct node *n)
{
	for (size_t i = 0; i < n->nblocks; i++)
		if (n->blocks[i]->is_unused || n->blocks[i]->run == RUN_NO)
			return true;
	return false;
}

/* What stays unreached gets a warning, once for all that it holds. */
static void
settle(struct reach *r, struct node *n, struct diag *d)
{
	if (!n->is_reached && n->nblocks > 0 && !is_meant(n))
		diag_warning(d, n->blocks[0]->at, "unused-block", n->is_referenced ?
		    "block '%.*s' is part of no target, though something refers to it" :
		    "nothing refers to block '%.*s'", STR_ARG(n->name));
	touch(r, n);
	follow(r);
}

static void
reach_from_inputs(struct reach *r, const struct graph *g)
{
	for (size_t i = 0; i < g->nnodes; i++)
		if (g->nodes[i]->is_input)
			touch(r, g->nodes[i]);
}

void
unused_warn(struct graph *g, struct diag *d)
{
	struct reach r = {0};

	if (g->ntargets == 0)
		return;
	for (size_t i = 0; i < g->ntargets; i++)
		touch(&r, node_of_target(g->targets[i]));
	for (size_t i = 0; i < g->ndocuments; i++)
		reach_from_cells(&r, &g->documents[i]);
	reach_from_inputs(&r, g);
	follow(&r);
	for (size_t i = 0; i < g->nnodes; i++)	/* first those on top */
		if (!g->nodes[i]->is_referenced)
			settle(&r, g->nodes[i], d);
	for (size_t i = 0; i < g->nnodes; i++)	/* then circles */
		settle(&r, g->nodes[i], d);
	mem_free(r.open);
}
