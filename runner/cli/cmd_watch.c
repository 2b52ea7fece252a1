/* isatty, open_memstream, clock_gettime */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/build/notify.h"
#include "runner/build/slots.h"
#include "runner/cache/store.h"
#include "runner/cli/command.h"
#include "runner/cli/desk.h"
#include "runner/cli/living.h"
#include "runner/cli/load.h"
#include "runner/cli/notebook.h"
#include "runner/cli/page.h"
#include "runner/cli/pins.h"
#include "runner/cli/reads.h"
#include "runner/cli/tidings.h"
#include "tangle/base/file.h"
#include "tangle/base/hash.h"
#include "tangle/base/lock.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"
#include "tangle/document/blocks.h"
#include "tangle/project/search.h"

static void watch(struct invocation *i);

const struct command cmd_watch = {
	.name = "watch",
	.args = "DOC...",
	.summary = "run again on each save, from the first changed cell on",
	.flags = FLAGS_OF(FLAG_ROOT, FLAGS_LIMITS, FLAG_SET, FLAG_SHARED_NAMES, FLAG_JOBS,
	    FLAG_EXPLAIN, FLAG_JSON, FLAG_POLL, FLAG_EXCLUDE),
	.least = 1,
	.starts = true,
	.run = watch,
};

#define MS	INT64_C(1000000)

/* Nanoseconds after a change until it is looked at. */
#define SOON	(4 * MS)		/* the file is complete; others may come along */
#define QUIET	(150 * MS)		/* it looks as if it were not */
#define ABSENT	(400 * MS)		/* editors take files away for a moment */
#define BUSY	(100 * MS)		/* another run has the document */

/* A document, from round to round. */
struct watched {
	struct str path;		/* as named */
	struct living living;
	struct reads reads;
	struct digest named;		/* of those, as notify has them */
	struct digest text;		/* as we know it: read, or written by us */
	size_t size;
	size_t restless;		/* rounds in a row after which something pasted (pins.h) was out of date */
	bool is_touched;		/* something may have happened to its file */
	bool is_wanted;			/* it is to be run */
	bool is_read;			/* in this round: `reads` are those of now */
	bool is_gone;			/* which has been said */
};

struct watching {
	const struct invocation *i;
	struct arena arena;
	struct notebook_options options;
	struct loop *loop;
	struct slots *slots;
	struct store *store;
	struct notify *notify;
	struct diag *diag;		/* of this round */
	struct diag silent;
	struct watched **list;
	size_t n, cap;
	size_t nnamed;			/* of them, those that notify has */
	bool is_unknown;		/* documents may have come or gone */
	bool is_due, is_over;
	unsigned long timer;
	int64_t heard;			/* when the last change was */
	struct timespec began;		/* this round, by the clock of file times */
	long long rounds;
};

/* Tags of what is watched: folders that were named, documents, what these read. */
enum { TAG_NAMED, TAG_DOCUMENT, TAG_READ, TAGS };

/* ---- changes ------------------------------------------------------------------------- */

static void
on_due(void *arg)
{
	struct watching *w = arg;

	w->timer = 0;
	w->is_due = true;
}

static void
set_due(struct watching *w, int64_t when)
{
	loop_cancel(w->loop, w->timer);
	w->timer = loop_at(w->loop, when, on_due, w);
}

static void
heard(void *arg, size_t tag, enum notify_kind kind)
{
	struct watching *w = arg;

	w->heard = loop_now();
	if (tag % TAGS == TAG_NAMED)
		w->is_unknown = true;
	else if (tag % TAGS == TAG_DOCUMENT)
		w->list[tag / TAGS]->is_touched = true;
	else
		w->list[tag / TAGS]->is_wanted = true;
	set_due(w, w->heard + (kind == NOTIFY_WRITTEN ? SOON : kind == NOTIFY_BEGUN ? QUIET : ABSENT));
}

/* What is in its file now; false if there is none, or none that can be read. */
static bool
look(struct watching *w, const struct watched *d, struct file_state *now)
{
	return file_look(NULL, d->path, now, &w->silent) && now->exists;
}

/* True if it was saved while it ran: a touch, and what we wrote, is no save. */
static bool
is_outdated(void *arg, const struct notebook *n, size_t next)
{
	struct watching *w = arg;
	struct file_state now;
	struct watched *d = NULL;

	(void)next;
	for (size_t k = 0; k < w->n; k++)
		if (str_eq(w->list[k]->path, n->cells.path))
			d = w->list[k];
	if (!d || !d->is_touched)
		return false;
	d->is_touched = false;
	if (!look(w, d, &now) || digest_eq(now.digest, d->text))
		return false;
	d->is_touched = true;
	return true;
}

/* ---- what is watched ------------------------------------------------------------------ */

/* What was written after it was read, and before it was watched: nobody told us of it. */
static void
look_back(struct watching *w)
{
	for (size_t k = 0; k < w->n; k++) {
		struct watched *d = w->list[k];

		if (d->is_read && !d->is_wanted)
			d->is_wanted = reads_are_newer(&d->reads, w->began);
		if (d->is_read && d->is_wanted)
			set_due(w, loop_now() + SOON);
		d->is_read = false;
	}
}

/* What is watched now; in most rounds the same as before. */
static void
name_files(struct watching *w)
{
	bool same = w->nnamed == w->n;

	for (size_t k = 0; k < w->n; k++) {
		struct digest now = reads_digest(&w->list[k]->reads);

		same = same && digest_eq(now, w->list[k]->named);
		w->list[k]->named = now;
	}
	if (same)
		return;
	w->nnamed = w->n;
	notify_begin(w->notify);
	for (size_t k = 0; k < w->i->narguments; k++) {
		struct str path = str_of(w->i->arguments[k]);
		const char *folder = arena_printf(&w->arena, "%.*s/", STR_ARG(path)).data;

		if (access(folder, F_OK) == 0)
			notify_add(w->notify, str_of(folder), TAG_NAMED);
	}
	for (size_t k = 0; k < w->n; k++) {
		const struct watched *d = w->list[k];

		notify_add(w->notify, d->path, k * TAGS + TAG_DOCUMENT);
		for (size_t m = 0; m < d->reads.n; m++)
			notify_add(w->notify, d->reads.list[m], k * TAGS + TAG_READ);
	}
	notify_end(w->notify);
}

/* ---- one document of a round ------------------------------------------------------------ */

/* True if something was put in place.  An edit that was saved meanwhile wins. */
static bool
put_in_place(struct watching *w, struct watched *d, struct load *l, const struct notebook *n)
{
	const struct document *doc = n->cells.blocks->document;
	enum file_result got = FILE_UNCHANGED;
	size_t size = 0;
	struct page page;

	page_make(&page, n, &l->arena);
	page_report_shown(&page, w->diag);
	if (!desk_keeps_no_outputs(doc))
		got = desk_try_page(d->path, &d->text, &page, &n->root, &size, w->diag);
	if (got == FILE_WRITTEN) {
		d->size = size;
	} else if (got == FILE_CHANGED) {
		d->is_touched = true;
		set_due(w, loop_now());
	}
	d->restless = got == FILE_WRITTEN && pins_are_stale(&page, &l->graph) ? d->restless + 1 : 0;
	if (d->restless > 0 && d->restless < PINS_ROUNDS) {
		d->is_wanted = true;
		set_due(w, loop_now());
	}
	return got == FILE_WRITTEN;
}

static void
run_locked(struct watching *w, struct watched *d, struct load *l, size_t k)
{
	struct notebook_options o = w->options;
	int64_t began = loop_now();
	struct notebook n;
	bool ok;

	load_settle(l, k, w->diag);
	o.hooking = l->hookings[k];
	o.living = &d->living;
	o.is_outdated = is_outdated;
	o.outdated_arg = w;
	d->is_wanted = false;
	ok = notebook_run(&n, &l->graph, &l->blocks[k], load_root(l, &l->documents[k]), &o, w->diag);
	if (n.is_cut) {
		d->is_wanted = true;
		set_due(w, w->heard + SOON);
	} else if (ok && (!n.signal || n.signal == SIGINT)) {
		bool written = put_in_place(w, d, l, &n);

		tidings_of_round(w->i, &n, &(struct tidings_round){ w->rounds, written, loop_now() - began });
	}
	reads_take(&d->reads, l, d->path, &n, w->store);
	d->is_read = true;
	notebook_release(&n);
}

/* Only while it runs is the document locked: `skein run` is as welcome as we are. */
static void
run_document(struct watching *w, struct watched *d, struct load *l, size_t k)
{
	struct lock lock = {0};
	struct root root;

	if ((!desk_keeps_no_outputs(&l->documents[k]) && !file_replaceable(NULL, d->path, w->diag)) ||
	    !root_open(&root, load_root(l, &l->documents[k]), w->diag)) {
		d->is_wanted = false;
		return;
	}
	switch (lock_try(&lock, &root, d->path, w->diag)) {
	case LOCK_TAKEN:
		run_locked(w, d, l, k);
		lock_release(&lock);
		break;
	case LOCK_BUSY:
		set_due(w, loop_now() + BUSY);
		break;
	case LOCK_FAILED:
		d->is_wanted = false;
		break;
	}
	root_close(&root);
}

/* ---- a round ---------------------------------------------------------------------------- */

static struct watched *
watched_of(struct watching *w, struct str path)
{
	struct watched *d;

	for (size_t k = 0; k < w->n; k++)
		if (str_eq(w->list[k]->path, path))
			return w->list[k];
	d = mem_zalloc(1, sizeof *d);
	reads_init(&d->reads);
	d->path = arena_str(&w->arena, path);
	d->is_wanted = true;
	living_init(&d->living, w->loop, w->store, w->i->diag, true);
	w->list = mem_grow(w->list, &w->cap, w->n + 1, sizeof(struct watched *));
	return w->list[w->n++] = d;
}

/* What was named and is there, as load_documents wants it. */
static char **
present_arguments(struct watching *w, size_t *n)
{
	char **list = mem_zalloc(w->i->narguments + 1, sizeof(char *));

	*n = 0;
	for (size_t k = 0; k < w->i->narguments; k++)
		if (access(w->i->arguments[k], F_OK) == 0)
			list[(*n)++] = w->i->arguments[k];
	return list;
}

/*
 * Something happened to the file: is its text another one?  False if it should be
 * looked at later: it may be there in half, or away for a moment.
 */
static bool
look_at(struct watching *w, struct watched *d)
{
	bool is_quiet = loop_now() - w->heard >= QUIET;
	struct file_state now;

	d->is_touched = false;
	if (!look(w, d, &now)) {
		d->is_touched = loop_now() - w->heard < ABSENT;
		if (!d->is_touched && !d->is_gone) {
			tidings_say(w->i, "%.*s is gone: waiting for it to come back", STR_ARG(d->path));
			tidings_event(w->i, d->path, "gone");
			d->is_gone = true;
		}
		return !d->is_touched;
	}
	d->is_gone = false;
	if (digest_eq(now.digest, d->text))
		return true;
	d->is_wanted = true;
	d->is_touched = !is_quiet && (size_t)now.size < d->size / 2;
	return !d->is_touched;
}

/* True if any document is to be run and all are whole, as far as can be seen. */
static bool
is_ready(struct watching *w)
{
	bool ready = true, any = w->is_unknown;

	for (size_t k = 0; k < w->n; k++) {
		struct watched *d = w->list[k];

		if (d->is_touched && !look_at(w, d)) {
			set_due(w, w->heard + (d->is_wanted ? QUIET : ABSENT));
			ready = false;
		}
		any = any || (d->is_wanted && !d->is_gone);
	}
	return ready && any;
}

/* Names of one document may be meant by another. */
static bool
are_joined(const struct load *l)
{
	for (size_t k = 0; k < l->n; k++)
		if (str_find(l->documents[k].source.text, STR("::")) < l->documents[k].source.text.len)
			return true;
	return l->graph.shared;
}

static void
run_wanted(struct watching *w, struct load *l)
{
	bool any = false;

	for (size_t k = 0; k < l->n; k++) {
		struct watched *d = watched_of(w, l->documents[k].path);
		struct digest text = hash_of(l->documents[k].source.text);

		d->is_wanted = d->is_wanted || !digest_eq(text, d->text);
		d->text = text;
		d->size = l->documents[k].source.text.len;
		any = any || d->is_wanted;
	}
	any = any && l->n > 1 && are_joined(l);
	for (size_t k = 0; k < l->n && !loop_signal(w->loop); k++) {
		struct watched *d = watched_of(w, l->documents[k].path);

		if (d->is_wanted || any)
			run_document(w, d, l, k);
	}
}

/* Documents that were left alone for their settings: these are waited for. */
static void
watch_settings(struct watching *w, struct load *l)
{
	for (size_t i = 0; i < l->named.ndocuments; i++) {
		struct watched *d;
		size_t k = 0;

		while (k < l->n && !str_eq(l->documents[k].path, l->named.documents[i]))
			k++;
		if (k < l->n)
			continue;
		d = watched_of(w, l->named.documents[i]);
		d->is_wanted = true;
		if (d->reads.n == 0)
			reads_add_settings(&d->reads, l, d->path);
	}
}

/* A text that cannot be parsed is waited for a moment: somebody may be writing it. */
static bool
is_settled(struct watching *w, const struct diag *d)
{
	if (d->errors == 0 || loop_now() - w->heard >= QUIET)
		return true;
	set_due(w, w->heard + QUIET);
	return false;
}

static void
run_round(struct watching *w)
{
	struct invocation now = *w->i;
	struct diag diag;
	struct load l;
	char **present, *words = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&words, &size);
	bool settled;

	if (!to)
		mem_leave(1, 1);
	clock_gettime(CLOCK_REALTIME, &w->began);
	diag_init(&diag, stderr, DIAG_COLOR_AUTO);
	diag.color = w->i->diag->color;
	diag.quiet = w->i->diag->quiet;
	diag.all = w->i->diag->all;
	diag.to = to;
	now.diag = w->diag = &diag;
	now.arguments = present = present_arguments(w, &now.narguments);
	load_documents(&l, &now);
	settled = is_settled(w, &diag);
	fclose(to);
	diag.to = stderr;
	if (settled) {
		w->rounds++;
		w->is_unknown = false;
		fwrite(words, 1, size, stderr);
		run_wanted(w, &l);
		if (l.nbad > 0)
			watch_settings(w, &l);
		name_files(w);
		look_back(w);
	}
	if (w->rounds <= 1 && diag_status(&diag) == STATUS_USAGE) {	/* --set and the like: no save mends it */
		diag_status_add(w->i->diag, STATUS_USAGE);
		w->is_over = true;
	}
	load_release(&l);
	diag_release(&diag);
	free(words);
	mem_free(present);
}

/* ---- the command -------------------------------------------------------------------------- */

static bool
begin(struct watching *w)
{
	unsigned long jobs = 0;
	const struct invocation *i = w->i;

	if (i->set[FLAG_JOBS] && (!str_number(i->value[FLAG_JOBS], 256, &jobs) || jobs == 0)) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "-j takes a number from 1 to 256");
		return false;
	}
	w->slots = slots_open(jobs, i->diag);
	if (!w->slots)
		return false;
	w->options = (struct notebook_options){ .slots = w->slots, .is_timed = i->set[FLAG_JSON],
	    .progress = !i->set[FLAG_QUIET] && isatty(STDERR_FILENO) };
	if (i->set[FLAG_EXPLAIN])
		trace_enable("explain");
	w->store = store_open(NULL, i->diag);
	if (!w->store)
		return false;
	w->loop = loop_new();
	if (!w->loop) {
		diag_errno(i->diag, "watch signals for", str_of(i->arguments[0]));
		return false;
	}
	w->notify = notify_new(w->loop, i->set[FLAG_POLL], heard, w);
	w->is_unknown = true;
	w->silent.to = fopen("/dev/null", "we");
	if (!w->silent.to)
		diag_errno(i->diag, "open", STR("/dev/null"));
	return w->silent.to != NULL;
}

static void
end(struct watching *w)
{
	for (size_t k = 0; k < w->n; k++) {
		living_release(&w->list[k]->living);
		reads_release(&w->list[k]->reads);
		mem_free(w->list[k]);
	}
	mem_free(w->list);
	notify_free(w->notify);
	if (w->store)
		store_close(w->store);
	if (w->loop)
		loop_free(w->loop);
	slots_close(w->slots);
	if (w->silent.to)
		fclose(w->silent.to);
	arena_release(&w->arena);
}

/* The documents that there are: false after a message, or if there are none. */
static bool
find_documents(struct watching *w)
{
	const struct invocation *i = w->i;
	struct search_list named;
	const struct search what = { i->arguments, i->narguments, i->excludes, i->nexcludes };

	if (!search_documents(&what, &named, &w->arena, i->diag))
		return false;
	for (size_t k = 0; k < named.ndocuments; k++)
		watched_of(w, named.documents[k]);
	name_files(w);
	return named.ndocuments > 0;
}

static void
run_rounds(struct watching *w)
{
	w->is_due = true;
	while (!w->is_over && !loop_signal(w->loop)) {
		if (w->is_due) {
			w->is_due = false;
			if (is_ready(w))
				run_round(w);
		} else if (!loop_step(w->loop)) {
			break;
		}
	}
}

/* Ctrl-C is how it ends. */
static void
watch(struct invocation *i)
{
	struct watching w = { .i = i };
	int signal;

	arena_init(&w.arena);
	if (begin(&w) && find_documents(&w)) {
		tidings_say(i, "watching %s%s; Ctrl-C ends", i->arguments[0],
		    i->narguments > 1 ? " and others" : "");
		tidings_event(i, STR(""), "watching");
		run_rounds(&w);
		signal = loop_signal(w.loop);
		i->signal = signal == SIGINT ? 0 : signal;
	}
	end(&w);
}
