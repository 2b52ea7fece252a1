#include "tangle/expand/uses.h"

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/pin.h"

static void
add_use(struct node *to, struct use use)
{
	struct node_uses *of = to->uses;

	of->list = mem_grow(of->list, &of->cap, of->n + 1, sizeof *of->list);
	of->list[of->n++] = use;
}

/* What was replaced uses nothing any more. */
static void
add_uses_by(const struct block *b)
{
	for (size_t i = 0; !b->is_replaced && i < b->nreferences; i++)
		if (pin_named(&b->references[i]))
			add_use(pin_named(&b->references[i]), (struct use){ b, &b->references[i] });
}

/* The lists were grown on the heap: what is kept goes to the arena. */
static void
keep_lists(struct uses *u, struct arena *a)
{
	for (size_t i = 0; i < u->n; i++) {
		struct node_uses *of = u->nodes[i]->uses;
		struct use *grown = of->list;

		of->list = of->n ? arena_copy(a, grown, of->n, sizeof *grown) : NULL;
		mem_free(grown);
	}
}

/* ---- what reaches a node -------------------------------------------------------- */

struct reach {
	struct node **open;
	size_t n, cap;
	struct node *target;		/* NULL: only that it is needed */
	const struct node *mark;
};

/* Of a node that has all targets that fit, so has all that it refers to. */
static bool
is_known(const struct reach *r, const struct node_uses *of)
{
	return r->target ? of->seen_by == r->mark || of->has_more : of->is_needed;
}

static void
add_target(const struct reach *r, struct node_uses *of, struct arena *a)
{
	if (!of->targets)
		of->targets = arena_alloc(a, USES_TARGETS, sizeof(struct node *));
	if (of->ntargets < USES_TARGETS)
		of->targets[of->ntargets++] = r->target;
	else
		of->has_more = true;
}

static void
touch(struct reach *r, struct node *n, struct arena *a)
{
	struct node_uses *of = n->uses;

	if (is_known(r, of))
		return;
	of->seen_by = r->mark;
	of->is_needed = true;
	if (r->target)
		add_target(r, of, a);
	r->open = mem_grow(r->open, &r->cap, r->n + 1, sizeof(struct node *));
	r->open[r->n++] = n;
}

static void
touch_references(struct reach *r, const struct block *b, struct arena *a)
{
	for (size_t i = 0; i < b->nreferences; i++)
		if (pin_named(&b->references[i]))
			touch(r, pin_named(&b->references[i]), a);
}

static void
follow(struct reach *r, struct arena *a)
{
	while (r->n > 0) {
		const struct node *n = r->open[--r->n];

		for (size_t i = 0; i < n->nblocks; i++)
			touch_references(r, n->blocks[i], a);
	}
}

/* Targets first, each with all that it holds; then what only cells hold. */
static void
find_reach(const struct uses *u, const struct graph *g, struct arena *a)
{
	struct reach r = {0};

	for (size_t i = 0; i < g->ntargets; i++) {
		r.target = g->targets[i];
		r.mark = r.target;
		touch(&r, node_of_target(r.target), a);
		follow(&r, a);
	}
	r.target = NULL;
	for (size_t i = 0; i < u->n; i++)
		if (u->nodes[i]->is_input)
			touch(&r, u->nodes[i], a);
	for (size_t i = 0; i < g->ndocuments; i++)
		for (size_t k = 0; k < g->documents[i].n; k++) {
			const struct block *b = &g->documents[i].list[k];

			if (!b->is_cell)
				continue;
			if (b->node)
				touch(&r, b->node, a);
			touch_references(&r, b, a);
			follow(&r, a);
		}
	mem_free(r.open);
}

void
uses_find(struct uses *u, const struct graph *g, struct arena *a)
{
	*u = (struct uses){0};
	u->nodes = g->nodes;
	u->n = g->nnodes;
	for (size_t i = 0; i < u->n; i++) {
		u->nodes[i]->uses = arena_alloc(a, 1, sizeof(struct node_uses));
		if (u->nodes[i]->pin)
			u->nodes[i]->pin->node.uses = arena_alloc(a, 1, sizeof(struct node_uses));
	}
	for (size_t i = 0; i < g->ndocuments; i++)
		for (size_t k = 0; k < g->documents[i].n; k++)
			add_uses_by(&g->documents[i].list[k]);
	keep_lists(u, a);
	find_reach(u, g, a);
}

size_t
uses_lines(const struct node *n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n->nblocks; i++)
		lines += block_nlines(n->blocks[i]);
	return lines;
}
