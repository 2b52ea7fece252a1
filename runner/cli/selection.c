#include "runner/cli/selection.h"

#include "runner/cell/choice.h"
#include "runner/cli/objects.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"

/* ---- what is wanted ------------------------------------------------------------------ */

bool
selection_is_all(const struct selection *s)
{
	return s->nonly == 0 && s->from.len == 0;
}

bool
selection_check(const struct selection *s, const struct blocks *b, size_t n, struct diag *d)
{
	bool ok = true;

	for (size_t i = 0; i <= s->nonly; i++) {
		struct str which = i < s->nonly ? s->only[i] : s->from;

		if (!which.data || choice_is_in(which, b, n))
			continue;
		choice_complain(which, n == 1 ? b : NULL, d);
		ok = false;
	}
	return ok;
}

bool
selection_touches(const struct selection *s, const struct blocks *b)
{
	bool touches = selection_is_all(s) || (s->from.len > 0 && choice_is_in(s->from, b, 1));

	for (size_t i = 0; i < s->nonly; i++)
		touches = touches || choice_is_in(s->only[i], b, 1);
	return touches;
}

/* Those of --only, and all from the first of --from on; one a cell, to be freed. */
static bool *
wanted_cells(const struct selection *s, const struct cells *c)
{
	bool *wanted = mem_zalloc(c->n + 1, sizeof *wanted);
	size_t k = selection_is_all(s) ? 0 : c->n;

	if (s->from.len > 0) {
		(void)choice_mark(s->from, c, wanted);
		for (k = 0; k < c->n && !wanted[k]; k++)
			;
	}
	for (; k < c->n; k++)
		wanted[k] = true;
	for (size_t i = 0; i < s->nonly; i++)
		(void)choice_mark(s->only[i], c, wanted);
	return wanted;
}

/* ---- what that needs ------------------------------------------------------------------- */

/* Does running it leave a state that later cells of its session start in? */
static bool
leaves_state(const struct job *j)
{
	enum failure fails = j->cell->fails.kind;

	return !j->cell->only_compile && !j->unit.is_program &&
	    (fails == FAILS_NOT || fails == FAILS_ALLOWED);
}

/* Whose state it changes and begins in; all console blocks work in one tree. */
static struct str
session_of(const struct cell *c)
{
	return c->transcript ? STR(" sh") : c->is_isolated ? STR("") : c->session;
}

/* Of cells of one block none needs the state that another left. */
struct need {
	const struct block *by;		/* the later block of which one runs, */
	bool is_of_others;		/* and not the only one */
};

static bool
is_needed(const struct need *n, const struct cell *c)
{
	return n && (n->is_of_others || n->by != c->block || !c->block);
}

static void
note_need(struct map *needed, struct str session, const struct cell *c, struct need *room)
{
	struct need *n = map_get(needed, session);

	if (!n) {
		n = room;
		n->by = c->block;
		map_put(needed, session, n);
	}
	n->is_of_others |= n->by != c->block;
}

void
selection_parts(const struct selection *s, const struct objects *o, enum selection_part *parts)
{
	bool *wanted = wanted_cells(s, o->cells);
	struct need *rooms = mem_zalloc(o->cells->n + 1, sizeof *rooms);
	struct map needed = {0};	/* sessions of which a later cell runs */

	/* what a cell needs stands before it */
	for (size_t k = o->cells->n; k-- > 0; ) {
		const struct job *j = &o->jobs[k];
		struct str session = session_of(j->cell);

		if (wanted[k])
			parts[k] = PART_WANTED;
		else if (parts[k] == PART_LEFT_OUT && leaves_state(j) &&
		    is_needed(map_get(&needed, session), j->cell))
			parts[k] = PART_STATE;
		if (parts[k] == PART_LEFT_OUT)
			continue;
		if (session.len > 0)
			note_need(&needed, session, j->cell, &rooms[k]);
		if (j->cell->generator && parts[j->cell->generator->number] == PART_LEFT_OUT)
			parts[j->cell->generator->number] = PART_STATE;
		for (size_t i = 0; i < j->unit.nneeds; i++)
			if (parts[j->unit.needs[i]] == PART_LEFT_OUT)
				parts[j->unit.needs[i]] = PART_STATE;
	}
	map_release(&needed);
	mem_free(rooms);
	mem_free(wanted);
}
