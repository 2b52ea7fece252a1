#include "tangle/expand/grid.h"

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/document/params.h"
#include "tangle/expand/graph.h"

/* ---- targets --------------------------------------------------------------------- */

static struct node *
make_target(struct graph *g, struct node *n, const struct instance *i)
{
	struct node *one = arena_alloc(g->arena, 1, sizeof *one);

	*one = *n;
	one->grid = n;
	one->instance = i;
	one->file = instance_text(i, n->file, g->arena);
	g->targets[g->ntargets++] = one;
	return one;
}

static bool
check_file(const struct params *p, const struct node *n, struct diag *d)
{
	struct str rest = n->file, name;
	bool ok = true;

	while (params_next(&rest, &name)) {
		bool is_known = false;

		for (size_t k = 0; k < p->n; k++)
			is_known |= str_eq(p->list[k].name, name);
		if (!is_known)
			params_complain(p, node_file_at(n), name, d);
		ok = ok && is_known;
	}
	return ok;
}

void
grid_targets(struct graph *g, struct node *n, struct diag *d)
{
	const struct params *p = n->file_by->params;
	struct map files = {0};
	bool ok = check_file(p, n, d);

	for (size_t i = 0; i < n->nblocks; i++)
		ok = grid_check(p, n->blocks[i], d) && ok;
	for (size_t k = 0; ok && k < p->count; k++) {
		const struct instance *i = params_instance(p, k, g->arena), *other;
		struct node *one = make_target(g, n, i);

		other = map_get(&files, one->file);
		if (other) {
			diag_error(d, STATUS_STRUCTURE, node_file_at(n), "two-names",
			    "'%.*s' would be written for '%.*s' and for '%.*s': put ${} with what tells them apart into its name",
			    STR_ARG(one->file), STR_ARG(other->label), STR_ARG(i->label));
			ok = false;
		}
		map_put(&files, one->file, (struct instance *)i);
	}
	if (!ok)
		n->state = NODE_BAD;
	map_release(&files);
}

/* ---- names ------------------------------------------------------------------------ */

struct walk {
	const struct params *params;
	struct diag *diag;
	const struct block **open;
	size_t n, cap;
	struct map seen;	/* nodes */
	bool ok;
};

static void
add_block(struct walk *w, const struct block *b)
{
	w->open = mem_grow(w->open, &w->cap, w->n + 1, sizeof(struct block *));
	w->open[w->n++] = b;
}

static void
add_node(struct walk *w, struct node *const *n)
{
	struct str key = { (const char *)n, sizeof *n };

	if (map_get(&w->seen, key))
		return;
	map_put(&w->seen, key, w);
	for (size_t i = 0; i < (*n)->nblocks; i++)
		add_block(w, (*n)->blocks[i]);
}

static void
check_line(struct walk *w, const struct block *b, struct str line)
{
	struct str name;

	while (params_next(&line, &name)) {
		bool is_known = false;

		for (size_t k = 0; k < w->params->n; k++)
			is_known |= str_eq(w->params->list[k].name, name);
		if (is_known)
			continue;
		params_complain(w->params, place_of(&b->document->source, name), name, w->diag);
		w->ok = false;
	}
}

bool
grid_check(const struct params *p, const struct block *b, struct diag *d)
{
	struct walk w = { .params = p, .diag = d, .ok = true };

	add_block(&w, b);
	while (w.n > 0) {
		const struct block *one = w.open[--w.n];
		struct body rest = block_body(one);

		for (struct str line; body_line(&rest, &line);)
			if (str_find(line, STR("${")) < line.len)
				check_line(&w, one, line);
		for (size_t i = 0; i < one->nreferences; i++)
			if (one->references[i].to)
				add_node(&w, &one->references[i].to);
	}
	map_release(&w.seen);
	mem_free(w.open);
	return w.ok;
}
