#include "runner/cli/recorded.h"

#include "runner/build/elf.h"
#include "runner/build/memo.h"
#include "runner/build/toolchain.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cli/course.h"
#include "runner/cli/report.h"
#include "runner/output/paths.h"
#include "runner/session/kept.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/trace.h"

/* What a session's state was made of; of an isolated cell, what it begins with. */
struct past {
	struct str session;
	struct digest chain;
	const char *off;	/* why nothing is recorded from here on; NULL: it is */
	bool is_told;		/* all that comes is told from records */
	size_t until;		/* the cells before this number are run */
	size_t *steps;		/* the cells that made it */
	size_t nsteps;
};

static struct str
bytes_of(const struct digest *d)
{
	return (struct str){ (const char *)d->bytes, HASH_SIZE };
}

static struct recording *
recording_of(const struct run *r, const struct cell *c)
{
	return &r->plans[c->number].recording;
}

/* Does running it change its session's state, if it ends well? */
static bool
is_step(const struct job *j)
{
	return !j->unit.is_program && !j->cell->is_isolated;
}

static bool
is_of(const struct past *p, const struct cell *c)
{
	return !c->is_isolated && str_eq(c->session, p->session);
}

/* ---- keys ---------------------------------------------------------------------------- */

/* All zero if it is not there. */
static struct digest
digest_of_file(const struct run *r, struct str path)
{
	struct memo *m = store_memo(r->store);
	struct memo_file file;

	return memo_file(m, path, &file) ? file.digest : (struct digest){0};
}

static struct str
path_of_data(const struct run *r, const struct word *data)
{
	return arena_printf(&r->n->arena, "%.*s/%.*s", STR_ARG(r->n->root_path), STR_ARG(data->text));
}

static struct digest
digest_of_data(const struct run *r, const struct cell *c)
{
	struct key *k = key_start("skein data 1");

	for (size_t i = 0; i < c->ndata; i++) {
		struct str path = path_of_data(r, &c->data[i]);
		struct digest d;

		memo_look_again(store_memo(r->store), path);
		d = digest_of_file(r, path);
		key_add(k, 1, c->data[i].text);
		key_add(k, 2, bytes_of(&d));
	}
	return key_end(k);
}

/* Where the loader finds a library, as far as the toolchain knows. */
static struct str
library_path(const struct run *r, const struct job *j, struct str name)
{
	const struct compile_options *o = j->request.options;
	struct memo *m = store_memo(r->store);
	struct str path = {0};

	for (size_t i = 0; i < o->nlibs + o->toolchain->nlink; i++) {
		struct str folder = i >= o->nlibs ? o->toolchain->link_folders[i - o->nlibs] :
		    str_starts(o->libs[i], STR("-L")) ? str_slice(o->libs[i], 2, o->libs[i].len) : STR("");

		path = arena_printf(&r->n->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
		if (folder.len > 0 && memo_exists(m, path))
			return path;
	}
	return path;
}

/* The libraries that an object asks for, by what is in them. */
static void
add_libraries(struct run *r, const struct job *j, struct key *k)
{
	struct elf e;
	struct str name;

	if (!elf_open(&e, j->built.object))
		return;
	for (size_t i = 0; elf_needed(&e, i, &name); i++) {
		struct digest *d = map_get(&r->records.libraries, name);

		if (!d) {
			d = arena_alloc(&r->n->arena, 1, sizeof *d);
			*d = digest_of_file(r, library_path(r, j, name));
			map_put(&r->records.libraries, name, d);
		}
		key_add(k, 1, name);
		key_add(k, 2, bytes_of(d));
	}
}

/* What the process of a session begins with. */
static struct digest
base_of(struct run *r, const struct surroundings *s)
{
	struct key *k = key_start("skein recorded session 1");
	struct digest host = digest_of_file(r, str_of(r->session_options.host_path));

	key_add(k, 3, bytes_of(&host));
	key_add(k, 4, str_of(s->folder ? s->folder : r->session_options.folder));
	for (size_t i = 0; i < s->nenv; i++)
		key_add(k, 5, str_of(s->env[i]));
	if (r->objects.has_sources) {
		key_add(k, 6, bytes_of(&r->objects.sources.built.digest));
		add_libraries(r, &r->objects.sources, k);
	}
	return key_end(k);
}

/* A limit that it did not hit may be another one: of time, that is known. */
static struct digest
key_of(struct run *r, const struct digest *chain, const struct job *j, const struct digest *data)
{
	const struct cell *c = j->cell;
	const uint64_t numbers[] = {
		j->unit.is_program, c->is_isolated, c->full_buffer, c->output_kill, c->memory,
		c->file_size, c->processes, c->fails.kind, (uint64_t)c->fails.status,
		(uint64_t)c->fails.signal
	};
	struct key *k = key_start("skein recorded run 1");

	add_libraries(r, j, k);
	key_add(k, 3, bytes_of(chain));
	key_add(k, 4, bytes_of(&j->built.digest));
	key_add(k, 5, bytes_of(data));
	key_add(k, 6, (struct str){ (const char *)numbers, sizeof numbers });
	key_add(k, 7, c->fails.limit);
	key_add(k, 8, c->fails.with.text);
	key_add(k, 9, c->stdin_text);
	for (size_t i = 0; i < c->nargs; i++)
		key_add(k, 10, c->args[i]);
	for (size_t i = 0; i < c->nimages; i++)
		key_add(k, 11, c->images[i].text);
	return key_end(k);
}

static void
add_captured(struct key *k, const struct captured *c, struct str home)
{
	const struct path_word word = { home, STR("$TMPDIR") };
	struct buf text = {0};

	paths_replace(&text, c->head, &word, 1);
	key_add(k, 1, buf_str(&text));
	buf_clear(&text);
	paths_replace(&text, c->tail, &word, 1);
	key_add(k, 2, buf_str(&text));
	buf_release(&text);
}

/* All that can be seen of what a cell gave, but for when. */
static struct digest
gist(const struct outcome *o, struct str home)
{
	struct key *k = key_start("skein gist 1");
	const uint64_t numbers[] = { o->kind, (uint64_t)o->status, (uint64_t)o->signal,
	    o->value.data != NULL };

	key_add(k, 3, (struct str){ (const char *)numbers, sizeof numbers });
	key_add(k, 4, o->value);
	add_captured(k, &o->out, home);
	add_captured(k, &o->err, home);
	return key_end(k);
}

/* The state behind a cell: that before it, what was run, and what came out. */
static struct digest
chain_behind(const struct digest *key, const struct outcome *o, struct str home)
{
	struct key *k = key_start("skein recorded state 1");
	struct digest seen = gist(o, home);

	key_add(k, 1, bytes_of(key));
	key_add(k, 2, bytes_of(&seen));
	return key_end(k);
}

/* ---- pasts ----------------------------------------------------------------------------- */

/* Why nothing is recorded of the cell's session from the start; NULL: something is. */
static const char *
never(const struct run *r, const struct cell *c, const struct past *p)
{
	const char *off = "";
	struct str image;

	if (hosts_of(&r->hosts, c, &image) != HOST_USUAL)
		return "a sanitizer watches its session";
	for (size_t i = 0; i < r->n->cells.n; i++) {
		const struct cell *one = &r->n->cells.list[i];
		const struct compile_options *o = r->objects.jobs[i].request.options;

		if (one != c && (c->is_isolated || !is_of(p, one)))
			continue;
		if (o && o->sanitizers != 0)
			return "a sanitizer watches its session";
		if (one->is_recorded)
			off = NULL;
	}
	return off;
}

static struct past *
new_past(struct run *r, const struct job *j)
{
	struct past *p = arena_alloc(&r->n->arena, 1, sizeof *p);

	p->session = j->cell->session;
	p->chain = base_of(r, &r->plans[j->cell->number].around);
	p->steps = arena_alloc(&r->n->arena, r->n->cells.n, sizeof *p->steps);
	p->off = never(r, j->cell, p);
	return p;
}

static struct past *
past_of(struct run *r, const struct job *j)
{
	struct past *p;

	if (j->cell->is_isolated)
		return new_past(r, j);
	p = map_get(&r->records.pasts, j->cell->session);
	if (!p) {
		p = new_past(r, j);
		map_put(&r->records.pasts, p->session, p);
	}
	return p;
}

/* The cell has ended so. */
static void
advance(struct past *p, const struct job *j, const struct digest *key, const struct outcome *o,
    struct str home)
{
	if (o->state_lost)
		p->off = "the state was lost";
	if (!is_step(j) || o->kind != OUTCOME_DONE)
		return;
	if (j->cell->is_fresh)
		p->off = "a cell before it has cache=off";
	p->steps[p->nsteps++] = j->cell->number;
	p->chain = chain_behind(key, o, home);
}

/* ---- records -------------------------------------------------------------------------- */

/* In records a cell is called by its place in the session's past; it comes last itself. */
static size_t
place_in_past(const struct past *p, size_t own, size_t cell)
{
	for (size_t i = 0; i < p->nsteps; i++)
		if (p->steps[i] == cell)
			return i;
	return cell == own ? p->nsteps : SIZE_MAX;
}

struct numbering {
	const struct past *past;
	size_t own;
};

static size_t
cell_of_place(const void *of, size_t place)
{
	const struct numbering *n = of;

	return place < n->past->nsteps ? n->past->steps[place] :
	    place == n->past->nsteps ? n->own : SIZE_MAX;
}

/* What is recorded under the key of the cell, looked up once. */
static const struct outcome *
look(struct run *r, const struct cell *c, const struct digest *key)
{
	struct recording *rec = recording_of(r, c);
	struct arena *a = &r->n->arena;
	struct outcome o;
	struct str bytes;

	if (rec->is_looked_up && digest_eq(rec->key, *key))
		return rec->outcome;
	rec->key = *key;
	rec->is_looked_up = true;
	rec->outcome = NULL;
	if (c->is_recorded && store_recorded(r->store, key, a, &bytes) &&
	    kept_read(bytes, a, &o, &rec->home) && o.nanoseconds < c->timeout)
		rec->outcome = arena_copy(a, &o, 1, sizeof o);
	return rec->outcome;
}

static struct outcome *
portable(const struct run *r, const struct past *p, const struct job *j, const struct lived *lived)
{
	struct arena *a = &r->n->arena;
	struct outcome *o = arena_copy(a, lived->outcome, 1, sizeof *o);
	struct frame *frames = arena_copy(a, o->frames, o->nframes, sizeof *frames);
	struct frame *start = o->start ? arena_copy(a, o->start, 1, sizeof *start) : NULL;

	for (size_t i = 0; i < o->nframes; i++)
		frames[i].cell = place_in_past(p, j->cell->number,
		    living_cell(r->strand, lived, frames[i].cell));
	if (start)
		start->cell = place_in_past(p, j->cell->number,
		    living_cell(r->strand, lived, start->cell));
	o->frames = frames;
	o->start = start;
	return o;
}

/* Why what has just been run is not recorded; NULL: it is now. */
static const char *
record(struct run *r, const struct past *p, const struct job *j, const struct lived *lived)
{
	const struct recording *rec = recording_of(r, j->cell);
	struct digest data = digest_of_data(r, j->cell);
	struct buf bytes = {0};
	bool ok;

	if (!r->n->results[j->cell->number].as_expected)
		return "it failed";
	if (!kept_can(lived->outcome))
		return "it hit a limit, or left something behind";
	if (!living_home_is_empty(r->living))
		return "files are left in $TMPDIR";
	if (!digest_eq(data, rec->data))
		return "its data changed meanwhile";
	kept_write(portable(r, p, j, lived), str_of(r->n->home), &bytes);
	ok = store_record(r->store, &rec->key, buf_str(&bytes));
	buf_release(&bytes);
	return ok ? NULL : "it is too large, or the cache cannot be written";
}

static void
explain_lack(const struct cell *c, const char *why)
{
	char name[256];

	if (why)
		trace("explain", "%.*s: its run is not recorded: %s",
		    STR_ARG(report_name(c, name, sizeof name)), why);
}

/* ---- what comes ----------------------------------------------------------------------- */

/* Will it be run or told, as far as can be seen? */
static bool
comes(const struct job *j)
{
	return !j->cell->is_broken && !j->cell->only_compile && !j->cell->transcript &&
	    (j->state == JOB_WAITS || j->state == JOB_BUILT || j->cell->kind == CELL_LUA ||
	    j->cell->kind == CELL_ENGINE);
}

/* The number behind the last cell of the session that has no record in any case. */
static size_t
last_unrecorded(const struct run *r, const struct past *p, size_t from)
{
	size_t k = r->n->cells.n;

	while (k > from + 1 && !(is_of(p, &r->n->cells.list[k - 1]) &&
	    !r->n->cells.list[k - 1].is_recorded && comes(&r->objects.jobs[k - 1])))
		k--;
	return k > from + 1 ? k : 0;
}

static bool
fails_ahead(void *arg, const struct cell *c)
{
	const struct run *r = arg;

	return r->objects.jobs[c->number].state == JOB_FAILED;
}

/* Does it need a cell that is not there, or will not be? */
static bool
is_blocked(const struct run *r, const struct job *j)
{
	for (size_t i = 0; i < j->unit.nuses; i++) {
		const struct cell_result *other = &r->n->results[j->unit.uses[i]];

		if (other->end == CELL_WAITS ? r->plans[j->unit.uses[i]].recording.is_absent :
		    other->end != CELL_COMPILED && other->end != CELL_LEFT_OUT &&
		    (other->end != CELL_RAN || other->outcome->kind != OUTCOME_DONE))
			return true;
	}
	return false;
}

/*
 * This cell has a record: have all behind it in its session?  Each is looked for
 * under the key that it has if those before it gave what their records say.
 */
static enum records_answer
look_ahead(struct run *r, struct past *p, size_t from)
{
	struct digest chain = p->chain, key, data;

	p->until = last_unrecorded(r, p, from);
	if (p->until > 0)
		return RECORDS_RUN;
	for (size_t k = from; k < r->n->cells.n; k++) {
		struct job *j = &r->objects.jobs[k];
		struct recording *rec = &r->plans[k].recording;
		const struct outcome *o;

		if (!is_of(p, j->cell) || j->cell->transcript)
			continue;
		rec->is_absent = !j->cell->only_compile;
		if (j->state == JOB_FAILED && objects_ask_without(j, fails_ahead, r))
			return RECORDS_WAIT;
		if (!comes(j) || (j->state == JOB_BUILT && is_blocked(r, j)))
			continue;
		if (j->state == JOB_WAITS)
			return RECORDS_WAIT;
		data = digest_of_data(r, j->cell);
		key = key_of(r, &chain, j, &data);
		o = look(r, j->cell, &key);
		if (!o) {
			p->until = k + 1;
			return RECORDS_RUN;
		}
		rec->is_absent = o->kind != OUTCOME_DONE;
		if (is_step(j) && o->kind == OUTCOME_DONE)
			chain = chain_behind(&key, o, rec->home);
	}
	p->is_told = true;
	return RECORDS_TOLD;
}

/* Something came between: run those of the session that were told, and do without records. */
static enum records_answer
go_back(struct run *r, struct past *p)
{
	size_t first = r->next;

	p->off = "what it depends on changed during the run";
	for (size_t k = r->next; k-- > 0; ) {
		struct cell_result *result = &r->n->results[k];

		if (!is_of(p, &r->n->cells.list[k]) || !result->is_recorded)
			continue;
		*result = (struct cell_result){0};
		first = k;
	}
	r->next = first;
	return RECORDS_BACK;
}

static enum records_answer
tell(struct run *r, struct job *j)
{
	struct recording *rec = recording_of(r, j->cell);
	struct cell_result *result = &r->n->results[j->cell->number];
	const struct numbering n = { rec->past, j->cell->number };

	result->outcome = trail_outcome(&r->trail, rec->outcome, cell_of_place, &n);
	result->is_recorded = true;
	result->home = rec->home;
	course_settle(r, j, CELL_RAN, NULL);
	advance(rec->past, j, &rec->key, rec->outcome, rec->home);
	return RECORDS_TOLD;
}

/* ---- in the course of a run --------------------------------------------------------------- */

void
records_open(struct run *r)
{
	for (size_t i = 0; i < r->n->cells.n; i++)
		r->records.any |= r->n->cells.list[i].block && r->n->cells.list[i].is_recorded;
}

void
records_release(struct run *r)
{
	map_release(&r->records.pasts);
	map_release(&r->records.libraries);
}

static void
miss_data(const struct run *r, const struct cell *c)
{
	for (size_t i = 0; i < c->ndata; i++)
		if (!memo_exists(store_memo(r->store), path_of_data(r, &c->data[i])))
			diag_warning(r->diag, c->data[i].at, "missing-data",
			    "the file '%.*s' is not there: data names files that the cell reads, from "
			    "the project's root on", STR_ARG(c->data[i].text));
}

void
records_meet(struct run *r, struct job *j)
{
	struct recording *rec = recording_of(r, j->cell);

	if (!rec->is_met)
		miss_data(r, j->cell);
	rec->is_met = true;
	if (j->cell->ndata > 0 || r->records.any)
		rec->data = digest_of_data(r, j->cell);
	if (!rec->past && r->records.any)
		rec->past = past_of(r, j);
}

enum records_answer
records_ask(struct run *r, struct job *j)
{
	struct recording *rec = recording_of(r, j->cell);
	struct past *p = rec->past;
	const struct outcome *o;
	struct digest key;
	bool is_clean;

	if (!p || p->off) {
		rec->why = p ? p->off : "";
		return RECORDS_RUN;
	}
	key = key_of(r, &p->chain, j, &rec->data);
	is_clean = living_home_is_empty(r->living);
	o = look(r, j->cell, &key);
	rec->is_known = true;
	rec->why = !is_clean ? "files are left in $TMPDIR" : !o ? "not recorded" :
	    "a later cell of its session runs";
	if (o && is_clean && (!is_step(j) || o->kind != OUTCOME_DONE || p->is_told))
		return tell(r, j);
	if (p->is_told)
		return go_back(r, p);
	if (!o || !is_clean || j->cell->number < p->until ||
	    look_ahead(r, p, j->cell->number) == RECORDS_RUN)
		return RECORDS_RUN;
	return p->is_told ? tell(r, j) : RECORDS_WAIT;
}

bool
records_runs(const struct run *r, const struct cell *c)
{
	const struct past *p = map_get(&r->records.pasts, c->session);

	return !c->is_recorded || !p || p->off || c->number < p->until;
}

void
records_ran(struct run *r, struct job *j, const struct lived *lived, bool stands)
{
	struct recording *rec = recording_of(r, j->cell);
	struct past *p = rec->past;
	struct str home = str_of(r->n->home);
	struct digest now;

	if (!p || p->off)
		return;
	if (!rec->is_known)
		rec->key = key_of(r, &p->chain, j, &rec->data);
	if (!stands && rec->outcome) {
		struct digest then = gist(rec->outcome, rec->home);

		now = gist(lived->outcome, home);
		if (digest_eq(now, then))
			goto out;
		diag_warning(r->diag, j->cell->at, "not-repeatable",
		    "this cell gave something else when its run was recorded: name what it reads in "
		    "data=, or do without cache=run");
	}
	if (!stands && j->cell->is_recorded)
		explain_lack(j->cell, record(r, p, j, lived));
out:
	advance(p, j, &rec->key, lived->outcome, home);
}
