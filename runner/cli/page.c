#include "runner/cli/page.h"

#include "runner/cli/complaint.h"
#include "runner/cli/notebook.h"
#include "runner/output/diff.h"
#include "runner/output/output.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/document/block.h"

/* The same kinds, in the same order. */
_Static_assert((int)OUTPUT_STDOUT == (int)FENCE_OUTPUT &&
    (int)OUTPUT_STDERR == (int)FENCE_STDERR && (int)OUTPUT_ERROR == (int)FENCE_ERROR,
    "blocks and fences name the kinds of output alike");

/* ---- what the document has -------------------------------------------------- */

static struct str
body_of(const struct block *b, struct arena *a)
{
	struct buf text = {0};

	for (size_t i = 0; i < b->nlines; i++)
		buf_add(&text, b->lines[i]);
	return buf_take(&text, a);
}

/* The output fences that belong to a block, which follow it in the list. */
static void
take_recorded(struct embed_cell *e, const struct blocks *blocks, const struct block *cell,
    struct arena *a)
{
	for (size_t i = cell->number + 1; i < blocks->n; i++) {
		const struct block *o = &blocks->list[i];

		if (!o->is_output || o->owner != cell)
			break;
		e->is_odd |= e->recorded.present[o->output] || !o->part->closed;
		e->recorded.present[o->output] = true;
		e->recorded.text[o->output] = body_of(o, a);
		e->region.end = o->part->end;
	}
}

static void
take_region(struct embed_cell *e, const struct part *p)
{
	e->region = (struct embed_region){ .after = p->end, .end = p->end,
	    .in_container = p->in_container };
	if (p->in_container)
		e->region.prefix = p->prefix;
}

/* ---- what the run gave ----------------------------------------------------------- */

static struct str
line_of_cell(void *arg, size_t number, size_t line)
{
	const struct notebook *n = arg;

	if (number >= n->cells.n)
		return (struct str){0};
	return str_trim(cell_line(&n->cells.list[number], line));
}

static struct output_context
context_of(const struct notebook *n, const struct cell *c)
{
	union {				/* read only: line_of_cell casts nothing away */
		const struct notebook *in;
		void *arg;
	} view = { n };

	return (struct output_context){
		.bytes = (size_t)c->output_limit,
		.lines = c->output_limit ? SIZE_MAX : 0,
		.timeout = c->timeout, .output_kill = (size_t)c->output_kill,
		.memory = (size_t)c->memory,
		.is_program = n->results[c->number].is_program,
		.has_state = !c->is_isolated, .cell = c->number,
		.line = line_of_cell, .arg = view.arg,
	};
}

static struct fences
fences_of_outcome(const struct notebook *n, const struct cell *c, struct arena *a)
{
	struct output_context context = context_of(n, c);
	struct outcome o = *n->results[c->number].outcome;

	if (!c->show_value)
		o.value = (struct str){0};
	if (!c->show_output) {
		o.out = (struct captured){0};
		o.err = (struct captured){0};
	}
	return output_fences(&o, &context, a);
}

static struct fences
fences_of_messages(const struct notebook *n, const struct cell *c, struct arena *a)
{
	const struct messages *m = &n->results[c->number].messages;

	for (size_t i = 0; i < m->n; i++) {
		const struct message *one = &m->list[i];
		bool own = !one->is_file && str_eq(one->marker, c->marker);
		bool glue = complaint_is_glue(one);

		if (one->level == MESSAGE_ERROR)
			return output_compile_error(own || glue ? STR("") : one->marker,
			    glue ? complaint_last_line(c) : one->line, one->text, a);
	}
	return output_compile_error(STR(""), 0, STR("it does not compile"), a);
}

/* NULL for a cell that did not run: the document keeps what it has. */
static const struct fences *
fences_of(const struct notebook *n, const struct cell *c, struct arena *a)
{
	const struct cell_result *r = &n->results[c->number];
	struct fences made;

	if (r->end == CELL_RAN && !r->as_expected && r->outcome->kind == OUTCOME_LOAD &&
	    r->outcome->out.total == 0 && r->outcome->err.total == 0)
		return NULL;		/* nothing of it ran */
	if (r->end == CELL_RAN)
		made = fences_of_outcome(n, c, a);
	else if (r->end == CELL_UNBUILT && r->as_expected)
		made = fences_of_messages(n, c, a);
	else
		return NULL;
	return arena_copy(a, &made, 1, sizeof made);
}

/* ---- the page ------------------------------------------------------------------------ */

void
page_make(struct page *p, const struct notebook *n, struct arena *a)
{
	const struct blocks *blocks = n->cells.blocks;

	*p = (struct page){ .arena = a, .notebook = n };
	p->cells = arena_alloc(a, n->cells.n, sizeof *p->cells);
	p->of = arena_alloc(a, n->cells.n, sizeof(struct cell *));
	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell *c = &n->cells.list[i];
		struct embed_cell *e = &p->cells[p->n];

		if (!c->block || !c->block->part->closed)
			continue;
		take_region(e, c->block->part);
		take_recorded(e, blocks, c->block, a);
		e->made = c->block->is_output_damaged ? NULL : fences_of(n, c, a);
		p->of[p->n++] = c;
	}
}

void
page_restrict(struct page *p, const struct cell *only, bool and_later)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->of[i]->number < only->number ||
		    (!and_later && p->of[i]->number > only->number))
			p->cells[i].made = NULL;
}

bool
page_write(const struct page *p, struct buf *to)
{
	return embed(to, p->notebook->cells.blocks->document->source.text, p->cells, p->n);
}

/* The line where the text of a kind stands, or would. */
static size_t
line_of_fence(const struct page *p, size_t i, enum fence kind)
{
	const struct cell *c = p->of[i];
	const struct blocks *blocks = p->notebook->cells.blocks;
	const struct source *s = &blocks->document->source;

	for (size_t k = c->block->number + 1; k < blocks->n; k++) {
		const struct block *o = &blocks->list[k];

		if (!o->is_output || o->owner != c->block)
			break;
		if ((int)o->output == (int)kind)
			return source_position(s, o->part->start).line + 1;
	}
	return source_position(s, p->cells[i].region.after ? p->cells[i].region.after - 1 : 0).line + 1;
}

static bool
diff_cell(const struct page *p, size_t i, struct buf *to)
{
	const struct embed_cell *e = &p->cells[i];
	struct str name = p->notebook->cells.blocks->document->path;
	bool differs = false;

	for (enum fence k = FENCE_OUTPUT; k < NFENCES; k++) {
		struct buf hunks = {0};

		if (!e->recorded.present[k] && !e->made->present[k])
			continue;
		if (e->recorded.present[k] == e->made->present[k] &&
		    embed_same(k, e->recorded.text[k], e->made->text[k]))
			continue;
		differs = true;
		diff_hunks(&hunks, e->recorded.text[k], e->made->text[k], line_of_fence(p, i, k));
		buf_add(to, STR("--- "));
		buf_visible(to, name);
		buf_printf(to, "\t%.*s recorded\n+++ ", STR_ARG(fence_word(k)));
		buf_visible(to, name);
		buf_printf(to, "\t%.*s now\n", STR_ARG(fence_word(k)));
		buf_add(to, buf_str(&hunks));
		buf_release(&hunks);
	}
	return differs;
}

bool
page_diff(const struct page *p, struct buf *to, struct diag *d)
{
	bool differs = false;

	for (size_t i = 0; i < p->n; i++) {
		if (!p->cells[i].made || !diff_cell(p, i, to))
			continue;
		differs = true;
		diag_error(d, STATUS_DIFFERS, p->of[i]->at, "output-differs",
		    "the output of this cell differs from what is recorded; skein run puts the new one in place");
	}
	return differs;
}
