#include "runner/cli/crowd.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "runner/build/crew.h"
#include "runner/cli/command.h"
#include "runner/cli/counts.h"
#include "runner/cli/events.h"
#include "runner/cli/load.h"
#include "runner/cli/performance.h"
#include "runner/cli/pins.h"
#include "runner/cli/report.h"
#include "runner/cli/reports.h"
#include "runner/cli/targets.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/document/blocks.h"

enum { RESULT = CREW_OWN, EVENTS };	/* a struct, and lines of JSON */

/* What became of a document, as its worker sends it. */
struct result {
	unsigned long seen;
	size_t errors, warnings;
};

struct crowd {
	struct performance *performance;
	struct load *load;
	enum desk_use use;
	size_t *numbers, n;		/* of the documents that run */
	size_t nover;
	struct buf result, events, words;	/* of the one that is told; no whole line yet */
	struct map said;		/* lines about no document */
	bool was_said;			/* the last such line; so are its notes */
	bool is_stopped;
};

static bool
run_one(struct performance *p, struct load *l, size_t number, enum desk_use use)
{
	struct desk desk;
	bool go_on;

	if (pins_are_rehearsed(p, l)) {
		if (!pins_rehearse(p, l, number, use))
			return false;
		if (number >= l->n)
			return true;
		l->graph.pins_of = &l->blocks[number];	/* what others paste comes with their turn */
	}
	load_settle(l, number, p->invocation->diag);
	if (!desk_open(&desk, p->invocation, l, number, use))
		return true;
	go_on = performance_run(p, &desk);
	desk_close(&desk);
	return go_on;
}

/* ---- in a worker ------------------------------------------------------------------------ */

static void
send_event(void *whom, struct str line)
{
	struct buf whole = {0};

	(void)whom;
	buf_add(&whole, line);
	buf_byte(&whole, '\n');
	crew_send(EVENTS, buf_str(&whole));
	buf_release(&whole);
}

static bool
work(void *arg, size_t task)
{
	struct crowd *c = arg;
	struct performance *p = c->performance;
	struct invocation *i = p->invocation;
	const struct document *read = c->load->documents;
	struct diag own, *above = i->diag;
	struct result r;

	diag_init_below(&own, stderr, above);
	i->diag = &own;
	p->in_turn = i->set[FLAG_STOP] && c->use == DESK_IN_PLACE;
	reports_forward(i->reports, send_event, NULL);
	run_one(p, c->load, c->numbers[task], c->use);
	reports_flush(i->reports);
	diag_release(&own);
	i->diag = above;
	r = (struct result){ own.seen, own.errors, own.warnings };
	crew_send(RESULT, (struct str){ (const char *)&r, sizeof r });
	if (i->signal) {		/* only this one was asked to stop */
		signal(i->signal, SIG_DFL);
		raise(i->signal);
	}
	return c->load->documents == read;	/* not read again meanwhile */
}

/* ---- in the parent ------------------------------------------------------------------------ */

static const struct document *
document_of(const struct crowd *c, size_t task)
{
	return &c->load->documents[c->numbers[task]];
}

static void
take_events(struct crowd *c, struct str bytes)
{
	struct reports *r = c->performance->invocation->reports;
	struct str rest, line;
	size_t end;

	buf_add(&c->events, bytes);
	rest = buf_str(&c->events);
	while ((end = str_find_byte(rest, '\n')) < rest.len) {
		line = str_slice(rest, 0, end);
		reports_line(r, line);
		rest = str_slice(rest, end + 1, rest.len);
	}
	if (rest.len > 0 && rest.len < c->events.len)
		memmove(c->events.data, rest.data, rest.len);
	c->events.len = rest.len;
}

/* Is it what an earlier document told: that the cache cannot be written, for example? */
static bool
is_said(struct crowd *c, struct str line)
{
	struct str words = line;

	if (str_starts(words, STR("\033")))
		words = str_slice(words, str_find_byte(words, 'm') + 1, words.len);
	if (!str_starts(words, STR("skein: "))) {
		c->was_said = false;
		return false;
	}
	words = str_slice(words, str_find_byte(words, ' ') + 1, words.len);
	while (str_starts(words, STR("\033")))
		words = str_slice(words, str_find_byte(words, 'm') + 1, words.len);
	if (str_starts(words, STR("warning:")) || str_starts(words, STR("error:"))) {
		c->was_said = map_get(&c->said, line);
		if (!c->was_said)
			map_put(&c->said, arena_str(&c->load->arena, line), c);
		return c->was_said;
	}
	return c->was_said && (str_starts(words, STR("note:")) || str_starts(words, STR("help:")));
}

static void
say_line(struct crowd *c, struct str line)
{
	if (line.len > 0 && !is_said(c, line))
		fwrite(line.data, 1, line.len, stderr);
}

/* What is no line yet is one when its document is over. */
static void
take_words(struct crowd *c, struct str bytes, bool is_over)
{
	struct str rest;
	size_t end;

	buf_add(&c->words, bytes);
	rest = buf_str(&c->words);
	while ((end = str_find_byte(rest, '\n')) < rest.len) {
		say_line(c, str_slice(rest, 0, end + 1));
		rest = str_slice(rest, end + 1, rest.len);
	}
	if (is_over) {
		say_line(c, rest);
		rest.len = 0;
	} else if (rest.len > 0 && rest.len < c->words.len)
		memmove(c->words.data, rest.data, rest.len);
	c->words.len = rest.len;
}

static void
take(void *arg, size_t task, int kind, struct str bytes)
{
	struct crowd *c = arg;

	(void)task;
	report_progress(STR(""));
	switch (kind) {
	case CREW_OUT:
		command_print(bytes);
		break;
	case CREW_ERR:
		command_flush();
		take_words(c, bytes, false);
		break;
	case EVENTS:
		take_events(c, bytes);
		break;
	default:
		buf_add(&c->result, bytes);
	}
}

static void
hear(void *arg, size_t task, struct str words)
{
	struct crowd *c = arg;
	struct buf line = {0};

	buf_printf(&line, "[%zu/%zu] %.*s: ", c->nover + 1, c->n, STR_ARG(document_of(c, task)->path));
	buf_add(&line, words);
	report_progress(buf_str(&line));
	buf_release(&line);
}

/* A worker that was ended by the system, or ended itself where it should not. */
static void
say_death(struct crowd *c, size_t task, int died)
{
	const struct invocation *i = c->performance->invocation;
	struct diag *d = i->diag;
	struct place at = place_file(&document_of(c, task)->source);
	int number = WIFSIGNALED(died) ? WTERMSIG(died) : 0;

	reports_resume(i->reports, at.source->name);
	if (number == SIGKILL)
		diag_error(d, STATUS_ENVIRONMENT, at, "worker-died",
		    "the process that ran this document was killed (SIGKILL), as the system does when memory is short: "
		    "run it again, with fewer --jobs");
	else if (number == SIGSEGV || number == SIGBUS || number == SIGABRT || number == SIGILL || number == SIGFPE)
		diag_error(d, STATUS_INTERNAL, at, "worker-died",
		    "the process of skein that ran this document crashed (signal %d): this is an error of skein, please report it",
		    number);
	else if (number > 0)
		diag_error(d, STATUS_ENVIRONMENT, at, "worker-died",
		    "the process that ran this document was ended by signal %d: run it again", number);
	else
		diag_error(d, WEXITSTATUS(died) == STATUS_ENVIRONMENT ? STATUS_ENVIRONMENT : STATUS_INTERNAL,
		    at, "worker-died", "the process that ran this document gave up with status %d",
		    WEXITSTATUS(died));
	reports_event(i->reports, events_document_end(at.source->name, diag_status(d),
	    &(struct counts){ .documents = 1 }, 0));
}

/* Is it as it should be, so that --stop goes on? */
static bool
take_result(struct crowd *c)
{
	struct diag *d = c->performance->invocation->diag;
	struct result r;

	if (c->result.len != sizeof r)
		return false;
	memcpy(&r, c->result.data, sizeof r);
	buf_clear(&c->result);
	d->seen |= r.seen;
	d->errors += r.errors;
	d->warnings += r.warnings;
	return r.seen == 0;
}

static bool
over(void *arg, size_t task, int died)
{
	struct crowd *c = arg;
	bool good;

	c->nover++;
	report_progress(STR(""));
	command_flush();
	take_words(c, STR(""), true);
	if (died) {
		buf_clear(&c->result);
		buf_clear(&c->events);
		say_death(c, task, died);
	}
	good = !died && take_result(c);
	c->is_stopped = !good && c->performance->invocation->set[FLAG_STOP];
	return !c->is_stopped;
}

/* Whoever ends a job that takes too long wants to know which document does. */
static void
cut(void *arg, size_t task)
{
	struct crowd *c = arg;
	struct reports *reports = c->performance->invocation->reports;
	const struct source *document = &document_of(c, task)->source;
	struct buf path = {0};

	reports_cut(reports, document);
	reports_event(reports, events_document_end(document->name, STATUS_ENVIRONMENT, &(struct counts){0}, 0));
	if (c->performance->invocation->set[FLAG_QUIET])
		return;
	report_progress(STR(""));
	command_flush();
	buf_visible(&path, document_of(c, task)->path);
	fprintf(stderr, "skein: note: '%.*s' was still running\n", STR_ARG(buf_str(&path)));
	buf_release(&path);
}

/*
 * Every worker makes the targets of all documents, and would say what is wrong with
 * them; what has been said here, none of them says again.
 */
static void
say_of_targets(struct crowd *c)
{
	static const struct blocks none;
	size_t n;

	if (pins_are_rehearsed(c->performance, c->load))
		c->load->graph.pins_of = &none;		/* it is not there yet */
	(void)targets_make(c->load, false, NULL, &n, c->performance->invocation->diag);
}

static bool
run_several(struct crowd *c)
{
	struct invocation *i = c->performance->invocation;
	struct crew_plan plan = { .ntasks = c->n, .slots = c->performance->options.slots,
	    .arg = c, .work = work, .take = take, .hear = hear, .over = over, .cut = cut };

	say_of_targets(c);
	if (i->set[FLAG_STOP] && i->diag->errors > 0)
		return false;
	diag_count_anew(i->diag);
	i->signal = crew_run(&plan, i->diag);
	report_progress(STR(""));
	buf_release(&c->result);
	buf_release(&c->events);
	buf_release(&c->words);
	map_release(&c->said);
	return !i->signal && !c->is_stopped;
}

bool
crowd_run(struct performance *p, struct load *l, enum desk_use use)
{
	struct crowd c = { .performance = p, .load = l, .use = use };
	bool go_on = true;

	c.numbers = arena_alloc(&l->arena, l->n, sizeof *c.numbers);
	for (size_t k = 0; k < l->n; k++)
		if (load_wants(l, k) && selection_touches(&p->options.selection, &l->blocks[k]))
			c.numbers[c.n++] = k;
	if (c.n == 1)
		go_on = run_one(p, l, c.numbers[0], use);
	else if (c.n > 1)
		go_on = run_several(&c);
	return go_on;
}
