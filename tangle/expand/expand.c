#include "tangle/expand/expand.h"

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"
#include "tangle/document/block.h"
#include "tangle/expand/graph.h"

/* A place in the text being expanded: the next line of a block of a node. */
struct level {
	struct block *const *blocks;
	size_t nblocks, block;
	size_t line, reference;
	size_t indent;			/* bytes of indentation before this level's own */
	const struct reference *from;	/* NULL at the outermost */
};

struct expanding {
	struct expansion *x;
	enum expand_lines how;
	bool origins;
	struct buf indent;		/* of all levels, one behind the other */
	struct level *stack;
	size_t depth, cap;
	size_t last;			/* stop behind this line of the text; 0: at its end */
};

static void
add_origin(struct expanding *e, const struct block *b, struct str line)
{
	struct expansion *x = e->x;

	if (!e->origins)
		return;
	x->lines = mem_grow(x->lines, &x->cap, x->nlines + 1, sizeof *x->lines);
	x->lines[x->nlines++] = place_of(&b->document->source, line);
}

static void
add_line(struct expanding *e, const struct block *b, struct str line, size_t skip)
{
	struct buf *to = &e->x->text;
	size_t end = line.len;

	while (end > 0 && (line.data[end - 1] == '\n' || line.data[end - 1] == '\r'))
		end--;
	if (end > 0) {
		buf_add(to, str_slice(buf_str(&e->indent), 0, e->stack[e->depth - 1].indent));
		if (skip > 0) {		/* the backslash of \<<name>> */
			buf_add(to, str_slice(line, 0, skip - 1));
			buf_add(to, str_slice(line, skip, end));
		} else {
			buf_add(to, str_slice(line, 0, end));
		}
	}
	if (e->how == EXPAND_CELL || end == line.len)
		buf_byte(to, '\n');
	else
		buf_add(to, str_slice(line, end, line.len));
	add_origin(e, b, str_slice(line, 0, end));
}

static void
push(struct expanding *e, struct block *const *blocks, size_t nblocks,
    const struct reference *from)
{
	size_t before = e->depth ? e->stack[e->depth - 1].indent : 0;

	e->indent.len = before;
	if (from)
		buf_add(&e->indent, from->indent);
	e->stack = mem_grow(e->stack, &e->cap, e->depth + 1, sizeof *e->stack);
	e->stack[e->depth++] = (struct level){
		.blocks = blocks, .nblocks = nblocks, .indent = e->indent.len, .from = from };
}

/* Option lines stand on the part's lines right before the block's own. */
static void
add_option_lines(struct expanding *e, const struct block *b)
{
	for (size_t i = 0; i < b->noptions; i++) {
		buf_byte(&e->x->text, '\n');
		add_origin(e, b, str_slice(b->part->lines[i], 0, 0));
	}
}

static void
run(struct expanding *e)
{
	while (e->depth > 0 && (e->last == 0 || e->x->nlines < e->last)) {
		struct level *l = &e->stack[e->depth - 1];
		const struct block *b;
		const struct reference *r = NULL;
		struct str line;

		if (l->block == l->nblocks) {
			e->depth--;
			continue;
		}
		b = l->blocks[l->block];
		if (l->line == 0 && l->reference == 0 && e->how == EXPAND_CELL && e->depth == 1)
			add_option_lines(e, b);
		if (l->line == b->nlines) {
			l->block++;
			l->line = l->reference = 0;
			continue;
		}
		line = b->lines[l->line++];
		if (l->reference < b->nreferences && b->references[l->reference].line == l->line - 1)
			r = &b->references[l->reference++];
		if (r && r->to)
			push(e, r->to->blocks, r->to->nblocks, r);
		else
			add_line(e, b, line, r && r->is_escaped ? r->indent.len + 1 : 0);
	}
}

static void
end(struct expanding *e)
{
	buf_release(&e->indent);
	mem_free(e->stack);
}

void
expand_node(struct expansion *x, const struct node *n, enum expand_lines how, bool origins)
{
	struct expanding e = { .x = x, .how = how, .origins = origins };

	push(&e, n->blocks, n->nblocks, NULL);
	run(&e);
	end(&e);
}

bool
expand_find(const struct node *n, size_t line, struct arena *a, struct expansion_line *found)
{
	struct expansion x = {0};
	struct expanding e = { .x = &x, .how = EXPAND_RAW, .origins = true, .last = line };
	const struct reference **way;

	push(&e, n->blocks, n->nblocks, NULL);
	run(&e);
	*found = (struct expansion_line){0};
	if (x.nlines == line && line > 0) {
		size_t from = x.text.len;

		while (from > 0 && (from == x.text.len || x.text.data[from - 1] != '\n'))
			from--;
		found->text = arena_str(a, str_slice(buf_str(&x.text), from, x.text.len));
		found->at = x.lines[line - 1];
		found->way = way = arena_alloc(a, e.depth, sizeof *way);
		for (size_t k = 1; k < e.depth; k++)
			way[found->nway++] = e.stack[k].from;
	}
	end(&e);
	expansion_release(&x);
	return found->at.source;
}

void
expand_block(struct expansion *x, const struct block *b, enum expand_lines how, bool origins)
{
	struct expanding e = { .x = x, .how = how, .origins = origins };
	union {				/* a list of one; nothing is written through it */
		const struct block *in;
		struct block *one;
	} list = { b };

	push(&e, &list.one, 1, NULL);
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
