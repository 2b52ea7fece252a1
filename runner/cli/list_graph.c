#include "runner/cli/listing.h"

#include "runner/cli/load.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/document/blocks.h"
#include "tangle/expand/pin.h"
#include "tangle/expand/uses.h"

struct drawing {
	struct buf *out;
	const struct load *load;
	const struct uses *uses;
	const void *mark;	/* of the nodes to draw; NULL: all */
};

static bool
is_drawn(const struct drawing *d, const struct node *n)
{
	return n->nblocks > 0 && (!d->mark || n->uses->seen_by == d->mark);
}

/* A quoted string of dot: bytes are made visible, quotes and backslashes escaped. */
static void
quote(struct buf *out, struct str s)
{
	struct buf visible = {0};

	buf_visible(&visible, s);
	buf_byte(out, '"');
	for (size_t i = 0; i < visible.len; i++) {
		if (visible.data[i] == '"' || visible.data[i] == '\\')
			buf_byte(out, '\\');
		buf_byte(out, visible.data[i]);
	}
	buf_byte(out, '"');
	buf_release(&visible);
}

/* Names are private to documents: a node is named by where it first stands. */
static void
node_id(struct buf *out, const struct block *first)
{
	struct buf id = {0};

	listing_place(&id, first);
	quote(out, buf_str(&id));
	buf_release(&id);
}

static void
draw_node(const struct drawing *d, const struct node *n)
{
	bool is_target = n->file.len > 0;

	buf_add(d->out, STR("    "));
	node_id(d->out, n->blocks[0]);
	buf_add(d->out, STR(" [label="));
	quote(d->out, is_target ? n->file : n->name);
	if (is_target)
		buf_add(d->out, STR(", shape=box, style=bold"));
	else if (listing_is_unused(n))
		buf_add(d->out, STR(", style=dashed, color=gray"));
	buf_add(d->out, STR("];\n"));
}

/* A cell without a name that refers to something. */
static bool
is_nameless_user(const struct block *b)
{
	if (b->node)
		return false;
	for (size_t i = 0; i < b->nreferences; i++)
		if (!b->references[i].is_escaped)
			return true;
	return false;
}

static void
draw_nameless(const struct drawing *d, const struct block *b)
{
	struct buf label = {0};

	buf_printf(&label, "%s at line %zu", block_kind(b), listing_line(b));
	buf_add(d->out, STR("    "));
	node_id(d->out, b);
	buf_add(d->out, STR(" [label="));
	quote(d->out, buf_str(&label));
	buf_add(d->out, STR(", shape=oval];\n"));
	buf_release(&label);
}

static void
draw_missing(const struct drawing *d, struct map *missing, const struct reference *r)
{
	if (map_get(missing, r->name))
		return;
	map_put(missing, r->name, d->out);
	buf_add(d->out, STR("  "));
	quote(d->out, r->name);
	buf_add(d->out, STR(" [style=dashed, color=red];\n"));
}

static void
draw_edges(const struct drawing *d, const struct block *b, const struct block *from,
    struct map *missing)
{
	for (size_t i = 0; i < b->nreferences; i++) {
		const struct reference *r = &b->references[i];
		const struct node *to = pin_named(r);

		if (r->is_escaped || (to && to->nblocks == 0))
			continue;
		if (!to)
			draw_missing(d, missing, r);
		buf_add(d->out, STR("  "));
		node_id(d->out, from);
		buf_add(d->out, STR(" -> "));
		if (to)
			node_id(d->out, to->blocks[0]);
		else
			quote(d->out, r->name);
		buf_add(d->out, STR(";\n"));
	}
}

/* The nodes of each document stand in a frame with its path. */
static void
draw_document(const struct drawing *d, size_t k)
{
	const struct blocks *blocks = &d->load->blocks[k];

	buf_printf(d->out, "  subgraph cluster_%zu {\n    label=", k);
	quote(d->out, blocks->document->path);
	buf_add(d->out, STR(";\n"));
	for (size_t i = 0; i < blocks->n; i++) {
		const struct block *b = &blocks->list[i];

		if (b->node && b->node->blocks[0] == b && is_drawn(d, b->node))
			draw_node(d, b->node);
		else if (!d->mark && is_nameless_user(b))
			draw_nameless(d, b);
	}
	buf_add(d->out, STR("  }\n"));
}

static void
draw(const struct drawing *d)
{
	struct map missing = {0};

	buf_add(d->out, STR("digraph skein {\n  rankdir=LR;\n"));
	for (size_t k = 0; k < d->load->n; k++)
		draw_document(d, k);
	for (size_t k = 0; k < d->load->n; k++)
		for (size_t i = 0; i < d->load->blocks[k].n; i++) {
			const struct block *b = &d->load->blocks[k].list[i];

			if (b->node ? !b->is_replaced && is_drawn(d, b->node) : !d->mark && is_nameless_user(b))
				draw_edges(d, b, b->node ? b->node->blocks[0] : b, &missing);
		}
	buf_add(d->out, STR("}\n"));
	map_release(&missing);
}

/* Mark all that a node reaches. */
static void
mark_from(struct node *root, const void *mark)
{
	struct node **open = NULL;
	size_t n = 0, cap = 0;

	for (struct node *at = root; at; at = n > 0 ? open[--n] : NULL) {
		at->uses->seen_by = mark;
		for (size_t i = 0; i < at->nblocks; i++)
			for (size_t k = 0; k < at->blocks[i]->nreferences; k++) {
				struct node *to = pin_named(&at->blocks[i]->references[k]);

				if (!to || to->uses->seen_by == mark)
					continue;
				to->uses->seen_by = mark;
				open = mem_grow(open, &cap, n + 1, sizeof(struct node *));
				open[n++] = to;
			}
	}
	mem_free(open);
}

bool
listing_graph(struct buf *out, const struct load *l, const struct uses *u, struct str name)
{
	struct drawing d = { .out = out, .load = l, .uses = u };

	for (size_t i = 0; name.len > 0 && i < u->n; i++) {
		struct node *n = u->nodes[i];

		if (n->nblocks > 0 && (str_eq(n->name, name) || str_eq(n->file, name))) {
			d.mark = u;
			mark_from(n, d.mark);
		}
	}
	if (name.len > 0 && !d.mark)
		return false;
	draw(&d);
	return true;
}
