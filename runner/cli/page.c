#include "runner/cli/page.h"

#include "runner/cell/transcript.h"
#include "runner/cli/complaint.h"
#include "runner/cli/console.h"
#include "runner/cli/notebook.h"
#include "runner/output/inplace.h"
#include "runner/output/output.h"
#include "runner/output/region.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/document/block.h"

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
		.is_program = n->results[c->number].is_program,
		.has_state = !c->is_isolated, .cell = c->number,
		.command = n->results[c->number].console ? n->results[c->number].console->nrun : 0,
		.home = n->results[c->number].is_recorded ? n->results[c->number].home : n->home ? str_of(n->home) : (struct str){0},
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
static struct fences *
fences_of(const struct notebook *n, const struct cell *c, struct arena *a)
{
	const struct cell_result *r = &n->results[c->number];
	struct fences made;

	if (r->end == CELL_RAN && !r->as_expected && r->outcome->kind == OUTCOME_LOAD &&
	    r->outcome->out.total == 0 && r->outcome->err.total == 0)
		return NULL;		/* nothing of it ran */
	if (r->end == CELL_RAN && r->outcome->kind == OUTCOME_INTERRUPTED)
		return NULL;		/* half an output is worth less than an old one */
	if (r->end == CELL_RAN)
		made = fences_of_outcome(n, c, a);
	else if (r->end == CELL_UNBUILT && r->as_expected)
		made = fences_of_messages(n, c, a);
	else
		return NULL;
	return arena_copy(a, &made, 1, sizeof made);
}

/* ---- what is to be written ------------------------------------------------------------- */

/* Where a cell works: of console blocks see console.h. */
static struct str
folder_of(const struct notebook *n, const struct cell *c, struct arena *a)
{
	if (c->cwd.text.len == 0 || str_eq(c->cwd.text, STR("document")))
		return n->folder;
	if (str_eq(c->cwd.text, STR("root")))
		return n->root_path;
	return arena_printf(a, "%.*s/%.*s", STR_ARG(n->root_path), STR_ARG(c->cwd.text));
}

struct comparing
page_comparing(const struct notebook *n, const struct cell *c, struct arena *a)
{
	struct comparing how = { .literally = c->is_literal, .normalizing = n->normalizing[c->number] };

	normalizers_begin(n->normalizers, &c->at);
	if (how.normalizing.names_folder)
		how.normalizing.folder = folder_of(n, c, a);
	return how;
}

bool
page_put(struct embed_cell *e, const struct cell *now, const struct notebook *n,
    const struct cell *ran, struct page_compared *found, struct arena *a)
{
	struct comparing how = page_comparing(n, ran, a);
	const struct console_result *r = n->results[ran->number].console;
	struct fences *made = now->block->is_output_damaged || !n->results[ran->number].is_wanted ?
	    NULL : fences_of(n, ran, a);

	if (!made)
		return false;
	how.literally = now->is_literal;
	found->all = compare_fences(&how, &e->recorded, made, a, found->kind);
	if (r) {
		enum comparison steps = console_compare(r, now, &how, a, &found->texts);

		found->all = steps > found->all ? steps : found->all;
		e->edits = inplace_edits(now->block, now->transcript, found->texts, a, &e->nedits);
	}
	e->made = made;
	return true;
}

/* ---- the page ------------------------------------------------------------------------ */

void
page_make(struct page *p, const struct notebook *n, struct arena *a)
{
	const struct blocks *blocks = n->cells.blocks;

	*p = (struct page){ .arena = a, .notebook = n };
	p->cells = arena_alloc(a, n->cells.n, sizeof *p->cells);
	p->compared = arena_alloc(a, n->cells.n, sizeof *p->compared);
	p->of = arena_alloc(a, n->cells.n, sizeof(struct cell *));
	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell *c = &n->cells.list[i];
		struct embed_cell *e = &p->cells[p->n];

		if (!c->block || !c->block->part->closed)
			continue;
		region_take(e, blocks, c->block, a);
		page_put(e, c, n, c, &p->compared[p->n], a);
		p->of[p->n++] = c;
	}
}

bool
page_write(const struct page *p, struct buf *to)
{
	return embed(to, p->notebook->cells.blocks->document->source.text, p->cells, p->n);
}
