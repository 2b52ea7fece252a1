#include "runner/cli/verdict.h"

#include "runner/cell/transcript.h"
#include "runner/cli/notebook.h"
#include "runner/cli/page.h"
#include "runner/output/diff.h"
#include "runner/output/output.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"

const char *
verdict_word(enum comparison c)
{
	switch (c) {
	case COMPARISON_NONE: return NULL;
	case COMPARISON_SAME: return "same";
	case COMPARISON_BY_PATTERN: return "by-pattern";
	case COMPARISON_DIFFERS: return "differs";
	}
	return NULL;
}

/* Lines of an output that stand above a part of it. */
static size_t
lines_above(struct str whole, struct str part)
{
	struct str above = str_slice(whole, 0, part.len ? (size_t)(part.data - whole.data) : 0);
	size_t n = 0;

	for (size_t i = 0; i < above.len; i++)
		n += above.data[i] == '\n';
	return n;
}

size_t
verdict_line(const struct page *p, size_t i, enum fence kind)
{
	const struct cell *c = p->cells[i].of;
	const struct blocks *blocks = p->cells_of->blocks;
	const struct source *s = &blocks->document->source;
	const struct embed_cell *e = &p->places[p->cells[i].place].embed;

	for (size_t k = c->block->number + 1; k < blocks->n; k++) {
		const struct block *o = &blocks->list[k];

		if (!o->is_output || o->owner != c->block)
			break;
		if ((int)o->output == (int)kind)
			return source_position(s, o->part->start).line + 1 +
			    lines_above(e->recorded.text[kind], p->cells[i].recorded.text[kind]);
	}
	return source_position(s, e->region.after ? e->region.after - 1 : 0).line + 1;
}

/* A diff of two texts that begin, or would begin, on a line of the document. */
static void
add_diff(const struct page *p, struct str kind, struct str recorded, struct str made,
    size_t line, struct buf *to)
{
	struct str name = p->cells_of->blocks->document->path;
	struct buf hunks = {0};

	diff_hunks(&hunks, recorded, made, line);
	buf_add(to, STR("--- "));
	buf_visible(to, name);
	buf_printf(to, "\t%.*s recorded\n+++ ", STR_ARG(kind));
	buf_visible(to, name);
	buf_printf(to, "\t%.*s now\n", STR_ARG(kind));
	buf_add(to, buf_str(&hunks));
	buf_release(&hunks);
}

/* What stands between the commands of a console block. */
static void
diff_transcript(const struct page *p, size_t i, struct buf *to)
{
	const struct cell *c = p->cells[i].of;
	struct str *kept = arena_alloc(p->arena, c->transcript ? c->transcript->n : 0, sizeof *kept);
	struct buf recorded = {0}, made = {0};

	if (p->cells[i].nedits == 0)
		return;
	transcript_write(c->transcript, kept, &recorded);
	transcript_write(c->transcript, p->cells[i].texts, &made);
	add_diff(p, STR("console"), buf_str(&recorded), buf_str(&made),
	    source_position(c->at.source, c->block->part->start).line + 1 + c->block->noptions, to);
	buf_release(&recorded);
	buf_release(&made);
}

/* "output", "output of n=3" */
static struct str
kind_of(const struct page *p, const struct cell *c, enum fence kind)
{
	return c->instance.len == 0 ? fence_word(kind) : arena_printf(p->arena, "%.*s of %.*s",
	    STR_ARG(fence_word(kind)), STR_ARG(c->instance));
}

static void
diff_cell(const struct page *p, size_t i, struct buf *to)
{
	const struct page_cell *c = &p->cells[i];
	const struct page_place *l = &p->places[c->place];

	diff_transcript(p, i, to);
	if (c->lost.len > 0) {
		buf_add(to, STR("--- "));
		buf_visible(to, c->lost);
		buf_add(to, STR("\tpicture recorded\n+++ "));
		buf_visible(to, c->lost);
		buf_add(to, c->is_lost_edited ? STR("\thas another content now\n") : STR("\tis not there\n"));
	}
	for (enum fence k = FENCE_OUTPUT; k < NFENCES; k++)
		if (k == FENCE_SHOWN && c->lost.len > 0)
			continue;
		else if (c->kind[k] == COMPARISON_DIFFERS && !l->is_out_of_order[k])
			add_diff(p, kind_of(p, c->of, k), c->recorded.text[k], c->made->text[k],
			    verdict_line(p, i, k), to);
		else if (c->kind[k] == COMPARISON_DIFFERS)
			add_diff(p, fence_word(k), l->embed.recorded.text[k], page_text(p, l, k),
			    verdict_line(p, l->first, k), to);
}

void
verdicts_make(struct verdicts *v, const struct page *p, struct arena *a)
{
	struct buf diff = {0};

	*v = (struct verdicts){ arena_alloc(a, p->n, sizeof *v->list), p->n };
	for (size_t i = 0; i < p->n; i++) {
		v->list[i].cell = p->cells[i].of;
		if (!p->cells[i].made)
			continue;
		buf_clear(&diff);
		diff_cell(p, i, &diff);
		v->list[i].comparison = p->cells[i].all;
		v->list[i].lost = p->cells[i].lost;
		v->list[i].is_lost_edited = p->cells[i].is_lost_edited;
		v->list[i].diff = arena_str(a, buf_str(&diff));
	}
	buf_release(&diff);
}

const struct verdict *
verdicts_find(const struct verdicts *v, const struct cell *c)
{
	size_t first = 0, end = v->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (v->list[middle].cell->number < c->number)
			first = middle + 1;
		else
			end = middle;
	}
	return first < v->n && v->list[first].cell == c ? &v->list[first] : NULL;
}
