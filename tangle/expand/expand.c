#include "tangle/expand/expand.h"

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"
#include "tangle/document/block.h"
#include "tangle/document/params.h"
#include "tangle/expand/graph.h"

static const size_t LINE_START = (size_t)-1;

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
	size_t indent;			/* bytes of what stands before each of its lines */
	const struct reference *from;	/* NULL at the outermost */
	bool is_inlined;		/* its first and last line have other text beside them */
	struct str around;		/* what stands behind each of its lines, too */

	/* Of a line that holds inline references: */
	struct str whole, rest_of_line;	/* rest_of_line.data NULL: we are in none */
	struct str lead;		/* blanks before a reference that has nothing so far */
	struct str ending;
	size_t start;			/* where it begins in the text; LINE_START: behind its front */
};

struct expanding {
	struct expansion *x;
	const struct expand_style *style;
	const struct instance *instance;	/* whose values stand in place of ${NAME}; or NULL */
	struct director director;
	struct seam seam;		/* where marks may stand */
	size_t seen;			/* bytes of the text that it has read */
	struct buf indent;		/* of all levels, one behind the other */
	struct level *stack;
	size_t depth, cap;
	size_t last;			/* stop behind this line of the text; 0: at its end */

	/* The line of the text that inline references are putting together: */
	size_t inlined;			/* levels that are */
	bool is_open, is_pending;	/* begun; complete, unless something joins it */
	bool has_origin;
	size_t front, content;		/* where it begins; and behind its indentation */
	struct str ending;
	struct place origin;
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

/* An empty line stays empty, and a comment mark in front of it goes without blanks. */
static void
trim(struct buf *to, size_t from)
{
	while (to->len > from && (to->data[to->len - 1] == ' ' || to->data[to->len - 1] == '\t'))
		to->len--;
}

/* What stands before a line: a directive, where one is due, and blanks. */
static void
add_front(struct expanding *e, const struct block *b, struct str line, bool is_empty,
    struct str ending)
{
	struct buf *to = &e->x->text;
	struct place at = place_of(&b->document->source, line);
	size_t blanks;

	e->front = to->len;
	if (e->director.language) {
		if (director_before(&e->director, b->document, at, ending, to))
			add_place(e, PLACE_NONE);
		if (!is_empty && director_pads(&e->director, at, &blanks)) {
			buf_fill(to, ' ', blanks);
			return;
		}
	}
	e->front = to->len;
	buf_add(to, str_slice(buf_str(&e->indent), 0, e->stack[e->depth - 1].indent));
	if (is_empty)
		trim(to, e->front);
}

static void
end_line(struct expanding *e)
{
	struct buf *to = &e->x->text;

	for (size_t k = e->depth; e->inlined > 0 && k-- > 0;)
		buf_add(to, e->stack[k].around);
	if (to->len == e->content)
		trim(to, e->front);
	buf_add(to, e->ending);
	if (e->director.language)
		director_after(&e->director, to);
	add_place(e, e->origin);
	e->is_open = e->is_pending = false;
}

static void
open_line(struct expanding *e, const struct block *b, struct str line)
{
	if (e->is_pending)
		end_line(e);
	if (e->is_open)
		return;
	add_front(e, b, line, false, STR("\n"));
	e->content = e->x->text.len;
	e->is_open = true;
	e->has_origin = false;
	e->origin = place_of(&b->document->source, line);
}

static void
add_text(struct expanding *e, struct str text)
{
	if (e->instance)
		instance_fill(e->instance, text, &e->x->text);
	else
		buf_add(&e->x->text, text);
}

/* A line is from where its first text is from. */
static void
put(struct expanding *e, const struct block *b, struct str line, struct str piece)
{
	open_line(e, b, line);
	add_text(e, piece);
	if (e->has_origin)
		return;
	e->origin = place_of(&b->document->source, line);
	e->has_origin = !str_is_blank(piece);
}

/* The last line of an inlined block is joined by what stands behind the reference. */
static void
finish_line(struct expanding *e, struct str ending)
{
	e->ending = ending;
	e->is_pending = true;
	if (e->inlined == 0)
		end_line(e);
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
	if (e->inlined > 0) {
		put(e, b, line, str_slice(line, 0, skip > 0 ? skip - 1 : 0));
		put(e, b, line, str_slice(line, skip, end));
		finish_line(e, ending);
		return;
	}
	add_front(e, b, line, line.len == 0, ending);
	if (skip > 0) {			/* the backslash of \<<name>> */
		add_text(e, str_slice(line, 0, skip - 1));
		add_text(e, str_slice(line, skip, end));
	} else {
		add_text(e, line);
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
    const struct reference *from, struct str prefix)
{
	size_t before = e->depth ? e->stack[e->depth - 1].indent : 0;
	size_t header = 0;

	e->indent.len = before;
	buf_add(&e->indent, prefix);
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
	l->has_begin = e->style->annotations != ANNOTATE_NONE && e->inlined == 0 &&
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

/* Blanks as wide as the text; tabs stay. */
static void
add_column(struct buf *to, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\t')
			buf_byte(to, '\t');
		else if (((unsigned char)text.data[i] & 0xC0) != 0x80)	/* one for each character */
			buf_byte(to, ' ');
}

static void
push_inline(struct expanding *e, const struct reference *r, struct str rest, bool is_lead)
{
	struct level *l = &e->stack[e->depth - 1];
	size_t start = l->start == LINE_START ? e->content : l->start;
	bool is_long = r->to->size.lines > 1;
	struct str before = is_lead ? r->indent : str_slice(buf_str(&e->x->text), start, e->x->text.len);
	struct buf prefix = {0};

	if (r->way == INLINE_COLUMN)
		add_column(&prefix, before);
	else if (is_long || is_lead)
		buf_add(&prefix, before);
	push(e, r->to, r->to->blocks, r->to->nblocks, r, is_long || is_lead ? buf_str(&prefix) : STR(""));
	buf_release(&prefix);
	l = &e->stack[e->depth - 1];
	l->is_inlined = true;
	if (r->way == INLINE_AROUND && is_long)
		l->around = rest;
	e->inlined++;
}

static void
begin_inline(struct expanding *e, struct str line)
{
	struct level *l = &e->stack[e->depth - 1];
	struct str text = str_chomp(line);

	if (e->is_pending)
		end_line(e);
	l->whole = l->rest_of_line = text;
	l->ending = e->style->lines == EXPAND_CELL || text.len == line.len ? STR("\n") :
	    str_slice(line, text.len, line.len);
	l->lead = (struct str){0};
	l->start = e->is_open ? e->x->text.len : LINE_START;
}

/* The next piece of a line that holds inline references. */
static void
continue_inline(struct expanding *e)
{
	struct level *l = &e->stack[e->depth - 1];
	const struct block *b = l->blocks[l->block];
	const struct reference *r = l->reference < b->nreferences &&
	    b->references[l->reference].line == l->line - 1 ? &b->references[l->reference] : NULL;
	struct str rest = l->rest_of_line, before, behind;
	bool is_lead;

	if (l->lead.data && !e->is_open)	/* what stood behind it was empty */
		put(e, b, l->whole, l->lead);
	l->lead = (struct str){0};
	if (!r) {
		l->rest_of_line = (struct str){0};
		put(e, b, l->whole, rest);
		finish_line(e, l->ending);
		return;
	}
	l->reference++;
	before = str_slice(rest, 0, (size_t)(r->indent.data + r->indent.len - rest.data));
	behind = (struct str){ r->name.data + r->name.len + 2, 0 };
	behind.len = (size_t)(rest.data + rest.len - behind.data);
	is_lead = r->to && !e->is_open && str_is_blank(before);
	if (is_lead)
		l->lead = before;
	else
		put(e, b, l->whole, before);
	if (r->is_escaped) {
		l->rest_of_line = str_slice(rest, before.len + 1, rest.len);
		return;
	}
	l->rest_of_line = behind;
	if (r->to && r->to->size.bytes > 0)
		push_inline(e, r, behind, is_lead);
	else if (!r->to)
		put(e, b, l->whole, str_slice(rest, before.len, rest.len - behind.len));
}

static void
pop(struct expanding *e)
{
	if (e->stack[--e->depth].is_inlined) {
		e->inlined--;
		e->is_pending = false;
	}
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
			pop(e);
			continue;
		}
		if (l->rest_of_line.data) {
			continue_inline(e);
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
		if (r && r->to && r->to->size.bytes == 0 && !r->is_inline)
			continue;	/* as if walked: it may stand for 2^40 empty names */
		if (r && r->is_inline) {
			l->reference--;
			begin_inline(e, line);
		} else if (r && r->to) {
			if (e->is_open && !e->is_pending && r->to->size.first_filled)	/* it joins a line */
				put(e, b, str_chomp(line), r->indent);
			push(e, r->to, r->to->blocks, r->to->nblocks, r, r->indent);
		} else {
			add_line(e, b, line, r && r->is_escaped ? r->indent.len + 1 : 0);
		}
	}
}

static void
begin(struct expanding *e, const struct node *n)
{
	e->instance = n->instance;
	director_begin(&e->director, n, e->style->directives);
	if (e->style->annotations != ANNOTATE_NONE)
		e->seam.language = director_language(n);
	push(e, n, n->blocks, n->nblocks, NULL, STR(""));
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
	struct expanding e = { .x = x, .style = style, .instance = style->instance };
	union {				/* a list of one; nothing is written through it */
		const struct block *in;
		struct block *one;
	} list = { b };

	push(&e, NULL, &list.one, 1, NULL, STR(""));
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
