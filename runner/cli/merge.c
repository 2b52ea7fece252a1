#include "runner/cli/merge.h"

#include <stdbool.h>
#include <string.h>

#include "runner/cell/cell.h"
#include "runner/cell/transcript.h"
#include "runner/cli/identity.h"
#include "runner/cli/notebook.h"
#include "runner/cli/page.h"
#include "runner/output/region.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "tangle/document/block.h"

/* A cell of the run, and the next one of the same identity. */
struct ran {
	size_t at;			/* in the page */
	struct ran *next;
	bool is_placed;
};

struct merging {
	const struct page *page;
	const struct cells *cells;
	struct arena *arena;
	struct ran *list;		/* one a cell of the page */
	struct map by_identity;		/* the first that has found no cell yet */
	struct embed_cell *places;	/* in the edited document */
	size_t nplaces;
};

static struct str
key_of(const struct digest *d)
{
	return (struct str){ (const char *)d->bytes, sizeof d->bytes };
}

/* Last first, so that each list begins with its first. */
static void
list_cells(struct merging *m, const struct digest *identities)
{
	m->list = arena_alloc(m->arena, m->page->n, sizeof *m->list);
	for (size_t i = m->page->n; i > 0; i--) {
		struct str key = key_of(&identities[m->page->of[i - 1]->number]);
		struct ran *r = &m->list[i - 1];

		*r = (struct ran){ .at = i - 1, .next = map_get(&m->by_identity, key) };
		map_put(&m->by_identity, key, r);
	}
}

static struct ran *
take(struct merging *m, const struct digest *identity)
{
	struct ran *r = map_get(&m->by_identity, key_of(identity));

	if (r && r->next)
		map_put(&m->by_identity, key_of(identity), r->next);
	else if (r)
		map_remove(&m->by_identity, key_of(identity));
	return r;
}

/* Would this cell change a byte of the document? */
static bool
changes(struct str document, const struct embed_cell *e)
{
	struct buf text = {0};
	bool differs = e->made && embed(&text, document, e, 1);

	buf_release(&text);
	return differs;
}

static struct str
text_of(const struct cells *c)
{
	return c->blocks->document->source.text;
}

/* ---- is what is recorded still what the run has seen? ---------------------------------- */

static bool
is_same_text(struct str a, struct str b)
{
	struct str x = STR(""), y = STR("");
	bool more;

	while ((more = output_line(&a, &x)) == output_line(&b, &y)) {
		if (!more)
			return true;
		while (x.len > 0 && (x.data[x.len - 1] == ' ' || x.data[x.len - 1] == '\t'))
			x.len--;
		while (y.len > 0 && (y.data[y.len - 1] == ' ' || y.data[y.len - 1] == '\t'))
			y.len--;
		if (!str_eq(x, y))
			return false;
	}
	return false;
}

static bool
is_same_record(const struct embed_cell *a, const struct embed_cell *b)
{
	for (enum fence k = 0; k < NFENCES; k++)
		if (a->recorded.present[k] != b->recorded.present[k] ||
		    (a->recorded.present[k] && !is_same_text(a->recorded.text[k], b->recorded.text[k])))
			return false;
	return true;
}

static bool
is_same_transcript(const struct transcript *a, const struct transcript *b)
{
	bool same = true;

	for (size_t k = 0; same && k < a->n; k++) {
		struct buf x = {0}, y = {0};

		transcript_recorded(a, &a->steps[k], &x);
		transcript_recorded(b, &b->steps[k], &y);
		same = is_same_text(buf_str(&x), buf_str(&y));
		buf_release(&x);
		buf_release(&y);
	}
	return same;
}

/* An output that was taken away is no text that could be lost. */
static bool
is_edited(const struct embed_cell *before, const struct cell *was, const struct embed_cell *now,
    const struct cell *is)
{
	bool any = false;

	for (enum fence k = 0; k < NFENCES; k++)
		any = any || now->recorded.present[k];
	return (any && !is_same_record(before, now)) ||
	    (was->transcript && !is_same_transcript(was->transcript, is->transcript));
}

/* ---- placing --------------------------------------------------------------------------- */

/* An output that was edited to what we have is no conflict. */
static bool
may_stand(const struct merging *m, const struct embed_cell *e, const struct cell *c,
    const struct ran *r, enum comparison found)
{
	return found != COMPARISON_DIFFERS ||
	    !is_edited(&m->page->cells[r->at], m->page->of[r->at], e, c);
}

static void
place(struct merging *m, const struct cell *c, struct ran *r)
{
	struct embed_cell *e = &m->places[m->nplaces];
	struct page_compared found = {0};

	if (!m->page->cells[r->at].made)
		return;		/* not run, or not accepted */
	region_take(e, m->cells->blocks, c->block, m->arena);
	r->is_placed = page_put(e, c, m->page->notebook, m->page->of[r->at], &found, m->arena) &&
	    may_stand(m, e, c, r, found.all);
	if (r->is_placed)
		m->nplaces++;
	else
		memset(e, 0, sizeof *e);
}

/* Left-overs that the document would have had to be changed for. */
static void
list_lost(struct merging *m, struct merge *to)
{
	struct str before = text_of(&m->page->notebook->cells);

	to->lost = arena_alloc(m->arena, m->page->n, sizeof(struct cell *));
	for (size_t i = 0; i < m->page->n; i++)
		if (!m->list[i].is_placed && changes(before, &m->page->cells[i]))
			to->lost[to->nlost++] = m->page->of[i];
}

void
merge_make(struct merge *to, const struct page *ran, const struct cells *cells,
    const struct graph *g, struct arena *a)
{
	struct merging m = { .page = ran, .cells = cells, .arena = a };
	const struct digest *now = identities(cells, g, a);
	struct buf text = {0};

	*to = (struct merge){0};
	list_cells(&m, identities(&ran->notebook->cells, ran->notebook->graph, a));
	m.places = arena_alloc(a, cells->n, sizeof *m.places);
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->list[i];
		struct ran *r = c->block && c->block->part->closed ? take(&m, &now[i]) : NULL;

		if (r)
			place(&m, c, r);
		else
			to->nwaiting += c->block != NULL;
	}
	embed(&text, text_of(cells), m.places, m.nplaces);
	to->text = buf_take(&text, a);
	list_lost(&m, to);
	map_release(&m.by_identity);
}
