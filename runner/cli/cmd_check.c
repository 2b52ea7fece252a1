#include "runner/cli/command.h"
#include "runner/cli/crowd.h"
#include "runner/cli/desk.h"
#include "runner/cli/events.h"
#include "runner/cli/load.h"
#include "runner/cli/performance.h"
#include "runner/cli/pick.h"
#include "runner/cli/reports.h"
#include "runner/cli/targets.h"
#include "runner/cli/verdict.h"
#include "tangle/base/arena.h"
#include "tangle/base/root.h"
#include "tangle/document/blocks.h"

static void check(struct invocation *i);

const struct command cmd_check = {
	.name = "check",
	.args = "DOC...",
	.summary = "run the cells and compare; exit 1 when an output or a target differs",
	.flags = FLAGS_OF(FLAGS_RUN, FLAG_TRUST_TARGETS),
	.least = 1,
	.starts = true,
	.run = check,
};

static void
tell(struct performance *p, struct desk *k, struct page *page, const struct verdicts *v)
{
	const struct invocation *i = p->invocation;

	(void)k;
	(void)page;
	for (size_t j = 0; j < v->n; j++) {
		if (v->list[j].comparison != COMPARISON_DIFFERS)
			continue;
		if (!reports_have_output(i->reports) && !(p->is_first && !counts_are_good(&p->counts)))
			command_show(v->list[j].diff);
		if (v->list[j].lost.len > 0)
			diag_error(i->diag, STATUS_DIFFERS, v->list[j].cell->at, "lost-picture",
			    v->list[j].is_lost_edited ?
			    "the picture '%.*s' of this cell has another content by now: delete it, and skein run writes it anew" :
			    "the picture '%.*s' of this cell is not there; skein run writes it",
			    STR_ARG(v->list[j].lost));
		else
			diag_error(i->diag, STATUS_DIFFERS, v->list[j].cell->at, "output-differs",
			    "the output of this cell differs from what is recorded; skein run puts the new one in place");
	}
}

/* Some block of it stands in a document that the run is about. */
static bool
is_wanted(const struct load *l, const struct node *n)
{
	for (size_t i = 0; i < n->nblocks; i++)
		for (size_t k = 0; k < l->n; k++)
			if (l->blocks[k].document == n->blocks[i]->document && load_wants(l, k))
				return true;
	return false;
}

static void
leave_unwanted(const struct load *l, struct targets *t)
{
	size_t n = 0;

	for (size_t i = 0; l->wanted && i < t->n; i++) {
		if (!is_wanted(l, t->nodes[i]))
			continue;
		t->nodes[n] = t->nodes[i];
		t->list[n++] = t->list[i];
	}
	t->n = l->wanted ? n : t->n;
}

struct told_targets {
	const struct invocation *invocation;
	const struct root *root;
	struct arena arena;
};

static void
tell_target(void *whom, enum emit_fate f, struct str path, const struct target *t)
{
	struct told_targets *told = whom;

	if (t && reports_are_wanted(told->invocation->reports))
		reports_event(told->invocation->reports, events_target(t,
		    root_shown(told->root, path, &told->arena), emit_word(f), f != EMIT_SAME));
}

/* Targets that exist must be what the documents say; those that do not are not wanted here. */
static void
check_targets(struct invocation *i, struct load *l)
{
	size_t n;
	struct targets *groups = targets_make(l, false, NULL, &n, i->diag);
	struct told_targets told = { .invocation = i };

	arena_init(&told.arena);
	for (size_t k = 0; k < n; k++) {
		struct emit_options o = { .documents = groups[k].documents,
		    .ndocuments = groups[k].ndocuments, .check = true, .existing_only = true,
		    .trusted = i->set[FLAG_TRUST_TARGETS], .tell = tell_target, .whom = &told };
		struct emit_counts counts = {0};
		struct root root;

		leave_unwanted(l, &groups[k]);
		told.root = &root;
		if (groups[k].n == 0 || !root_open(&root, groups[k].root, i->diag))
			continue;
		emit_files(&root, groups[k].list, groups[k].n, &o, &counts, i->diag);
		root_close(&root);
	}
	arena_release(&told.arena);
}

static void
check(struct invocation *i)
{
	struct performance p;
	struct load l;
	bool go_on;

	if (!performance_init(&p, i))
		return;
	p.compares = p.greets = true;
	p.then = tell;
	pick_documents(&l, i);
	go_on = reports_begin(i->reports, &l) && l.n > 0 &&
	    selection_check(&p.options.selection, l.blocks, l.n, i->diag);
	go_on = go_on && crowd_run(&p, &l, DESK_READ);
	if (go_on && selection_is_all(&p.options.selection))
		check_targets(i, &l);
	pick_report(&l, i);
	load_release(&l);
	performance_release(&p);
}
