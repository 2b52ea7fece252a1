#include <sys/stat.h>

#include "runner/cache/store.h"
#include "runner/cell/cell.h"
#include "runner/cell/choice.h"
#include "runner/cli/command.h"
#include "runner/cli/generated.h"
#include "runner/cli/load.h"
#include "runner/cli/origin.h"
#include "runner/cli/why.h"
#include "runner/script/hooking.h"
#include "tangle/base/buf.h"
#include "tangle/base/root.h"
#include "tangle/document/blocks.h"
#include "tangle/project/project.h"

static void why(struct invocation *i);

const struct command cmd_why = {
	.name = "why",
	.args = "[DOC...] [CELL | FILE:LINE]",
	.summary = "say what a cell uses and what an edit compiles, or where a line comes from",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_SET, FLAG_ROOT, FLAGS_LIMITS, FLAG_ALLOW_MISSING),
	.least = 1,
	.run = why,
};

/* ---- what is asked ------------------------------------------------------------------- */

struct question {
	struct str document;
	struct str cell;		/* a name, a number, ":LINE"; empty: all cells */
	struct str file;		/* of a target, with a line */
	size_t line, column;
};

static bool
exists(struct arena *a, struct str path)
{
	struct stat st;

	return stat(arena_cstr(a, path), &st) == 0;
}

/* DOC, DOC:LINE, or a target's FILE:LINE. */
static bool
read_one(struct question *q, struct str word, struct arena *a, struct diag *d)
{
	struct str file;
	size_t line, column;

	if (exists(a, word) || !origin_split(word, &file, &line, &column)) {
		q->document = word;
		return true;
	}
	if (project_is_document(file)) {
		q->document = file;
		q->line = line;
		return true;
	}
	q->file = file;
	q->line = line;
	q->column = column;
	q->document = origin_document(file, a, d);
	if (q->document.len == 0)
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "no document is known to have written '%.*s': name it, as in skein why notes.md %.*s",
		    STR_ARG(file), STR_ARG(word));
	return q->document.len > 0;
}

static bool
read_question(struct question *q, const struct invocation *i, struct arena *a)
{
	struct str first = str_of(i->arguments[0]), word, file;

	*q = (struct question){0};
	if (i->narguments == 1)
		return read_one(q, first, a, i->diag);
	if (i->narguments > 2 && origin_split(str_of(i->arguments[i->narguments - 1]), &q->file,
	    &q->line, &q->column)) {
		q->document = first;
		return true;
	}
	if (i->narguments > 2) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein why takes one document and one cell, or documents and one line of a target");
		return false;
	}
	word = str_of(i->arguments[1]);
	if (str_starts(first, STR(":"))) {	/* the other way round */
		struct str line = first;

		first = word;
		word = line;
	}
	q->document = first;
	if (str_starts(word, STR(":")) && str_number(str_slice(word, 1, word.len), 1000000000, &q->line))
		return true;
	if (!origin_split(word, &file, &q->line, &q->column))
		q->cell = word;
	else if (!str_eq(file, first))
		q->file = file;
	return true;
}

/* ---- answers ---------------------------------------------------------------------------- */

struct asked {
	const struct invocation *i;
	const struct question *question;
	struct load *load;
	struct buf out;
};

static const struct cell *
find_cell(const struct asked *q, const struct cells *c)
{
	struct str which = q->question->cell;

	if (which.len == 0)
		which = arena_printf(&q->load->arena, ":%zu", q->question->line);
	return choice_cell(c, which, q->i->diag);
}

static void
show(struct asked *q, const struct cells *c, struct why *w)
{
	bool wants_all = q->question->cell.len == 0 && q->question->line == 0;
	const struct cell *one = wants_all ? NULL : find_cell(q, c);

	if (!one && !wants_all)
		return;
	if (q->i->set[FLAG_JSON])
		why_json(w, one, &q->out);
	else if (one)
		why_show(w, one, &q->out);
	else
		why_show_all(w, &q->out);
}

static void
answer_cells(struct asked *q, struct store *s)
{
	struct load *l = q->load;
	struct str root = load_root(l, &l->documents[0]);
	struct str document = path_real(l->documents[0].path, &l->arena);
	struct generated generated = { .arena = &l->arena };
	struct cells cells;
	struct root r;
	struct why *w;

	if (!root_open(&r, root, q->i->diag))
		return;
	cells_make(&cells, &l->graph, &l->blocks[0], &r, &l->arena, q->i->diag);
	generated_fill(&generated, &cells, s, NULL, &l->arena, q->i->diag);
	w = why_open(&cells, hooking_changes_cells(l->documents[0].config), &l->graph,
	    path_real(root, &l->arena), document, s, &l->arena, q->i->diag);
	if (w) {
		show(q, &cells, w);
		why_close(w);
	}
	generated_release(&generated);
	root_close(&r);
}

static void
answer_line(struct asked *q, struct str file)
{
	struct node *target = origin_target(q->load, file, q->i->diag);

	if (target)
		origin_print(q->load, target, q->question->line, q->question->column, q->i, &q->out);
	else
		diag_error(q->i->diag, STATUS_USAGE, place_file(&q->load->documents[0].source), "usage",
		    "no target of this document is '%.*s'", STR_ARG(file));
}

/* A line of a block that is no cell: its fence stands for the first line of code. */
static bool
is_in_fragment(const struct load *l, size_t *line)
{
	const struct source *s = &l->documents[0].source;

	for (size_t k = 0; k < l->blocks[0].n; k++) {
		const struct block *b = &l->blocks[0].list[k];
		size_t first = source_position(s, b->part->start).line;
		size_t last = source_position(s, b->part->end > 0 ? b->part->end - 1 : 0).line;

		if (!b->is_fragment || b->is_cell || first > *line || *line > last)
			continue;
		if (*line == first)
			*line += 1 + b->noptions;
		return true;
	}
	return false;
}

static void
answer(struct asked *q)
{
	const struct question *asked = q->question;
	size_t line = asked->line;
	struct store *s;

	if (asked->file.len > 0) {
		answer_line(q, asked->file);
		return;
	}
	if (line > 0 && is_in_fragment(q->load, &line) &&
	    origin_print_uses(q->load, line, q->i, &q->out))
		return;
	s = store_open(NULL, q->i->diag);
	if (s)
		answer_cells(q, s);
	store_close(s);
}

static void
why(struct invocation *i)
{
	struct arena a;
	struct question question;

	arena_init(&a);
	if (read_question(&question, i, &a)) {
		char *document = arena_cstr(&a, question.document);
		struct invocation some = *i;
		struct load l;
		struct asked q = { .i = i, .question = &question, .load = &l };

		if (i->narguments > 2) {
			some.narguments--;
		} else {
			some.arguments = &document;
			some.narguments = 1;
		}
		if (load_documents(&l, &some) && (l.n == 1 || question.file.len > 0))
			answer(&q);
		else if (l.n > 1)
			diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
			    "skein why takes one document, not a folder");
		command_print(buf_str(&q.out));
		buf_release(&q.out);
		load_release(&l);
	}
	arena_release(&a);
}
