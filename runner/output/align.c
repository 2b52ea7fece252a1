#include "runner/output/align.h"

#include <stdint.h>

#include "runner/output/line.h"
#include "tangle/base/mem.h"

enum {
	TABLE_MOST = 1 << 20,	/* ways that are weighed: two texts of a thousand lines */
	WORK_MOST = 1 << 25	/* lines compared; bytes for those that are patterns */
};

/* What a way costs: lines that go count most, then changes, then what gaps stand for. */
static const uint64_t LOST = (uint64_t)1 << 42, CHANGED = (uint64_t)1 << 21, PASSED = 1;

/* Parts of two texts that are being aligned. */
struct pair {
	const struct line *r, *m;
	size_t n, k;		/* lines of either */
	size_t r0, m0;		/* their numbers in the whole texts */
	size_t work;
};

void
way_add(struct way *w, enum fate fate, size_t recorded, size_t made)
{
	w->list = mem_grow(w->list, &w->cap, w->n + 1, sizeof *w->list);
	w->list[w->n++] = (struct way_step){ fate, recorded, made };
}

void
way_release(struct way *w)
{
	mem_free(w->list);
	*w = (struct way){0};
}

static bool
matches(struct pair *p, size_t i, size_t j)
{
	p->work += 1 + (p->r[i].is_wild ? p->m[j].text.len : 0);
	return !p->r[i].is_gap && line_matches(&p->r[i], &p->m[j]);
}

/* ---- all of it ------------------------------------------------------------------------ */

/*
 * As a glob: what stands behind a gap is looked for from there on, and where it
 * then fails, one line further down.  Earlier gaps need not be tried again.
 */
static bool
match_whole(struct pair *p, size_t *partner)
{
	size_t i = 0, j = 0, gap = SIZE_MAX, from = 0;

	while (j < p->k && p->work < WORK_MOST) {
		if (i < p->n && p->r[i].is_gap) {
			gap = i++;
			from = j;
		} else if (i < p->n && matches(p, i, j)) {
			partner[i++] = j++;
		} else if (gap != SIZE_MAX) {
			i = gap + 1;
			j = ++from;
		} else {
			return false;
		}
	}
	while (i < p->n && p->r[i].is_gap)
		i++;
	return i == p->n && j == p->k;
}

static bool
add_whole(struct way *w, struct pair *p)
{
	size_t *partner = mem_zalloc(p->n + 1, sizeof *partner);
	bool ok = match_whole(p, partner);

	for (size_t i = 0; ok && i < p->n; i++)
		way_add(w, p->r[i].is_gap ? FATE_GAP : FATE_STAYS, p->r0 + i, p->m0 + partner[i]);
	mem_free(partner);
	return ok;
}

/* ---- as much as can be ---------------------------------------------------------------- */

static bool
is_small(const struct pair *p)
{
	size_t bytes = 0, wild = 0;

	if (p->n >= TABLE_MOST || p->k >= TABLE_MOST || (p->n + 1) * (p->k + 1) > TABLE_MOST)
		return false;
	for (size_t j = 0; j < p->k; j++)
		bytes += p->m[j].text.len;
	for (size_t i = 0; i < p->n; i++)
		wild += p->r[i].is_wild;
	return wild == 0 || bytes < WORK_MOST / wild;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* At [i * (k + 1) + j] what the best way costs from lines i and j on. */
static uint64_t *
weigh(struct pair *p)
{
	size_t wide = p->k + 1;
	uint64_t *table = mem_zalloc((p->n + 1) * wide, sizeof *table);

	for (size_t i = p->n + 1; i-- > 0;)
		for (size_t j = p->k + 1; j-- > 0;) {
			uint64_t *here = &table[i * wide + j], best = UINT64_MAX;

			if (i == p->n && j == p->k)
				continue;
			if (i < p->n && p->r[i].is_gap) {
				best = here[wide];
				if (j < p->k)
					best = least(best, here[1] + PASSED);
			} else {
				if (i < p->n)
					best = here[wide] + LOST + CHANGED;
				if (j < p->k)
					best = least(best, here[1] + CHANGED);
				if (i < p->n && j < p->k)
					best = least(best, here[wide + 1] +
					    (matches(p, i, j) ? 0 : LOST + CHANGED));
			}
			*here = best;
		}
	return table;
}

/* The made lines from *fresh on to `j` take no place of a recorded one that stays. */
static void
add_new(struct way *w, const struct pair *p, size_t *fresh, size_t j)
{
	while (*fresh < j)
		way_add(w, FATE_NEW, 0, p->m0 + (*fresh)++);
}

/* Lines that go come before those that take their places, as in a diff. */
static void
add_best(struct way *w, struct pair *p)
{
	uint64_t *table = weigh(p);
	size_t wide = p->k + 1, i = 0, j = 0, fresh = 0;

	while (i < p->n || j < p->k) {
		const uint64_t *here = &table[i * wide + j];

		if (i < p->n && p->r[i].is_gap) {
			add_new(w, p, &fresh, j);
			if (*here == here[wide])
				way_add(w, FATE_GAP, p->r0 + i++, p->m0 + j);
			else
				fresh = ++j;
		} else if (i < p->n && j < p->k && *here == here[wide + 1] && matches(p, i, j)) {
			add_new(w, p, &fresh, j);
			way_add(w, FATE_STAYS, p->r0 + i++, p->m0 + j);
			fresh = ++j;
		} else if (j < p->k && *here == here[1] + CHANGED) {
			j++;
		} else {
			if (j < p->k && *here == here[wide + 1] + LOST + CHANGED)
				j++;
			way_add(w, FATE_GOES, p->r0 + i++, 0);
		}
	}
	add_new(w, p, &fresh, j);
	mem_free(table);
}

static void
add_none(struct way *w, const struct pair *p)
{
	for (size_t i = 0; i < p->n; i++)
		way_add(w, FATE_GOES, p->r0 + i, 0);
	for (size_t j = 0; j < p->k; j++)
		way_add(w, FATE_NEW, 0, p->m0 + j);
}

/* ---- between what both begin and end with ----------------------------------------------- */

/* Lines up to the first gap that match stay in one of the best ways; so do those behind the last. */
static struct pair
middle_of(const struct lines *recorded, const struct lines *made)
{
	struct pair p = { .r = recorded->list, .m = made->list, .n = recorded->n, .k = made->n };

	while (p.n > 0 && p.k > 0 && matches(&p, 0, 0)) {
		p.r++, p.m++;
		p.r0++, p.m0++;
		p.n--, p.k--;
	}
	while (p.n > 0 && p.k > 0 && matches(&p, p.n - 1, p.k - 1))
		p.n--, p.k--;
	p.work = 0;
	return p;
}

static void
add_start(struct way *w, const struct pair *p)
{
	for (size_t i = 0; i < p->r0; i++)
		way_add(w, FATE_STAYS, i, i);
}

static void
add_end(struct way *w, const struct pair *p, const struct lines *recorded)
{
	for (size_t i = p->r0 + p->n, j = p->m0 + p->k; i < recorded->n; i++, j++)
		way_add(w, FATE_STAYS, i, j);
}

bool
align_whole(struct way *w, const struct lines *recorded, const struct lines *made)
{
	struct pair p = middle_of(recorded, made);
	size_t before = w->n;

	add_start(w, &p);
	if (!add_whole(w, &p)) {
		w->n = before;
		return false;
	}
	add_end(w, &p, recorded);
	return true;
}

void
align(struct way *w, const struct lines *recorded, const struct lines *made)
{
	struct pair p = middle_of(recorded, made);

	add_start(w, &p);
	if (is_small(&p))
		add_best(w, &p);
	else
		add_none(w, &p);
	add_end(w, &p, recorded);
}
