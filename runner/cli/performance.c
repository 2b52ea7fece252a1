/* isatty */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/performance.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/crew.h"
#include "runner/build/slots.h"
#include "runner/cli/command.h"
#include "runner/cli/complaint.h"
#include "runner/cli/desk.h"
#include "runner/cli/events.h"
#include "runner/cli/greeting.h"
#include "runner/cli/load.h"
#include "runner/cli/nearby.h"
#include "runner/cli/page.h"
#include "runner/cli/pins.h"
#include "runner/cli/steady.h"
#include "runner/cli/reports.h"
#include "runner/cli/verdict.h"
#include "runner/output/normalizer.h"
#include "tangle/base/buf.h"
#include "tangle/base/trace.h"
#include "tangle/document/blocks.h"

bool
performance_init(struct performance *p, struct invocation *i)
{
	unsigned long jobs = 0;

	*p = (struct performance){ .invocation = i, .options = { .stop = i->set[FLAG_STOP],
	    .no_compile = i->set[FLAG_NO_COMPILE], .is_timed = i->set[FLAG_JSON],
	    .progress = !i->set[FLAG_QUIET] && isatty(STDERR_FILENO) } };
	if (i->command != &cmd_adopt && !reports_open(i))	/* that prints an object of its own */
		return false;
	if (i->set[FLAG_JOBS] && (!str_number(i->value[FLAG_JOBS], 256, &jobs) || jobs == 0)) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "-j takes a number from 1 to 256");
		return false;
	}
	p->options.selection = (struct selection){ i->only, i->nonly, i->value[FLAG_FROM] };
	if (slots_only_shown()) {
		diag_note(i->diag, PLACE_NONE, "make -n only shows what it would do: nothing is run");
		return false;
	}
	if (i->set[FLAG_EXPLAIN])
		trace_enable("explain");
	p->options.slots = slots_open(jobs, i->diag);
	return p->options.slots != NULL;
}

void
performance_release(struct performance *p)
{
	slots_close(p->options.slots);
	buf_release(&p->rehearsed);
}

/* Most public documents hold sketches that can never compile: say what settles that. */
static void
hint(const struct invocation *i, const struct notebook *n)
{
	size_t sketches = 0;

	for (size_t k = 0; k < n->cells.n; k++)
		sketches += n->results[k].end == CELL_UNBUILT && !n->results[k].as_expected &&
		    complaints_are_own(&n->results[k]);
	if (sketches > 0 && !i->set[FLAG_QUIET])
		fprintf(stderr, "skein: note: a block that is only to be shown takes run=false (```c,ignore); "
		    "run=marked in the document, or --set run=marked, runs only blocks with .run\n");
}

static void
save_meanwhile(void *arg, const struct notebook *n)
{
	struct performance *p = arg;
	struct page page;

	page_make(&page, n, &p->desk->load->arena);
	p->save(p, p->desk, &page);
}

/* --twice.  Returns the signal that asked us to stop. */
static int
repeat(struct performance *p, struct desk *k, const struct page *page)
{
	struct buf diff = {0};
	int signal = steady_check(k, page, &p->options, &diff, p->invocation->diag);

	if (!reports_have_output(p->invocation->reports))
		command_show(buf_str(&diff));
	buf_release(&diff);
	return signal;
}

static void
tell_cells(const struct performance *p, const struct notebook *n, const struct verdicts *v)
{
	struct reports *r = p->invocation->reports;

	for (size_t k = 0; reports_are_wanted(r) && k < n->cells.n; k++) {
		const struct cell *c = &n->cells.list[k];

		reports_event(r, events_cell(n, c, verdicts_find(v, c)));
	}
}

/* The document came to its end, or to a Ctrl-C. */
static int
use(struct performance *p, struct desk *k, const struct notebook *n)
{
	struct verdicts v = {0};
	struct page page;

	page_make(&page, n, &k->load->arena);
	normalizers_report(n->normalizers, p->invocation->diag);
	if (p->compares && !desk_keeps_no_outputs(&k->load->documents[k->number]))
		verdicts_make(&v, &page, &k->load->arena);
	p->counts = counts_of(n, &v);
	page_report_shown(&page, p->invocation->diag);
	pins_report(&page, n->graph, p->compares, p->invocation->diag);
	tell_cells(p, n, &v);
	if (!p->in_turn || crew_turn())
		p->then(p, k, &page, &v);
	return !n->signal && p->invocation->set[FLAG_TWICE] ? repeat(p, k, &page) : n->signal;
}

static void
perform(struct performance *p, struct desk *k)
{
	struct invocation *i = p->invocation;
	struct load *l = k->load;
	const struct document *d = &l->documents[k->number];
	struct greeting g;
	struct notebook n;
	bool ok;

	load_settle(l, k->number, i->diag);	/* it may have been read again */
	p->desk = k;
	p->options.hooking = l->hookings[k->number];
	p->options.save = p->save ? save_meanwhile : NULL;
	p->options.save_arg = p;
	greeting_begin(&g, p, k);
	p->is_first = g.held != NULL;
	ok = notebook_run(&n, &l->graph, &l->blocks[k->number], load_root(l, d), &p->options, i->diag);
	p->counts = counts_of(&n, NULL);
	if (ok && (!n.signal || n.signal == SIGINT))
		n.signal = use(p, k, &n);
	if (!greeting_end(&g, p, k, &n)) {
		if (!i->set[FLAG_QUIET] && !n.signal)
			nearby_report(&n, i->diag);
		hint(i, &n);
	}
	i->signal = n.signal;
	notebook_release(&n);
}

bool
performance_rehearse(struct performance *p, struct desk *k)
{
	struct load *l = k->load;
	struct notebook n;
	struct page page;

	if (notebook_run(&n, &l->graph, &l->blocks[k->number], load_root(l, &l->documents[k->number]),
	    &p->options, p->invocation->diag) && !n.signal) {
		page_make(&page, &n, &l->arena);
		p->then(p, k, &page, &(struct verdicts){0});
	}
	p->invocation->signal = n.signal;
	notebook_release(&n);
	return !p->invocation->signal;
}

static int64_t
nanoseconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool
performance_run(struct performance *p, struct desk *k)
{
	struct invocation *i = p->invocation;
	struct str path = k->load->documents[k->number].path;
	unsigned long before = i->diag->seen;
	int64_t start = nanoseconds_now();
	bool is_cut;

	reports_event(i->reports, events_document_begin(path));
	i->diag->seen = 0;
	perform(p, k);
	is_cut = i->signal && i->signal != SIGINT;	/* of a Ctrl-C the cells tell */
	if (is_cut)
		reports_cut(i->reports, &k->load->documents[k->number].source);
	reports_event(i->reports, events_document_end(path, is_cut ? STATUS_ENVIRONMENT : diag_status(i->diag),
	    &p->counts, nanoseconds_now() - start));
	i->diag->seen |= before;
	return !i->signal;
}
