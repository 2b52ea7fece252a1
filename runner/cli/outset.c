#include "runner/cli/outset.h"

#include <stdio.h>

#include "runner/build/loop.h"
#include "runner/cache/store.h"
#include "runner/cli/account.h"
#include "runner/cli/course.h"
#include "runner/cli/engines.h"
#include "runner/cli/luas.h"
#include "runner/cli/parts.h"
#include "runner/cli/telling.h"
#include "runner/cli/turn.h"
#include "runner/output/normalizer.h"
#include "runner/output/pattern.h"
#include "runner/script/filter.h"
#include "runner/script/hooking.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"

static const struct cell *
locate_text(const void *run, size_t cell, struct str marker, size_t *line)
{
	const struct run *r = run;

	return objects_locate(&r->objects.jobs[cell], marker, line);
}

/* Known to be bad before anything runs. */
static void
check_patterns(struct cells *c, struct arena *a, struct diag *d)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct word *with = &c->list[i].fails.with;
		struct pattern *p = NULL;
		struct str why;

		if (with->text.len == 0 || (p = pattern_new(with->text, a, &why))) {
			pattern_free(p);
			continue;
		}
		diag_error(d, STATUS_STRUCTURE, with->at, "bad-pattern",
		    "the pattern '%.*s' cannot be read: %.*s", STR_ARG(with->text), STR_ARG(why));
		c->list[i].is_broken = true;
	}
}

/* subst= and filter= of cells that generate nothing; else they are for what is generated. */
static void
rewrite_texts(struct run *r, struct arena *a)
{
	struct cells *cells = &r->n->cells;

	filters_begin(&r->rounds->filters, cells->config, r->store, r->options->no_compile);
	for (size_t k = 0; k < cells->n; k++) {
		struct cell *c = &cells->list[k];

		if (c->kind == CELL_CONSOLE || c->generates || c->is_pending || c->is_header || c->is_broken)
			continue;
		if (c->subst.text.len > 0)
			c->is_broken = !normalizer_rewrite(&c->subst, c->text, a, &c->text, r->diag);
		if (c->block && !c->is_broken)
			filters_cell(&r->rounds->filters, c, a, r->diag);
	}
}

/* What does not count when outputs are compared. */
static void
choose_normalizers(struct notebook *n, struct arena *a, struct diag *d)
{
	n->normalizers = normalizers_new(n->cells.normalizers, n->cells.nnormalizers, a, d);
	n->normalizing = arena_alloc(a, n->cells.n, sizeof *n->normalizing);
	for (size_t i = 0; i < n->cells.n; i++) {
		struct cell *c = &n->cells.list[i];

		if (!normalizers_choose(n->normalizers, c->normalize, c->nnormalize, &n->normalizing[i], a, d))
			c->is_broken = true;
	}
}

/* What the rounds share, as far as it is known with the first. */
static bool
begin_rounds(struct run *r)
{
	struct rounds *all = r->rounds;

	generated_fill(&all->generated, &r->n->cells, r->store, &all->filters, &r->n->arena, r->diag);
	if (all->n > 0)
		return true;
	all->first = r->living->run;
	all->settled = mem_zalloc(r->n->cells.n + 1, sizeof *all->settled);
	if (!generated_any(&r->n->cells))
		return true;
	all->nowhere = fopen("/dev/null", "we");
	if (!all->nowhere) {
		diag_errno(r->diag, "open", STR("/dev/null"));
		return false;
	}
	diag_init(&all->mute, all->nowhere, DIAG_COLOR_NEVER);
	return true;
}

/* Loop, store and sessions: those that live on, or such as end with this run. */
static bool
begin_living(struct run *r)
{
	struct rounds *all = r->rounds;
	struct living *l = r->living = r->options->living ? r->options->living : &all->once;

	if (!l->store) {
		all->store = store_open(NULL, r->diag);
		if (!all->store)
			return false;
		all->loop = loop_new();
		if (!all->loop) {
			diag_errno(r->diag, "watch signals for", r->n->cells.path);
			return false;
		}
		living_init(l, all->loop, all->store, r->diag, false);
		l->lasts = generated_any(&r->n->cells);
	}
	r->loop = l->loop;
	r->store = l->store;
	store_refresh(l->store);
	living_begin(l, r->n->cells.n);
	return true;
}

/* For the next run's order of asking. */
static void
remember_units(struct run *r)
{
	if (!r->living->keeps)
		return;
	living_forget_units(r->living);
	for (size_t k = 0; k < r->n->cells.n; k++)
		if (r->objects.jobs[k].state == JOB_WAITS)
			living_add_unit(r->living, objects_unit(&r->objects.jobs[k]));
}

/* Nothing is said of where cells run, so that nothing can be wrong with it. */
static bool
has_usual_surroundings(const struct cells *cells)
{
	for (size_t k = 0; k < cells->n; k++)
		if (cells->list[k].nenv > 0 || cells->list[k].cwd.text.len > 0)
			return false;
	return true;
}

/* The first cell's process starts while the cache is read, if it will surely be needed. */
static void
start_process(struct run *r)
{
	const struct objects *o = &r->objects;
	size_t k = 0;

	while (k < r->n->cells.n && o->jobs[k].state != JOB_WAITS)
		k++;
	if (k < r->n->cells.n && !o->has_sources && !o->jobs[k].cell->only_compile &&
	    !o->jobs[k].cell->is_isolated && !o->jobs[k].cell->is_recorded &&
	    has_usual_surroundings(&r->n->cells) &&
	    hosts_of(&r->hosts, o->jobs[k].cell, &(struct str){0}) == HOST_USUAL)
		(void)turn_strand(r, o->jobs[k].cell);
}

/* What is left out has no job from here on. */
static void
select_cells(struct run *r)
{
	struct notebook *n = r->n;
	enum selection_part *parts = arena_alloc(&n->arena, n->cells.n, sizeof *parts);

	selection_parts(&r->options->selection, &r->objects, parts);
	for (size_t k = 0; k < n->cells.n; k++) {
		n->results[k].is_wanted = parts[k] == PART_WANTED;
		if (parts[k] != PART_LEFT_OUT && !n->cells.list[k].is_left_out)
			continue;
		n->results[k].is_wanted = false;
		r->objects.jobs[k].state = JOB_LEFT_OUT;
		n->results[k].end = CELL_LEFT_OUT;
		n->results[k].as_expected = true;
		telling_explain(r, &r->objects.jobs[k]);
	}
}

/* What stands behind a cell whose text is not known would be planned without it. */
static void
defer(struct run *r)
{
	bool is_open = false;

	for (size_t k = 0; k < r->n->cells.n; k++) {
		const struct cell *c = &r->n->cells.list[k];
		struct job *j = &r->objects.jobs[k];
		bool is_apart = c->generates && c->is_isolated;

		if (is_open && !is_apart && (j->state == JOB_WAITS || j->state == JOB_NEEDLESS))
			j->state = JOB_LATER;
		is_open |= c->is_pending && r->n->results[k].end == CELL_WAITS &&
		    generated_is_open(&r->rounds->generated, c->generator);
	}
}

bool
outset_make(struct run *r, struct graph *g, const struct blocks *b, struct str root)
{
	struct notebook *n = r->n;
	struct arena *a = &n->arena;
	struct objects_options o = { .slots = r->options->slots,
	    .no_compile = r->options->no_compile, .nfresh = r->rounds->told };
	struct str document, folder;

	if (!root_open(&n->root, root, r->diag))
		return false;
	cells_make(&n->cells, g, b, &n->root, a, r->diag);
	n->hooking = r->options->hooking;
	n->diag = r->diag;
	n->hooked = arena_alloc(a, n->cells.n, sizeof *n->hooked);
	for (size_t k = 0; k < n->cells.n && r->options->is_repeat; k++)
		n->cells.list[k].is_recorded = false;
	check_patterns(&n->cells, a, r->diag);
	choose_normalizers(n, a, r->diag);
	n->results = arena_alloc(a, n->cells.n, sizeof *n->results);
	r->plans = arena_alloc(a, n->cells.n, sizeof *r->plans);
	if (!begin_living(r))
		return false;
	rewrite_texts(r, a);
	hooking_cells(n->hooking, &n->cells, false, a, r->diag);
	if (!begin_rounds(r))
		return false;
	hooking_cells(n->hooking, &n->cells, true, a, r->diag);
	document = path_real(n->cells.path, a);
	folder = n->folder = path_folder(document);
	r->session_options = (struct session_options){ .host_path = parts_host(a, r->diag),
	    .lua_path = parts_lua(a), .folder = arena_cstr(a, folder), .is_shuffled = r->options->is_repeat };
	if (!r->session_options.host_path)
		return false;
	trail_open(&r->trail, n, locate_text, r);
	n->graph = g;
	n->root_path = path_real(root, a);
	r->has_begun = true;
	r->console = (struct console){ .root = n->root_path, .document = document,
	    .cache = store_folder(r->store), .scratch = &r->objects.scratch,
	    .cells = &n->cells };
	if (r->living->keeps)
		o.known = &r->living->units;
	else
		o.leave_objects = pieces_may_be(&n->cells) && selection_is_all(&r->options->selection);
	if (!objects_prepare(&r->objects, &n->cells, g, n->root_path, folder, r->store, a, r->diag))
		return false;
	luas_prepare(r);
	select_cells(r);
	defer(r);
	objects_open(&r->objects, &o, r->loop);
	remember_units(r);
	records_open(r);
	if (o.leave_objects)
		pieces_open(&r->pieces, &r->objects);
	hosts_open(&r->hosts, &r->objects, r->diag);
	account_open(&r->account, &r->objects, &r->hosts, document, a);
	r->has_account = true;
	engines_open(r);
	start_process(r);
	return true;
}
