#include "runner/cli/listing.h"

#include "runner/cli/load.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/uses.h"

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "src/a.c and 3 more", of the targets that hold a node. */
static void
show_holders(struct buf *out, const struct node *n, size_t most)
{
	const struct node_uses *u = n->uses;
	size_t shown = u->ntargets < most ? u->ntargets : most;

	for (size_t i = 0; i < shown; i++) {
		if (i > 0)
			buf_add(out, STR(", "));
		buf_visible(out, u->targets[i]->file);
	}
	if (u->has_more)
		buf_add(out, STR(" and more"));
	else if (u->ntargets > shown)
		buf_printf(out, " and %zu more", u->ntargets - shown);
}

/* Why it is in no target: what to tell of a name that nothing needs. */
static void
show_idle(struct buf *out, const struct node *n)
{
	if (n->uses->n == 0) {
		buf_add(out, STR("nothing refers to it"));
		return;
	}
	buf_add(out, STR("used only by what nothing needs, at "));
	listing_place(out, n->uses->list[0].by);
}

/* ---- all names -------------------------------------------------------------------- */

void
listing_names(struct buf *out, const struct uses *u)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct node *n = u->nodes[i];
		size_t lines = uses_lines(n);

		if (n->nblocks == 0)
			continue;
		listing_place(out, n->blocks[0]);
		buf_add(out, STR(": "));
		buf_visible(out, n->name);
		buf_printf(out, ": %zu block%s, %zu line%s, ", n->nblocks, plural(n->nblocks), lines,
		    plural(lines));
		if (listing_is_unused(n))
			show_idle(out, n);
		else
			buf_printf(out, "used %zu time%s", n->uses->n, plural(n->uses->n));
		if (n->uses->ntargets > 0) {
			buf_add(out, STR(", in "));
			show_holders(out, n, 2);
		}
		buf_byte(out, '\n');
	}
}

void
listing_roots(struct buf *out, const struct uses *u)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct node *n = u->nodes[i];

		if (n->nblocks == 0 || (n->uses->n > 0 && n->file.len == 0))
			continue;
		listing_place(out, n->blocks[0]);
		buf_add(out, STR(": "));
		buf_visible(out, n->name);
		if (n->file.len > 0) {
			buf_add(out, STR(" -> "));
			buf_visible(out, n->file);
		} else {
			buf_add(out, n->uses->is_needed ? STR(" (a cell)") : STR(" (written nowhere)"));
		}
		buf_byte(out, '\n');
	}
}

void
listing_unused(struct buf *out, const struct uses *u)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct node *n = u->nodes[i];

		if (!listing_is_unused(n))
			continue;
		listing_place(out, n->blocks[0]);
		buf_add(out, STR(": "));
		buf_visible(out, n->name);
		buf_add(out, STR(": "));
		show_idle(out, n);
		buf_byte(out, '\n');
	}
}

/* ---- targets ----------------------------------------------------------------------- */

/* A walk over all that a target is made of. */
struct content {
	const struct node **open;
	size_t n, cap;
	size_t blocks, lines;
	const struct document **documents;
	size_t ndocuments, documents_cap;
};

static void
open_node(struct content *c, struct node *n, const void *mark)
{
	if (n->uses->seen_by == mark)
		return;
	n->uses->seen_by = mark;
	c->open = mem_grow(c->open, &c->cap, c->n + 1, sizeof(struct node *));
	c->open[c->n++] = n;
}

static void
count_block(struct content *c, const struct block *b)
{
	c->blocks++;
	c->lines += block_nlines(b);
	for (size_t i = c->ndocuments; i-- > 0;)
		if (c->documents[i] == b->document)
			return;
	c->documents = mem_grow(c->documents, &c->documents_cap, c->ndocuments + 1,
	    sizeof(struct document *));
	c->documents[c->ndocuments++] = b->document;
}

static void
walk_target(struct content *c, struct node *const *target)
{
	open_node(c, node_of_target(*target), target);
	while (c->n > 0) {
		const struct node *n = c->open[--c->n];

		for (size_t i = 0; i < n->nblocks; i++) {
			const struct block *b = n->blocks[i];

			count_block(c, b);
			for (size_t k = 0; k < b->nreferences; k++)
				if (b->references[k].to)
					open_node(c, b->references[k].to, target);
		}
	}
}

void
listing_targets(struct buf *out, const struct load *l)
{
	struct content c = {0};

	for (size_t i = 0; i < l->graph.ntargets; i++) {
		struct node *n = l->graph.targets[i];

		c.blocks = c.lines = c.ndocuments = 0;
		walk_target(&c, &l->graph.targets[i]);
		buf_visible(out, n->file);
		if (!str_eq(n->name, n->file)) {
			buf_add(out, STR("  from #"));
			buf_visible(out, n->name);
		}
		buf_printf(out, "  %zu block%s, %zu line%s, of ", c.blocks, plural(c.blocks), c.lines,
		    plural(c.lines));
		for (size_t k = 0; k < c.ndocuments; k++) {
			if (k > 0)
				buf_add(out, STR(", "));
			buf_visible(out, c.documents[k]->path);
		}
		buf_byte(out, '\n');
	}
	mem_free(c.open);
	mem_free(c.documents);
}

/* ---- one name ----------------------------------------------------------------------- */

static void
show_reference_place(struct buf *out, const struct reference *r)
{
	struct position p = source_position(r->source, reference_at(r).offset);

	buf_visible(out, r->source->name);
	buf_printf(out, ":%zu:%zu", p.line, p.column);
}

static void
show_pieces(struct buf *out, const struct node *n)
{
	for (size_t i = 0; i < n->nblocks; i++) {
		const struct block *b = n->blocks[i];

		buf_add(out, STR("  "));
		listing_place(out, b);
		buf_printf(out, ": piece %zu of %zu, %zu line%s\n", i + 1, n->nblocks, block_nlines(b),
		    plural(block_nlines(b)));
		for (size_t k = 0; k < b->nreferences; k++) {
			const struct reference *r = &b->references[k];

			if (r->is_escaped)
				continue;
			buf_add(out, STR("    "));
			show_reference_place(out, r);
			buf_add(out, r->to ? STR(": refers to ") : STR(": refers to what is missing: "));
			buf_visible(out, r->name);
			buf_byte(out, '\n');
		}
	}
}

static void
show_users(struct buf *out, const struct node *n)
{
	for (size_t i = 0; i < n->uses->n; i++) {
		const struct use *u = &n->uses->list[i];

		buf_add(out, STR("  "));
		show_reference_place(out, u->reference);
		buf_add(out, STR(": used by "));
		if (u->by->node)
			buf_visible(out, u->by->node->name);
		else
			buf_printf(out, "a %s", block_kind(u->by));
		buf_byte(out, '\n');
	}
	if (n->uses->n == 0)
		buf_add(out, n->file.len > 0 ? STR("  nothing refers to it: it is a file\n") :
		    STR("  nothing refers to it\n"));
}

static void
show_name(struct buf *out, const struct node *n)
{
	buf_visible(out, n->name);
	if (n->file.len > 0) {
		buf_add(out, STR(" -> "));
		buf_visible(out, n->file);
	}
	buf_byte(out, '\n');
	show_pieces(out, n);
	show_users(out, n);
	if (n->uses->ntargets > 0) {
		buf_add(out, STR("  in "));
		show_holders(out, n, USES_TARGETS);
		buf_byte(out, '\n');
	}
}

bool
listing_name(struct buf *out, const struct load *l, const struct uses *u, struct str name)
{
	bool found = false;

	for (size_t i = 0; i < u->n; i++) {
		const struct node *n = u->nodes[i];

		if (n->nblocks > 0 && (str_eq(n->name, name) || str_eq(n->file, name))) {
			show_name(out, n);
			found = true;
		}
	}
	for (size_t i = 0; !found && i < l->n; i++) {
		const struct node *n = graph_find(&l->graph, &l->blocks[i], name);

		if (n) {		/* doc::name */
			show_name(out, n);
			found = true;
		}
	}
	return found;
}
