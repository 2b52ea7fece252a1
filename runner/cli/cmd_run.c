/* isatty */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/cell/transcript.h"
#include "runner/cli/chunks.h"
#include "runner/cli/command.h"
#include "runner/cli/complaint.h"
#include "runner/cli/console.h"
#include "runner/cli/events.h"
#include "runner/cli/load.h"
#include "runner/cli/nearby.h"
#include "runner/cli/notebook.h"
#include "runner/cli/page.h"
#include "runner/cli/report.h"
#include "runner/cli/targets.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/hash.h"
#include "tangle/base/json.h"
#include "tangle/base/lock.h"
#include "tangle/base/trace.h"

static void run(struct invocation *i);
static void check(struct invocation *i);

const struct command cmd_run = {
	.name = "run",
	.args = "DOC...",
	.summary = "run the cells and put their outputs in place",
	.flags = FLAGS_OF(FLAGS_RUN, FLAG_OUTPUT, FLAG_ONLY, FLAG_FROM),
	.least = 1,
	.starts = true,
	.run = run,
};

const struct command cmd_check = {
	.name = "check",
	.args = "DOC...",
	.summary = "run the cells and compare; exit 1 when an output or a target differs",
	.flags = FLAGS_OF(FLAGS_RUN, FLAG_TRUST_TARGETS),
	.least = 1,
	.starts = true,
	.run = check,
};

/* ---- events ------------------------------------------------------------------------ */

static const char *
end_name(enum cell_end end)
{
	switch (end) {
	case CELL_WAITS: return "waiting";
	case CELL_RAN: return "ran";
	case CELL_COMPILED: return "compiled";
	case CELL_BROKEN: return "broken";
	case CELL_UNBUILT: return "unbuilt";
	case CELL_BLOCKED: return "blocked";
	case CELL_SKIPPED: return "skipped";
	}
	return "";
}

static void
put_captured(struct json *j, const char *key, const struct captured *c)
{
	struct json *one = json_new_object();

	json_put_string(one, "head", c->head);
	if (c->left_out > 0)
		json_put_string(one, "tail", c->tail);
	json_put_integer(one, "bytes", (long long)c->total);
	json_put(j, key, one);
}

/* Of each command that was begun. */
static void
put_commands(struct json *j, const struct transcript *t, const struct console_result *r)
{
	struct json *list = json_new_array();

	for (size_t k = 0; k < r->nrun; k++) {
		struct json *one = json_new_object();

		json_put_string(one, "command", t->steps[k].command);
		json_put_integer(one, "status", r->parts[k].status);
		put_captured(one, "output", &r->parts[k].out);
		json_push(list, one);
	}
	json_put(j, "commands", list);
}

/* Of a limit that the machine sets nobody has to know the number. */
static void
put_limit(struct json *j, const struct limit *l)
{
	struct json *one = json_new_object();
	struct buf more = {0};

	limit_raise(&more, l);
	json_put_string(one, "option", str_of(limit_option(l->kind)));
	json_put_integer(one, "value", (long long)l->value);
	json_put_string(one, "raise", buf_str(&more));
	json_put(j, "limit", one);
	buf_release(&more);
}

static struct json *
frame_json(const struct notebook *n, const struct frame *f)
{
	struct json *j = json_new_object();

	if (f->function.len > 0)
		json_put_string(j, "function", f->function);
	if (f->cell < n->cells.n)
		json_put_integer(j, "cell", (long long)n->cells.list[f->cell].ordinal);
	else
		json_put_string(j, "file", f->marker);
	if (f->line > 0)
		json_put_integer(j, "line", (long long)f->line);
	if (f->column > 0)
		json_put_integer(j, "column", (long long)f->column);
	if (f->at.source && f->at.offset != PLACE_FILE) {
		json_put_string(j, "source", f->at.source->name);
		json_put_integer(j, "source-line",
		    (long long)source_position(f->at.source, f->at.offset).line);
	}
	if (f->text.len > 0)
		json_put_string(j, "text", f->text);
	if (f->more > 0)
		json_put_integer(j, "more", (long long)f->more);
	if (f->period > 0)
		json_put_integer(j, "period", (long long)f->period);
	return j;
}

static struct json *
frames_json(const struct notebook *n, const struct frame *frames, size_t nframes)
{
	struct json *list = json_new_array();

	for (size_t i = 0; i < nframes; i++)
		json_push(list, frame_json(n, &frames[i]));
	return list;
}

/* Further places, of what a sanitizer found. */
static void
put_routes(struct json *j, const struct notebook *n, const struct outcome *o)
{
	struct json *routes = json_new_array();

	for (size_t i = 0; i < o->nroutes; i++) {
		struct json *one = json_new_object();

		json_put_string(one, "title", o->routes[i].title);
		json_put(one, "frames", frames_json(n, o->routes[i].frames, o->routes[i].nframes));
		json_push(routes, one);
	}
	json_put(j, "related", routes);
}

/* Where it failed: calls, innermost first, and the variables of the first of them. */
static void
put_card(struct json *j, const struct notebook *n, const struct outcome *o)
{
	struct json *variables = json_new_array();

	json_put(j, "frames", frames_json(n, o->frames, o->nframes));
	for (size_t i = 0; i < o->nvariables; i++) {
		const struct variable_shown *v = &o->variables[i];
		struct json *one = json_new_object();

		json_put_string(one, "name", v->name);
		json_put_string(one, "value", v->value);
		json_put_boolean(one, "argument", v->is_argument);
		json_put_boolean(one, "settled", v->is_settled);
		json_push(variables, one);
	}
	json_put(j, "variables", variables);
	json_put_boolean(j, "thread", o->in_thread);
	if (o->start)
		json_put(j, "started", frame_json(n, o->start));
}

static void
put_outcome(struct json *j, const struct notebook *n, const struct cell *c,
    const struct cell_result *r)
{
	const struct outcome *o = r->outcome;

	json_put_string(j, "outcome", str_of(report_outcome(o->kind)));
	if (o->kind == OUTCOME_EXIT)
		json_put_integer(j, "status", o->status);
	if (o->kind == OUTCOME_CRASH)
		json_put_integer(j, "signal", o->signal);
	if (o->what.len > 0)
		json_put_string(j, "what", o->what);
	if (o->limit.kind != LIMIT_NONE)
		put_limit(j, &o->limit);
	if (o->value.data)
		json_put_string(j, "value", o->value);
	if (o->nframes > 0)
		put_card(j, n, o);
	if (o->nroutes > 0)
		put_routes(j, n, o);
	if (o->kind != OUTCOME_DONE && !c->is_isolated && !r->is_program)
		json_put_string(j, "state", o->state_lost ? STR("lost") : STR("as before this cell"));
	if (!r->console) {
		put_captured(j, "stdout", &o->out);
		put_captured(j, "stderr", &o->err);
		json_put(j, "chunks", chunks_json(o));
	}
	json_put_integer(j, "nanoseconds", (long long)o->nanoseconds);
}

void
events_print(const struct notebook *n)
{
	struct buf out = {0};

	for (size_t k = 0; k < n->cells.n; k++) {
		const struct cell *c = &n->cells.list[k];
		const struct cell_result *r = &n->results[k];
		struct json *j = json_new_object(), *messages;

		json_put_string(j, "document", n->cells.blocks->document->path);
		json_put_integer(j, "cell", (long long)c->ordinal);
		if (c->name.len > 0)
			json_put_string(j, "name", c->name);
		if (c->block)
			json_put_integer(j, "line",
			    (long long)source_position(c->at.source, c->at.offset).line);
		json_put_string(j, "end", str_of(end_name(r->end)));
		json_put_boolean(j, "compiled", r->was_compiled);
		if (r->why.words.len > 0) {
			json_put_string(j, "reason", r->why.words);
			json_put(j, "changes", account_json(&r->why));
		}
		if (r->stands)
			json_put_boolean(j, "stands", true);
		if (r->is_recorded)
			json_put_boolean(j, "recorded", true);
		json_put_boolean(j, "expected", r->as_expected);
		if ((messages = complaints_json(n, c, r)))
			json_put(j, "messages", messages);
		if (r->end == CELL_RAN)
			put_outcome(j, n, c, r);
		if (r->console)
			put_commands(j, c->transcript, r->console);
		json_write(j, &out);
		buf_byte(&out, '\n');
		json_end(j);
	}
	command_print(buf_str(&out));
	buf_release(&out);
}

/* ---- one document ---------------------------------------------------------------------- */

static bool
read_options(const struct invocation *i, struct notebook_options *o)
{
	unsigned long jobs = 0;

	*o = (struct notebook_options){ .stop = i->set[FLAG_STOP],
	    .no_compile = i->set[FLAG_NO_COMPILE], .is_timed = i->set[FLAG_JSON],
	    .progress = !i->set[FLAG_QUIET] && isatty(STDERR_FILENO) };
	if (i->set[FLAG_JOBS] && (!str_number(i->value[FLAG_JOBS], 256, &jobs) || jobs == 0)) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "-j takes a number from 1 to 256");
		return false;
	}
	o->jobs = jobs;
	o->wanted = i->value[i->set[FLAG_ONLY] ? FLAG_ONLY : FLAG_FROM];
	if (i->set[FLAG_EXPLAIN])
		trace_enable("explain");
	return true;
}

static bool
keeps_no_outputs(const struct document *d)
{
	const struct option *o = options_find(&d->options, "outputs");

	return o && str_eq(o->value, STR("none"));
}

/* A document on the disk, while it runs. */
struct desk {
	const struct invocation *i;
	struct load *l;
	struct digest there;		/* what was read or written last */
	bool is_left;			/* someone else wrote it: said */
};

/* Is that text in the document now? */
static bool
replace_document(struct desk *k, const struct document *d, struct str text)
{
	struct digest made = hash_of(text);
	struct file_options o = { .mode = -1, .durable = true };
	enum file_result got;

	if (k->is_left)
		return false;
	if (digest_eq(made, k->there))
		return true;
	got = file_replace(NULL, d->path, &k->there, text, &o, k->i->diag);
	if (got == FILE_CHANGED)
		diag_error(k->i->diag, STATUS_CONFLICT, place_file(&d->source), "changed-meanwhile",
		    "the document was changed while it ran and is left as it is: run it again");
	k->is_left = got == FILE_CHANGED;
	if (got != FILE_WRITTEN)
		return false;
	k->there = made;
	return true;
}

/* -o names no file but a device or a pipe, >(cmd) for example: bytes go there as they are. */
static bool
is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static bool
is_standard_output(struct str path)
{
	return str_eq(path, STR("-")) || str_eq(path, STR("/dev/stdout"));
}

static void
write_stream(const char *path, struct str text, struct diag *d)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	ssize_t n = 0;

	while (fd != -1 && text.len > 0) {
		n = write(fd, text.data, text.len);
		if (n == -1 && errno != EINTR)
			break;
		text = str_slice(text, n > 0 ? (size_t)n : 0, text.len);
	}
	if (fd == -1 || n == -1)
		diag_errno(d, "write", str_of(path));
	if (fd != -1)
		close(fd);
}

/* To be asked before anything runs. */
static bool
may_write_elsewhere(const struct invocation *i, struct arena *a)
{
	struct str path = i->value[FLAG_OUTPUT];
	const char *name = arena_cstr(a, path), *folder = arena_cstr(a, path_folder(path));
	struct stat st;

	if (is_standard_output(path) || is_stream(name))
		return true;
	if (stat(name, &st) == 0)	/* a folder is refused, too */
		return file_replaceable(NULL, path, i->diag);
	if (access(*folder ? folder : ".", W_OK) == 0)
		return true;
	diag_errno(i->diag, "write", path);
	return false;
}

static void
write_elsewhere(const struct invocation *i, struct str text, struct arena *a)
{
	struct str path = i->value[FLAG_OUTPUT];
	struct file_options o = { .mode = -1, .durable = true };
	struct file_state state;

	if (is_standard_output(path)) {
		command_print(text);
		return;
	}
	if (is_stream(arena_cstr(a, path))) {
		write_stream(arena_cstr(a, path), text, i->diag);
		return;
	}
	if (!file_look(NULL, path, &state, i->diag))
		return;
	if (file_replace(NULL, path, state.exists ? &state.digest : NULL, text, &o, i->diag) ==
	    FILE_CHANGED) {
		struct source file = { .name = path };

		diag_error(i->diag, STATUS_CONFLICT, place_file(&file), "changed-meanwhile",
		    "the file was changed while the document ran and is left as it is");
	}
}

/* The page as this command wants it; false after an error. */
static bool
make_page(const struct desk *k, const struct notebook *n, struct page *page)
{
	const struct invocation *i = k->i;
	const struct cell *c;

	page_make(page, n, &k->l->arena);
	if (!i->set[FLAG_ONLY] && !i->set[FLAG_FROM])
		return true;
	c = cells_select(&n->cells, i->value[i->set[FLAG_ONLY] ? FLAG_ONLY : FLAG_FROM], i->diag);
	if (c)
		page_restrict(page, c, i->set[FLAG_FROM]);
	return c != NULL;
}

/* What is there is put in place, at the end and when a cell was interrupted; did lines move? */
static bool
save(struct desk *k, const struct notebook *n)
{
	const struct document *d = n->cells.blocks->document;
	struct buf text = {0};
	struct page page;
	bool differs = !keeps_no_outputs(d) && make_page(k, n, &page) && page_write(&page, &text);
	bool moved = differs && replace_document(k, d, buf_str(&text));

	buf_release(&text);
	return moved;
}

static void
save_meanwhile(void *arg, const struct notebook *n)
{
	save(arg, n);
}

static void
put_in_place(struct desk *k, const struct notebook *n)
{
	const struct invocation *i = k->i;
	struct buf text = {0};
	struct page page;

	if (i->set[FLAG_OUTPUT] && make_page(k, n, &page)) {
		page_write(&page, &text);
		write_elsewhere(i, buf_str(&text), &k->l->arena);
	} else if (!i->set[FLAG_OUTPUT] && save(k, n) &&
	    i->diag->errors + i->diag->warnings > 0 && !i->set[FLAG_QUIET]) {
		fprintf(stderr, "skein: note: the lines above are those of '%.*s' before its outputs were put in place\n",
		    STR_ARG(n->cells.blocks->document->path));
	}
	buf_release(&text);
}

static void
compare(struct desk *k, const struct notebook *n)
{
	const struct invocation *i = k->i;
	struct buf diff = {0};
	struct page page;

	if (keeps_no_outputs(n->cells.blocks->document))
		return;
	page_make(&page, n, &k->l->arena);
	page_diff(&page, &diff, i->diag);
	if (!i->set[FLAG_JSON])
		command_print(buf_str(&diff));
	buf_release(&diff);
}

static void
say_counts(const struct invocation *i, const struct notebook *n)
{
	size_t cells = 0, ran = 0, recorded = 0, compiled = 0;
	struct buf summary = {0};

	for (size_t k = 0; k < n->cells.n; k++) {
		cells += n->cells.list[k].block != NULL;
		ran += n->cells.list[k].block && n->results[k].end == CELL_RAN;
		recorded += n->cells.list[k].block && n->results[k].is_recorded;
		compiled += n->results[k].was_compiled;
	}
	if (report_summary(n, &summary) && !i->set[FLAG_QUIET])
		fprintf(stderr, "%.*s\n", (int)summary.len, summary.data);
	if (i->set[FLAG_VERBOSE])
		fprintf(stderr, recorded ? "skein: %zu of %zu cells ran, %zu compiled, %zu recorded\n" :
		    "skein: %zu of %zu cells ran, %zu compiled\n", ran - recorded, cells, compiled, recorded);
	buf_release(&summary);
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

/* False when a signal asked us to stop: after Ctrl-C what is there is used all the same. */
static bool
run_one(struct invocation *i, struct load *l, size_t k, const struct notebook_options *options,
    void (*then)(struct desk *, const struct notebook *))
{
	struct notebook_options o = *options;
	struct desk desk = { i, l, hash_of(l->documents[k].source.text), false };
	struct notebook n;
	int stopped_by;
	bool ok;

	o.save = then == put_in_place && !i->set[FLAG_OUTPUT] ? save_meanwhile : NULL;
	o.save_arg = &desk;
	ok = notebook_run(&n, &l->graph, &l->blocks[k], load_root(l, &l->documents[k]), &o, i->diag);
	stopped_by = n.signal;
	if (ok && (!stopped_by || stopped_by == SIGINT)) {
		if (i->set[FLAG_JSON])
			events_print(&n);
		then(&desk, &n);
	}
	if (!i->set[FLAG_QUIET] && !stopped_by)
		nearby_report(&n, i->diag);
	hint(i, &n);
	say_counts(i, &n);
	notebook_release(&n);
	i->signal = stopped_by;
	return !stopped_by;
}

/* ---- the commands ------------------------------------------------------------------------ */

/* Better to know before the run that its result can be put nowhere. */
static bool
may_write(const struct invocation *i, const struct document *d, struct arena *a)
{
	if (i->set[FLAG_OUTPUT])
		return may_write_elsewhere(i, a);
	return keeps_no_outputs(d) ||
	    file_replaceable(NULL, d->path, i->diag);
}

/* -o names the document, perhaps under another name: that is not what -o is for. */
static bool
is_output_itself(const struct invocation *i, const struct document *d)
{
	struct file_state a, b;

	if (is_standard_output(i->value[FLAG_OUTPUT]) ||
	    !file_identify(NULL, i->value[FLAG_OUTPUT], &a, i->diag) ||
	    !file_identify(NULL, d->path, &b, i->diag) ||
	    !a.exists || a.dev != b.dev || a.ino != b.ino)
		return false;
	diag_error(i->diag, STATUS_REFUSED, place_file(&d->source), "same-file",
	    "-o names the document itself: leave -o away to put the outputs in place");
	return true;
}

/*
 * While we waited for the lock another run may have put its outputs in place:
 * then the documents are read again.
 */
static bool
is_current(const struct invocation *i, struct load *l, size_t k)
{
	struct file_state now;

	if (!file_look(NULL, l->documents[k].path, &now, i->diag))
		return false;
	if (now.exists && digest_eq(now.digest, hash_of(l->documents[k].source.text)))
		return true;
	load_release(l);
	load_documents(l, i);
	return k < l->n;
}

static void
run(struct invocation *i)
{
	struct notebook_options o;
	struct load l;
	bool go_on = true;

	if (!read_options(i, &o))
		return;
	load_documents(&l, i);
	if (i->set[FLAG_OUTPUT] && l.n > 1) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "-o takes one document, not %zu", l.n);
		go_on = false;
	}
	for (size_t k = 0; go_on && k < l.n; k++) {
		struct lock lock = {0};
		struct root root;

		if (!may_write(i, &l.documents[k], &l.arena) || !root_open(&root, load_root(&l, &l.documents[k]), i->diag))
			continue;
		if (i->set[FLAG_OUTPUT]) {
			if (!is_output_itself(i, &l.documents[k]))
				go_on = run_one(i, &l, k, &o, put_in_place);
		} else if (lock_take(&lock, &root, l.documents[k].path,
		    i->set[FLAG_WAIT] ? LOCK_FOREVER : 0, i->diag)) {
			file_sweep(NULL, l.documents[k].path, i->diag);
			if (is_current(i, &l, k))
				go_on = run_one(i, &l, k, &o, put_in_place);
			lock_release(&lock);
		}
		root_close(&root);
	}
	load_release(&l);
}

/* Targets that exist must be what the documents say; those that do not are not wanted here. */
static void
check_targets(struct invocation *i, struct load *l)
{
	size_t n;
	struct targets *groups = targets_make(l, false, NULL, &n, i->diag);

	for (size_t k = 0; k < n; k++) {
		struct emit_options o = { .documents = groups[k].documents,
		    .ndocuments = groups[k].ndocuments, .check = true, .existing_only = true,
		    .trusted = i->set[FLAG_TRUST_TARGETS] };
		struct emit_counts counts = {0};
		struct root root;

		if (groups[k].n == 0 || !root_open(&root, groups[k].root, i->diag))
			continue;
		emit_files(&root, groups[k].list, groups[k].n, &o, &counts, i->diag);
		root_close(&root);
	}
}

static void
check(struct invocation *i)
{
	struct notebook_options o;
	struct load l;
	bool go_on = true;

	if (!read_options(i, &o))
		return;
	load_documents(&l, i);
	for (size_t k = 0; go_on && k < l.n; k++)
		go_on = run_one(i, &l, k, &o, compare);
	if (go_on)
		check_targets(i, &l);
	load_release(&l);
}
