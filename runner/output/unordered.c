#include "runner/output/unordered.h"

#include <stdint.h>

#include "runner/output/align.h"
#include "runner/output/binding.h"
#include "runner/output/line.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"

enum {
	PAIRS_MOST = 1 << 16,	/* of lines with "[..]" and lines left for them, to be matched at best */
	WORK_MOST = 1 << 22	/* pairs looked at */
};

#define NOBODY	SIZE_MAX

struct pairing {
	const struct line *r, *m;
	size_t n, k;
	size_t *of_r, *of_m;		/* partners */
	struct binding binding;
	size_t work;
};

/* Made lines of one form, in order. */
struct group {
	size_t *members, n, cap;
	size_t first;			/* all before it have partners */
};

static struct group *
group_of(struct map *groups, struct str form)
{
	struct group *g = map_get(groups, form);

	if (!g) {
		g = mem_zalloc(1, sizeof *g);
		map_put(groups, form, g);
	}
	return g;
}

static void
groups_release(struct map *groups)
{
	for (const struct map_entry *e = map_first(groups); e; e = map_next(e)) {
		struct group *g = map_value(e);

		mem_free(g->members);
		mem_free(g);
	}
	map_release(groups);
}

static bool
pair(struct pairing *p, size_t i, size_t j)
{
	p->work++;
	if (!line_matches(&p->r[i], &p->m[j]) || !binding_take(&p->binding, &p->r[i], &p->m[j]))
		return false;
	p->of_r[i] = j;
	p->of_m[j] = i;
	return true;
}

static void
pair_in_group(struct pairing *p, size_t i, struct group *g)
{
	while (g->first < g->n && p->of_m[g->members[g->first]] != NOBODY)
		g->first++;
	for (size_t k = g->first; k < g->n && p->work < WORK_MOST; k++)
		if (p->of_m[g->members[k]] == NOBODY && pair(p, i, g->members[k]))
			return;
}

static struct str
form_of(const struct line *l, bool is_normal)
{
	return is_normal ? l->normal : l->text;
}

/*
 * Recorded lines that are no patterns: those that say the same to the letter, or, as
 * normalised lines, have the same form.  Where there is no choice they are bound first.
 */
static void
pair_forms(struct pairing *p, bool is_normal)
{
	struct map groups = {0};

	for (size_t j = 0; j < p->k; j++) {
		struct group *g = group_of(&groups, form_of(&p->m[j], is_normal));

		g->members = mem_grow(g->members, &g->cap, g->n + 1, sizeof *g->members);
		g->members[g->n++] = j;
	}
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < p->n; i++) {
			struct group *g = p->r[i].is_wild || p->r[i].is_gap || p->of_r[i] != NOBODY ? NULL :
			    map_get(&groups, form_of(&p->r[i], is_normal));

			if (g && (round > 0 || g->n == 1))
				pair_in_group(p, i, g);
		}
	groups_release(&groups);
}

/* ---- patterns ----------------------------------------------------------------------- */

/* Those that have no partner so far: recorded lines with "[..]", and made lines. */
struct rest {
	size_t *r, *m, n, k;		/* their numbers */
	bool *fits;			/* at [i * k + j] */
	size_t *of_r, *of_m;		/* partners */
	size_t *from, *queue;		/* of each made one, from where it was reached */
};

/* From the made line that was reached back to the start, each takes the one that it reached. */
static void
take_way(struct rest *t, size_t j)
{
	while (j != NOBODY) {
		size_t i = t->from[j], before = t->of_r[i];

		t->of_r[i] = j;
		t->of_m[j] = i;
		j = before;
	}
}

/* One more recorded line gets a partner, if others can take other ones. */
static void
augment(struct rest *t, size_t start)
{
	size_t head = 0, tail = 0;

	for (size_t j = 0; j < t->k; j++)
		t->from[j] = NOBODY;
	t->queue[tail++] = start;
	while (head < tail) {
		size_t i = t->queue[head++];

		for (size_t j = 0; j < t->k; j++) {
			if (t->from[j] != NOBODY || !t->fits[i * t->k + j])
				continue;
			t->from[j] = i;
			if (t->of_m[j] == NOBODY) {
				take_way(t, j);
				return;
			}
			t->queue[tail++] = t->of_m[j];
		}
	}
}

static void
rest_init(struct rest *t, const struct pairing *p)
{
	t->r = mem_alloc(p->n + 1, sizeof *t->r);
	t->m = mem_alloc(p->k + 1, sizeof *t->m);
	for (size_t i = 0; i < p->n; i++)
		if (p->r[i].is_wild && p->of_r[i] == NOBODY)
			t->r[t->n++] = i;
	for (size_t j = 0; j < p->k; j++)
		if (p->of_m[j] == NOBODY)
			t->m[t->k++] = j;
}

static void
match_best(struct rest *t, struct pairing *p)
{
	t->fits = mem_zalloc(t->n * t->k + 1, sizeof *t->fits);
	t->of_r = mem_alloc(t->n + 1, sizeof *t->of_r);
	t->of_m = mem_alloc(t->k + 1, sizeof *t->of_m);
	t->from = mem_alloc(t->k + 1, sizeof *t->from);
	t->queue = mem_alloc(t->n + 1, sizeof *t->queue);
	for (size_t j = 0; j < t->k; j++)
		t->of_m[j] = NOBODY;
	for (size_t i = 0; i < t->n; i++) {
		t->of_r[i] = NOBODY;
		for (size_t j = 0; j < t->k; j++)
			t->fits[i * t->k + j] = line_matches(&p->r[t->r[i]], &p->m[t->m[j]]);
	}
	for (size_t i = 0; i < t->n; i++)
		augment(t, i);
	for (size_t i = 0; i < t->n; i++)
		if (t->of_r[i] != NOBODY)
			pair(p, t->r[i], t->m[t->of_r[i]]);
	mem_free(t->fits);
	mem_free(t->of_r);
	mem_free(t->of_m);
	mem_free(t->from);
	mem_free(t->queue);
}

/* Each takes the first that fits. */
static void
match_greedily(const struct rest *t, struct pairing *p)
{
	for (size_t i = 0; i < t->n; i++)
		for (size_t j = 0; j < t->k && p->work < WORK_MOST; j++)
			if (p->of_m[t->m[j]] == NOBODY && pair(p, t->r[i], t->m[j]))
				break;
}

static void
pair_patterns(struct pairing *p)
{
	struct rest t = {0};

	rest_init(&t, p);
	if (t.n > 0 && t.k > 0 && t.n * t.k <= PAIRS_MOST)
		match_best(&t, p);
	else
		match_greedily(&t, p);
	mem_free(t.r);
	mem_free(t.m);
}

/* ---- the way ------------------------------------------------------------------------- */

/* The next made line that is new, from *j on; NOBODY if there is none. */
static size_t
next_new(const struct pairing *p, size_t *j)
{
	while (*j < p->k && p->of_m[*j] != NOBODY)
		++*j;
	return *j < p->k ? (*j)++ : NOBODY;
}

static void
add_way(struct way *w, const struct pairing *p)
{
	size_t j = 0, fresh;

	for (size_t i = 0; i < p->n; i++)
		if (p->r[i].is_gap)
			j = p->k;		/* it stands for all that is new */
	for (size_t i = 0; i < p->n; i++) {
		if (p->r[i].is_gap) {
			way_add(w, FATE_GAP, i, 0);
		} else if (p->of_r[i] != NOBODY) {
			way_add(w, FATE_STAYS, i, p->of_r[i]);
		} else {
			way_add(w, FATE_GOES, i, 0);
			if ((fresh = next_new(p, &j)) != NOBODY)
				way_add(w, FATE_NEW, 0, fresh);
		}
	}
	while ((fresh = next_new(p, &j)) != NOBODY)
		way_add(w, FATE_NEW, 0, fresh);
}

void
unordered_align(struct way *w, const struct lines *recorded, const struct lines *made)
{
	struct pairing p = { .r = recorded->list, .m = made->list, .n = recorded->n, .k = made->n };

	p.of_r = mem_alloc(p.n + 1, sizeof *p.of_r);
	p.of_m = mem_alloc(p.k + 1, sizeof *p.of_m);
	for (size_t i = 0; i < p.n; i++)
		p.of_r[i] = NOBODY;
	for (size_t j = 0; j < p.k; j++)
		p.of_m[j] = NOBODY;
	pair_forms(&p, false);
	pair_forms(&p, true);
	pair_patterns(&p);
	add_way(w, &p);
	binding_release(&p.binding);
	mem_free(p.of_r);
	mem_free(p.of_m);
}
