#include "runner/cli/notebook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/compile.h"
#include "runner/build/loop.h"
#include "runner/build/toolchain.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cell/interface.h"
#include "runner/cell/unit.h"
#include "runner/cli/parts.h"
#include "runner/cli/recipe.h"
#include "runner/cli/report.h"
#include "runner/cli/scratch.h"
#include "runner/session/session.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

/* How often to look whether another process has built what it claimed. */
static const int64_t CLAIM_POLL = 20 * (int64_t)1000000;

enum { OUTPUT_KEPT = 1 << 20, MOST_JOBS = 64 };

enum job_state {
	JOB_NEW,		/* not looked up yet */
	JOB_QUEUED,		/* to be compiled */
	JOB_CLAIMED,		/* another process compiles it */
	JOB_BUILDING,
	JOB_BUILT,		/* entry.object */
	JOB_FAILED,		/* entry.messages, or what */
	JOB_ABSENT		/* there is nothing to build: broken, left out */
};

/* An object on its way: a cell's, or that of sources=. */
struct job {
	struct run *run;
	const struct cell *cell;	/* NULL: sources= */
	struct interface *interface;
	struct unit unit;
	struct compile_request request;
	struct digest key;
	enum job_state state;
	struct compile *compile;
	bool was_retried;
	bool was_compiled;
	struct store_entry entry;
	struct str what;		/* why there is no object, besides messages */
	const char *because;		/* why it was compiled, for --explain */
};

struct named_session {
	struct session *session;
	struct interface *interface;
};

struct run {
	struct notebook *n;
	const struct notebook_options *options;
	struct diag *diag;
	struct loop *loop;
	struct store *store;
	struct scratch scratch;
	struct recipes recipes;
	struct session_options session_options;
	struct map sessions;		/* name -> struct named_session */
	struct interface **interfaces;	/* all, to be freed */
	size_t ninterfaces;
	struct job *jobs;		/* one a cell */
	struct job sources;
	bool has_sources;
	size_t next;			/* the cell that is to run next */
	size_t next_build;		/* the first job that may be queued */
	size_t building, most;		/* compilers that run, and may run */
	bool is_running;
	bool is_stopped;		/* --stop */
	struct digest run_key;		/* of the running cell */
	bool has_run_before;		/* the running cell has succeeded before */
};

/* ---- what a session knows --------------------------------------------------------- */

static struct interface *
add_interface(struct run *r)
{
	struct interface *i = interface_new(&r->n->arena);

	r->interfaces[r->ninterfaces++] = i;
	return i;
}

static struct named_session *
session_of(struct run *r, struct str name)
{
	struct named_session *s = map_get(&r->sessions, name);

	if (!s) {
		s = arena_alloc(&r->n->arena, 1, sizeof *s);
		s->interface = add_interface(r);
		map_put(&r->sessions, name, s);
	}
	return s;
}

static struct session *
open_session(struct run *r)
{
	struct session *s = session_new(r->loop, &r->session_options, r->diag);

	if (s && r->has_sources && r->sources.state == JOB_BUILT) {
		struct session_object o = { .bytes = r->sources.entry.object,
		    .number = SIZE_MAX, .marker = STR("sources") };

		session_preload(s, &o);
	}
	return s;
}

/* ---- units ------------------------------------------------------------------------- */

static struct str
digest8(struct run *r, struct str text)
{
	char hex[HASH_HEX + 1];

	digest_hex(hash_of(text), hex);
	return arena_str(&r->n->arena, (struct str){ hex, 8 });
}

static bool
is_buildable(const struct job *j)
{
	return j->cell && !j->cell->is_broken && j->request.options;
}

/* All cells are added before the first unit is made: see interface.h. */
static void
add_to_interfaces(struct run *r)
{
	for (size_t k = 0; k < r->n->cells.n; k++) {
		struct job *j = &r->jobs[k];
		const struct cell *c = j->cell;
		struct unit_source src = { .number = c->number, .marker = c->marker,
		    .text = c->text, .is_prelude = !c->block };

		if (!is_buildable(j)) {
			j->state = JOB_ABSENT;
			continue;
		}
		src.digest8 = digest8(r, c->text);
		src.is_clang = j->request.options->toolchain->kind == TOOLCHAIN_CLANG;
		j->interface = c->is_isolated ? add_interface(r)
		    : session_of(r, c->session)->interface;
		interface_add(j->interface, &src);
	}
}

static void
take_unit(struct run *r, struct job *j)
{
	j->request.unit = j->unit.text;
	j->request.is_program = j->unit.is_program;
	j->key = key_request(&j->request, &r->n->arena);
	r->n->results[j->cell->number].is_program = j->unit.is_program;
}

static void
make_units(struct run *r)
{
	for (size_t k = 0; k < r->n->cells.n; k++) {
		struct job *j = &r->jobs[k];

		if (j->state == JOB_ABSENT)
			continue;
		unit_make(j->interface, j->cell->number, &j->unit);
		take_unit(r, j);
		for (size_t i = 0; i < j->unit.nnotes; i++)
			diag_warning(r->diag, cell_place(j->cell, j->unit.notes[i].line, 1), "hidden",
			    "%.*s", STR_ARG(j->unit.notes[i].text));
	}
}

static void
prepare_jobs(struct run *r)
{
	struct notebook *n = r->n;

	r->jobs = arena_alloc(&n->arena, n->cells.n, sizeof *r->jobs);
	r->interfaces = arena_alloc(&n->arena, 2 * n->cells.n + 1, sizeof(struct interface *));
	for (size_t k = 0; k < n->cells.n; k++) {
		struct job *j = &r->jobs[k];
		const struct recipe *recipe;

		j->run = r;
		j->cell = &n->cells.list[k];
		recipe = j->cell->is_broken ? NULL : recipe_of(&r->recipes, j->cell);
		j->request.options = recipe ? &recipe->options : NULL;
	}
	add_to_interfaces(r);
	make_units(r);
}

/* ---- sources= ------------------------------------------------------------------------ */

/* Tangled ones come from the scratch tree, the others from below the root. */
static bool
find_source(struct run *r, const struct word *w, struct str *path)
{
	struct notebook *n = r->n;

	if (r->scratch.path.len > 0) {
		*path = arena_printf(&n->arena, "%.*s/%.*s", STR_ARG(r->scratch.path), STR_ARG(w->text));
		if (access(path->data, R_OK) == 0)
			return true;
	}
	*path = arena_printf(&n->arena, "%.*s/%.*s", STR_ARG(r->recipes.root), STR_ARG(w->text));
	if (access(path->data, R_OK) == 0)
		return true;
	diag_error(r->diag, STATUS_STRUCTURE, w->at, "no-source",
	    "there is no file '%.*s' below '%.*s'", STR_ARG(w->text), STR_ARG(n->root.path));
	return false;
}

static struct str
folder_of(struct str path)
{
	struct str folder = path_folder(path);

	return str_slice(path, 0, folder.len);
}

/* The first cell's options compile the sources. */
static bool
prepare_sources(struct run *r)
{
	struct notebook *n = r->n;
	struct str *paths = arena_alloc(&n->arena, n->cells.nsources, sizeof *paths);
	bool ok = true;

	if (n->cells.nsources == 0 || n->cells.n == 0)
		return true;
	for (size_t i = 0; i < n->cells.nsources; i++)
		ok = find_source(r, &n->cells.sources[i], &paths[i]) && ok;
	for (size_t k = 0; ok && k < n->cells.n && !r->has_sources; k++) {
		if (!r->jobs[k].request.options)
			continue;
		r->sources = (struct job){ .run = r };
		r->sources.request.options = r->jobs[k].request.options;
		r->sources.request.sources = paths;
		r->sources.request.nsources = n->cells.nsources;
		r->sources.key = key_request(&r->sources.request, &n->arena);
		r->has_sources = true;
	}
	return ok;
}

/* ---- building ------------------------------------------------------------------------- */

static void look_up(struct job *j);

/* Did the compiler refuse what the unit could say in another way? */
static bool
is_worth_retrying(const struct job *j, const struct message *m)
{
	return m->level == MESSAGE_ERROR && !m->is_file && str_eq(m->marker, j->cell->marker) &&
	    unit_can_retry(m->text);
}

/* An initialiser looked constant and was not, say: once more, otherwise. */
static bool
retry(struct job *j)
{
	const struct messages *m = &j->entry.messages;
	struct run *r = j->run;
	size_t *lines, n = 0;

	if (!j->cell || j->was_retried)
		return false;
	lines = arena_alloc(&r->n->arena, m->n, sizeof *lines);
	for (size_t i = 0; i < m->n; i++)
		if (is_worth_retrying(j, &m->list[i]))
			lines[n++] = m->list[i].line;
	if (n == 0)
		return false;
	j->was_retried = true;
	unit_retry(j->interface, j->cell->number, lines, n, &j->unit);
	take_unit(r, j);
	j->entry = (struct store_entry){0};
	j->state = JOB_NEW;
	look_up(j);
	return true;
}

static void
fail(struct job *j, struct str what)
{
	j->what = what;
	if (!retry(j))
		j->state = JOB_FAILED;
}

/* Ask the cache; what it does not have is queued. */
static void
look_up(struct job *j)
{
	struct run *r = j->run;
	struct str why = {0};

	switch (store_lookup(r->store, &j->key, &j->request.options->bases, &r->n->arena,
	    &j->entry, &why)) {
	case STORE_OBJECT:
		j->state = JOB_BUILT;
		break;
	case STORE_FAILURE:
		fail(j, STR("it does not compile"));
		break;
	case STORE_MISS:
		j->because = arena_cstr(&r->n->arena, why);
		j->state = JOB_QUEUED;
		break;
	}
}

static void
compiled(void *arg, const struct compile_result *result)
{
	struct job *j = arg;
	struct run *r = j->run;
	struct str why;

	if (!store_publish(r->store, &j->key, &j->request, result, &r->n->arena, &why))
		trace("cache", "not kept: %.*s", STR_ARG(why));
	store_unclaim(r->store, &j->key);
	compile_free(j->compile);
	j->compile = NULL;
	r->building--;
	j->was_compiled = true;
	j->entry.messages = result->messages;
	j->entry.object = result->object;
	j->entry.nanoseconds = result->nanoseconds;
	if (result->end == COMPILE_DONE) {
		j->entry.digest = hash_of(result->object);
		j->state = JOB_BUILT;
		return;
	}
	if (result->end == COMPILE_BROKEN)
		diag_error(r->diag, STATUS_ENVIRONMENT, j->cell ? j->cell->at : PLACE_NONE,
		    "compiler", "%.*s", STR_ARG(result->what));
	else if (result->end == COMPILE_LIMIT)
		diag_error(r->diag, STATUS_FAILED, j->cell ? j->cell->at : PLACE_NONE,
		    "compiler-limit", "%.*s", STR_ARG(result->what));
	fail(j, result->what);
}

static void
build(struct job *j)
{
	struct run *r = j->run;
	char hex[HASH_HEX + 1];

	if (!store_claim(r->store, &j->key)) {
		j->state = JOB_CLAIMED;
		return;
	}
	digest_hex(j->key, hex);
	j->state = JOB_BUILDING;
	r->building++;
	j->compile = compile_start(r->loop, &j->request,
	    arena_str(&r->n->arena, str_of(hex)), &r->n->arena, compiled, j);
}

static bool
is_unsettled(const struct job *j)
{
	return j->state == JOB_QUEUED || j->state == JOB_CLAIMED;
}

static void
refuse(struct job *j)
{
	struct run *r = j->run;

	diag_error(r->diag, STATUS_COMPILE, j->cell ? j->cell->at : PLACE_NONE, "not-cached",
	    "this cell is not in the cache, and --no-compile forbids to compile it");
	j->state = JOB_ABSENT;
}

static size_t
most_jobs(const struct notebook_options *o)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (o->jobs > 0)
		return o->jobs;
	return processors < 1 ? 1 : processors > MOST_JOBS ? MOST_JOBS : (size_t)processors;
}

/* Start what can be started, in document order. */
static void
build_some(struct run *r)
{
	if (r->has_sources && is_unsettled(&r->sources) && r->building < r->most)
		build(&r->sources);
	for (size_t k = r->next; k < r->n->cells.n && r->building < r->most; k++) {
		struct job *j = &r->jobs[k];

		if (!is_unsettled(j))
			continue;
		if (r->options->no_compile) {
			refuse(j);
			continue;
		}
		if (j->state == JOB_CLAIMED) {
			look_up(j);	/* has the other one finished? */
			if (!is_unsettled(j))
				continue;
		}
		build(j);
	}
}

static bool
anyone_claimed(const struct run *r)
{
	for (size_t k = r->next; k < r->n->cells.n; k++)
		if (r->jobs[k].state == JOB_CLAIMED)
			return true;
	return r->has_sources && r->sources.state == JOB_CLAIMED;
}

/* ---- running ------------------------------------------------------------------------- */

static void
explain(const struct run *r, const struct job *j)
{
	const struct cell_result *result = &r->n->results[j->cell->number];
	char name[256], hex[HASH_HEX + 1];
	struct position p = source_position(j->cell->at.source, j->cell->at.offset == PLACE_FILE
	    ? 0 : j->cell->at.offset);
	struct str label = report_name(j->cell, name, sizeof name);

	if (!trace_on("explain"))
		return;
	digest_hex(j->key, hex);
	trace("explain", "%.*s (%.*s:%zu): %s%s%s, key %.8s", STR_ARG(label),
	    STR_ARG(j->cell->at.source->name), p.line,
	    result->end == CELL_RAN ? "ran, " : result->end == CELL_BLOCKED ? "blocked, " : "",
	    j->was_compiled ? "compiled: " : j->state == JOB_BUILT ? "reused" : "not built",
	    j->was_compiled ? j->because : "", hex);
}

/* The first earlier cell that this one needs and that is not there. */
static const struct cell *
blocker(const struct run *r, const struct job *j)
{
	for (size_t i = 0; i < j->unit.nneeds; i++) {
		const struct cell_result *other = &r->n->results[j->unit.needs[i]];

		if (other->end == CELL_UNBUILT || other->end == CELL_BROKEN ||
		    other->end == CELL_BLOCKED || other->end == CELL_SKIPPED)
			return &r->n->cells.list[j->unit.needs[i]];
	}
	for (size_t i = 0; i < j->unit.nuses; i++) {
		const struct cell_result *other = &r->n->results[j->unit.uses[i]];

		if (other->end == CELL_RAN && other->outcome->kind != OUTCOME_DONE)
			return &r->n->cells.list[j->unit.uses[i]];
	}
	return NULL;
}

static void
settle(struct run *r, struct job *j, enum cell_end end, const struct cell *blocked_by)
{
	struct cell_result *result = &r->n->results[j->cell->number];

	result->end = end;
	result->messages = j->entry.messages;
	result->was_compiled = j->was_compiled;
	report_progress(STR(""));
	explain(r, j);
	report_result(r->n, j->cell, result, blocked_by, r->diag);
	if (r->options->stop && !result->as_expected)
		r->is_stopped = true;
	r->next++;
}

static void
ran(void *arg, struct outcome *o)
{
	struct run *r = arg;
	struct job *j = &r->jobs[r->next];

	r->n->results[r->next].outcome = o;
	r->is_running = false;
	if (o->kind == OUTCOME_DONE && !r->has_run_before)
		store_mark_ran(r->store, &r->run_key, o->nanoseconds);
	settle(r, j, CELL_RAN, NULL);
}

/* What decides whether a cell succeeds, besides the session before it. */
static struct digest
key_of_run(const struct job *j)
{
	struct key *k = key_start("skein run 1");

	key_add(k, 1, (struct str){ (const char *)j->entry.digest.bytes, HASH_SIZE });
	key_add(k, 2, j->cell->stdin_text);
	for (size_t i = 0; i < j->cell->nargs; i++)
		key_add(k, 3, j->cell->args[i]);
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

/* While a cell runs, the next one's object can be made ready. */
static void
expect_next(struct run *r, struct session *s)
{
	const struct job *next = r->next + 1 < r->n->cells.n ? &r->jobs[r->next + 1] : NULL;

	if (next && next->state == JOB_BUILT && !next->cell->is_isolated &&
	    !next->cell->only_compile && session_of(r, next->cell->session)->session == s) {
		struct session_object o = { next->entry.object, next->cell->number,
		    next->cell->marker };

		session_expect(s, &o);
	}
}

static void
start(struct run *r, struct job *j)
{
	const struct cell *c = j->cell;
	struct named_session *named = session_of(r, c->session);
	struct session *s = named->session;
	struct session_run run = {
		.object = { j->entry.object, c->number, c->marker },
		.is_program = j->unit.is_program, .is_isolated = c->is_isolated,
		.full_buffer = c->full_buffer, .args = program_arguments(r, c), .nargs = c->nargs,
		.stdin_text = c->stdin_text, .timeout = c->timeout, .output_kept = OUTPUT_KEPT,
		.output_kill = (size_t)c->output_kill, .memory = (size_t)c->memory,
	};

	if (!s)
		s = named->session = open_session(r);
	if (!s) {
		settle(r, j, CELL_SKIPPED, NULL);
		return;
	}
	r->run_key = key_of_run(j);
	r->has_run_before = store_ran(r->store, &r->run_key, &(int64_t){0});
	run.checkpoint = c->fails.kind != FAILS_NOT || !r->has_run_before;
	r->is_running = true;
	session_start(s, &run, &r->n->arena, ran, r);
	expect_next(r, s);
}

static void
show_progress(const struct run *r, const struct job *j)
{
	char name[256], line[512];
	struct str label = report_name(j->cell, name, sizeof name);
	int n;

	if (!r->options->progress)
		return;
	n = snprintf(line, sizeof line, "[%zu/%zu] %s %.*s", r->next + 1, r->n->cells.n,
	    r->is_running ? "running" : "compiling", STR_ARG(label));
	report_progress((struct str){ line, n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1 });
}

/* Settle or start the next cells as far as it goes. */
static void
advance(struct run *r)
{
	while (!r->is_running && r->next < r->n->cells.n) {
		struct job *j = &r->jobs[r->next];
		const struct cell *blocked_by;

		if (r->is_stopped)
			settle(r, j, CELL_SKIPPED, NULL);
		else if (j->cell->is_broken)
			settle(r, j, CELL_BROKEN, NULL);
		else if (j->state == JOB_ABSENT)
			settle(r, j, CELL_SKIPPED, NULL);
		else if (r->has_sources && r->sources.state != JOB_BUILT &&
		    r->sources.state != JOB_FAILED && r->sources.state != JOB_ABSENT)
			break;
		else if (r->has_sources && r->sources.state != JOB_BUILT)
			settle(r, j, CELL_SKIPPED, NULL);
		else if ((blocked_by = blocker(r, j)))
			settle(r, j, CELL_BLOCKED, blocked_by);
		else if (j->state == JOB_FAILED)
			settle(r, j, CELL_UNBUILT, NULL);
		else if (j->state != JOB_BUILT)
			break;
		else if (j->cell->only_compile)
			settle(r, j, CELL_COMPILED, NULL);
		else
			start(r, j);
	}
	if (r->next < r->n->cells.n)
		show_progress(r, &r->jobs[r->next]);
}

static void
report_sources(struct run *r)
{
	struct cell_result result = { .messages = r->sources.entry.messages };
	struct cell none = { .at = r->n->cells.sources[0].at, .marker = STR("sources") };

	report_messages(r->n, &none, &result, r->sources.state == JOB_BUILT, r->diag);
}

static void
wake_up(void *arg)
{
	(void)arg;	/* the claimed jobs are looked at again */
}

static void
run_all(struct run *r)
{
	bool sources_told = !r->has_sources;

	for (;;) {
		unsigned long timer = 0;

		build_some(r);
		if (!sources_told && (r->sources.state == JOB_BUILT || r->sources.state == JOB_FAILED)) {
			sources_told = true;
			report_sources(r);
		}
		advance(r);
		if (r->next >= r->n->cells.n)
			break;
		if (anyone_claimed(r))
			timer = loop_at(r->loop, loop_now() + CLAIM_POLL, wake_up, NULL);
		if (!loop_step(r->loop) || loop_signal(r->loop))
			break;
		loop_cancel(r->loop, timer);
	}
	/* what a blocked cell began to compile is kept, or it would begin anew each time */
	while (r->building > 0 && !loop_signal(r->loop) && loop_step(r->loop))
		;
	r->n->signal = loop_signal(r->loop);
	report_progress(STR(""));
}

/* ---- the plan ----------------------------------------------------------------------- */

static struct str
absolute(struct arena *a, struct str path)
{
	char *real = realpath(arena_cstr(a, path), NULL);
	struct str s = real ? arena_str(a, str_of(real)) : path;

	free(real);
	return s;
}

static void
end(struct run *r)
{
	for (size_t k = 0; r->jobs && k < r->n->cells.n; k++) {
		compile_free(r->jobs[k].compile);
		if (r->jobs[k].state == JOB_BUILDING)
			store_unclaim(r->store, &r->jobs[k].key);
	}
	compile_free(r->sources.compile);
	for (const struct map_entry *e = map_first(&r->sessions); e; e = map_next(e))
		session_free(((struct named_session *)map_value(e))->session);
	for (size_t k = 0; k < r->ninterfaces; k++)
		interface_free(r->interfaces[k]);
	map_release(&r->sessions);
	recipes_release(&r->recipes);
	scratch_release(&r->scratch);
	if (r->store)
		store_close(r->store);
	if (r->loop)
		loop_free(r->loop);
}

/* Folders in which headers of sources and preludes stand. */
static size_t
header_folders(struct run *r, struct str root, const struct str **folders)
{
	const struct cells *cells = &r->n->cells;
	struct arena *a = &r->n->arena;
	struct str *list = arena_alloc(a, cells->nsources + cells->n, sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < cells->nsources; i++)
		if (folder_of(cells->sources[i].text).len > 0)
			list[n++] = arena_printf(a, "%.*s/%.*s", STR_ARG(root),
			    STR_ARG(folder_of(cells->sources[i].text)));
	for (size_t i = 0; i < cells->n; i++)
		if (!cells->list[i].block && folder_of(cells->list[i].name).len > 0)
			list[n++] = arena_printf(a, "%.*s/%.*s", STR_ARG(root),
			    STR_ARG(folder_of(cells->list[i].name)));
	*folders = list;
	return n;
}

static bool
prepare(struct run *r, struct graph *g, const struct blocks *b, struct str root)
{
	struct notebook *n = r->n;
	struct arena *a = &n->arena;
	struct str absolute_root = absolute(a, root), document, folder;
	const struct str *more;
	size_t nmore;

	if (!root_open(&n->root, root, r->diag))
		return false;
	cells_make(&n->cells, g, b, &n->root, a, r->diag);
	n->results = arena_alloc(a, n->cells.n, sizeof *n->results);
	r->store = store_open(NULL, r->diag);
	r->loop = loop_new();
	if (!r->store || !r->loop ||
	    !scratch_make(&r->scratch, g, b, store_folder(r->store), a, r->diag))
		return false;
	document = absolute(a, n->cells.path);
	folder = folder_of(document);
	nmore = header_folders(r, absolute_root, &more);
	recipes_init(&r->recipes, absolute_root, folder, more, nmore, &r->scratch,
	    store_memo(r->store), a, r->diag);
	r->session_options = (struct session_options){ .host_path = parts_host(a, r->diag),
	    .folder = arena_cstr(a, folder) };
	if (!r->session_options.host_path)
		return false;
	prepare_jobs(r);
	return prepare_sources(r);
}

bool
notebook_run(struct notebook *n, struct graph *g, const struct blocks *b, struct str root,
    const struct notebook_options *o, struct diag *d)
{
	struct run r = { .n = n, .options = o, .diag = d, .most = most_jobs(o) };
	bool ok;

	*n = (struct notebook){0};
	n->root.fd = -1;
	arena_init(&n->arena);
	ok = prepare(&r, g, b, root);
	if (ok) {
		if (r.has_sources)
			look_up(&r.sources);
		for (size_t k = 0; k < n->cells.n; k++)
			if (r.jobs[k].state == JOB_NEW)
				look_up(&r.jobs[k]);
		run_all(&r);
	}
	end(&r);
	return ok;
}

void
notebook_release(struct notebook *n)
{
	if (n->root.fd != -1)
		root_close(&n->root);
	arena_release(&n->arena);
	*n = (struct notebook){0};
}
