#include "tangle/expand/graph.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/document/blocks.h"
#include "tangle/document/params.h"
#include "tangle/expand/grid.h"
#include "tangle/expand/pin.h"

enum { MOST_HINTS = 100 };

static const uint64_t TARGET_LIMIT = (uint64_t)64 << 20, RUN_LIMIT = (uint64_t)256 << 20;

/* ---- names ------------------------------------------------------------------ */

static struct map *
names_of(const struct graph *g, const struct blocks *from)
{
	return &g->names[g->shared ? 0 : (size_t)(from - g->documents)];
}

/* "doc" of "dir/doc.md" */
static struct str
stem(struct str path)
{
	size_t from = path.len, to = path.len;

	while (from > 0 && path.data[from - 1] != '/')
		from--;
	for (size_t i = from; i < path.len; i++)
		if (path.data[i] == '.' && i > from)
			to = i;
	return str_slice(path, from, to);
}

/* What doc::name may mean: nodes of documents with that path, or else that stem. */
struct elsewhere {
	struct node *node, *other;	/* the first two */
	const struct document *in, *other_in;
};

static void
look_into(struct elsewhere *e, const struct graph *g, size_t i, struct str inner)
{
	struct node *n = map_get(&g->names[g->shared ? 0 : i], inner);

	if (!e->node) {
		e->node = n;
		e->in = g->documents[i].document;
	} else if (n && n != e->node && !e->other) {
		e->other = n;
		e->other_in = g->documents[i].document;
	}
}

static struct elsewhere
find_elsewhere(const struct graph *g, struct str name)
{
	size_t at = str_find(name, STR("::"));
	struct str doc = str_slice(name, 0, at), inner = str_slice(name, at + 2, name.len);
	struct elsewhere e = {0};

	if (at == name.len)
		return e;
	for (size_t i = 0; i < g->ndocuments; i++)
		if (str_eq(doc, g->documents[i].document->path))
			look_into(&e, g, i, inner);
	if (e.node)
		return e;
	for (size_t i = 0; i < g->ndocuments; i++)
		if (str_eq(doc, stem(g->documents[i].document->path)))
			look_into(&e, g, i, inner);
	return e;
}

struct node *
graph_find(const struct graph *g, const struct blocks *from, struct str name)
{
	struct node *n = map_get(names_of(g, from), name);
	struct elsewhere e;

	if (n)
		return n;
	e = find_elsewhere(g, name);
	return e.other ? NULL : e.node;
}

/* ---- references --------------------------------------------------------------- */

static struct str
mark_of(const struct blocks *document)
{
	return document->syntax == SYNTAX_LMT ? STR("<<<") : STR("<<");
}

/* The references of one block while they are read. */
struct reading {
	struct graph *g;
	const struct blocks *from;
	struct block *block;
	struct reference *list;
	size_t n, cap;
};

static void
add_reference(struct reading *x, struct reference r, uint32_t line)
{
	struct str cell, digest;

	r.line = line;
	r.source = &x->block->document->source;
	if (!r.is_escaped)
		r.to = graph_find(x->g, x->from, r.name);
	r.is_pin = !r.is_escaped && !r.to && pin_read(r.name, &cell, &digest);
	x->g->npins += r.is_pin;
	if (r.to && !x->block->is_replaced)
		r.to->is_referenced = true;
	x->list = mem_grow(x->list, &x->cap, x->n + 1, sizeof *x->list);
	x->list[x->n++] = r;
}

static bool
is_known(const struct reading *x, struct str name)
{
	struct str cell, digest;

	return graph_find(x->g, x->from, name) ||
	    (pin_read(name, &cell, &digest) && graph_find(x->g, x->from, cell));
}

/* The shortest name that a block has, or else the shortest. */
static bool
next_inline(const struct reading *x, struct str *rest, struct reference *r)
{
	struct reference longer;
	struct str after;

	if (!reference_next(rest, r))
		return false;
	longer = *r;
	after = *rest;
	do {
		if (!is_known(x, longer.name))
			continue;
		*r = longer;
		*rest = after;
		return true;
	} while (reference_widen(&after, &longer));
	return true;
}

/* False if none of it is a reference. */
static bool
read_line(struct reading *x, struct str line, uint32_t number)
{
	enum inline_way way;
	struct reference r;
	bool any = false;

	if (reference_read(line, mark_of(x->from), &r)) {
		add_reference(x, r, number);
		return true;
	}
	way = reference_way(x->block);
	line = str_chomp(line);
	while (way != INLINE_OFF && next_inline(x, &line, &r)) {
		r.way = way;
		add_reference(x, r, number);
		any = true;
	}
	return any;
}

/* Returns whether lines are left that look like more. */
static bool
read_references(struct graph *g, const struct blocks *from, struct block *b)
{
	struct reading x = { .g = g, .from = from, .block = b };
	struct body rest = block_body(b);
	struct str line;
	bool left = false;

	if (str_find(rest.text, STR("<<")) == rest.text.len)
		return false;
	for (uint32_t i = 0; body_line(&rest, &line); i++)
		if (str_find(line, STR("<<")) < line.len && !read_line(&x, line, i))
			left = true;
	b->references = x.n ? arena_copy(g->arena, x.list, x.n, sizeof *x.list) : NULL;
	b->nreferences = x.n;
	mem_free(x.list);
	return left;
}

/* f(<<args>>) does nothing where inline is off: say so when a block has that name. */
static void
warn_inline(const struct graph *g, const struct blocks *from, const struct block *b,
    struct diag *d)
{
	struct body lines = block_body(b);

	if (reference_way(b) != INLINE_OFF)
		return;
	for (struct str line; body_line(&lines, &line);) {
		struct reference r;

		if (str_find(line, STR("<<")) == line.len || reference_read(line, mark_of(from), &r))
			continue;
		line = str_chomp(line);
		while (reference_next(&line, &r)) {
			if (r.is_escaped || !graph_find(g, from, r.name))
				continue;
			diag_warning(d, place_of(&b->document->source,
			    (struct str){ r.name.data - 2, r.name.len + 4 }), "inline-reference",
			    "a reference must stand alone on its line, or the block must say inline; this one is only text");
		}
	}
}

static void
note_input(const struct graph *g, const struct blocks *from, const struct block *b)
{
	const struct option *o = options_find(&b->options, "stdin-from");
	struct node *n = o ? graph_find(g, from, o->value) : NULL;

	if (n)
		n->is_input = true;
}

/* ---- building ------------------------------------------------------------------ */

/* The list is full when it has as many as a power of two. */
static void
append_block(struct graph *g, struct node *n, struct block *b)
{
	if ((n->nblocks & (n->nblocks - 1)) == 0) {
		struct block **list = arena_alloc(g->arena, n->nblocks ? 2 * n->nblocks : 1,
		    sizeof(struct block *));

		if (n->nblocks > 0)
			memcpy(list, n->blocks, n->nblocks * sizeof(struct block *));
		n->blocks = list;
	}
	n->blocks[n->nblocks++] = b;
	b->node = n;
}

/* `replace`: what was there is forgotten. */
static void
drop_blocks(struct node *n)
{
	while (n->nblocks > 0)
		n->blocks[--n->nblocks]->is_replaced = true;
}

static void
refuse_repetition(struct node *n, const struct block *b, struct diag *d)
{
	diag_error(d, STATUS_STRUCTURE, b->at, "unsigned-repetition",
	    "a block named '%.*s' is there already: say append to continue it, or replace to start anew",
	    STR_ARG(n->name));
	diag_note(d, n->blocks[0]->at, "the first one is here");
	n->state = NODE_BAD;
}

/* Where a block says `append` or `replace`. */
static struct place
sign_at(const struct block *b, const char *sign)
{
	const struct option *o = options_find(&b->options, sign);

	return o ? o->at : b->at;
}

/*
 * `append` and `replace` must follow a definition.  Public documents append to
 * nothing, where the text comes out right all the same: that is a warning.
 */
static void
refuse_first(struct node *n, const struct block *b, bool strict, struct diag *d)
{
	struct place at = sign_at(b, b->replace ? "replace" : "append");

	if (b->append && !b->replace && !strict) {
		diag_warning(d, at, "nothing-to-continue",
		    "no block named '%.*s' stands before this one to append to", STR_ARG(n->name));
		return;
	}
	diag_error(d, STATUS_STRUCTURE, at, "nothing-to-continue",
	    "no block named '%.*s' stands before this one to %s", STR_ARG(n->name),
	    b->replace ? "replace" : "append to");
	n->state = NODE_BAD;
}

/* What the block wants of those before it, and whether it may. */
static void
obey_sign(struct node *n, const struct block *b, enum repeat repeat, struct diag *d)
{
	bool is_signed = b->append || b->replace;
	struct place at = sign_at(b, "replace");

	if (b->append && b->replace) {
		diag_error(d, STATUS_STRUCTURE, at, "two-signs",
		    "a block cannot both append and replace");
		n->state = NODE_BAD;
	} else if (n->nblocks == 0 && is_signed) {
		refuse_first(n, b, repeat == REPEAT_EXPLICIT, d);
	} else if (n->nblocks > 0 && !is_signed && repeat == REPEAT_EXPLICIT) {
		refuse_repetition(n, b, d);
	} else if (b->replace || (!is_signed && repeat == REPEAT_REPLACE)) {
		drop_blocks(n);
	}
}

struct node *
node_of_target(struct node *target)
{
	return target->grid ? target->grid : target;
}

struct place
node_file_at(const struct node *n)
{
	return n->file_by ? block_file_at(n->file_by) : PLACE_NONE;
}

static void
take_file(struct map *files, struct node *n, struct block *b, struct diag *d)
{
	struct node *other;

	if (b->file.len == 0)
		return;
	if (n->file.len > 0 && !str_eq(n->file, b->file)) {
		diag_error(d, STATUS_STRUCTURE, block_file_at(b), "two-files",
		    "block '%.*s' is to be written to two files, '%.*s' and '%.*s'",
		    STR_ARG(n->name), STR_ARG(n->file), STR_ARG(b->file));
		diag_note(d, node_file_at(n), "the other file is named here");
		b->is_broken = true;
		n->state = NODE_BAD;
		return;
	}
	other = map_get(files, b->file);
	if (other && other != n) {
		if (str_eq(other->name, n->name))
			diag_error(d, STATUS_STRUCTURE, block_file_at(b), "two-names",
			    "two documents are to be written to '%.*s': use --shared-names to join them",
			    STR_ARG(b->file));
		else
			diag_error(d, STATUS_STRUCTURE, block_file_at(b), "two-names",
			    "two blocks, '%.*s' and '%.*s', are to be written to '%.*s'",
			    STR_ARG(other->name), STR_ARG(n->name), STR_ARG(b->file));
		diag_note(d, node_file_at(other), "the other one is here");
		other->state = n->state = NODE_BAD;
		return;
	}
	if (n->file.len == 0) {
		n->file = b->file;
		n->file_by = b;
		map_put(files, b->file, n);
	}
}

static struct place
mode_at(const struct node *n)
{
	return options_find(&n->mode_by->options, "mode")->at;
}

static void
take_mode(struct node *n, const struct block *b, struct diag *d)
{
	const struct option *o = options_find(&b->options, "mode");

	if (!o || b->mode == -1)
		return;
	if (n->nblocks > 1 && n->mode != -1 && n->mode != b->mode) {
		diag_error(d, STATUS_STRUCTURE, o->at, "two-modes",
		    "block '%.*s' is to have two modes, %o and %o", STR_ARG(n->name),
		    (unsigned)n->mode, (unsigned)b->mode);
		diag_note(d, mode_at(n), "the other mode is said here");
		n->state = NODE_BAD;
		return;
	}
	n->mode = b->mode;
	n->mode_by = b;
}

static void
add_block(struct graph *g, struct map *files, const struct blocks *from, struct block *b,
    struct diag *d)
{
	struct str name = b->name.len ? b->name : b->file;
	struct map *names = names_of(g, from);
	struct node *n = NULL;

	if (b->name.len == 0 && b->file.len > 0) {
		/* without a name: continues whatever this document writes there */
		n = map_get(files, b->file);
		if (n && n->home != from && !g->shared)
			n = NULL;
	}
	if (!n)
		n = map_get(names, name);
	if (!n) {
		n = arena_alloc(g->arena, 1, sizeof *n);
		n->name = name;
		n->home = from;
		n->mode = -1;
		map_put(names, name, n);
	}
	obey_sign(n, b, from->repeat, d);
	append_block(g, n, b);
	take_file(files, n, b, d);
	take_mode(n, b, d);
	if (b->is_broken)	/* what holds it is not whole, and is left alone */
		n->state = NODE_BAD;
}

static void
warn_mode(const struct node *n, struct diag *d)
{
	if (n->mode != -1)
		diag_warning(d, mode_at(n), "mode-without-file",
		    "no block named '%.*s' says file=: only files have a mode", STR_ARG(n->name));
}

static size_t
count_targets(const struct map *names)
{
	size_t n = 0;

	for (const struct map_entry *e = map_first(names); e; e = map_next(e)) {
		const struct node *one = map_value(e);

		n += one->file.len > 0 && one->file_by->params ? one->file_by->params->count : 1;
	}
	return n;
}

static void
list_nodes(struct graph *g, struct diag *d)
{
	size_t maps = g->shared ? 1 : g->ndocuments, n = 0, ntargets = 0;

	for (size_t i = 0; i < maps; i++)
		n += map_count(&g->names[i]);
	for (size_t i = 0; i < maps; i++)
		ntargets += count_targets(&g->names[i]);
	g->nodes = arena_alloc(g->arena, n, sizeof(struct node *));
	g->targets = arena_alloc(g->arena, ntargets, sizeof(struct node *));
	for (size_t i = 0; i < maps; i++) {
		for (const struct map_entry *e = map_first(&g->names[i]); e; e = map_next(e)) {
			struct node *one = map_value(e);

			g->nodes[g->nnodes++] = one;
			if (one->file.len > 0 && one->file_by->params)
				grid_targets(g, one, d);
			else if (one->file.len > 0)
				g->targets[g->ntargets++] = one;
			else
				warn_mode(one, d);
		}
	}
}

static void
mark_fragments(struct blocks *document)
{
	for (size_t i = 0; i < document->n; i++) {
		struct block *b = &document->list[i];

		b->is_fragment = b->node && (b->node->file.len > 0 || b->node->is_referenced);
	}
}

/* What saturates is over any limit. */
static uint64_t
limit_of(uint64_t wish, uint64_t standard)
{
	if (wish == 0)
		return standard;
	return wish < SIZE_SATURATED ? wish : SIZE_SATURATED - 1;
}

static void
add_blocks(struct graph *g, struct blocks *documents, const size_t *trees, struct diag *d)
{
	struct map *files = mem_zalloc(g->ndocuments + 1, sizeof *files);

	for (size_t i = 0; i < g->ndocuments; i++)
		for (size_t k = 0; k < documents[i].n; k++) {
			struct block *b = &documents[i].list[k];

			if (!b->is_output && (b->name.len > 0 || b->file.len > 0))
				add_block(g, &files[trees ? trees[i] : 0], &documents[i], b, d);
		}
	for (size_t i = 0; i < g->ndocuments; i++)
		map_release(&files[i]);
	mem_free(files);
}

void
graph_build(struct graph *g, struct blocks *documents, size_t ndocuments,
    const struct graph_options *o, struct arena *a, struct diag *d)
{
	*g = (struct graph){ .arena = a, .documents = documents, .ndocuments = ndocuments,
	    .shared = o->shared_names, .limits = {
		.target = limit_of(o->limits.target, TARGET_LIMIT),
		.run = limit_of(o->limits.run, RUN_LIMIT) } };
	g->names = arena_alloc(a, ndocuments + 1, sizeof *g->names);
	add_blocks(g, documents, o->trees, d);
	for (size_t i = 0; i < ndocuments; i++)
		for (size_t k = 0; k < documents[i].n; k++) {
			struct block *b = &documents[i].list[k];

			if (b->is_output)
				continue;
			note_input(g, &documents[i], b);
			if (block_is_transcript(b) || read_references(g, &documents[i], b))
				warn_inline(g, &documents[i], b, d);
		}
	list_nodes(g, d);
	for (size_t i = 0; i < ndocuments; i++)
		mark_fragments(&documents[i]);
}

void
graph_release(struct graph *g)
{
	for (size_t i = 0; g->names && i <= g->ndocuments; i++)
		map_release(&g->names[i]);
	mem_free(g->finished);
	*g = (struct graph){0};
}

/* ---- missing names --------------------------------------------------------------- */

static const struct blocks *
home_of(const struct graph *g, const struct block *b)
{
	for (size_t i = 0; i < g->ndocuments; i++)
		if (g->documents[i].document == b->document)
			return &g->documents[i];
	return &g->documents[0];
}

void
graph_tell_missing(struct graph *g, const struct block *b, struct reference *r,
    bool allow_missing, struct diag *d)
{
	const struct blocks *home = home_of(g, b);
	const struct map *names = names_of(g, home);
	struct str open = mark_of(home), close = str_slice(STR(">>>"), 0, open.len);
	const struct node *hint;
	struct elsewhere e;
	struct str near;

	if (r->is_told)
		return;
	r->is_told = true;
	if (pin_tell(g, home, r, allow_missing, d))
		return;
	if (allow_missing) {
		diag_warning(d, reference_at(r), "missing-block",
		    "no block is named '%.*s'; the reference stays as text", STR_ARG(r->name));
		return;
	}
	e = find_elsewhere(g, r->name);
	if (e.other) {
		diag_error(d, STATUS_STRUCTURE, reference_at(r), "two-documents",
		    "'%.*s' could be in '%.*s' or in '%.*s': write the document's path",
		    STR_ARG(r->name), STR_ARG(e.in->path), STR_ARG(e.other_in->path));
		return;
	}
	near = g->nhinted++ < MOST_HINTS ? map_nearest(names, r->name) : STR("");
	hint = near.len ? map_get(names, near) : NULL;
	diag_error(d, STATUS_STRUCTURE, reference_at(r), "missing-block",
	    "no block is named '%.*s'; write \\%.*s%.*s%.*s if it is meant as text",
	    STR_ARG(r->name), STR_ARG(open), STR_ARG(r->name), STR_ARG(close));
	if (str_starts(r->name, STR("<")) && str_ends(r->name, STR(">")))
		diag_note(d, reference_at(r), "lmt writes references so: say `syntax: lmt` in the document");
	if (hint && hint->nblocks > 0)
		diag_note(d, hint->blocks[0]->at, "there is a block named '%.*s'; did you mean that?",
		    STR_ARG(near));
	for (size_t i = 0; !g->shared && g->nhinted <= MOST_HINTS && i < g->ndocuments; i++) {
		const struct node *n = map_get(&g->names[i], r->name);

		if (n && n->nblocks > 0)
			diag_note(d, n->blocks[0]->at,
			    "another document has a block of this name: refer to it as %.*s::%.*s, or use --shared-names",
			    STR_ARG(stem(g->documents[i].document->path)), STR_ARG(r->name));
	}
}
