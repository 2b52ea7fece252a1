#include "runner/cli/command.h"
#include "runner/cli/crowd.h"
#include "runner/cli/desk.h"
#include "runner/cli/load.h"
#include "runner/cli/page.h"
#include "runner/cli/performance.h"
#include "runner/cli/pick.h"
#include "runner/cli/reports.h"
#include "tangle/base/buf.h"

static void run(struct invocation *i);

const struct command cmd_run = {
	.name = "run",
	.args = "DOC...",
	.summary = "run the cells and put their outputs in place",
	.flags = FLAGS_OF(FLAGS_RUN, FLAG_OUTPUT),
	.least = 1,
	.starts = true,
	.run = run,
};

static void
save(struct performance *p, struct desk *k, struct page *page)
{
	(void)p;
	desk_put(k, page);
}

static void
finish(struct performance *p, struct desk *k, struct page *page, const struct verdicts *v)
{
	const struct invocation *i = p->invocation;

	struct buf name = {0};

	(void)v;
	buf_visible(&name, k->load->documents[k->number].path);
	if (desk_put(k, page) && i->diag->errors + i->diag->warnings > 0 && !i->set[FLAG_QUIET])
		fprintf(stderr, "skein: note: the lines above are those of '%.*s' before its outputs were put in place\n",
		    STR_ARG(buf_str(&name)));
	buf_release(&name);
}

static void
finish_elsewhere(struct performance *p, struct desk *k, struct page *page, const struct verdicts *v)
{
	(void)p;
	(void)v;
	desk_write_elsewhere(k, page);
}

static void
run(struct invocation *i)
{
	enum desk_use use = i->set[FLAG_OUTPUT] ? DESK_ELSEWHERE : DESK_IN_PLACE;
	struct performance p;
	struct load l;
	bool go_on;

	if (!performance_init(&p, i))
		return;
	p.then = i->set[FLAG_OUTPUT] ? finish_elsewhere : finish;
	p.options.pictures_of = desk_pictures_of(i);
	p.rehearses = true;
	p.save = i->set[FLAG_OUTPUT] ? NULL : save;
	pick_documents(&l, i);
	go_on = reports_begin(i->reports, &l) && l.n > 0 &&
	    selection_check(&p.options.selection, l.blocks, l.n, i->diag);
	if (i->set[FLAG_OUTPUT] && l.n > 1) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "-o takes one document, not %zu", l.n);
		go_on = false;
	}
	if (go_on)
		crowd_run(&p, &l, use);
	pick_report(&l, i);
	load_release(&l);
	performance_release(&p);
}
