#include "runner/script/rework.h"

#include "runner/cell/cell.h"
#include "runner/output/align.h"
#include "runner/output/line.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

/* Both texts, and what the new one's lines become. */
struct rework {
	const struct cell *cell;
	struct lines old, new;
	size_t first;			/* of the cell's lines, the first of `old` */
	struct place *places;		/* of all lines of the new text */
	struct cell_origin *origins;
};

size_t
rework_first(const struct cell *c)
{
	struct str rest = c->text, line;
	size_t n = 0;

	while (n < c->nlines && c->lines[n].source == c->at.source && c->lines[n].offset == c->at.offset &&
	    str_line(&rest, &line) && line.len == 0)
		n++;
	return n;
}

struct str
rework_text(const struct cell *c, size_t first)
{
	struct str rest = c->text, line;

	for (size_t i = 0; i < first && str_line(&rest, &line); i++)
		;
	return rest;
}

/* Lines as str_line has them, which is how cells are counted. */
static void
read_lines(struct lines *l, struct str text)
{
	struct str line;

	while (str_line(&text, &line)) {
		l->list = mem_grow(l->list, &l->cap, l->n + 1, sizeof *l->list);
		l->list[l->n++] = (struct line){ .raw = line, .text = line, .normal = line };
	}
}

/* What the k-th line of the cell says of itself; it may have been reworked before. */
static struct cell_origin
origin_of(const struct rework *w, size_t k)
{
	return w->cell->origins ? w->cell->origins[k] : (struct cell_origin){ .line = k + 1 };
}

/* A line that is no longer what stands in the document has no columns there. */
static struct place
without_columns(struct place at)
{
	if (at.offset != PLACE_FILE)
		at.length = 0;
	return at;
}

static void
keep(struct rework *w, size_t old, size_t new, bool is_equal)
{
	struct place at = w->cell->lines[w->first + old];

	w->places[w->first + new] = is_equal ? at : without_columns(at);
	w->origins[w->first + new] = origin_of(w, w->first + old);
}

/* It goes by the line above, or the first one. */
static void
make(struct rework *w, size_t old, size_t new)
{
	size_t near = w->first + (old > 0 ? old - 1 : 0);

	w->origins[w->first + new] = near < w->cell->nlines ? origin_of(w, near) :
	    (struct cell_origin){ .line = w->first + 1 };
	w->origins[w->first + new].is_made = true;
	w->places[w->first + new] = near < w->cell->nlines ?
	    without_columns(w->cell->lines[near]) : w->cell->at;
}

static void
keep_all(struct rework *w)
{
	for (size_t k = 0; k < w->new.n; k++)
		keep(w, k, k, str_eq(w->old.list[k].text, w->new.list[k].text));
}

/* Between lines that stay, as many that go as are new: those were changed. */
static void
settle_gap(struct rework *w, size_t old, size_t nold, size_t new, size_t nnew)
{
	for (size_t k = 0; k < nnew; k++) {
		if (nold == nnew)
			keep(w, old + k, new + k, false);
		else
			make(w, old + (k < nold ? k + 1 : nold), new + k);
	}
}

static void
find_again(struct rework *w)
{
	struct way way = {0};
	size_t old = 0, new = 0, nold = 0, nnew = 0;

	align(&way, &w->old, &w->new);
	for (size_t i = 0; i < way.n; i++) {
		const struct way_step *s = &way.list[i];

		if (s->fate == FATE_STAYS) {
			settle_gap(w, old, nold, new, nnew);
			keep(w, s->recorded, s->made, true);
			old = s->recorded + 1;
			new = s->made + 1;
			nold = nnew = 0;
		}
		nold += s->fate == FATE_GOES;
		nnew += s->fate == FATE_NEW;
	}
	settle_gap(w, old, nold, new, nnew);
	way_release(&way);
}

/* The cell's first lines, and behind them the text, its last line ended. */
static struct str
joined(const struct cell *c, size_t first, struct str text, size_t *start, struct arena *a)
{
	struct buf b = {0};

	*start = c->text.len - rework_text(c, first).len;
	buf_add(&b, str_slice(c->text, 0, *start));
	buf_add(&b, text);
	if (text.len > 0 && text.data[text.len - 1] != '\n')
		buf_byte(&b, '\n');
	return buf_take(&b, a);
}

void
rework_cell(struct cell *c, size_t first, struct str text, struct place by, struct arena *a)
{
	struct rework w = { .cell = c, .first = first };
	size_t start;
	struct str whole = joined(c, first, text, &start, a);

	read_lines(&w.old, str_slice(c->text, start, c->text.len));
	read_lines(&w.new, str_slice(whole, start, whole.len));
	w.places = arena_alloc(a, first + w.new.n, sizeof *w.places);
	w.origins = arena_alloc(a, first + w.new.n, sizeof *w.origins);
	for (size_t k = 0; k < first; k++) {
		w.places[k] = c->lines[k];
		w.origins[k] = origin_of(&w, k);
	}
	if (w.new.n == w.old.n)
		keep_all(&w);
	else
		find_again(&w);
	c->text = whole;
	c->lines = w.places;
	c->nlines = first + w.new.n;
	c->origins = w.origins;
	c->reworked = by;
	lines_release(&w.old);
	lines_release(&w.new);
}
