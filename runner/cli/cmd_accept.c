/* isatty */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <unistd.h>

#include "runner/cli/asking.h"
#include "runner/cli/caution.h"
#include "runner/cli/command.h"
#include "runner/cli/crowd.h"
#include "runner/cli/desk.h"
#include "runner/cli/load.h"
#include "runner/cli/page.h"
#include "runner/cli/performance.h"
#include "runner/cli/pick.h"
#include "runner/cli/report.h"
#include "runner/cli/reports.h"
#include "runner/cli/verdict.h"
#include "runner/output/output.h"
#include "tangle/base/buf.h"
#include "tangle/document/blocks.h"

static void accept_all(struct invocation *i);

const struct command cmd_accept = {
	.name = "accept",
	.args = "DOC...",
	.summary = "run the cells and take new outputs, but no failures; with -i one by one",
	.flags = FLAGS_OF(FLAGS_RUN, FLAG_INTERACTIVE),
	.least = 1,
	.starts = true,
	.run = accept_all,
};

struct acceptance {
	struct performance performance;	/* first: its calls get this struct */
	bool is_over;			/* no more documents */
	int signal;			/* that ended the questions */
	size_t taken, left;		/* differences of the document */
};

/* ---- which are taken ----------------------------------------------------------------- */

/* Why it is one that nobody expected; empty if it is none. */
static struct str
failure_of(const struct page *page, const struct cell *c)
{
	const struct cell_result *r = &page->notebook->results[c->number];
	const struct output_context context = { .is_program = r->is_program };

	if (r->as_expected)
		return STR("");
	if (!r->outcome || r->outcome->kind == OUTCOME_DONE)
		return STR("did not fail, as it was expected to");
	return arena_printf(page->arena, "failed%s: %.*s",
	    c->fails.kind == FAILS_NOT ? "" : " in another way than expected",
	    STR_ARG(output_reason(r->outcome, &context, page->arena)));
}

static struct str
caution_about(const struct page *page, size_t k, struct str diff)
{
	const struct page_cell *e = &page->cells[k];
	size_t recorded = 0, made = 0;
	struct buf words = {0};

	for (enum fence f = FENCE_OUTPUT; f < NFENCES; f++) {
		recorded += e->recorded.text[f].len;
		made += e->made->text[f].len;
	}
	caution_say(&words, diff, recorded, made);
	return buf_take(&words, page->arena);
}

static bool
ask_about(struct asking *q, const struct page *page, size_t k, const struct verdict *v, size_t number,
    size_t all)
{
	const struct cell *c = v->cell;
	char name[256];
	const struct difference d = {
		.document = c->at.source->name,
		.line = source_position(c->at.source, c->at.offset).line,
		.name = report_name(c, name, sizeof name),
		.number = number, .all = all,
		.failure = failure_of(page, c), .diff = v->diff,
		.caution = caution_about(page, k, v->diff),
	};

	return asking_take(q, &d);
}

static size_t
count_differences(const struct verdicts *v)
{
	size_t n = 0;

	for (size_t k = 0; k < v->n; k++)
		n += v->list[k].comparison == COMPARISON_DIFFERS;
	return n;
}

static void
settle(struct acceptance *a, struct page *page, size_t k, bool takes)
{
	a->taken += takes;
	a->left += !takes;
	if (!takes)
		page->cells[k].made = NULL;
}

/* On a terminal, in the order of the document. */
static void
choose(struct acceptance *a, struct page *page, const struct verdicts *v)
{
	const struct invocation *i = a->performance.invocation;
	size_t all = count_differences(v), number = 0;
	struct asking q;

	if (all == 0)
		return;
	asking_open(&q, STDIN_FILENO, stdout, i->diag->color);
	for (size_t k = 0; k < v->n; k++)
		if (v->list[k].comparison == COMPARISON_DIFFERS)
			settle(a, page, k, ask_about(&q, page, k, &v->list[k], ++number, all));
	asking_close(&q);
	a->is_over = q.is_over;
	a->signal = q.signal;
	if (a->left > 0)
		diag_status_add(i->diag, STATUS_DIFFERS);
}

/* Without questions: all but the failures that nobody expected. */
static void
take_harmless(struct acceptance *a, struct page *page, const struct verdicts *v)
{
	for (size_t k = 0; k < v->n; k++) {
		const struct cell *c = v->list[k].cell;
		bool is_failure;

		if (v->list[k].comparison != COMPARISON_DIFFERS)
			continue;
		is_failure = !page->notebook->results[c->number].as_expected;
		settle(a, page, k, !is_failure);
		if (is_failure)
			diag_warning(a->performance.invocation->diag, c->at, "not-accepted",
			    "what is recorded for this cell is left: a failure that nobody expected is accepted "
			    "by saying so (fails=), or with -i");
	}
}

/* ---- what becomes of them --------------------------------------------------------------- */

static void
say(const struct acceptance *a, const struct desk *k)
{
	struct buf words = {0};

	buf_visible(&words, k->load->documents[k->number].path);
	buf_printf(&words, ": %zu output%s accepted", a->taken, a->taken == 1 ? "" : "s");
	if (a->left > 0)
		buf_printf(&words, ", %zu left", a->left);
	fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&words)));
	buf_release(&words);
}

static void
finish(struct performance *p, struct desk *k, struct page *page, const struct verdicts *v)
{
	struct acceptance *a = (struct acceptance *)p;
	const struct invocation *i = p->invocation;
	bool is_there = true;

	if (desk_keeps_no_outputs(&k->load->documents[k->number]))
		return;
	if (!i->set[FLAG_INTERACTIVE])
		take_harmless(a, page, v);
	else if (!page->notebook->signal)
		choose(a, page, v);
	if (a->taken > 0)
		is_there = (!i->set[FLAG_INTERACTIVE] || desk_lock(k)) &&
		    (desk_put(k, page) || k->has_mended);
	if (is_there && a->taken + a->left > 0 && !i->set[FLAG_QUIET])
		say(a, k);
}

static bool
can_ask(const struct invocation *i)
{
	if (!i->set[FLAG_INTERACTIVE])
		return true;
	if (!i->set[FLAG_JSON] && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return true;
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage", i->set[FLAG_JSON] ?
	    "-i asks people, and --json is for programs: leave one of them away" :
	    "-i asks on a terminal, and this is none: without -i all outputs are taken, but for failures");
	return false;
}

static void
accept_all(struct invocation *i)
{
	enum desk_use use = i->set[FLAG_INTERACTIVE] ? DESK_LATER : DESK_IN_PLACE;
	struct acceptance a = {0};
	struct load l;
	bool go_on;

	if (!can_ask(i) || !performance_init(&a.performance, i))
		return;
	a.performance.compares = true;
	a.performance.then = finish;
	pick_documents(&l, i);
	go_on = reports_begin(i->reports, &l) && l.n > 0 &&
	    selection_check(&a.performance.options.selection, l.blocks, l.n, i->diag);
	if (go_on && !i->set[FLAG_INTERACTIVE])
		go_on = crowd_run(&a.performance, &l, use);
	for (size_t k = 0; go_on && i->set[FLAG_INTERACTIVE] && k < l.n; k++) {
		struct desk desk;

		if (load_wants(&l, k))
			load_settle(&l, k, i->diag);
		if (!load_wants(&l, k) || !selection_touches(&a.performance.options.selection, &l.blocks[k]) ||
		    !desk_open(&desk, i, &l, k, use))
			continue;
		a.taken = a.left = 0;
		go_on = performance_run(&a.performance, &desk) && !a.is_over;
		desk_close(&desk);
	}
	if (a.signal)
		i->signal = a.signal;
	pick_report(&l, i);
	load_release(&l);
	performance_release(&a.performance);
}
