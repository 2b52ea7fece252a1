#include "runner/cli/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/cli/complaint.h"
#include "runner/cli/console.h"
#include "runner/cli/notebook.h"
#include "runner/output/output.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"

/* ---- progress ------------------------------------------------------------------ */

void
report_progress(struct str text)
{
	static bool shown;
	struct buf line = {0};

	if (!shown && text.len == 0)
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
	int n = c->name.len ? snprintf(to, size, "cell '%.*s'", STR_ARG(c->name))
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
	case OUTCOME_TIMEOUT: return "timeout";
	case OUTCOME_OUTPUT_LIMIT: return "output-limit";
	case OUTCOME_MEMORY: return "memory-limit";
	case OUTCOME_LOAD: return "load";
	}
	return "failed";
}

/* Where it failed: the innermost frame that stands in a cell. */
static struct place
place_of_failure(const struct notebook *n, const struct cell *c, const struct outcome *o)
{
	for (size_t i = 0; i < o->nframes; i++) {
		const struct frame *f = &o->frames[i];

		if (f->cell < n->cells.n && f->line > 0)
			return cell_place(&n->cells.list[f->cell], f->line, f->column ? f->column : 1);
	}
	return c->at;
}

static void
note_frames(const struct notebook *n, const struct outcome *o, struct diag *d)
{
	for (size_t i = 0; i < o->nframes && o->nframes > 1; i++) {
		const struct frame *f = &o->frames[i];
		struct source file = { .name = f->marker };
		struct buf name = {0};
		struct place at;

		if (f->cell < n->cells.n) {
			at = cell_place(&n->cells.list[f->cell], f->line, f->column ? f->column : 1);
		} else {
			buf_printf(&name, "%.*s:%zu:%zu", STR_ARG(f->marker), f->line,
			    f->column ? f->column : 1);
			file.name = buf_str(&name);
			at = place_file(&file);
		}
		if (f->function.len > 0)
			diag_note(d, at, "in %.*s", STR_ARG(f->function));
		else
			diag_note(d, at, "in the cell's statements");
		buf_release(&name);
	}
}

static void
report_failure(const struct notebook *n, const struct cell *c, const struct cell_result *r,
    struct diag *d)
{
	struct arena a;
	struct output_context context = {
		.timeout = c->timeout, .output_kill = (size_t)c->output_kill,
		.memory = (size_t)c->memory, .is_program = r->is_program,
	};
	struct str reason;

	arena_init(&a);
	reason = output_reason(r->outcome, &context, &a);
	diag_error(d, STATUS_FAILED, place_of_failure(n, c, r->outcome), report_outcome(r->outcome->kind),
	    "this cell failed: %.*s", STR_ARG(reason));
	note_frames(n, r->outcome, d);
	if (r->outcome->state_lost)
		diag_note(d, c->at, "the session could not be brought back and starts anew");
	else if (!c->is_isolated && !r->is_program)
		diag_note(d, c->at, "the session goes on with the state from before this cell");
	arena_release(&a);
}

/* Is this the failure that was asked for? */
static bool
is_wanted(const struct expectation *e, const struct cell_result *r)
{
	const struct outcome *o = r->outcome;
	bool failed = r->end == CELL_UNBUILT || (o && o->kind != OUTCOME_DONE);

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
	case FAILS_EXIT:
		return o && o->kind == OUTCOME_EXIT && (e->status == -1 || o->status == e->status);
	case FAILS_TIMEOUT:
		return o && o->kind == OUTCOME_TIMEOUT;
	}
	return false;
}

static void
report_expectation(const struct cell *c, const struct cell_result *r, struct diag *d)
{
	bool failed = r->end == CELL_UNBUILT || r->outcome->kind != OUTCOME_DONE;

	if (failed)
		diag_error(d, STATUS_FAILED, c->fails.at, "wrong-failure",
		    "this cell was expected to fail in another way");
	else
		diag_error(d, STATUS_FAILED, c->fails.at, "unexpected-success",
		    "this cell was expected to fail, and did not: take 'fails' away if that is right");
}

void
report_result(const struct notebook *n, const struct cell *c, struct cell_result *r,
    const struct cell *blocked_by, struct diag *d)
{
	if (r->end == CELL_BLOCKED) {
		bool ran = blocked_by && n->results[blocked_by->number].end == CELL_RAN;

		diag_error(d, ran ? STATUS_FAILED : STATUS_COMPILE, c->at, "blocked",
		    "this cell was not run: it needs what another one defines");
		if (blocked_by)
			diag_note(d, blocked_by->at, "blocked by this cell");
		return;
	}
	if (r->end != CELL_RAN && r->end != CELL_UNBUILT && r->end != CELL_COMPILED)
		return;
	r->as_expected = is_wanted(&c->fails, r) ||
	    (r->end == CELL_COMPILED && c->fails.kind != FAILS_COMPILE);
	complaints_report(n, c, r, r->as_expected, d);
	if (!r->as_expected && r->end == CELL_RAN && r->outcome->kind != OUTCOME_DONE)
		report_failure(n, c, r, d);
	if (r->console)
		console_report(c, r, d);
	if (r->as_expected)
		return;
	if (c->fails.kind != FAILS_NOT)
		report_expectation(c, r, d);
}
