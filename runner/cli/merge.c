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
		struct str key = key_of(&identities[m->page->cells[i - 1].of->number]);
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
is_same_record(const struct page_cell *a, const struct page_cell *b)
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
is_edited(const struct page_cell *before, const struct page_cell *now)
{
	bool any = false;

	for (enum fence k = 0; k < NFENCES; k++)
		any = any || now->recorded.present[k];
	return (any && !is_same_record(before, now)) ||
	    (before->of->transcript && !is_same_transcript(before->of->transcript, now->of->transcript));
}

/* ---- placing --------------------------------------------------------------------------- */

/* For each cell of the edited document what it was when it ran. */
static struct ran **
find_cells(struct merging *m, const struct digest *now, struct merge *to)
{
	struct ran **list = arena_alloc(m->arena, m->cells->n, sizeof(struct ran *));

	for (size_t i = 0; i < m->cells->n; i++) {
		const struct cell *c = &m->cells->list[i];

		if (c->block && c->block->part->closed)
			list[i] = take(m, &now[i]);
		to->nwaiting += c->block && !list[i];
	}
	return list;
}

/* An output that was edited to what we have is no conflict. */
static void
keep_edits(struct merging *m, struct page *edited, struct ran *const *found)
{
	for (size_t i = 0; i < edited->n; i++) {
		struct page_cell *c = &edited->cells[i];
		struct ran *r = found[c->of->number];

		if (c->made && c->all == COMPARISON_DIFFERS && is_edited(&m->page->cells[r->at], c))
			c->made = NULL;
		if (c->made)
			r->is_placed = true;
	}
}

/* Left-overs that the document would have had to be changed for. */
static void
list_lost(struct merging *m, struct merge *to)
{
	to->lost = arena_alloc(m->arena, m->page->n, sizeof(struct cell *));
	for (size_t i = 0; i < m->page->n; i++)
		if (!m->list[i].is_placed && page_changes(m->page, i))
			to->lost[to->nlost++] = m->page->cells[i].of;
}

void
merge_make(struct merge *to, const struct page *ran, const struct cells *cells,
    const struct graph *g, struct arena *a)
{
	struct merging m = { .page = ran, .cells = cells, .arena = a };
	const struct cell **those = arena_alloc(a, cells->n, sizeof(struct cell *));
	struct page edited;
	struct ran **found;
	struct buf text = {0};

	*to = (struct merge){0};
	list_cells(&m, identities(&ran->notebook->cells, ran->notebook->graph, a));
	found = find_cells(&m, identities(cells, g, a), to);
	for (size_t i = 0; i < cells->n; i++)	/* not what was not run, or not accepted */
		if (found[i] && ran->cells[found[i]->at].made)
			those[i] = ran->cells[found[i]->at].of;
	page_make_edited(&edited, ran->notebook, cells, those, a);
	keep_edits(&m, &edited, found);
	page_write(&edited, &text);
	to->text = buf_take(&text, a);
	list_lost(&m, to);
	map_release(&m.by_identity);
}
