#include "runner/cli/shells.h"

#include "runner/cache/key.h"
#include "runner/cli/course.h"
#include "tangle/base/arena.h"
#include "tangle/base/hash.h"

/*
 * The tree cannot be taken back to where a block began, so all blocks stand or
 * none does.  They see the targets, what earlier cells left in files, and, if they
 * name it, the document.
 */
static struct digest
key_of_consoles(const struct run *r)
{
	const struct cells *cells = &r->n->cells;
	struct key *k = key_start("skein console 1");
	size_t last = cells->n;

	while (last > 0 && !cells->list[last - 1].transcript)
		last--;
	for (size_t i = 0; i < last; i++) {
		const struct cell *c = &cells->list[i];

		if (c->transcript)
			console_key(&r->console, c, k);
		else
			key_add(k, 1, c->text);
		key_add(k, 2, c->stdin_text);
		for (size_t n = 0; n < c->nargs; n++)
			key_add(k, 3, c->args[n]);
	}
	return key_end(k);
}

/* The key of a block: the key of all, and which it is. */
static struct digest
key_of_console(const struct run *r, const struct cell *c)
{
	struct key *k = key_start("skein block 1");
	size_t before = 0;

	for (size_t i = 0; i < c->number; i++)
		before += r->n->cells.list[i].transcript != NULL;
	key_add(k, 1, (struct str){ (const char *)r->consoles.bytes, HASH_SIZE });
	key_add(k, 2, (struct str){ (const char *)&before, sizeof before });
	return key_end(k);
}

/* Is it known of all blocks what they give? */
static bool
consoles_stand(struct run *r)
{
	const struct cells *cells = &r->n->cells;

	r->consoles = key_of_consoles(r);
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *c = &cells->list[i];
		struct digest key;

		if (!c->transcript || c->is_broken)
			continue;
		key = key_of_console(r, c);
		if (c->is_fresh || !living_find(r->living, r->strand, &key, i))
			return false;
	}
	return true;
}

static void
settle_console(struct run *r, struct job *j, const struct lived *lived, bool stands)
{
	struct arena *a = &r->n->arena;
	struct cell_result *result = &r->n->results[j->cell->number];

	result->outcome = arena_copy(a, lived->outcome, 1, sizeof *lived->outcome);
	result->console = lived->console;
	console_place(result->console, j->cell, result->outcome, a);
	result->stands = stands && lived->began < r->rounds->first;
	r->stands = stands;
	course_settle(r, j, CELL_RAN, NULL);
	r->stands = false;
}

static void
console_ran(void *arg, struct outcome *o)
{
	struct run *r = arg;
	struct job *j = &r->objects.jobs[r->next];
	struct lived *lived = r->running;

	r->running = NULL;
	lived->console = console_end(&r->console, j->cell, o, lived->arena);
	living_end(r->living, r->strand, lived, o);
	if (!r->n->is_cut)
		settle_console(r, j, lived, false);
}

void
shells_start(struct run *r, struct job *j)
{
	struct session_run run;
	struct lived *lived = NULL;
	struct digest key;
	bool is_first = !living_met(r->living, STR(" sh"));

	r->strand = living_strand(r->living, STR(" sh"), &r->session_options, NULL, NULL);
	if (is_first && r->strand)
		r->consoles_stand = consoles_stand(r);
	key = key_of_console(r, j->cell);
	if (r->consoles_stand)
		lived = living_find(r->living, r->strand, &key, j->cell->number);
	if (lived) {
		settle_console(r, j, lived, true);
		return;
	}
	if (!r->strand || !console_begin(&r->console, j->cell, &run, &r->n->arena, r->diag)) {
		course_settle(r, j, CELL_SKIPPED, NULL);
		return;
	}
	r->running = living_start(r->living, r->strand, &key, &run, j->cell->number, &r->rounds->ran);
	session_start(r->strand->session, &r->running->run, r->running->arena, console_ran, r);
}
