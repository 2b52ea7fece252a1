#include "runner/cli/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/crew.h"
#include "runner/cli/complaint.h"
#include "runner/cli/console.h"
#include "runner/cli/linkage.h"
#include "runner/cli/notebook.h"
#include "runner/output/output.h"
#include "runner/output/pattern.h"
#include "runner/output/screen.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/mem.h"
#include "tangle/document/params.h"

enum {
	BLOCKED_APART = 3,	/* up to so many are told one by one */
	INNERMOST = 8, OUTERMOST = 4	/* calls that are told */
};

enum {
	MOST_SEARCHED = OUTPUT_BYTES,	/* of what a cell said on stderr, head and tail */
	LAST_LOOKED_AT = 200		/* bytes at the end of what one printed */
};

/* ---- progress ------------------------------------------------------------------ */

void
report_progress(struct str text)
{
	static bool shown;
	struct buf line = {0};

	if (crew_is_worker() && text.len > 0)
		crew_tell(text);
	if (crew_is_worker() || (!shown && text.len == 0))
		return;
	buf_add(&line, STR("\r\033[K"));
	buf_visible(&line, text);
	fwrite(line.data, 1, line.len, stderr);
	fflush(stderr);
	buf_release(&line);
	shown = text.len > 0;
}

struct str
report_name(const struct cell *c, char *to, size_t size)
{
	int n = c->title.len ? snprintf(to, size, "cell '%.*s'", STR_ARG(c->title))
	    : snprintf(to, size, "cell %zu", c->ordinal);

	return (struct str){ to, n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1 };
}

/* ---- failures ---------------------------------------------------------------------- */

const char *
report_outcome(enum outcome_kind kind)
{
	switch (kind) {
	case OUTCOME_DONE: return "done";
	case OUTCOME_EXIT: return "exit";
	case OUTCOME_CRASH: return "crash";
	case OUTCOME_ERROR: return "error";
	case OUTCOME_TIMEOUT: return "timeout";
	case OUTCOME_OUTPUT_LIMIT: return "output-limit";
	case OUTCOME_MEMORY: return "memory-limit";
	case OUTCOME_INTERRUPTED: return "interrupted";
	case OUTCOME_FILE_SIZE: return "file-size-limit";
	case OUTCOME_PROCESSES: return "processes-limit";
	case OUTCOME_LOAD: return "load";
	}
	return "failed";
}

static bool
has_failed(const struct cell_result *r)
{
	return r->end == CELL_UNBUILT || (r->outcome && r->outcome->kind != OUTCOME_DONE);
}

/* By Ctrl-C: nobody can know what it would have come to. */
static bool
is_interrupted(const struct cell_result *r)
{
	return r->outcome && r->outcome->kind == OUTCOME_INTERRUPTED;
}

/* Of "undefined symbol 'f'". */
static struct str
quoted_name(struct str words)
{
	size_t at = str_find_byte(words, '\'');

	words = str_slice(words, at + 1, words.len);
	return str_slice(words, 0, str_find_byte(words, '\''));
}

/* The innermost frame that has a place. */
static bool
place_of_frames(const struct frame *frames, size_t n, struct place *at)
{
	for (size_t i = 0; i < n; i++) {
		*at = frames[i].at;
		if (at->source && at->offset != PLACE_FILE)
			return true;
	}
	return false;
}

/* Where it failed: a frame's place, or a call by its name; what leaked was allocated somewhere. */
static struct place
place_of_failure(const struct cell *c, const struct outcome *o)
{
	size_t line, column;
	struct place at;

	if (place_of_frames(o->frames, o->nframes, &at) || (o->nroutes > 0 &&
	    place_of_frames(o->routes[0].frames, o->routes[0].nframes, &at)))
		return at;
	if (o->is_call && linkage_use(c->text, quoted_name(o->what), &line, &column))
		return cell_place(c, line, column);
	return c->at;
}

/* The first one has the values, which are no news of a frame that only says where. */
static void
note_frame(const struct frame *f, struct str title, const struct outcome *values, struct diag *d)
{
	struct buf words = {0}, said = {0};

	if (title.len > 0)
		buf_printf(&words, "%.*s here, ", STR_ARG(title));
	if (f->function.len > 0)
		buf_printf(&words, "in %.*s", STR_ARG(f->function));
	else
		buf_add(&words, STR("in the cell's statements"));
	if (values)
		output_variables(&said, values, true, SIZE_MAX);
	if (said.len > 0)
		buf_printf(&words, ", %.*s", STR_ARG(buf_str(&said)));
	if (f->at.source)
		diag_note(d, f->at, "%.*s", STR_ARG(buf_str(&words)));
	buf_clear(&words);
	output_more_calls(&words, f, true);
	if (words.len > 0)
		diag_note(d, f->at, "%.*s", STR_ARG(buf_str(&words)));
	buf_release(&words);
	buf_release(&said);
}

/* The innermost calls and the outermost. */
static void
note_frames(const struct frame *frames, size_t n, struct str title, const struct outcome *values,
    struct diag *d)
{
	uint64_t left_out = 0;

	for (size_t i = 0; i < n; i++) {
		if (n > INNERMOST + OUTERMOST && i >= INNERMOST && i < n - OUTERMOST) {
			left_out += 1 + frames[i].more;
			if (i + 1 == n - OUTERMOST)
				diag_note(d, frames[i].at, "... %llu more calls", (unsigned long long)left_out);
			continue;
		}
		note_frame(&frames[i], i == 0 ? title : STR(""), i == 0 ? values : NULL, d);
	}
}

/* One call alone, of which nothing more is known, is where the error stands. */
static void
note_places(const struct outcome *o, struct diag *d)
{
	if (o->nframes > 1 || o->nvariables > 0 || o->in_thread)
		note_frames(o->frames, o->nframes, STR(""), o, d);
	if (output_tells_thread(o) && o->start && o->start->at.source)
		diag_note(d, o->start->at, "the thread was started here");
	for (size_t i = 0; i < o->nroutes; i++)
		note_frames(o->routes[i].frames, o->routes[i].nframes, o->routes[i].title, NULL, d);
}

/* The document keeps what it has recorded: how far it came is told here. */
static void
note_last_line(const struct cell *c, const struct cell_result *r, struct diag *d)
{
	const struct captured *out = r->console && r->console->nrun > 0 ?
	    &r->console->parts[r->console->nrun - 1].out : &r->outcome->out;
	struct str rest = out->tail.len > 0 ? out->tail : out->head, line, last = {0};
	size_t from = rest.len > LAST_LOOKED_AT ? rest.len - LAST_LOOKED_AT : 0;
	struct buf text = {0};

	while (from < rest.len && (rest.data[from] & 0xC0) == 0x80)
		from++;
	screen_text(&text, str_slice(rest, from, rest.len));
	rest = buf_str(&text);
	while (str_line(&rest, &line))
		if (!str_is_blank(line))
			last = line;
	if (last.len > 0)
		diag_note(d, c->at, "the last that it printed: %.*s", STR_ARG(last));
	buf_release(&text);
}

/* The way out, as it is to be written. */
static void
note_limit(const struct cell *c, const struct limit *l, struct diag *d)
{
	struct buf more = {0};

	if (l->kind == LIMIT_NONE)
		return;
	limit_raise(&more, l);
	diag_help(d, c->at, "%.*s on this block gives it more, as does --set %.*s",
	    STR_ARG(buf_str(&more)), STR_ARG(buf_str(&more)));
	buf_release(&more);
}

/* libc notices damage long after it was done, and says nothing of where that was. */
static void
note_sanitizer(const struct cell *c, const struct outcome *o, struct diag *d)
{
	if (o->kind == OUTCOME_CRASH && c->sanitize.text.len == 0 &&
	    (str_ends(o->what, STR(" reported by libc")) ||
	    str_eq(o->what, STR("write beyond an array on the stack"))))
		diag_help(d, c->at, "--set sanitize=address finds where it began");
}

static struct output_context
context_of(const struct cell_result *r)
{
	return (struct output_context){ .is_program = r->is_program };
}

static void
report_failure(const struct cell *c, const struct cell_result *r, struct diag *d)
{
	struct output_context context = context_of(r);
	struct arena a;
	struct str reason;

	arena_init(&a);
	reason = output_reason(r->outcome, &context, &a);
	diag_error(d, STATUS_FAILED, place_of_failure(c, r->outcome), report_outcome(r->outcome->kind),
	    "this cell failed: %.*s", STR_ARG(reason));
	note_places(r->outcome, d);
	if (is_interrupted(r))
		note_last_line(c, r, d);
	note_limit(c, &r->outcome->limit, d);
	note_sanitizer(c, r->outcome, d);
	if (r->outcome->state_lost)
		diag_note(d, c->at, "the session could not be brought back and starts anew");
	else if (!c->is_isolated && !r->is_program)
		diag_note(d, c->at, "the session goes on with the state from before this cell");
	arena_release(&a);
}

/* ---- what was expected ------------------------------------------------------------- */

/* Each of the compiler's errors. */
static enum pattern_answer
search_messages(const struct pattern *p, const struct messages *m)
{
	enum pattern_answer answer = PATTERN_ABSENT;

	for (size_t i = 0; i < m->n && answer == PATTERN_ABSENT; i++)
		if (m->list[i].level == MESSAGE_ERROR)
			answer = pattern_search(p, m->list[i].text);
	return answer;
}

/* How it ended, and what it wrote to stderr. */
static enum pattern_answer
search_outcome(const struct pattern *p, const struct cell_result *r, struct arena *a)
{
	struct output_context context = context_of(r);
	const struct str words[] = { output_reason(r->outcome, &context, a),
	    str_slice(r->outcome->err.head, 0, MOST_SEARCHED),
	    str_slice(r->outcome->err.tail, 0, MOST_SEARCHED) };
	enum pattern_answer answer = PATTERN_ABSENT;

	for (size_t i = 0; i < sizeof words / sizeof *words && answer == PATTERN_ABSENT; i++)
		answer = pattern_search(p, words[i]);
	return answer;
}

/* Does the failure say what `fails-with` wants? */
static bool
says(const struct cell *c, const struct cell_result *r, struct diag *d)
{
	enum pattern_answer answer = PATTERN_ABSENT;
	struct pattern *p;
	struct str why;
	struct arena a;

	arena_init(&a);
	p = pattern_new(c->fails.with.text, &a, &why);
	if (p && r->end == CELL_UNBUILT)
		answer = search_messages(p, &r->messages);
	else if (p && r->end == CELL_RAN)
		answer = search_outcome(p, r, &a);
	if (answer == PATTERN_LIMIT)
		diag_error(d, STATUS_STRUCTURE, c->fails.with.at, "bad-pattern",
		    "looking for '%.*s' takes too long: say it with fewer repetitions",
		    STR_ARG(c->fails.with.text));
	pattern_free(p);
	arena_release(&a);
	return answer == PATTERN_FOUND;
}

/* Is this the kind of failure that was asked for? */
static bool
is_wanted(const struct expectation *e, const struct cell_result *r)
{
	const struct outcome *o = r->outcome;
	bool failed = has_failed(r);

	if (is_interrupted(r))
		return false;
	switch (e->kind) {
	case FAILS_NOT:
		return !failed;
	case FAILS_ALLOWED:
		return true;
	case FAILS_ANY:
		return failed;
	case FAILS_COMPILE:
		return r->end == CELL_UNBUILT;
	case FAILS_CRASH:
		return o && o->kind == OUTCOME_CRASH && (e->signal == 0 || o->signal == e->signal);
	case FAILS_ERROR:
		return o && o->kind == OUTCOME_ERROR;
	case FAILS_EXIT:
		return o && o->kind == OUTCOME_EXIT && (e->status == -1 || o->status == e->status);
	case FAILS_LIMIT:
		return o && o->limit.kind != LIMIT_NONE && (e->limit.len == 0 ||
		    str_eq(e->limit, str_of(limit_option(o->limit.kind))));
	}
	return false;
}

/* The value of `fails` that would have been right; a console block has none. */
static void
put_kind(const struct cell_result *r, struct buf *to)
{
	const struct outcome *o = r->outcome;
	const char *name;

	if (r->end == CELL_UNBUILT)
		buf_add(to, STR("compile"));
	else if (o->limit.kind != LIMIT_NONE)
		buf_printf(to, "%s", limit_option(o->limit.kind));
	else if (o->kind == OUTCOME_EXIT && o->status != 0)
		buf_printf(to, "exit:%d", o->status);
	else if (o->kind == OUTCOME_CRASH && (name = cell_signal(o->signal)))
		buf_add(to, str_of(name));
	else
		buf_printf(to, "%s", report_outcome(o->kind));
}

static void
report_expectation(const struct cell *c, const struct cell_result *r, struct diag *d)
{
	struct buf kind = {0};

	if (has_failed(r) && is_wanted(&c->fails, r)) {
		diag_error(d, STATUS_FAILED, c->fails.with.at, "wrong-failure",
		    "this cell was expected to fail with other words: nothing matches '%.*s'",
		    STR_ARG(c->fails.with.text));
	} else if (has_failed(r)) {
		put_kind(r, &kind);
		diag_error(d, STATUS_FAILED, c->fails.at, "wrong-failure",
		    "this cell was expected to fail in another way: what happened is fails=%s",
		    buf_cstr(&kind));
	} else {
		diag_error(d, STATUS_FAILED, c->fails.at, "unexpected-success",
		    "this cell was expected to fail, and did not: take 'fails' away if that is right");
	}
	buf_release(&kind);
}

/* Is each picture there that it was to write?  (turn.c leaves one without data that is not.) */
static bool
has_images(const struct cell *c, const struct outcome *o, struct diag *d)
{
	bool ok = true;

	for (size_t i = 0; i < c->nimages && c->nimages <= o->ndisplays; i++) {
		if (o->displays[o->ndisplays - c->nimages + i].data.len > 0)
			continue;
		diag_error(d, STATUS_FAILED, c->images[i].at, "missing-image",
		    "the cell has not written '%.*s', which is to be shown: the path is seen from where the cell works",
		    STR_ARG(c->images[i].text));
		ok = false;
	}
	return ok;
}

static void
judge(const struct notebook *n, const struct cell *c, struct cell_result *r, struct diag *d)
{
	if (r->end != CELL_RAN && r->end != CELL_UNBUILT && r->end != CELL_COMPILED)
		return;
	r->as_expected = is_wanted(&c->fails, r) ||
	    (r->end == CELL_COMPILED && c->fails.kind != FAILS_COMPILE);
	if (r->as_expected && has_failed(r) && c->fails.with.text.len > 0)
		r->as_expected = says(c, r, d);
	complaints_report(n, c, r, r->as_expected, d);
	if (!r->as_expected && r->end == CELL_RAN && r->outcome->kind != OUTCOME_DONE)
		report_failure(c, r, d);
	if (r->end == CELL_RAN && r->outcome->note.len > 0)
		diag_note(d, c->at, "%.*s", STR_ARG(r->outcome->note));
	if (r->console)
		console_report(c, r, d);
	if (r->end == CELL_RAN && r->outcome->kind == OUTCOME_DONE && !has_images(c, r->outcome, d)) {
		r->as_expected = false;
		return;
	}
	if (r->as_expected || is_interrupted(r))
		return;
	if (c->fails.kind != FAILS_NOT)
		report_expectation(c, r, d);
}

void
report_result(const struct notebook *n, const struct cell *c, struct cell_result *r,
    struct diag *d)
{
	d->bounded = true;
	d->about = c->ordinal;
	d->about_part = c->instance;
	d->about_values = c->values ? c->values->label : STR("");
	judge(n, c, r, d);
	d->about = 0;
	d->about_part = d->about_values = STR("");
	d->bounded = false;
}

/* ---- blocked ----------------------------------------------------------------------- */

/* The failure that it all began with; NULL if the cell is not blocked. */
static const struct cell *
root_cause(const struct notebook *n, const struct cell *c)
{
	const struct cell *by = NULL;

	/* a cell is blocked by an earlier one only */
	while (n->results[c->number].end == CELL_BLOCKED && n->results[c->number].blocked_by)
		c = by = n->results[c->number].blocked_by;
	return by;
}

static size_t
line_of(const struct cell *c)
{
	return c->at.offset == PLACE_FILE ? 1 : source_position(c->at.source, c->at.offset).line;
}

/* All that one failure keeps from running: a line each if they are few, else their lines. */
static void
report_victims(const struct notebook *n, const struct cell *cause, struct diag *d)
{
	enum status s = n->results[cause->number].end == CELL_RAN ? STATUS_FAILED : STATUS_COMPILE;
	struct buf lines = {0};
	size_t all = 0, told = 0;

	for (size_t i = 0; i < n->cells.n; i++)
		all += root_cause(n, &n->cells.list[i]) == cause;
	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell *c = &n->cells.list[i];

		if (root_cause(n, c) != cause)
			continue;
		if (told == 0 || all <= BLOCKED_APART || d->all)
			diag_error_line(d, s, c->at, "blocked", c->generator ?
			    "the generated cell was not run: there is no text of it" :
			    "this cell was not run: it needs what another one defines");
		else
			buf_printf(&lines, "%s%zu", lines.len > 0 ? ", " : "", line_of(c));
		told++;
	}
	if (lines.len > 0)
		diag_note(d, cause->at, "blocked by this cell, as are the %zu at %.*s", all - 1,
		    STR_ARG(buf_str(&lines)));
	else
		diag_note(d, cause->at, "blocked by this cell");
	buf_release(&lines);
}

void
report_blocked(const struct notebook *n, struct diag *d)
{
	bool *told = mem_zalloc(n->cells.n + 1, sizeof *told);

	d->bounded = true;
	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell *cause = root_cause(n, &n->cells.list[i]);

		if (!cause || told[cause->number])
			continue;
		told[cause->number] = true;
		report_victims(n, cause, d);
	}
	d->bounded = false;
	mem_free(told);
}

void
report_unreached(const struct notebook *n, struct diag *d)
{
	const struct cell *cause = NULL;

	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell_result *r = &n->results[i];

		if (!r->as_expected && !cause)
			cause = &n->cells.list[i];
		if (!r->is_wanted || r->end != CELL_SKIPPED || !cause)
			continue;
		diag_warning(d, n->cells.list[i].at, "not-reached",
		    "this cell was asked for and is not run: with --stop the run ended before it");
		diag_note(d, cause->at, "it ended at this cell, which failed");
	}
}
