#include "runner/cli/notebook.h"

#include <signal.h>
#include <stdio.h>

#include "runner/build/loop.h"
#include "runner/cache/store.h"
#include "runner/cell/interface.h"
#include "runner/cli/account.h"
#include "runner/cli/complaint.h"
#include "runner/cli/course.h"
#include "runner/cli/engines.h"
#include "runner/cli/luas.h"
#include "runner/cli/outset.h"
#include "runner/cli/report.h"
#include "runner/cli/shells.h"
#include "runner/cli/telling.h"
#include "runner/cli/turn.h"
#include "runner/output/normalizer.h"
#include "runner/script/filter.h"
#include "runner/session/session.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"

enum {
	AGAIN = 2		/* seconds in which another Ctrl-C means the whole run */
};

/* A function was called before the cell that defines it had run. */
static void
note_later(const struct run *r, const struct job *j, const struct outcome *o)
{
	const struct str words = STR("undefined symbol '");
	struct str name;
	size_t later;

	if (o->kind != OUTCOME_LOAD || !j->interface || !str_starts(o->what, words))
		return;
	name = str_slice(o->what, words.len, o->what.len);
	name = str_slice(name, 0, str_find_byte(name, '\''));
	if (interface_later(j->interface, name, j->cell->number, &later))
		diag_note(r->diag, r->n->cells.list[later].at,
		    "'%.*s' is defined by this cell, which comes later", STR_ARG(name));
}

static const char *
kind_of(const struct unit *u)
{
	if (u->text.len == 0)
		return NULL;
	return u->is_program ? "program" : u->has_blocks ? "statements" : "declarations";
}

/* Once is enough for what was said in an earlier round of this run. */
static void
tell(struct run *r, struct job *j)
{
	struct cell_result *result = &r->n->results[j->cell->number];
	struct settled *before = &r->rounds->settled[j->cell->number];
	bool was_told = j->cell->number < r->rounds->told;
	bool is_same = was_told && before->end == result->end &&
	    (result->end != CELL_RAN || r->stands || result->is_recorded);

	if (!was_told)
		telling_explain(r, j);
	report_result(r->n, j->cell, result, is_same ? &r->rounds->mute : r->diag);
	before->end = result->end;
	if (result->end == CELL_RAN && !result->as_expected)
		note_later(r, j, result->outcome);
}

/* The plan is another one, but for the cells up to this one. */
static void
end_plan(struct run *r, const struct cell *c)
{
	if (!r->is_over && c->number >= r->rounds->told)
		r->rounds->told = c->number + 1;
	r->is_over = true;
}

/* What another cell is made of is known now. */
static void
take_printed(struct run *r, const struct cell *c)
{
	struct cell_result *result = &r->n->results[c->number];
	bool was_open = generated_is_open(&r->rounds->generated, c);

	switch (generated_printed(&r->rounds->generated, c, result->outcome, r->store, r->diag)) {
	case GENERATED_SAME:
		break;
	case GENERATED_NEW:
		end_plan(r, c);
		break;
	case GENERATED_NOTHING:
		result->as_expected = false;
		if (was_open && result->outcome->kind != OUTCOME_INTERRUPTED)
			end_plan(r, c);
		break;
	}
}

void
course_settle(struct run *r, struct job *j, enum cell_end end, const struct cell *blocked_by)
{
	struct cell_result *result = &r->n->results[j->cell->number];
	struct settled *settled = &r->rounds->settled[j->cell->number];

	settled->was_compiled |= j->was_compiled;
	result->end = end;
	result->blocked_by = blocked_by;
	result->messages = telling_messages(r, j);
	result->was_compiled = settled->was_compiled;
	result->is_program = j->unit.is_program;
	result->kind = kind_of(&j->unit);
	r->is_stopping = false;
	r->living->progress[0] = '\0';
	r->living->heard = 0;
	report_progress(STR(""));
	tell(r, j);
	if (j->cell->generates && end == CELL_RAN)
		take_printed(r, j->cell);
	if (r->options->stop && !result->as_expected)
		r->is_stopped = true;
	r->next++;
	if (end == CELL_RAN && result->outcome->kind == OUTCOME_INTERRUPTED && r->options->save)
		r->options->save(r->options->save_arg, r->n);
}

/* ---- the order of things ----------------------------------------------------------------- */

/* The first earlier cell that defines what this one uses, and is not there. */
static const struct cell *
blocker(const struct run *r, const struct job *j)
{
	for (size_t i = 0; i < j->unit.nuses; i++) {
		const struct cell_result *other = &r->n->results[j->unit.uses[i]];

		if (other->end == CELL_UNBUILT || other->end == CELL_BROKEN ||
		    other->end == CELL_BLOCKED || other->end == CELL_SKIPPED ||
		    (other->end == CELL_RAN && other->outcome->kind != OUTCOME_DONE))
			return &r->n->cells.list[j->unit.uses[i]];
	}
	return NULL;
}

static bool
is_unbuilt(void *arg, const struct cell *c)
{
	const struct run *r = arg;

	return r->n->results[c->number].end == CELL_UNBUILT;
}

/*
 * The cell's object wants variables of a header that nobody has yet.  If it only
 * includes that header it is not loaded: functions of the header would be found
 * there, without them, by later cells that do have them.  True if it is settled.
 */
static bool
settle_open(struct run *r, struct job *j)
{
	const struct str *absent;
	size_t n = j->piece ? 0 : linkage_open(&r->linkage, j, &absent, &r->n->arena);

	if (n > 0 && j->unit.is_bare)
		course_settle(r, j, CELL_COMPILED, NULL);
	else if (n > 0)
		objects_ask_open(j, absent, n);
	return n > 0 && j->unit.is_bare;
}

/* Does it find all that it needs? */
static bool
is_complete(struct run *r, struct job *j)
{
	if (!j->piece)
		return linkage_complete(&r->linkage, j, &r->n->arena);
	linkage_add_piece(&r->linkage);
	return true;
}

/* A cell that needs no object; false when it has to wait. */
static bool
start_uncompiled(struct run *r, struct job *j)
{
	switch (j->cell->kind) {
	case CELL_C:
		break;
	case CELL_CONSOLE:
		shells_start(r, j);
		break;
	case CELL_LUA:
		return luas_start(r, j);
	case CELL_ENGINE:
		engines_start(r, j);
		break;
	}
	return true;
}

/* The generator of an earlier cell of its session (or of any) that has no text; or NULL. */
static const struct cell *
unknown_before(const struct run *r, const struct cell *own, bool any)
{
	for (size_t k = own->number; k-- > 0; ) {
		const struct cell *c = &r->n->cells.list[k];

		if (c->is_pending && (any || (!own->is_isolated && str_eq(c->session, own->session))))
			return c->generator;
	}
	return NULL;
}

/* The compiler or the linker refused it; if something of it was to be generated, for that. */
static void
settle_unbuilt(struct run *r, struct job *j)
{
	const struct cell *unknown = unknown_before(r, j->cell, false);

	course_settle(r, j, unknown ? CELL_BLOCKED : CELL_UNBUILT, unknown);
}

/* Is there no text of it, or only the one that was expected before its generator failed? */
static bool
is_ungenerated(const struct run *r, const struct cell *c)
{
	return c->generator && (c->is_pending || !r->n->results[c->generator->number].as_expected);
}

/* Settle or start a cell; false when it has to wait for its object. */
static bool
take(struct run *r, struct job *j)
{
	struct objects *o = &r->objects;
	const struct cell *blocked_by;

	if (r->n->results[j->cell->number].end != CELL_WAITS)
		r->next++;		/* before it went back to others */
	else if (r->is_stopped)
		course_settle(r, j, CELL_SKIPPED, NULL);
	else if (j->cell->is_broken)
		course_settle(r, j, j->cell->is_absent ? CELL_SKIPPED : CELL_BROKEN, NULL);
	else if (is_ungenerated(r, j->cell))
		course_settle(r, j, CELL_BLOCKED, j->cell->generator);
	else if (j->state == JOB_LATER)
		course_settle(r, j, CELL_BLOCKED, unknown_before(r, j->cell, true));
	else if (j->state == JOB_NEEDLESS)
		return start_uncompiled(r, j);
	else if (j->state == JOB_ABSENT)
		course_settle(r, j, CELL_SKIPPED, NULL);
	else if (o->has_sources && o->sources.state == JOB_WAITS)
		return false;
	else if (o->has_sources && o->sources.state != JOB_BUILT)
		course_settle(r, j, CELL_SKIPPED, NULL);
	else if ((blocked_by = blocker(r, j)))
		course_settle(r, j, CELL_BLOCKED, blocked_by);
	else if (j->state == JOB_WAITS || objects_ask_without(j, is_unbuilt, r))
		return false;
	else if (j->state == JOB_FAILED && j->lacks && !objects_misses_header(j))
		course_settle(r, j, CELL_BLOCKED, j->lacks);
	else if (j->state == JOB_FAILED)
		settle_unbuilt(r, j);
	else if (j->cell->only_compile)
		course_settle(r, j, CELL_COMPILED, NULL);
	else if (!pieces_meet(&r->pieces, j))
		return false;
	else if (settle_open(r, j))
		return true;
	else if (j->state == JOB_WAITS)
		return false;
	else if (!is_complete(r, j))
		settle_unbuilt(r, j);
	else if (hosts_of(&r->hosts, j->cell, &(struct str){0}) == HOST_WAITS)
		return false;
	else if (hosts_of(&r->hosts, j->cell, &(struct str){0}) == HOST_ABSENT ||
	    hosts_refuse(&r->hosts, j))
		course_settle(r, j, CELL_SKIPPED, NULL);
	else
		return turn_start(r, j);
	return true;
}

static void
report_source(struct run *r, const struct job *j, struct str name, struct place at)
{
	struct cell_result result = { .messages = j->built.messages };
	struct cell none = { .at = at, .marker = name };

	complaints_report(r->n, &none, &result, j->state == JOB_BUILT, r->diag);
}

static void
report_sources(struct run *r)
{
	struct objects *o = &r->objects;

	r->n->nsources = o->files.n;
	r->n->of_sources = arena_alloc(&r->n->arena, o->files.n + 1, sizeof *r->n->of_sources);
	for (size_t i = 0; i < o->files.n; i++) {
		report_source(r, &o->parts[i], o->files.list[i].name, o->files.list[i].at);
		r->n->of_sources[i] = o->parts[i].built.messages;
	}
	if (o->sources.state == JOB_BUILT)
		linkage_complete(&r->linkage, &o->sources, &r->n->arena);
	report_source(r, &o->sources, STR("sources"), o->files.list[0].at);
}

/*
 * Ctrl-C: the cell that runs is stopped, and the run goes on.  The run is, if it
 * comes twice, or where no cell runs: while compilers are waited for, or the
 * state is brought back.
 */
static void
on_interrupt(void *arg)
{
	struct run *r = arg;
	int64_t now = loop_now();
	bool again = r->interrupted && now - r->interrupted < AGAIN * INT64_C(1000000000);

	r->interrupted = now;
	if (again)
		loop_stop(r->loop, SIGINT);
	else
		r->is_asked = true;
}

/*
 * A cell may just have ended, and the next one, which was sent ahead, runs already: so
 * this comes when it has had its turn.
 */
static void
answer_interrupt(struct run *r)
{
	if (!r->is_asked)
		return;
	r->is_asked = false;
	if (!r->running || !session_interrupt(r->strand->session))
		loop_stop(r->loop, SIGINT);
	else
		r->is_stopping = true;
}

static bool
is_outdated(const struct run *r)
{
	return r->options->is_outdated &&
	    r->options->is_outdated(r->options->outdated_arg, r->n, r->next);
}

/* What runs is stopped; what came out so far lives on. */
static void
cut(struct run *r)
{
	r->n->is_cut = true;
	living_cut(r->living);
	while (r->running && !loop_signal(r->loop)) {
		session_interrupt(r->strand->session);
		loop_step(r->loop);
	}
	r->n->signal = loop_signal(r->loop);
	report_progress(STR(""));
}

/* Nobody is told of what is not known yet. */
static void
end_round(struct run *r)
{
	r->n->signal = loop_signal(r->loop);
	living_cut(r->living);
	report_progress(STR(""));
}

/* A generator of which it is not known what it prints, and which begins as it would later. */
static bool
is_early(const struct run *r, const struct cell *c)
{
	return c->generates && generated_is_open(&r->rounds->generated, c) &&
	    r->objects.jobs[c->number].state != JOB_LATER &&
	    (!r->passes_over || c->is_isolated);
}

/*
 * What follows is to be planned anew, so its turn is in the next round; but that of
 * generators is now, where it can be: then one more round is enough for all of them.
 */
static bool
is_passed_over(struct run *r, const struct job *j)
{
	if (!r->is_over || is_early(r, j->cell))
		return false;
	r->passes_over |= r->n->results[j->cell->number].end == CELL_WAITS;
	r->next++;
	return true;
}

/* Take cells until one runs, or has to be waited for. */
static void
take_all(struct run *r)
{
	while (!r->running && r->next < r->n->cells.n) {
		struct job *j = &r->objects.jobs[r->next];

		if (!is_passed_over(r, j) && !take(r, j))
			break;
	}
}

static void
run_all(struct run *r)
{
	bool sources_told = !r->objects.has_sources;

	loop_on_interrupt(r->loop, on_interrupt, r);
	for (;;) {
		if (!sources_told && r->objects.sources.state != JOB_WAITS) {
			sources_told = true;
			report_sources(r);
		}
		take_all(r);
		answer_interrupt(r);
		if (r->next == r->n->cells.n)
			break;
		telling_progress(r);
		if (loop_signal(r->loop) || !loop_step(r->loop) || loop_signal(r->loop))
			break;
		if (is_outdated(r)) {
			cut(r);
			return;
		}
	}
	if (r->is_over) {
		end_round(r);
		return;
	}
	/* what was begun for blocked cells is kept, or it would begin anew each time */
	while (r->objects.pending > 0 && !r->is_stopped && !loop_signal(r->loop) &&
	    !is_outdated(r) && loop_step(r->loop))
		answer_interrupt(r);
	r->n->signal = loop_signal(r->loop);
	if (!r->running && !r->options->living)
		living_dismiss(&r->rounds->once);
	report_progress(STR(""));
	report_blocked(r->n, r->diag);
	if (r->is_stopped && !selection_is_all(&r->options->selection))
		report_unreached(r->n, r->diag);
	if (!r->n->signal)
		pieces_keep(&r->pieces);
}

/* ---- rounds ----------------------------------------------------------------------------------------- */

static void
end(struct run *r)
{
	if (r->loop)
		loop_on_interrupt(r->loop, NULL, NULL);
	console_close(&r->console);
	engines_close(r);
	trail_close(&r->trail);
	linkage_release(&r->linkage);
	pieces_release(&r->pieces);
	apart_release(&r->apart);
	if (r->has_account && !r->is_over)
		account_close(&r->account);
	records_release(r);
	if (r->has_begun)
		objects_close(&r->objects);
	r->rounds->n++;
}

static void
end_rounds(struct rounds *all)
{
	living_release(&all->once);
	generated_release(&all->generated);
	filters_release(&all->filters);
	mem_free(all->settled);
	if (all->nowhere) {
		diag_release(&all->mute);
		fclose(all->nowhere);
	}
	if (all->store)
		store_close(all->store);
	if (all->loop)
		loop_free(all->loop);
}

/* False if it could not even begin. */
static bool
run_round(struct run *r, struct graph *g, const struct blocks *b, struct str root)
{
	bool ok;

	*r->n = (struct notebook){ .root.fd = -1, .pictures_of = r->options->pictures_of };
	arena_init(&r->n->arena);
	ok = outset_make(r, g, b, root);
	if (ok)
		run_all(r);
	end(r);
	return ok;
}

bool
notebook_run(struct notebook *n, struct graph *g, const struct blocks *b, struct str root,
    const struct notebook_options *o, struct diag *d)
{
	struct rounds rounds = {0};

	arena_init(&rounds.ran);
	rounds.generated.arena = &rounds.ran;
	for (;;) {
		struct run r = { .n = n, .options = o, .diag = d, .rounds = &rounds };
		bool ok = run_round(&r, g, b, root);

		if (!ok || !r.is_over || n->signal || n->is_cut) {
			end_rounds(&rounds);
			n->ran = rounds.ran;
			return ok;
		}
		notebook_release(n);
	}
}

void
notebook_release(struct notebook *n)
{
	if (n->root.fd != -1)
		root_close(&n->root);
	normalizers_free(n->normalizers);
	arena_release(&n->arena);
	arena_release(&n->ran);
	*n = (struct notebook){0};
}
