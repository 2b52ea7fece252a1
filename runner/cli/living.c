#include "runner/cli/living.h"

#include <stdio.h>

#include "runner/build/loop.h"
#include "runner/cache/key.h"
#include "runner/session/protocol.h"
#include "tangle/base/mem.h"

#define COPIES_MEMORY	((uint64_t)512 << 20)	/* of frozen pasts of one session */

enum { PROGRESS_EVERY = 100 * 1000 * 1000 };	/* nanoseconds */

static struct str
bytes_of(const void *p, size_t n)
{
	return (struct str){ p, n };
}

static struct str
bytes_of_key(const struct lived *c)
{
	return bytes_of(c->key.bytes, HASH_SIZE);
}

/* ---- letting go ------------------------------------------------------------------------ */

/* Not yet: somebody may still look at what it gave. */
static void
let_go(struct living *l, struct lived *c)
{
	c->next = l->gone;
	l->gone = c;
}

static void
free_lived(struct lived *c)
{
	arena_release(&c->own);
	mem_free(c);
}

static void
free_gone(struct living *l)
{
	while (l->gone) {
		struct lived *c = l->gone;

		l->gone = c->next;
		free_lived(c);
	}
}

static void
free_strand(struct strand *t)
{
	session_free(t->session);
	for (size_t i = 0; i < t->n; i++)
		free_lived(t->steps[i]);
	mem_free(t->steps);
	arena_release(&t->arena);
	mem_free(t);
}

/* What the last run has not met. */
static void
free_stale(struct living *l)
{
	const struct map_entry *e, *next;

	for (e = map_first(&l->others); e; e = next) {
		struct lived *c = map_value(e);

		next = map_next(e);
		if (c->met == l->run)
			continue;
		map_remove(&l->others, bytes_of_key(c));
		free_lived(c);
	}
	for (e = map_first(&l->strands); e; e = next) {
		struct strand *t = map_value(e);

		next = map_next(e);
		if (t->met == l->run)
			continue;
		map_remove(&l->strands, t->name);
		free_strand(t);
	}
}

void
living_init(struct living *l, struct loop *loop, struct store *store, struct diag *d, bool keeps)
{
	*l = (struct living){ .loop = loop, .store = store, .diag = d, .keeps = keeps };
	arena_init(&l->units_arena);
}

void
living_begin(struct living *l, size_t ncells)
{
	free_gone(l);
	if (!l->was_cut)
		free_stale(l);
	l->was_cut = false;
	l->run++;
	l->first = l->next;
	l->next += ncells;
}

void
living_forget_units(struct living *l)
{
	map_release(&l->units);
	arena_release(&l->units_arena);
	arena_init(&l->units_arena);
}

void
living_add_unit(struct living *l, struct digest unit)
{
	struct digest *own = arena_copy(&l->units_arena, &unit, 1, sizeof unit);

	map_put(&l->units, bytes_of(own->bytes, HASH_SIZE), own);
}

void
living_cut(struct living *l)
{
	l->was_cut = true;
}

void
living_dismiss(struct living *l)
{
	for (const struct map_entry *e = map_first(&l->strands); e; e = map_next(e))
		session_dismiss(((struct strand *)map_value(e))->session);
}

void
living_release(struct living *l)
{
	l->run++;		/* which meets nothing */
	free_stale(l);
	if (l->running)		/* a signal ended the run before it */
		let_go(l, l->running);
	free_gone(l);		/* after the sessions, which may look at them */
	map_release(&l->strands);
	map_release(&l->others);
	living_forget_units(l);
	arena_release(&l->units_arena);
	if (l->has_home) {
		home_close(&l->home);
		arena_release(&l->home_arena);
	}
	*l = (struct living){0};
}

/* ---- sessions -------------------------------------------------------------------------- */

static const char *
kept_path(struct strand *t, const char *path)
{
	return path ? arena_cstr(&t->arena, str_of(path)) : NULL;
}

static struct digest
base_of(const struct session_options *o, const struct digest *sources)
{
	struct key *k = key_start("skein session 1");

	key_add(k, 1, str_of(o->folder));
	key_add(k, 2, o->scratch ? str_of(o->scratch) : STR(""));
	key_add(k, 3, o->image);
	if (sources)
		key_add(k, 4, bytes_of(sources->bytes, HASH_SIZE));
	for (size_t i = 0; i < o->nenv; i++)
		key_add(k, 5, str_of(o->env[i]));
	return key_end(k);
}

static const char *const *
kept_list(struct strand *t, const char *const *list, size_t n)
{
	const char **kept = arena_alloc(&t->arena, n, sizeof *kept);

	for (size_t i = 0; i < n; i++)
		kept[i] = kept_path(t, list[i]);
	return kept;
}

/* "reading 40%": a line on a terminal, as often as anyone can read it. */
static void
hear_progress(void *arg, struct str label, struct str amount)
{
	struct living *l = arg;
	char words[64];
	double done, total;
	int64_t now = loop_now();
	int n = 0;

	if (now - l->heard < PROGRESS_EVERY)
		return;
	snprintf(words, sizeof words, "%.*s", (int)(amount.len < sizeof words ? amount.len : sizeof words - 1),
	    amount.len > 0 ? amount.data : "");
	l->heard = now;
	label = str_slice(label, 0, str_find_byte(label, '\n'));
	label = str_slice(label, 0, LIVING_PROGRESS - 16);
	if (sscanf(words, "%lf %lf", &done, &total) == 2 && total > 0 && done >= 0 && done <= total)
		n = snprintf(l->progress, sizeof l->progress, "%.*s%s%.0f%%", STR_ARG(label),
		    label.len > 0 ? " " : "", done / total * 100);
	else
		n = snprintf(l->progress, sizeof l->progress, "%.*s", STR_ARG(label));
	if (n < 0)
		l->progress[0] = '\0';
}

static struct strand *
new_strand(struct living *l, struct str name, const struct session_options *given,
    const struct session_object *sources)
{
	struct strand *t = mem_zalloc(1, sizeof *t);
	struct session_options o = *given;

	arena_init(&t->arena);
	t->name = arena_str(&t->arena, name);
	o.host_path = kept_path(t, o.host_path);
	o.lua_path = kept_path(t, o.lua_path);
	o.folder = kept_path(t, o.folder);
	o.scratch = kept_path(t, o.scratch);
	o.env = kept_list(t, o.env, o.nenv);
	o.progress = hear_progress;
	o.progress_arg = l;
	if (l->keeps) {
		o.copies = PROTOCOL_COPIES;
		o.copies_memory = COPIES_MEMORY;
	}
	t->session = session_new(l->loop, &o, l->diag);
	if (!t->session) {
		free_strand(t);
		return NULL;
	}
	if (sources) {
		struct session_object own = *sources;

		if (l->keeps || l->lasts)
			own.bytes = arena_str(&t->arena, own.bytes);
		session_preload(t->session, &own);
	}
	map_put(&l->strands, t->name, t);
	return t;
}

const char *
living_home(struct living *l, struct str document)
{
	if (l->has_home)
		return l->home.path.data;
	arena_init(&l->home_arena);
	l->has_home = home_open(&l->home, document, &l->home_arena, l->diag);
	if (l->has_home)
		return l->home.path.data;
	arena_release(&l->home_arena);
	return NULL;
}

bool
living_home_is_empty(const struct living *l)
{
	return !l->has_home || home_is_empty(&l->home);
}

bool
living_has(const struct living *l, struct str name)
{
	return map_get(&l->strands, name) != NULL;
}

struct strand *
living_met(const struct living *l, struct str name)
{
	struct strand *t = map_get(&l->strands, name);

	return t && t->met == l->run ? t : NULL;
}

struct strand *
living_strand(struct living *l, struct str name, const struct session_options *o,
    const struct session_object *sources, const struct digest *sources_digest)
{
	struct strand *t = map_get(&l->strands, name);
	struct digest base;

	if (t && t->met == l->run)
		return t;
	base = base_of(o, sources_digest);
	if (t && !digest_eq(t->base, base)) {
		map_remove(&l->strands, t->name);
		free_strand(t);
		t = NULL;
	}
	if (!t)
		t = new_strand(l, name, o, sources);
	if (!t)
		return NULL;
	t->base = t->chain = base;
	t->at = 0;
	t->met = l->run;
	return t;
}

/* ---- cells ----------------------------------------------------------------------------- */

static bool
is_step(const struct session_run *r)
{
	return !r->is_program && !r->is_isolated;
}

static struct digest
key_of(const struct strand *t, const struct session_run *r, const struct digest *object)
{
	struct key *k = key_start("skein cell 1");
	const uint64_t numbers[] = {
		r->is_program, r->is_isolated, r->full_buffer, (uint64_t)r->timeout,
		r->output_kept, r->output_kill, r->memory, r->is_machines, r->file_size,
		r->processes
	};

	key_add(k, 1, bytes_of(t->chain.bytes, HASH_SIZE));
	key_add(k, 2, bytes_of(object->bytes, HASH_SIZE));
	key_add(k, 3, bytes_of(numbers, sizeof numbers));
	key_add(k, 4, r->stdin_text);
	for (size_t i = 0; i < r->nargs; i++)
		key_add(k, 5, str_of(r->args[i]));
	return key_end(k);
}

struct digest
living_key(const struct living *l, const struct strand *t, const struct session_run *r,
    const struct digest *object)
{
	struct digest key = key_of(t, r, object);
	const struct lived *other;

	while ((other = map_get(&l->others, bytes_of(key.bytes, HASH_SIZE))) && other->met == l->run)
		key = hash_of(bytes_of(key.bytes, HASH_SIZE));
	return key;
}

struct lived *
living_find(struct living *l, struct strand *t, const struct digest *key, size_t cell)
{
	struct lived *c = t->at < t->n ? t->steps[t->at] : NULL;

	if (c && digest_eq(c->key, *key)) {
		t->at++;
		t->chain = *key;
	} else {
		c = map_get(&l->others, bytes_of(key->bytes, HASH_SIZE));
	}
	if (c) {
		c->cell = cell;
		c->met = l->run;
	}
	return c;
}

/* Its session forgets what stands behind the steps that this run has met. */
static void
go_back(struct living *l, struct strand *t)
{
	if (t->n == t->at)
		return;
	session_rewind(t->session, t->at);
	while (t->n > t->at)
		let_go(l, t->steps[--t->n]);
}

/* What the session looks at for as long as it knows the cell. */
static void
keep_run(struct lived *c)
{
	struct session_run *r = &c->run;
	const char **args = arena_alloc(c->arena, r->nargs + 1, sizeof(char *));

	for (size_t i = 0; i < r->nargs; i++)
		args[i] = arena_cstr(c->arena, str_of(r->args[i]));
	r->args = args;
	r->object.bytes = arena_str(c->arena, r->object.bytes);
	r->object.marker = arena_str(c->arena, r->object.marker);
	r->stdin_text = arena_str(c->arena, r->stdin_text);
}

struct lived *
living_start(struct living *l, struct strand *t, const struct digest *key,
    const struct session_run *r, size_t cell, struct arena *a)
{
	struct lived *c = mem_zalloc(1, sizeof *c);

	go_back(l, t);
	*c = (struct lived){ .key = *key, .run = *r, .cell = cell, .met = l->run,
	    .began = l->run, .arena = a };
	arena_init(&c->own);
	if (l->keeps)
		c->arena = &c->own;
	if (l->keeps || l->lasts)
		keep_run(c);
	c->run.object.number = l->first + cell;
	l->running = c;
	return c;
}

/* Would it give the same again? */
static bool
is_lasting(const struct outcome *o)
{
	return o->kind != OUTCOME_LOAD && o->kind != OUTCOME_INTERRUPTED && !o->state_lost;
}

/* The session has begun anew: no step of a later run will have these keys. */
static void
lose(struct living *l, struct strand *t)
{
	struct digest lost = hash_of(STR("lost"));

	t->at = 0;
	while (t->n > 0)
		let_go(l, t->steps[--t->n]);
	t->chain = lost;
}

void
living_end(struct living *l, struct strand *t, struct lived *c, struct outcome *o)
{
	c->outcome = o;
	l->running = NULL;
	if (o->state_lost)
		lose(l, t);
	if (o->kind == OUTCOME_DONE && is_step(&c->run)) {
		t->steps = mem_grow(t->steps, &t->cap, t->n + 1, sizeof(struct lived *));
		t->steps[t->n++] = c;
		t->at = t->n;
		t->chain = c->key;
	} else if (is_lasting(o) && !map_get(&l->others, bytes_of_key(c))) {
		map_put(&l->others, bytes_of_key(c), c);
	} else {
		let_go(l, c);
	}
}

size_t
living_cell(const struct strand *t, const struct lived *running, size_t number)
{
	if (running && running->run.object.number == number)
		return running->cell;
	for (size_t i = 0; i < t->at; i++)
		if (t->steps[i]->run.object.number == number)
			return t->steps[i]->cell;
	return SIZE_MAX;
}
