#include "runner/cli/listing.h"

#include "tangle/base/buf.h"
#include "tangle/document/blocks.h"
#include "tangle/document/params.h"
#include "tangle/expand/uses.h"

size_t
listing_line(const struct block *b)
{
	return source_position(&b->document->source, b->at.offset).line;
}

void
listing_place(struct buf *out, const struct block *b)
{
	buf_visible(out, b->document->path);
	buf_printf(out, ":%zu", listing_line(b));
}

bool
listing_is_unused(const struct node *n)
{
	return n->nblocks > 0 && !n->uses->is_needed && n->blocks[0]->run != RUN_NO;
}

static void
show_references(struct buf *out, const struct block *b)
{
	const char *before = "  refers to ";

	for (size_t i = 0; i < b->nreferences; i++) {
		const struct reference *r = &b->references[i];

		if (r->is_escaped)
			continue;
		buf_add(out, str_of(before));
		buf_visible(out, r->name);
		if (!r->to)
			buf_add(out, STR(" (missing)"));
		before = ", ";
	}
}

static void
show_block(struct buf *out, const struct block *b, size_t cell)
{
	struct buf kind = {0};

	buf_add(&kind, str_of(block_kind(b)));
	if (b->is_cell)
		buf_printf(&kind, " %zu", cell);
	buf_printf(out, "%6zu  %-16s", listing_line(b), buf_cstr(&kind));
	buf_release(&kind);
	if (b->is_hidden)
		buf_add(out, STR("  hidden"));
	if (b->language.len) {
		buf_add(out, STR("  "));
		buf_visible(out, b->language);
	}
	if (b->name.len) {
		buf_add(out, STR("  #"));
		buf_visible(out, b->name);
	}
	if (b->params)
		buf_printf(out, "  %zu instances", b->params->count);
	if (b->file.len) {
		buf_add(out, STR("  -> "));
		buf_visible(out, b->file);
	}
	if (block_generates(b)) {
		buf_add(out, STR("  generates "));
		buf_visible(out, options_find(&b->options, "generates")->value);
	}
	show_references(out, b);
	if (b->is_replaced)
		buf_add(out, STR("  (replaced)"));
	if (b->node && listing_is_unused(b->node))
		buf_add(out, STR("  (unused)"));
	if (b->is_broken)
		buf_add(out, STR("  (broken)"));
	buf_byte(out, '\n');
}

void
listing_blocks(struct buf *out, const struct blocks *blocks)
{
	size_t cells = 0, shown = 0;

	for (size_t i = 0; i < blocks->n; i++)
		cells += blocks->list[i].is_cell;
	buf_visible(out, blocks->document->path);
	buf_printf(out, ": %zu block%s, %zu cell%s\n", blocks->n, blocks->n == 1 ? "" : "s",
	    cells, cells == 1 ? "" : "s");
	for (size_t i = 0; i < blocks->n; i++) {
		shown += blocks->list[i].is_cell;
		show_block(out, &blocks->list[i], shown);
	}
}


void
listing_files(struct buf *out, const struct graph *g)
{
	for (size_t i = 0; i < g->ntargets; i++) {
		const struct node *n = g->targets[i];

		if (i == 0)
			buf_add(out, STR("targets\n"));
		buf_add(out, STR("  "));
		buf_visible(out, n->file);
		buf_add(out, STR("  from #"));
		buf_visible(out, n->name);
		if (n->nblocks > 1)
			buf_printf(out, " (%zu blocks)", n->nblocks);
		buf_byte(out, '\n');
	}
}
