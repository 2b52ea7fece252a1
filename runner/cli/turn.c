#include "runner/cli/turn.h"

#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cli/course.h"
#include "runner/cli/luas.h"
#include "runner/cli/surroundings.h"
#include "runner/session/protocol.h"
#include "runner/session/session.h"
#include "tangle/base/file.h"
#include "tangle/project/settings.h"

enum { OUTPUT_KEPT = 1 << 20 };

/* While a cell runs: the text of a line of a call. */
static struct str
line_of_call(void *run, const struct frame *f, size_t line)
{
	struct run *r = run;
	struct frame copy = *f;

	copy.cell = living_cell(r->strand, r->running, f->cell);
	copy.line = line;
	trail_locate(&r->trail, &copy);
	return copy.text;
}

/* Isolated cells that start with the same share what starts their processes. */
static struct str
strand_name(struct run *r, const struct cell *c, const struct surroundings *s)
{
	size_t host = c->is_isolated ? hosts_number(&r->hosts, c) : 0;

	if (!c->is_isolated || (s->key.len == 0 && host == 0))
		return c->session;
	return arena_printf(&r->n->arena, "%.*s %zu %.*s", STR_ARG(c->session), host, STR_ARG(s->key));
}

struct strand *
turn_strand(struct run *r, const struct cell *c)
{
	const struct job *all = &r->objects.sources;
	struct session_options options = r->session_options;
	struct session_object sources = { .bytes = all->built.object, .number = SIZE_MAX, .slot = SIZE_MAX,
	    .marker = STR("sources") };
	bool has_sources = r->objects.has_sources;
	const struct surroundings *around = &r->plans[c->number].around;
	struct str name = strand_name(r, c, around);
	struct strand *met = living_met(r->living, name);

	if (met)
		return met;
	(void)hosts_of(&r->hosts, c, &options.image);
	options.scratch = living_home(r->living, r->console.document);
	if (!options.scratch)
		return NULL;
	options.env = around->env;
	options.nenv = around->nenv;
	if (around->folder)
		options.folder = around->folder;
	if (c->kind == CELL_ENGINE) {
		engines_surround(r, c, &options);
		has_sources = false;
	}
	r->n->home = arena_cstr(&r->n->arena, str_of(options.scratch));	/* it goes with the sessions */
	return living_strand(r->living, name, &options, has_sources ? &sources : NULL,
	    has_sources ? &all->built.digest : NULL);
}

struct numbering {
	const struct strand *strand;
	const struct lived *lived;
};

static size_t
number_here(const void *of, size_t number)
{
	const struct numbering *n = of;

	return living_cell(n->strand, n->lived, number);
}

/* It is known what the cell gave: now, or when it was run before. */
static void
settle_run(struct run *r, struct job *j, const struct lived *lived, bool stands)
{
	struct cell_result *result = &r->n->results[j->cell->number];
	const struct numbering of = { r->strand, lived };

	result->outcome = trail_outcome(&r->trail, lived->outcome, number_here, &of);
	result->stands = stands && lived->began < r->rounds->first;
	r->stands = stands;
	course_settle(r, j, CELL_RAN, NULL);
	r->stands = false;
	records_ran(r, j, lived, stands);
}

/* What image= names is shown, before others can write there; one that is not there has no data. */
static void
take_images(const struct run *r, const struct cell *c, const struct lived *lived, struct outcome *o)
{
	const struct plan *p = &r->plans[c->number];
	const char *folder = p->around.folder ? p->around.folder : r->session_options.folder;
	struct display *list;

	if (c->nimages == 0 || o->kind == OUTCOME_INTERRUPTED)
		return;
	list = arena_alloc(lived->arena, o->ndisplays + c->nimages, sizeof *list);
	for (size_t i = 0; i < o->ndisplays; i++)
		list[i] = o->displays[i];
	for (size_t i = 0; i < c->nimages; i++) {
		struct display *one = &list[o->ndisplays + i];
		struct str path = c->images[i].text;

		*one = (struct display){ .kind = DISPLAY_IMAGE, .text = arena_str(lived->arena, path) };
		if (!file_peek(str_starts(path, STR("/")) ? path : arena_printf(lived->arena, "%s/%.*s",
		    folder, STR_ARG(path)), PROTOCOL_DISPLAY, lived->arena, &one->data))
			one->data = (struct str){0};
	}
	o->displays = list;
	o->ndisplays += c->nimages;
}

static void
ran(void *arg, struct outcome *o)
{
	struct run *r = arg;
	struct lived *lived = r->running;
	const struct plan *p = &r->plans[r->next];

	r->running = NULL;
	if (r->n->cells.list[r->next].kind == CELL_ENGINE)
		engines_ran(r, &r->n->cells.list[r->next], lived, o);
	take_images(r, &r->n->cells.list[r->next], lived, o);
	living_end(r->living, r->strand, lived, o);
	if (o->kind == OUTCOME_DONE && !p->has_run_before && !r->n->cells.list[r->next].is_fresh)
		store_mark_ran(r->store, &p->key, o->nanoseconds);
	if (!r->n->is_cut)
		settle_run(r, &r->objects.jobs[r->next], lived, false);
}

/* What decides whether a cell succeeds, besides the session before it. */
static struct digest
key_of_run(const struct job *j, struct arena *a)
{
	const char *const *env;
	size_t nenv = surroundings_env(j->cell, a, &env);
	struct key *k = key_start("skein run 1");

	key_add(k, 1, (struct str){ (const char *)j->built.digest.bytes, HASH_SIZE });
	key_add(k, 2, j->cell->stdin_text);
	for (size_t i = 0; i < j->cell->nargs; i++)
		key_add(k, 3, j->cell->args[i]);
	for (size_t i = 0; i < nenv; i++)
		key_add(k, 4, str_of(env[i]));
	key_add(k, 5, j->cell->cwd.text);
	return key_end(k);
}

static const char *const *
program_arguments(struct run *r, const struct cell *c)
{
	const char **list = arena_alloc(&r->n->arena, c->nargs + 1, sizeof(char *));

	for (size_t i = 0; i < c->nargs; i++)
		list[i] = arena_cstr(&r->n->arena, c->args[i]);
	return list;
}

static struct plan *
plan_of(struct run *r, const struct job *j)
{
	const struct cell *c = j->cell;
	struct plan *p = &r->plans[c->number];

	if (p->is_made)
		return p;
	p->is_made = true;
	p->has_around = surroundings_of(&p->around, &r->n->cells, c, &r->n->root, r->n->root_path,
	    &r->n->arena, r->diag);
	p->run = (struct session_run){
		.object = pieces_object(j),
		.is_lua = c->kind == CELL_LUA,
		.is_program = j->unit.is_program, .is_isolated = c->is_isolated,
		.is_timed = r->options->is_timed || c->is_recorded, .full_buffer = c->full_buffer,
		.args = program_arguments(r, c), .nargs = c->nargs,
		.stdin_text = c->stdin_text, .once = c->is_fresh, .timeout = c->timeout, 
		.output_kept = c->generates ? GENERATED_KEPT : OUTPUT_KEPT,
		.output_kill = (size_t)c->output_kill,
		.memory = c->memory == SETTING_NO_LIMIT ? 0 : (size_t)c->memory,
		.is_machines = c->memory == 0,
		.file_size = c->file_size, .processes = c->processes,
		.text = { line_of_call, r },
	};
	if (p->run.is_lua)
		p->run.nargs = luas_arguments(r, j, &p->run.args);
	if (c->kind == CELL_ENGINE)
		engines_plan(r, j, &p->run);
	return p;
}

/* Has it succeeded before?  Then it needs no checkpoint. */
static bool
has_run_before(struct run *r, const struct job *j, struct plan *p)
{
	if (p->is_looked_up)
		return p->has_run_before;
	p->is_looked_up = true;
	p->key = key_of_run(j, &r->n->arena);
	p->has_run_before = !j->cell->is_fresh && store_ran(r->store, &p->key, &(int64_t){0});
	p->run.checkpoint = j->cell->fails.kind != FAILS_NOT || !p->has_run_before;
	return p->has_run_before;
}

/* Is there an earlier cell that it uses, and that has run and failed, or cannot run? */
static bool
may_be_blocked(const struct run *r, const struct job *j)
{
	for (size_t i = 0; i < j->unit.nuses; i++) {
		const struct cell_result *other = &r->n->results[j->unit.uses[i]];

		if (other->end != CELL_WAITS &&
		    (other->end != CELL_RAN || other->outcome->kind != OUTCOME_DONE))
			return true;
	}
	return false;
}

/* Will take() start it, if only the cells before it end well? */
static bool
is_certain(struct run *r, struct job *j)
{
	const struct cell *c = j->cell;

	return j->state == JOB_BUILT && !c->is_isolated && !c->only_compile && !j->unit.is_program &&
	    c->fails.kind == FAILS_NOT && str_eq(c->session, r->strand->name) &&
	    c->ndata == 0 && records_runs(r, c) &&
	    j->request.options->sanitizers == 0 && !may_be_blocked(r, j) &&
	    pieces_meet(&r->pieces, j) && linkage_is_plain(&r->linkage, j, &r->n->arena);
}

/*
 * While a cell runs, those that follow it are sent ahead, if they have succeeded
 * before and nothing but a failure can come between.
 */
static void
send_ahead(struct run *r)
{
	struct session *s = r->strand->session;
	size_t k = r->next + 1 + session_nahead(s);

	if (r->living->keeps || r->n->cells.list[r->next].fails.kind != FAILS_NOT ||
	    r->n->cells.list[r->next].nimages > 0)
		return;
	for (; k < r->n->cells.n && !r->n->cells.list[k].generator &&
	    is_certain(r, &r->objects.jobs[k]); k++) {
		struct job *j = &r->objects.jobs[k];

		if (j->cell->nimages > 0 || !has_run_before(r, j, plan_of(r, j)))
			return;
		r->plans[k].run.object.number = r->living->first + k;	/* as living_start has it */
		if (!session_ahead(s, &r->plans[k].run))
			return;
	}
}

/* What is run, for the key of what lives on: the object, and the data that it reads. */
static struct digest
identity_of(const struct run *r, const struct job *j)
{
	const struct digest *data = &r->plans[j->cell->number].recording.data;
	struct key *k;

	if (j->cell->ndata + j->cell->nimages == 0)
		return j->built.digest;
	k = key_start("skein object and data 1");
	key_add(k, 1, (struct str){ (const char *)j->built.digest.bytes, HASH_SIZE });
	key_add(k, 2, (struct str){ (const char *)data->bytes, HASH_SIZE });
	for (size_t i = 0; i < j->cell->nimages; i++)
		key_add(k, 3, j->cell->images[i].text);
	return key_end(k);
}

/* In a session that lives on: does it stand? */
static bool
settle_standing(struct run *r, struct job *j, const struct plan *p)
{
	struct digest key, identity = identity_of(r, j);
	const struct lived *lived;

	if ((j->cell->is_fresh && r->rounds->n == 0) || !living_has(r->living, strand_name(r, j->cell, &p->around)))
		return false;
	r->strand = turn_strand(r, j->cell);
	if (!r->strand)
		return false;
	key = living_key(r->living, r->strand, &p->run, &identity);
	lived = living_find(r->living, r->strand, &key, j->cell->number);
	if (!lived || (j->cell->is_fresh && lived->began < r->rounds->first))
		return false;
	settle_run(r, j, lived, true);
	return true;
}

static void
start_running(struct run *r, struct job *j, struct plan *p)
{
	struct digest key, identity = identity_of(r, j);

	r->strand = turn_strand(r, j->cell);
	if (!r->strand) {
		course_settle(r, j, CELL_SKIPPED, NULL);
		return;
	}
	key = living_key(r->living, r->strand, &p->run, &identity);
	(void)has_run_before(r, j, p);
	r->running = living_start(r->living, r->strand, &key, &p->run, j->cell->number, &r->rounds->ran);
	session_start(r->strand->session, &r->running->run, r->running->arena, ran, r);
	send_ahead(r);
}

bool
turn_start(struct run *r, struct job *j)
{
	struct plan *p = plan_of(r, j);
	enum records_answer answer;

	if (!p->has_around) {
		course_settle(r, j, CELL_SKIPPED, NULL);
		return true;
	}
	if (j->built.object.len > 0 && j->cell->kind == CELL_C)
		apart_look(&r->apart, j, &r->n->arena, r->diag);
	records_meet(r, j);
	if (settle_standing(r, j, p))
		return true;
	answer = records_ask(r, j);
	if (answer == RECORDS_RUN)
		start_running(r, j, p);
	return answer != RECORDS_WAIT;
}
