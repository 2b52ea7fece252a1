#include "runner/cli/steady.h"

#include <stdio.h>

#include "runner/cell/transcript.h"
#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/cli/desk.h"
#include "runner/cli/load.h"
#include "runner/cli/notebook.h"
#include "runner/cli/page.h"
#include "runner/cli/report.h"
#include "runner/cli/verdict.h"
#include "runner/output/diff.h"
#include "tangle/base/buf.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"

/* Two runs of one document. */
struct pair {
	const struct page *first, *second;
	struct buf *diff;
	struct diag *diag;
};

/* The word of how a cell ended: "done", "crash", "compile"; NULL if it did not run. */
static const char *
end_of(const struct cell_result *r)
{
	if (r->end == CELL_RAN)
		return report_outcome(r->outcome->kind);
	if (r->end == CELL_COMPILED)
		return "done";
	return r->end == CELL_UNBUILT ? "compile" : NULL;
}

static void
add_diff(const struct pair *p, struct str kind, struct str a, struct str b, size_t line)
{
	struct str name = p->first->notebook->cells.path;

	buf_add(p->diff, STR("--- "));
	buf_visible(p->diff, name);
	buf_printf(p->diff, "\t%.*s, run for the first time\n+++ ", STR_ARG(kind));
	buf_visible(p->diff, name);
	buf_printf(p->diff, "\t%.*s, run again\n", STR_ARG(kind));
	diff_hunks(p->diff, a, b, line);
}

/* Both as printed; patterns of the document have no part in that. */
static bool
is_same_step(const struct page *p, const struct cell *c, struct str once, struct str again)
{
	struct comparing how = page_comparing(p->notebook, c, p->arena);
	struct str text;

	how.literally = true;
	return compare_texts(&how, once, again, p->arena, &text) != COMPARISON_DIFFERS;
}

static bool
is_same_console(const struct pair *p, size_t i)
{
	const struct cell *c = p->first->cells[i].of;
	const struct str *x = p->first->cells[i].texts, *y = p->second->cells[i].texts;
	const struct console_result *a = page_console(p->first->notebook, c),
	    *b = page_console(p->second->notebook, c);
	struct buf one = {0}, other = {0};
	bool same = true;

	if (!a || !b)
		return true;
	for (size_t k = 0; k < c->transcript->n; k++)
		same = same && ((x && y && !x[k].data && !y[k].data) ||	/* both are what is recorded */
		    is_same_step(p->first, c, a->made[k], b->made[k]));
	if (!same) {
		transcript_write(c->transcript, a->made, &one);
		transcript_write(c->transcript, b->made, &other);
		add_diff(p, STR("console"), buf_str(&one), buf_str(&other),
		    source_position(c->at.source, c->block->part->start).line + 1 + c->block->noptions);
	}
	buf_release(&one);
	buf_release(&other);
	return same;
}

static bool
is_same_output(const struct pair *p, size_t i)
{
	const struct fences *a = p->first->cells[i].made, *b = p->second->cells[i].made;
	const struct comparing how = page_comparing(p->first->notebook, p->first->cells[i].of,
	    p->first->arena);
	bool same = true;

	for (enum fence k = FENCE_OUTPUT; a && b && k < NFENCES; k++) {
		struct str text;
		bool is_error = k == FENCE_ERROR;

		/* would the document of the first run be checked with success? */
		if (a->present[k] == b->present[k] && (is_error ?
		    compare_error(a->text[k], b->text[k], &text) :
		    compare_texts(&how, a->text[k], b->text[k], p->first->arena, &text)) !=
		    COMPARISON_DIFFERS)
			continue;
		same = false;
		add_diff(p, fence_word(k), a->text[k], b->text[k], verdict_line(p->first, i, k));
	}
	return same;
}

static void
compare_cell(const struct pair *p, size_t i)
{
	const struct cell *c = p->first->cells[i].of;
	const char *once = end_of(&p->first->notebook->results[c->number]),
	    *again = end_of(&p->second->notebook->results[c->number]);
	bool same = is_same_output(p, i);

	same = is_same_console(p, i) && same;
	if (once && again && !str_eq(str_of(once), str_of(again)))
		diag_error(p->diag, STATUS_DIFFERS, c->at, "unsteady",
		    "this cell ended otherwise when it was run again: '%s', then '%s'", once, again);
	else if (!same)
		diag_error(p->diag, STATUS_DIFFERS, c->at, "unsteady",
		    "this cell gave something else when it was run again: print what is the same each "
		    "time, or say with normalize= what does not count");
}

int
steady_check(struct desk *k, const struct page *first, const struct notebook_options *o,
    struct buf *diff, struct diag *d)
{
	struct load *l = k->load;
	struct notebook_options again = *o;
	struct notebook n;
	struct page second;
	struct diag silent;
	FILE *nowhere = fopen("/dev/null", "we");
	int signal;

	if (!nowhere) {
		diag_errno(d, "open", STR("/dev/null"));
		return 0;
	}
	diag_init(&silent, nowhere, DIAG_COLOR_NEVER);
	again.is_repeat = true;
	again.save = NULL;
	if (notebook_run(&n, &l->graph, &l->blocks[k->number], load_root(l, &l->documents[k->number]),
	    &again, &silent) && !n.signal) {
		struct pair p = { first, &second, diff, d };

		page_make(&second, &n, &l->arena);
		for (size_t i = 0; i < first->n; i++)
			compare_cell(&p, i);
	}
	signal = n.signal;
	notebook_release(&n);
	diag_release(&silent);
	fclose(nowhere);
	return signal;
}
