#include "runner/output/region.h"

#include "runner/cell/cell.h"
#include "runner/cell/transcript.h"
#include "runner/output/inplace.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/document/settle.h"

/* The same kinds, in the same order. */
_Static_assert((int)OUTPUT_STDOUT == (int)FENCE_OUTPUT &&
    (int)OUTPUT_STDERR == (int)FENCE_STDERR && (int)OUTPUT_ERROR == (int)FENCE_ERROR &&
    (int)OUTPUT_SHOWN == (int)FENCE_SHOWN && (int)OUTPUT_KINDS == (int)NFENCES,
    "blocks and fences name the kinds of output alike");

/* Of what was shown the blank lines around it are not part. */
static struct str
body_of(const struct block *b, struct arena *a)
{
	bool is_shown = b->output == OUTPUT_SHOWN;
	struct body rest = block_body(b);
	struct buf text = {0};
	size_t end = 0;

	for (struct str line; body_line(&rest, &line);) {
		bool is_blank = str_is_blank(line);

		if (is_shown && is_blank && text.len == 0)
			continue;
		buf_add(&text, line);
		end = is_shown && is_blank ? end : text.len;
	}
	text.len = end;
	return buf_take(&text, a);
}

/* The line that leads to the first output is the author's: the region begins below it. */
static void
take_caption(struct embed_cell *e, const struct block *cell, const struct block *o)
{
	struct str caption = settle_caption(cell, o);

	if (caption.len > 0)
		e->region.after = (size_t)(caption.data + caption.len - cell->document->source.text.data);
}

/* The output fences that belong to a block, which follow it in the list. */
static void
take_recorded(struct embed_cell *e, const struct blocks *blocks, const struct block *cell,
    struct arena *a)
{
	for (size_t i = cell->number + 1; i < blocks->n; i++) {
		const struct block *o = &blocks->list[i];

		if (!o->is_output || o->owner != cell)
			break;
		e->is_odd |= e->recorded.present[o->output] || !o->part->closed;
		e->recorded.present[o->output] = true;
		e->recorded.text[o->output] = body_of(o, a);
		take_caption(e, cell, o);
		e->region.end = o->part->end;
	}
}

static void
take_place(struct embed_cell *e, const struct part *p)
{
	e->region = (struct embed_region){ .after = p->end, .end = p->end,
	    .in_container = p->in_container };
	if (p->in_container)
		e->region.prefix = p->prefix;
}

void
region_take(struct embed_cell *e, const struct blocks *blocks, const struct block *cell,
    struct arena *a)
{
	take_place(e, cell->part);
	take_recorded(e, blocks, cell, a);
}

struct str
region_bare(const struct cells *cells, struct arena *a)
{
	static const struct fences none;
	struct embed_cell *list = arena_alloc(a, cells->n, sizeof *list);
	struct buf text = {0};
	size_t n = 0;

	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->list[i];

		if (!c->block || !c->block->part->closed || c->block->is_output_damaged ||
		    (i > 0 && c[-1].block == c->block))
			continue;
		region_take(&list[n], cells->blocks, c->block, a);
		list[n].made = &none;
		if (c->transcript)
			list[n].edits = inplace_bare(c->block, c->transcript, a, &list[n].nedits);
		n++;
	}
	embed(&text, cells->blocks->document->source.text, list, n);
	return buf_take(&text, a);
}
