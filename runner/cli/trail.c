#include "runner/cli/trail.h"

#include <stdint.h>
#include <stdio.h>

#include "runner/cell/luachunk.h"
#include "runner/cell/outermost.h"
#include "runner/cli/notebook.h"
#include "tangle/base/buf.h"
#include "tangle/expand/expand.h"
#include "tangle/expand/graph.h"

enum { LARGEST = 4 << 20 };

/* A file that calls are in: the lines of a target stand in the document. */
struct trail_file {
	const struct place *lines;
	size_t nlines;
	const struct source *source;	/* of another file; NULL: nobody can read it */
};

void
trail_open(struct trail *t, const struct notebook *n, trail_locate_fn *locate, const void *arg)
{
	*t = (struct trail){ .notebook = n, .locate = locate, .arg = arg };
}

void
trail_close(struct trail *t)
{
	map_release(&t->files);
}

static struct arena *
arena_of(const struct trail *t)
{
	union {				/* the notebook is only looked at but for its arena */
		const struct notebook *in;
		struct notebook *out;
	} view = { t->notebook };

	return &view.out->arena;
}

/* ---- files ----------------------------------------------------------------------------- */

static bool
take_target(struct trail *t, struct str path, struct trail_file *f)
{
	const struct graph *g = t->notebook->graph;

	for (size_t i = 0; i < g->ntargets; i++) {
		const struct node *n = g->targets[i];
		struct expansion x = {0};

		if (n->state != NODE_GOOD || !str_eq(n->file, path))
			continue;
		expand_node(&x, n, &(struct expand_style){ .origins = true });
		f->lines = arena_copy(arena_of(t), x.lines, x.nlines, sizeof *x.lines);
		f->nlines = x.nlines;
		expansion_release(&x);
		return true;
	}
	return false;
}

/* As the compiler has read it. */
static void
read_file(struct trail *t, struct str name, struct trail_file *f)
{
	struct arena *a = arena_of(t);
	FILE *file = fopen(arena_cstr(a, arena_printf(a, "%.*s/%.*s",
	    STR_ARG(t->notebook->root_path), STR_ARG(name))), "re");
	struct source *s = arena_alloc(a, 1, sizeof *s);
	struct buf text = {0};
	size_t n = 1;

	while (file && n > 0 && text.len < LARGEST) {
		n = fread(buf_room(&text, BUFSIZ), 1, BUFSIZ, file);
		text.len += n;
	}
	if (file) {
		fclose(file);
		source_init(s, a, name, buf_take(&text, a));
		f->source = s;
	}
	buf_release(&text);
}

static const struct trail_file *
file_of(struct trail *t, struct str path)
{
	struct trail_file *f = map_get(&t->files, path);

	if (f)
		return f;
	f = arena_alloc(arena_of(t), 1, sizeof *f);
	if (!take_target(t, path, f))
		read_file(t, path, f);
	map_put(&t->files, path, f);
	return f;
}

static struct place
place_in(const struct source *s, struct str line, size_t column)
{
	struct place at = place_of(s, line);

	if (column > line.len + 1)
		column = line.len + 1;
	at.offset += column - 1;
	at.length = column <= line.len;
	return at;
}

static void
locate_in_file(struct trail *t, struct frame *f)
{
	const struct trail_file *file = file_of(t, f->marker);
	size_t column = f->column ? f->column : 1;
	struct source *name;

	f->cell = SIZE_MAX;
	if (f->line >= 1 && f->line <= file->nlines) {
		f->at = file->lines[f->line - 1];
		f->text = str_slice(f->at.source->text, f->at.offset, f->at.offset + f->at.length);
		f->at = place_in(f->at.source, f->text, column);
	} else if (file->source && f->line >= 1 && f->line <= source_nlines(file->source)) {
		f->text = source_line(file->source, f->line);
		f->at = place_in(file->source, f->text, column);
	} else {
		name = arena_alloc(arena_of(t), 1, sizeof *name);
		name->name = arena_printf(arena_of(t), "%.*s:%zu:%zu", STR_ARG(f->marker), f->line, column);
		f->at = place_file(name);
	}
}

/* ---- cells ----------------------------------------------------------------------------- */

/* Lua tells no columns. */
static size_t
first_column(struct str line)
{
	return str_is_blank(line) ? 1 : (size_t)(str_trim(line).data - line.data) + 1;
}

void
trail_locate(struct trail *t, struct frame *f)
{
	const struct cells *cells = &t->notebook->cells;
	const struct cell *c = f->cell < cells->n ? &cells->list[f->cell] : NULL;

	if (f->marker.len == 0 || (f->line == 0 && !c))
		return;
	if (c && !str_eq(f->marker, c->marker))
		c = t->locate(t->arg, c->number, f->marker, &f->line);
	if (!c) {
		locate_in_file(t, f);
		return;
	}
	f->cell = c->number;
	f->marker = c->marker;
	if (f->line == 0)
		return;
	f->text = cell_line(c, f->line);
	f->at = cell_place(c, f->line, f->column ? f->column : first_column(f->text));
}

bool
trail_statement(const struct trail *t, struct frame *f)
{
	const struct cells *cells = &t->notebook->cells;
	const struct cell *c;

	if (f->cell >= cells->n || f->function.len > 0 || f->line == 0)
		return false;
	c = &cells->list[f->cell];
	if (c->kind == CELL_LUA)
		f->line = luachunk_statement(c->text, f->line);
	else if (c->kind == CELL_C)
		f->line = outermost_line(c->text, f->line);
	f->column = 1;
	f->text = cell_line(c, f->line);
	f->at = cell_place(c, f->line, 1);
	return true;
}

/* ---- what a cell gave ------------------------------------------------------------------- */

/* The session's numbers of cells, and those of this run. */
struct numbers {
	trail_number_fn *fn;
	const void *arg;
};

static const struct frame *
located_frames(struct trail *t, const struct numbers *n, const struct frame *frames, size_t nframes)
{
	struct frame *list = arena_copy(arena_of(t), frames, nframes, sizeof *list);

	for (size_t k = 0; k < nframes; k++) {
		list[k].cell = n->fn(n->arg, list[k].cell);
		trail_locate(t, &list[k]);
	}
	return list;
}

static const struct route *
located_routes(struct trail *t, const struct numbers *n, const struct route *routes, size_t nroutes)
{
	struct route *list = arena_copy(arena_of(t), routes, nroutes, sizeof *list);

	for (size_t k = 0; k < nroutes; k++)
		list[k].frames = located_frames(t, n, list[k].frames, list[k].nframes);
	return list;
}

/* The statement of the cell that did not end. */
static const struct frame *
located_statement(const struct trail *t, const struct outcome *o)
{
	struct frame *f;

	if (o->kind != OUTCOME_TIMEOUT || o->nframes == 0)
		return NULL;
	f = arena_copy(arena_of(t), &o->frames[o->nframes - 1], 1, sizeof *f);
	return trail_statement(t, f) ? f : NULL;
}

struct outcome *
trail_outcome(struct trail *t, const struct outcome *given, trail_number_fn *fn, const void *arg)
{
	const struct numbers n = { fn, arg };
	struct outcome *o = arena_copy(arena_of(t), given, 1, sizeof *o);

	o->frames = located_frames(t, &n, o->frames, o->nframes);
	o->routes = located_routes(t, &n, o->routes, o->nroutes);
	o->start = o->start ? located_frames(t, &n, o->start, 1) : NULL;
	o->statement = located_statement(t, o);
	return o;
}
