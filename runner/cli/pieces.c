#include "runner/cli/pieces.h"

#include <string.h>

#include "runner/build/elf.h"
#include "runner/build/piece.h"
#include "runner/build/toolchain.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cli/objects.h"
#include "runner/session/run.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum {
	FEWEST_CELLS = 16,	/* of a document: below, nothing is to be gained */
	LEAST = 8, MOST = 48,	/* cells of a chunk */
	EACH = 24		/* one in so many ends a chunk */
};

/* Cells that follow one another: all of them were reused. */
struct chunk {
	size_t first, n;
	struct digest key;
	bool is_known;		/* it has been joined */
};

/* In the file of a chunk: how many pieces, what each has, and their bytes. */
struct run_head {
	uint64_t first, n, size;
};

struct run_piece {
	struct session_piece piece;
	struct piece view;
	size_t first, n;	/* cells */
	bool is_decided, is_used;
};

/* The names of a session's cells, as far as they have come. */
struct scope {
	struct map defined;		/* by which cell first: a struct job */
	struct map open;		/* asked for when they were not there */
	bool is_watched;		/* a cell looks at the loader */
};

bool
pieces_may_be(const struct cells *c)
{
	bool is_told = false;

	/* what is told from records asks for objects ahead; what is generated may be others */
	for (size_t i = 0; i < c->n; i++)
		is_told = is_told || c->list[i].is_recorded || c->list[i].generates;
	return c->n >= FEWEST_CELLS && !is_told;
}

void
pieces_open(struct pieces *p, struct objects *o)
{
	*p = (struct pieces){ .objects = o };
	p->of = arena_alloc(o->arena, o->cells->n, sizeof(struct run_piece *));
}

void
pieces_release(struct pieces *p)
{
	for (const struct map_entry *e = map_first(&p->scopes); e; e = map_next(e)) {
		struct scope *s = map_value(e);

		map_release(&s->defined);
		map_release(&s->open);
	}
	map_release(&p->scopes);
	mem_free(p->chunks);
}

/* ---- chunks ---------------------------------------------------------------------------- */

/* Does it always run like the others, and end well? */
static bool
is_ordinary(const struct job *j)
{
	const struct cell *c = j->cell;

	return j->state == JOB_BUILT && j->built.is_reused && !j->unit.is_program && !c->is_isolated &&
	    !c->is_cxx && !c->only_compile && !c->is_fresh && c->fails.kind == FAILS_NOT &&
	    j->request.options->sanitizers == 0 && !j->request.options->toolchain->is_tcc;
}

static bool
ends_chunk(const struct job *j, size_t n)
{
	return n == MOST || (n >= LEAST && j->built.digest.bytes[0] % EACH == 0);
}

static struct digest
key_of_chunk(const struct job *jobs, size_t n)
{
	struct key *k = key_start("skein pieces 2");

	for (size_t i = 0; i < n; i++)
		key_add(k, 1, (struct str){ (const char *)jobs[i].built.digest.bytes, HASH_SIZE });
	return key_end(k);
}

static void
add_chunk(struct pieces *p, size_t first, size_t end)
{
	if (end - first < LEAST)
		return;
	p->chunks = mem_grow(p->chunks, &p->cap, p->nchunks + 1, sizeof *p->chunks);
	p->chunks[p->nchunks++] = (struct chunk){ .first = first, .n = end - first,
	    .key = key_of_chunk(p->objects->jobs + first, end - first) };
}

static void
cut(struct pieces *p)
{
	const struct job *jobs = p->objects->jobs;
	size_t n = p->objects->cells->n, first = 0;

	for (size_t k = 0; k < n; k++) {
		if (!is_ordinary(&jobs[k])) {
			add_chunk(p, first, k);
			first = k + 1;
			continue;
		}
		if (k > first && !str_eq(jobs[k].cell->session, jobs[first].cell->session)) {
			add_chunk(p, first, k);
			first = k;
		}
		if (ends_chunk(&jobs[k], k + 1 - first)) {
			add_chunk(p, first, k + 1);
			first = k + 1;
		}
	}
	add_chunk(p, first, n);
}

/* ---- from the cache --------------------------------------------------------------------- */

static void
take_piece(struct pieces *p, const struct chunk *c, const struct run_head *h, struct str bytes)
{
	struct run_piece *one = arena_alloc(p->objects->arena, 1, sizeof *one);

	if (h->first > c->n || h->n > c->n - h->first || !piece_open(&one->view, bytes) ||
	    one->view.nparts != h->n)
		return;
	one->first = c->first + h->first;
	one->n = h->n;
	one->piece = (struct session_piece){ .bytes = bytes, .number = ++p->count };
	for (size_t i = 0; i < one->n; i++)
		p->of[one->first + i] = one;
}

static void
take_chunk(struct pieces *p, const struct chunk *c, struct str text)
{
	uint64_t n, at = sizeof n;

	if (text.len < sizeof n)
		return;
	memcpy(&n, text.data, sizeof n);
	if (n > c->n || n > (text.len - at) / sizeof(struct run_head))
		return;
	at += n * sizeof(struct run_head);
	for (uint64_t i = 0; i < n; i++) {
		struct run_head h;

		memcpy(&h, text.data + sizeof n + i * sizeof h, sizeof h);
		if (h.size > text.len - at)
			return;
		take_piece(p, c, &h, str_slice(text, at, at + h.size));
		at += h.size;
	}
}

static void
look_up(struct pieces *p)
{
	cut(p);
	for (size_t i = 0; i < p->nchunks; i++) {
		struct chunk *c = &p->chunks[i];
		struct str text;

		c->is_known = store_pieces(p->objects->store, &c->key, p->objects->arena, &text);
		if (c->is_known)
			take_chunk(p, c, text);
	}
}

/* ---- may it be used? ---------------------------------------------------------------------- */

/* By the cell's text: what it says is known before it runs. */
static bool
looks_at_loader(struct str text)
{
	static const char *const words[] = { "dladdr", "dlinfo", "dlopen", "dlsym", "dlvsym", "dlmopen",
		"dl_iterate_phdr", "_dl_find_object", "backtrace_symbols", "_r_debug", "link_map",
		"/proc/" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_find(text, str_of(words[i])) < text.len)
			return true;
	return false;
}

static struct scope *
new_scope(struct pieces *p, struct str session)
{
	struct scope *s = arena_alloc(p->objects->arena, 1, sizeof *s);
	const struct cells *cells = p->objects->cells;

	for (size_t i = 0; i < cells->n && !s->is_watched; i++)
		s->is_watched = str_eq(cells->list[i].session, session) &&
		    looks_at_loader(cells->list[i].text);
	s->is_watched = s->is_watched || p->objects->has_sources;
	map_put(&p->scopes, session, s);
	return s;
}

static bool
is_of_cells(struct str name)
{
	return str_starts(name, STR("skein_")) && !str_eq(name, STR("skein_unit"));
}

static void
define(struct scope *s, struct str name, struct job *by)
{
	if (is_of_cells(name) && !map_get(&s->defined, name))
		map_put(&s->defined, arena_str(by->all->arena, name), by);
}

static void
add_object(struct scope *s, struct job *j)
{
	struct elf_symbol sym;
	struct elf e;

	if (!elf_open(&e, j->built.object))
		return;
	for (size_t i = 0; elf_symbol(&e, i, &sym); i++)
		if (sym.is_defined)
			define(s, sym.name, j);
	for (size_t i = 0; elf_symbol(&e, i, &sym); i++)
		if (!sym.is_defined && is_of_cells(sym.name) && !map_get(&s->defined, sym.name))
			map_put(&s->open, arena_str(j->all->arena, sym.name), j);
}

/*
 * Are the names there that it asks for, and is none that it defines there already,
 * or awaited?  What the first part defines would come at the same time anyway.
 */
static bool
fits(const struct scope *s, const struct piece *view)
{
	struct str name;
	size_t part;

	for (size_t i = 0; piece_symbol(view, i, &name, &part); i++) {
		bool is_there = map_get(&s->defined, name) != NULL;

		if (!is_of_cells(name) || (part == SIZE_MAX ? is_there : !is_there &&
		    (part == 0 || !map_get(&s->open, name))))
			continue;
		trace("piece", "'%.*s' could mean another one", STR_ARG(name));
		return false;
	}
	return true;
}

static void
decide(struct pieces *p, struct scope *s, struct run_piece *one)
{
	struct str name;
	size_t part;

	one->is_decided = true;
	one->is_used = !s->is_watched && fits(s, &one->view);
	trace("piece", "cells %zu to %zu are %s", one->first, one->first + one->n - 1,
	    one->is_used ? "loaded as one" : "loaded one by one");
	for (size_t i = 0; one->is_used && piece_symbol(&one->view, i, &name, &part); i++)
		if (part < one->n)
			define(s, name, &p->objects->jobs[one->first + part]);
}

static bool
meet(struct pieces *p, struct job *j)
{
	size_t number = j->cell->number;
	struct run_piece *one = p->of[number];
	struct scope *s = map_get(&p->scopes, j->cell->session);

	if (!s)
		s = new_scope(p, j->cell->session);
	if (one && !one->is_decided && number == one->first)
		decide(p, s, one);
	if (one && one->is_used && piece_part(&one->view, number - one->first, &j->part)) {
		j->piece = &one->piece;
		return !(j->part.flags & PIECE_PRIVATE) || objects_fetch(j);
	}
	if (!objects_fetch(j))
		return false;
	if (!j->unit.is_program && !j->cell->is_isolated)
		add_object(s, j);
	return true;
}

bool
pieces_meet(struct pieces *p, struct job *j)
{
	size_t number = j->cell->number;

	if (!p->objects)
		return true;
	if (!p->is_looked_up) {
		p->is_looked_up = true;
		look_up(p);
	}
	if (number < p->next)
		return true;
	if (!meet(p, j)) {
		j->piece = NULL;
		objects_ask_again(j);
		return false;
	}
	p->next = number + 1;
	return true;
}

static struct str
fetch(void *jobs, size_t number)
{
	struct job *j = (struct job *)jobs + number;

	return objects_fetch(j) ? j->built.object : STR("");
}

struct session_object
pieces_object(const struct job *j)
{
	const struct cell *c = j->cell;

	return (struct session_object){ .bytes = j->built.object, .number = c->number,
	    .marker = c->marker, .slot = c->number, .piece = j->piece, .base = j->part.base,
	    .unit = j->part.unit, .fetch = fetch, .arg = j->all->jobs };
}

/* ---- into the cache ---------------------------------------------------------------------- */

static size_t
fetch_all(struct pieces *p, const struct chunk *c, struct str *objects)
{
	for (size_t i = 0; i < c->n; i++) {
		struct job *j = &p->objects->jobs[c->first + i];

		if (!j->built.is_reused || !objects_fetch(j))
			return 0;
		objects[i] = j->built.object;
	}
	return c->n;
}

/* How a cell goes together with those before it. */
enum fit { FIT_ALONE, FIT_FIRST, FIT_ANY };

/*
 * One that asks for a name that only a later one defines stands alone, and one that
 * defines such a name comes first: see fits().
 */
static enum fit
fit_of(struct pieces *p, struct job *j)
{
	const struct scope *s = map_get(&p->scopes, j->cell->session);
	enum fit fit = FIT_ANY;
	struct elf_symbol sym;
	struct elf e;

	if (!s || !elf_open(&e, j->built.object))
		return FIT_ALONE;
	for (size_t i = 0; elf_symbol(&e, i, &sym); i++) {
		const struct job *by = map_get(&s->defined, sym.name);

		if (!is_of_cells(sym.name))
			continue;
		if (sym.is_defined ? by != j : !by || by > j)
			return FIT_ALONE;
		if (sym.is_defined && map_get(&s->open, sym.name))
			fit = FIT_FIRST;
	}
	return fit;
}

/* Of cells from the i-th one on, as many as go together. */
static size_t
length_of(struct pieces *p, const struct chunk *c, size_t i)
{
	struct job *jobs = p->objects->jobs + c->first;
	size_t n = 0;

	if (fit_of(p, &jobs[i]) == FIT_ALONE)
		return 0;
	do
		n++;
	while (i + n < c->n && fit_of(p, &jobs[i + n]) == FIT_ANY);
	return n;
}

static void
join(struct pieces *p, const struct chunk *c)
{
	struct buf heads = {0}, bytes = {0}, one = {0};
	struct str objects[MOST];
	uint64_t n = 0;

	for (size_t i = 0, left = fetch_all(p, c, objects); i < left; ) {
		struct run_head h = { .first = i };

		buf_clear(&one);
		h.n = piece_make(objects + i, length_of(p, c, i), &one);
		h.size = one.len;
		if (h.n > 1) {
			buf_add(&heads, (struct str){ (const char *)&h, sizeof h });
			buf_add(&bytes, buf_str(&one));
			n++;
		}
		i += h.n ? h.n : 1;
	}
	buf_clear(&one);
	buf_add(&one, (struct str){ (const char *)&n, sizeof n });
	buf_add(&one, buf_str(&heads));
	buf_add(&one, buf_str(&bytes));
	store_keep_pieces(p->objects->store, &c->key, buf_str(&one));
	trace("piece", "cells %zu to %zu are joined to %zu pieces", c->first, c->first + c->n - 1,
	    (size_t)n);
	buf_release(&heads);
	buf_release(&bytes);
	buf_release(&one);
}

void
pieces_keep(struct pieces *p)
{
	for (size_t i = 0; i < p->nchunks; i++)
		if (!p->chunks[i].is_known)
			join(p, &p->chunks[i]);
}
