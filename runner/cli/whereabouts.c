#include "runner/cli/whereabouts.h"

#include <stdio.h>
#include <string.h>

#include "runner/build/message.h"
#include "runner/cell/cell.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/hash.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/expand/expand.h"
#include "tangle/expand/graph.h"

enum { LARGEST_HEADER = 4 << 20 };

struct whereabouts {
	const struct cells *cells;
	const struct cell *own;
	const struct graph *graph;
	struct str root;
	struct arena arena;
	struct map files;		/* marker -> struct text */
};

/* A text that messages are about: a cell's, or like one; else a file. */
struct text {
	const struct cell *cell;
	const struct source *file;	/* NULL: nobody can read it */
};

struct whereabouts *
whereabouts_new(const struct cells *all, const struct cell *own, const struct graph *g,
    struct str root)
{
	struct whereabouts *w = mem_zalloc(1, sizeof *w);

	w->cells = all;
	w->own = own;
	w->graph = g;
	w->root = root;
	arena_init(&w->arena);
	return w;
}

void
whereabouts_free(struct whereabouts *w)
{
	map_release(&w->files);
	arena_release(&w->arena);
	mem_free(w);
}

bool
whereabouts_is_glue(const struct message *m)
{
	return !m->is_file && m->marker.len > 0 && m->marker.data[0] == '<';
}

/* The cell that a marker names: its own, or the one that "cell-0123abcd" stands for. */
static const struct cell *
cell_of_marker(const struct whereabouts *w, struct str marker)
{
	if (str_eq(marker, w->own->marker))
		return w->own;
	if (marker.len != 13 || !str_starts(marker, STR("cell-")))
		return NULL;
	for (size_t i = 0; i < w->cells->n; i++) {
		char hex[HASH_HEX + 1];

		digest_hex(hash_of(w->cells->list[i].text), hex);
		if (memcmp(hex, marker.data + 5, 8) == 0)
			return &w->cells->list[i];
	}
	return NULL;
}

/* A tangled target of the document, seen as if it were a cell. */
static const struct cell *
cell_of_target(struct whereabouts *w, struct str path)
{
	const struct graph *g = w->graph;

	for (size_t i = 0; i < g->ntargets; i++) {
		const struct node *n = g->targets[i];
		struct expansion x = {0};
		struct cell *c;

		if (n->state != NODE_GOOD || !str_eq(n->file, path))
			continue;
		expand_node(&x, n, &(struct expand_style){ .origins = true });
		c = arena_alloc(&w->arena, 1, sizeof *c);
		c->at = node_file_at(n);
		c->lines = arena_copy(&w->arena, x.lines, x.nlines, sizeof *x.lines);
		c->nlines = x.nlines;
		c->text = buf_take(&x.text, &w->arena);
		expansion_release(&x);
		return c;
	}
	return NULL;
}

/* A header, as the compiler read it a moment ago. */
static const struct source *
read_source(struct whereabouts *w, struct str marker)
{
	struct str path = str_starts(marker, STR("/")) ? marker :
	    arena_printf(&w->arena, "%.*s/%.*s", STR_ARG(w->root), STR_ARG(marker));
	FILE *f = fopen(arena_cstr(&w->arena, path), "re");
	struct source *s = arena_alloc(&w->arena, 1, sizeof *s);
	struct buf text = {0};
	size_t n = 1;

	while (f && n > 0 && text.len < LARGEST_HEADER) {
		n = fread(buf_room(&text, BUFSIZ), 1, BUFSIZ, f);
		text.len += n;
	}
	if (f)
		fclose(f);
	source_init(s, &w->arena, marker, buf_take(&text, &w->arena));
	return f ? s : NULL;
}

static const struct text *
text_of(struct whereabouts *w, const struct message *m)
{
	struct text *t = map_get(&w->files, m->marker);

	if (t)
		return t;
	t = arena_alloc(&w->arena, 1, sizeof *t);
	t->cell = m->is_file ? cell_of_target(w, m->marker) : cell_of_marker(w, m->marker);
	if (!t->cell && m->is_file)
		t->file = read_source(w, m->marker);
	map_put(&w->files, m->marker, t);
	return t;
}

static struct place
place_in_file(const struct source *s, size_t line, size_t column)
{
	struct str text = source_line(s, line);
	size_t start = line >= 1 && line <= source_nlines(s) ? source_start(s, line) : 0;

	if (column < 1)
		column = 1;
	if (column > text.len + 1)
		column = text.len + 1;
	return (struct place){ s, start + column - 1, column <= text.len };
}

/* Nobody can read it: its name has to do. */
static struct place
place_of_name(struct whereabouts *w, const struct message *m)
{
	struct source *s = arena_alloc(&w->arena, 1, sizeof *s);

	s->name = m->line > 0 ? arena_printf(&w->arena, "%.*s:%zu:%zu", STR_ARG(m->marker),
	    m->line, m->column ? m->column : 1) : m->marker;
	return place_file(s);
}

struct place
whereabouts_at(struct whereabouts *w, const struct message *m, size_t line, size_t column)
{
	const struct text *t;

	if (m->marker.len == 0)
		return w->own->at;
	if (whereabouts_is_glue(m))
		return cell_place(w->own, cell_last_line(w->own), 1);
	t = text_of(w, m);
	if (t->cell && line > t->cell->nlines && t->cell == w->own)
		return cell_place(t->cell, cell_last_line(t->cell), 1);
	if (t->cell)
		return cell_place(t->cell, line, column);
	if (t->file && line >= 1 && line <= source_nlines(t->file))
		return place_in_file(t->file, line, column);
	return place_of_name(w, m);
}

bool
whereabouts_stretch(struct whereabouts *w, const struct message *m, const struct span *s,
    struct place *from, size_t *to)
{
	struct place end;

	*from = whereabouts_at(w, m, m->line, s->from);
	end = whereabouts_at(w, m, m->line, s->to > 1 ? s->to - 1 : 1);
	*to = end.offset + end.length;
	return from->offset != PLACE_FILE && from->source == end.source && *to > from->offset;
}

const struct cell *
whereabouts_cell(struct whereabouts *w, const struct message *m)
{
	return m->marker.len > 0 && !whereabouts_is_glue(m) ? text_of(w, m)->cell : NULL;
}
