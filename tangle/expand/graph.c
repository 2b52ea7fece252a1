#include "tangle/expand/graph.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

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

/* doc::name reaches into another document of the run. */
static struct node *
find_elsewhere(const struct graph *g, struct str name)
{
	size_t at = str_find(name, STR("::"));
	struct str doc = str_slice(name, 0, at), inner = str_slice(name, at + 2, name.len);

	if (at == name.len)
		return NULL;
	for (size_t i = 0; i < g->ndocuments; i++) {
		struct str path = g->documents[i].document->path;

		if (str_eq(doc, path) || str_eq(doc, stem(path))) {
			struct node *n = map_get(&g->names[g->shared ? 0 : i], inner);

			if (n)
				return n;
		}
	}
	return NULL;
}

struct node *
graph_find(const struct graph *g, const struct blocks *from, struct str name)
{
	struct node *n = map_get(names_of(g, from), name);

	return n ? n : find_elsewhere(g, name);
}

/* ---- references --------------------------------------------------------------- */

/* f(<<args>>) does nothing: say so when a block has that name. */
static void
warn_inline(const struct graph *g, const struct blocks *from, const struct block *b,
    struct diag *d)
{
	struct body lines = block_body(b);

	for (struct str line; body_line(&lines, &line);) {
		struct str rest, name;
		struct reference r;

		rest = line = str_chomp(line);
		if (str_find(line, STR("<<")) == line.len || reference_read(line, &r))
			continue;
		while (rest = str_slice(rest, str_find(rest, STR("<<")), rest.len), rest.len > 4) {
			name = str_slice(rest, 2, rest.len);
			name = str_slice(name, 0, str_find(name, STR(">>")));
			if (name.len > 0 && name.len + 2 < rest.len && graph_find(g, from, name))
				diag_warning(d, place_of(&b->document->source,
				    str_slice(rest, 0, name.len + 4)), "inline-reference",
				    "a reference must stand alone on its line; this one is only text");
			rest = str_slice(rest, 2, rest.len);
		}
	}
}

static void
resolve(struct graph *g, const struct blocks *from, struct block *b)
{
	struct reference *list = (struct reference *)arena_copy(g->arena, b->references,
	    b->nreferences, sizeof *list);

	for (size_t i = 0; i < b->nreferences; i++) {
		if (list[i].is_escaped)
			continue;
		list[i].to = graph_find(g, from, list[i].name);
		if (list[i].to && !b->is_replaced)
			list[i].to->is_referenced = true;
	}
	b->references = list;
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

static void
append_block(struct graph *g, struct node *n, struct block *b)
{
	if (n->nblocks == n->cap) {
		size_t cap = n->cap ? 2 * n->cap : 2;
		struct block **list = arena_alloc(g->arena, cap, sizeof(struct block *));

		if (n->nblocks > 0)
			memcpy(list, n->blocks, n->nblocks * sizeof(struct block *));
		n->blocks = list;
		n->cap = cap;
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

/*
 * `append` and `replace` must follow a definition.  Public documents append to
 * nothing, where the text comes out right all the same: that is a warning.
 */
static void
check_sign(struct node *n, const struct block *b, struct diag *d)
{
	if (n->nblocks > 0)
		return;
	if (b->append)
		diag_warning(d, b->at, "nothing-to-continue",
		    "no block named '%.*s' stands before this one to append to", STR_ARG(n->name));
	if (b->replace) {
		diag_error(d, STATUS_STRUCTURE, b->at, "nothing-to-continue",
		    "no block named '%.*s' stands before this one to replace", STR_ARG(n->name));
		n->state = NODE_BAD;
	}
}

static void
take_file(struct map *files, struct node *n, struct block *b, struct diag *d)
{
	struct node *other;

	if (b->file.len == 0)
		return;
	if (n->file.len > 0 && !str_eq(n->file, b->file)) {
		diag_error(d, STATUS_STRUCTURE, b->file_at, "two-files",
		    "block '%.*s' is to be written to two files, '%.*s' and '%.*s'",
		    STR_ARG(n->name), STR_ARG(n->file), STR_ARG(b->file));
		diag_note(d, n->file_at, "the other file is named here");
		b->is_broken = true;
		n->state = NODE_BAD;
		return;
	}
	other = map_get(files, b->file);
	if (other && other != n) {
		diag_error(d, STATUS_STRUCTURE, b->file_at, "two-names",
		    "two blocks, '%.*s' and '%.*s', are to be written to '%.*s'",
		    STR_ARG(other->name), STR_ARG(n->name), STR_ARG(b->file));
		diag_note(d, other->file_at, "the other one is here");
		other->state = n->state = NODE_BAD;
		return;
	}
	if (n->file.len == 0) {
		n->file = b->file;
		n->file_at = b->file_at;
		map_put(files, b->file, n);
	}
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
		map_put(names, name, n);
	}
	check_sign(n, b, d);
	if (b->replace)
		drop_blocks(n);
	append_block(g, n, b);
	take_file(files, n, b, d);
	if (b->is_broken)	/* what holds it is not whole, and is left alone */
		n->state = NODE_BAD;
}

static void
list_targets(struct graph *g)
{
	size_t maps = g->shared ? 1 : g->ndocuments, n = 0, cap = 0;
	struct node **list = NULL;

	for (size_t i = 0; i < maps; i++) {
		for (const struct map_entry *e = map_first(&g->names[i]); e; e = map_next(e)) {
			struct node *one = map_value(e);

			if (one->file.len == 0)
				continue;
			list = mem_grow(list, &cap, n + 1, sizeof(struct node *));
			list[n++] = one;
		}
	}
	g->targets = arena_copy(g->arena, list, n, sizeof(struct node *));
	g->ntargets = n;
	mem_free(list);
}

static void
mark_fragments(struct blocks *document)
{
	for (size_t i = 0; i < document->n; i++) {
		struct block *b = &document->list[i];

		b->is_fragment = b->node && (b->node->file.len > 0 || b->node->is_referenced);
	}
}

void
graph_build(struct graph *g, struct blocks *documents, size_t ndocuments,
    const struct graph_options *o, struct arena *a, struct diag *d)
{
	struct map files = {0};

	*g = (struct graph){ .arena = a, .documents = documents, .ndocuments = ndocuments,
	    .shared = o->shared_names };
	g->names = arena_alloc(a, ndocuments + 1, sizeof *g->names);
	for (size_t i = 0; i < ndocuments; i++)
		for (size_t k = 0; k < documents[i].n; k++) {
			struct block *b = &documents[i].list[k];

			if (b->is_output)
				continue;
			if (!block_is_transcript(b))
				references_find(a, b);
			if (b->name.len > 0 || b->file.len > 0)
				add_block(g, &files, &documents[i], b, d);
		}
	for (size_t i = 0; i < ndocuments; i++)
		for (size_t k = 0; k < documents[i].n; k++) {
			resolve(g, &documents[i], &documents[i].list[k]);
			note_input(g, &documents[i], &documents[i].list[k]);
			if (!documents[i].list[k].is_output)
				warn_inline(g, &documents[i], &documents[i].list[k], d);
		}
	list_targets(g);
	for (size_t i = 0; i < ndocuments; i++)
		mark_fragments(&documents[i]);
	map_release(&files);
}

void
graph_release(struct graph *g)
{
	for (size_t i = 0; g->names && i <= g->ndocuments; i++)
		map_release(&g->names[i]);
	*g = (struct graph){0};
}

/* ---- missing and unused names --------------------------------------------------- */

static const struct blocks *
home_of(const struct graph *g, const struct block *b)
{
	for (size_t i = 0; i < g->ndocuments; i++)
		if (g->documents[i].document == b->document)
			return &g->documents[i];
	return &g->documents[0];
}

void
graph_tell_missing(const struct graph *g, const struct block *b, const struct reference *r,
    bool allow_missing, struct diag *d)
{
	const struct map *names = names_of(g, home_of(g, b));
	const struct node *hint;
	struct str near;

	if (*r->is_told)
		return;
	*r->is_told = true;
	if (allow_missing) {
		diag_warning(d, r->at, "missing-block",
		    "no block is named '%.*s'; the reference stays as text", STR_ARG(r->name));
		return;
	}
	near = map_nearest(names, r->name);
	hint = near.len ? map_get(names, near) : NULL;
	diag_error(d, STATUS_STRUCTURE, r->at, "missing-block",
	    "no block is named '%.*s'; write \\<<%.*s>> if it is meant as text",
	    STR_ARG(r->name), STR_ARG(r->name));
	if (hint && hint->nblocks > 0)
		diag_note(d, hint->blocks[0]->at, "there is a block named '%.*s'; did you mean that?",
		    STR_ARG(near));
	for (size_t i = 0; !g->shared && i < g->ndocuments; i++) {
		const struct node *n = map_get(&g->names[i], r->name);

		if (n && n->nblocks > 0)
			diag_note(d, n->blocks[0]->at,
			    "another document has a block of this name: refer to it as %.*s::%.*s, or use --shared-names",
			    STR_ARG(stem(g->documents[i].document->path)), STR_ARG(r->name));
	}
}

void
graph_warn_unused(const struct graph *g, struct diag *d)
{
	size_t maps = g->shared ? 1 : g->ndocuments;

	for (size_t i = 0; g->ntargets > 0 && i < maps; i++) {
		for (const struct map_entry *e = map_first(&g->names[i]); e; e = map_next(e)) {
			const struct node *n = map_value(e);

			if (n->file.len == 0 && !n->is_referenced && !n->is_input && n->nblocks > 0 &&
			    !n->blocks[0]->is_cell && n->blocks[0]->run != RUN_NO)
				diag_warning(d, n->blocks[0]->at, "unused-block",
				    "nothing refers to block '%.*s'", STR_ARG(n->name));
		}
	}
}
