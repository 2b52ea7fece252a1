#include "tangle/expand/expand.h"

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"
#include "tangle/document/block.h"
#include "tangle/expand/graph.h"

/* A place in the text being expanded: the next line of a block of a node. */
struct level {
	const struct node *node;	/* NULL: a block for itself */
	struct block *const *blocks;
	size_t nblocks, block;
	struct body rest;		/* of that block */
	size_t line, reference;
	size_t header;			/* lines that stand above the first mark */
	bool is_marked;			/* the current block's begin is behind us */
	bool has_begin;			/* and was written: there was room for a line */
	size_t indent;			/* bytes of indentation before this level's own */
	const struct reference *from;	/* NULL at the outermost */
};

struct expanding {
	struct expansion *x;
	const struct expand_style *style;
	struct director director;
	struct seam seam;		/* where marks may stand */
	size_t seen;			/* bytes of the text that it has read */
	struct buf indent;		/* of all levels, one behind the other */
	struct level *stack;
	size_t depth, cap;
	size_t last;			/* stop behind this line of the text; 0: at its end */
};

static void
add_place(struct expanding *e, struct place at)
{
	struct expansion *x = e->x;

	if (!e->style->origins)
		return;
	x->lines = mem_grow(x->lines, &x->cap, x->nlines + 1, sizeof *x->lines);
	x->lines[x->nlines++] = at;
}

static void
add_origin(struct expanding *e, const struct block *b, struct str line)
{
	add_place(e, place_of(&b->document->source, line));
}

/* What stands before a line: a directive, where one is due, and blanks. */
static void
add_front(struct expanding *e, const struct block *b, struct str line, struct str ending)
{
	struct buf *to = &e->x->text;
	struct place at = place_of(&b->document->source, line);
	size_t blanks;

	if (e->director.language) {
		if (director_before(&e->director, b->document, at, ending, to))
			add_place(e, PLACE_NONE);
		if (line.len > 0 && director_pads(&e->director, at, &blanks)) {
			buf_fill(to, ' ', blanks);
			return;
		}
	}
	if (line.len > 0)
		buf_add(to, str_slice(buf_str(&e->indent), 0, e->stack[e->depth - 1].indent));
}

static void
add_line(struct expanding *e, const struct block *b, struct str line, size_t skip)
{
	struct buf *to = &e->x->text;
	struct str ending = STR("\n");
	size_t end = line.len;

	while (end > 0 && (line.data[end - 1] == '\n' || line.data[end - 1] == '\r'))
		end--;
	if (e->style->lines != EXPAND_CELL && end < line.len)
		ending = str_slice(line, end, line.len);
	line = str_slice(line, 0, end);
	add_front(e, b, line, ending);
	if (skip > 0) {			/* the backslash of \<<name>> */
		buf_add(to, str_slice(line, 0, skip - 1));
		buf_add(to, str_slice(line, skip, end));
	} else {
		buf_add(to, line);
	}
	buf_add(to, ending);
	if (e->director.language)
		director_after(&e->director, to);
	add_origin(e, b, line);
}

/* Option lines stand on the part's lines right before the block's own. */
static void
add_option_lines(struct expanding *e, const struct block *b)
{
	struct body rest = b->part->body;
	struct str line;

	for (size_t i = 0; i < b->noptions && body_line(&rest, &line); i++) {
		buf_byte(&e->x->text, '\n');
		add_origin(e, b, str_slice(line, 0, 0));
	}
}

/* The topmost level's next block, if there is one. */
static void
enter(struct expanding *e)
{
	struct level *l = &e->stack[e->depth - 1];

	if (l->block == l->nblocks)
		return;
	l->rest = block_body(l->blocks[l->block]);
	l->line = l->reference = 0;
	l->is_marked = false;
	if (e->style->lines == EXPAND_CELL && e->depth == 1)
		add_option_lines(e, l->blocks[l->block]);
}

static void
push(struct expanding *e, const struct node *n, struct block *const *blocks, size_t nblocks,
    const struct reference *from)
{
	size_t before = e->depth ? e->stack[e->depth - 1].indent : 0;
	size_t header = 0;

	e->indent.len = before;
	if (from)
		buf_add(&e->indent, from->indent);
	if (!from && nblocks > 0 && e->style->annotations != ANNOTATE_NONE)
		header = annotate_header(blocks[0]);
	e->stack = mem_grow(e->stack, &e->cap, e->depth + 1, sizeof *e->stack);
	e->stack[e->depth++] = (struct level){ .node = n, .blocks = blocks, .nblocks = nblocks,
	    .header = header, .indent = e->indent.len, .from = from };
	enter(e);
}

/* May a mark of this block be put in where the text ends? */
static bool
has_room(struct expanding *e, const struct block *b)
{
	struct str rest = str_slice(buf_str(&e->x->text), e->seen, e->x->text.len);

	if (!e->seam.language || !annotate_needs_room(b))
		return true;
	while (rest.len > 0) {
		size_t end = str_find_byte(rest, '\n') + 1;

		seam_read(&e->seam, str_slice(rest, 0, end));
		rest = str_slice(rest, end, rest.len);
	}
	e->seen = e->x->text.len;
	return seam_parts(&e->seam);
}

/* Let annotate.h speak of the current block; its lines stand in no document. */
static void
mark(struct expanding *e, void (*write)(struct buf *, enum annotations, const struct annotated *))
{
	const struct level *l = &e->stack[e->depth - 1];
	struct annotated what = { .node = l->node, .block = l->blocks[l->block], .index = l->block,
	    .from = l->from, .indent = str_slice(buf_str(&e->indent), 0, l->indent) };
	struct buf *to = &e->x->text;
	size_t before = to->len;

	write(to, e->style->annotations, &what);
	for (size_t at = before; at < to->len; at++)
		if (to->data[at] == '\n')
			add_place(e, PLACE_NONE);
	if (e->director.language)
		director_after(&e->director, to);
}

static void
mark_begin(struct expanding *e)
{
	struct level *l = &e->stack[e->depth - 1];

	l->is_marked = true;
	l->has_begin = e->style->annotations != ANNOTATE_NONE &&
	    has_room(e, l->blocks[l->block]);
	if (l->has_begin)
		mark(e, annotate_begin);
}

static void
mark_end(struct expanding *e)
{
	const struct level *l = &e->stack[e->depth - 1];

	if (l->has_begin && has_room(e, l->blocks[l->block]))
		mark(e, annotate_end);
}

static void
run(struct expanding *e)
{
	while (e->depth > 0 && (e->last == 0 || e->x->nlines < e->last) && !e->x->is_cut) {
		struct level *l = &e->stack[e->depth - 1];
		const struct block *b;
		const struct reference *r = NULL;
		struct str line;

		e->x->is_cut = e->style->most > 0 && e->x->text.len > e->style->most;
		if (l->block == l->nblocks) {
			e->depth--;
			continue;
		}
		b = l->blocks[l->block];
		if (!l->is_marked && (l->line >= l->header || l->rest.nlines == 0)) {
			mark_begin(e);
			continue;
		}
		if (!body_line(&l->rest, &line)) {
			mark_end(e);
			l->header = 0;
			l->block++;
			enter(e);
			continue;
		}
		l->line++;
		if (l->reference < b->nreferences && b->references[l->reference].line == l->line - 1)
			r = &b->references[l->reference++];
		if (r && r->to && r->to->size.bytes == 0)
			continue;	/* as if walked: it may stand for 2^40 empty names */
		if (r && r->to)
			push(e, r->to, r->to->blocks, r->to->nblocks, r);
		else
			add_line(e, b, line, r && r->is_escaped ? r->indent.len + 1 : 0);
	}
}

static void
begin(struct expanding *e, const struct node *n)
{
	director_begin(&e->director, n, e->style->directives);
	if (e->style->annotations != ANNOTATE_NONE)
		e->seam.language = director_language(n);
	push(e, n, n->blocks, n->nblocks, NULL);
}

static void
end(struct expanding *e)
{
	director_end(&e->director);
	seam_release(&e->seam);
	buf_release(&e->indent);
	mem_free(e->stack);
}

void
expand_node(struct expansion *x, const struct node *n, const struct expand_style *style)
{
	struct expanding e = { .x = x, .style = style };

	begin(&e, n);
	run(&e);
	end(&e);
}

bool
expand_find(const struct node *n, size_t line, const struct expand_style *style,
    struct arena *a, struct expansion_line *found)
{
	struct expansion x = {0};
	struct expand_style full = *style;
	struct expanding e = { .x = &x, .style = &full, .last = line };
	const struct reference **way;
	bool exists;

	full.origins = true;
	begin(&e, n);
	run(&e);
	*found = (struct expansion_line){0};
	exists = line > 0 && x.nlines >= line;
	if (exists) {
		struct str text = buf_str(&x.text);

		for (size_t k = 0; k < line; k++)
			(void)str_line(&text, &found->text);
		found->text = arena_str(a, found->text);
		found->at = x.lines[line - 1];
		found->way = way = arena_alloc(a, e.depth, sizeof *way);
		for (size_t k = 1; k < e.depth; k++)
			way[found->nway++] = e.stack[k].from;
	}
	end(&e);
	expansion_release(&x);
	return exists;
}

void
expand_block(struct expansion *x, const struct block *b, const struct expand_style *style)
{
	struct expanding e = { .x = x, .style = style };
	union {				/* a list of one; nothing is written through it */
		const struct block *in;
		struct block *one;
	} list = { b };

	push(&e, NULL, &list.one, 1, NULL);
	run(&e);
	end(&e);
}

void
expansion_release(struct expansion *x)
{
	buf_release(&x->text);
	mem_free(x->lines);
	*x = (struct expansion){0};
}
